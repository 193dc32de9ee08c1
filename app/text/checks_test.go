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
path.servers none hops:L address:S`

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
