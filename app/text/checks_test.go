package text

import (
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/diag"
)

// lines are the shapes of each check's line with their arguments.
const lines = `
links.read adapters up:L down:L n:I
links.read none
history.last some n:I at:T
history.last none
control.host answers addresses:L
control.host silent addresses:L
control.host notfound
addresses.read some addresses:L
addresses.read none
routes.read routes n:I
routes.target via gateway:S adapter:S
routes.target onlink adapter:S
routes.target local
routes.target rejected kind:S
routes.target none
neighbor.gateway answers gateway:S
neighbor.gateway silent gateway:S
neighbor.gateway unsettled gateway:S
neighbor.gateway notneeded gateway:S
neighbor.target answers gateway:S
neighbor.target silent gateway:S
neighbor.target unsettled gateway:S
neighbor.target notneeded gateway:S
names.resolvers servers servers:L
names.resolvers none
names.hosts entry address:S path:S
names.hosts noentry path:S
names.system addresses addresses:L seconds:D
names.system notfound
names.system slow seconds:D
names.servers all n:I
names.servers some n:I of:I
names.servers silent n:I
names.servers nosuchname n:I
names.servers noaddress n:I
names.servers failure rcode:S
names.control answers n:I
names.control silent n:I
tcp.connect open addresses:L rtt:D
tcp.connect refused addresses:L
tcp.connect silent addresses:L seconds:D
tcp.connect rejected router:S icmp:S
tcp.connect local problem:S
tcp.connect mixed working:L failing:L
reset.ttl differs
reset.ttl same
reset.ttl unknown
control.port opens improbable:I
control.port closed
ping.target answers rtt:D n:I of:I
ping.target silent of:I
ping.target rejected router:S icmp:S
target.alive alive by:S
target.alive silent
talk.target http status:I seconds:D
talk.target tls version:S
talk.target banner first:S
talk.target quiet
talk.target failed stage:S problem:S
counters.read read n:I
counters.read same
counters.read moved names:L
clock.read synced
clock.read unsynced
clock.read unknown
links.counters read n:I
links.steady read
links.steady echoes n:I of:I
links.wireless joined adapter:S signal:I
links.wireless none
logs.recent read n:I
address.claims shared address:S
address.claims single n:I
relays.servers tried n:I of:I
relays.try tried n:I of:I
routes.rules rules n:I
routes.other answers adapter:S
routes.other silent adapter:S
names.other answers adapter:S
names.other silent adapter:S
settings.read read n:I
settings.read filters n:I filters:L
reverse.path follows names:L
reverse.path moves names:L
reverse.path still names:L
reverse.servers follows names:L
reverse.servers moves names:L
reverse.servers still names:L
tunnel.alive inside address:S
tunnel.alive silent
firewall.rules none
firewall.trace dropped chains:L
firewall.trace passed
firewall.trace nothing
firewall.rules rules n:I
firewall.rules products n:I products:L
firewall.rules unread stores:L
proxy.read none
proxy.read bypassed from:S
proxy.read proxy from:S proxy:S
proxy.read script from:S
proxy.read discovers from:S
proxy.read direct from:S
proxy.read other-user
proxy.script fetched script:S
proxy.script failed script:S
talk.proxy lookup proxy:S
talk.proxy failed stage:S problem:S proxy:S
talk.proxy http status:I proxy:S
talk.proxy open proxy:S
control.proxy lookup proxy:S
control.proxy failed stage:S problem:S proxy:S
control.proxy http status:I proxy:S
control.proxy open proxy:S
control.web asked n:I
control.portal page status:I
control.portal nothing
talk.page titled first:S
talk.page page status:I
talk.page nothing
talk.target spoken protocol:S
talk.target named protocol:S software:S
talk.target said protocol:S said:S
mtu.path passes full:I
mtu.path told mtu:I
mtu.path hole largest:I
mtu.path echoes
mtu.path there full:I
mtu.path alike
mtu.path unknown
mtu.talk passes full:I
mtu.talk hole
mtu.talk alike
mtu.talk unknown
quality.echoes none n:I percent:I
quality.echoes silent
quality.echoes loss lost:I of:I
quality.echoes all of:I rtt:D
path.trace reached hops:L address:S
path.trace dark hops:L address:S router:S
path.trace loop hops:L address:S
path.trace stopped hops:L address:S
path.trace none hops:L address:S
path.servers reached hops:L address:S
path.servers dark hops:L address:S router:S
path.servers loop hops:L address:S
path.servers stopped hops:L address:S
path.servers none hops:L address:S
sockets.local none
sockets.local datagrams programs:L
sockets.local some addresses:L
sockets.local full address:S n:I
sockets.ports short low:I high:I n:I
sockets.ports left low:I high:I n:I
files.read use n:I of:I
tcp.again steady n:I
tcp.again some n:I of:I
names.upstream all n:I
names.upstream some n:I of:I
names.upstream silent n:I
names.upstream nosuchname n:I
names.upstream noaddress n:I
names.upstream failure rcode:S
tcp.others works addresses:L
tcp.others fails addresses:L
tcp.many limited n:I of:I
tcp.many taken of:I
routes.target broadcast`

// lineSample adds to sample what only checks give.
func lineSample(name, kind string) any {
	only := map[string]any{"kind": "blackhole", "rcode": "SERVFAIL", "problem": "permission", "by": "udp", "stage": "reply",
		"version": "TLS 1.3", "first": "SSH-2.0-OpenSSH", "icmp": "host prohibited", "of": 3, "status": 200,
		"names": []string{"eth0 rx_errors"}, "up": []string{"eth0"}, "down": []string{}, "rtt": 34 * time.Millisecond}
	if v, ok := only[name]; ok {
		return v
	}
	return sample(name, kind)
}

// line splits a line of the table.
func line(s string) (id diag.ID, shape string, a diag.Args) {
	fields := strings.Fields(s)
	a = diag.Args{}
	for _, f := range fields[2:] {
		name, kind, _ := strings.Cut(f, ":")
		a[name] = lineSample(name, kind)
	}
	return diag.ID(fields[0]), fields[1], a
}

func TestCheckLinesAreWhole(t *testing.T) {
	for _, lang := range Languages() {
		w, _ := For(lang)
		for _, s := range strings.Split(strings.TrimSpace(lines), "\n") {
			id, shape, a := line(s)
			key := "check." + string(id) + "." + shape
			wanted(t, w, key)
			complete(t, w, key, w.CheckLine(id, shape, a))
		}
	}
}

func TestCheckLinesAreAllUsed(t *testing.T) {
	w, _ := For(English)
	var known []string
	for _, s := range strings.Split(strings.TrimSpace(lines), "\n") {
		id, shape, _ := line(s)
		known = append(known, "check."+string(id), "check."+string(id)+"."+shape)
	}
	for _, key := range w.Keys() {
		if strings.HasPrefix(key, "check.") && !slices.Contains(known, key) {
			t.Errorf("%s: got words for a check or a shape that there is not", key)
		}
	}
}

func TestCheckLineWithoutShapeIsEmpty(t *testing.T) {
	w, _ := For(English)
	if got := w.CheckLine("tcp.connect", "", nil); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}
