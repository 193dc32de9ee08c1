package check

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Dropped is how the count of packets that the reverse-path filter dropped
// moved while this program sent something, and while it rested.
type Dropped struct {
	Dst     netip.Addr
	Adapter string   // by which packets leave
	Strict  []string // the other adapters, whose filter is strict
	Rounds  []DroppedRound
}

// DroppedRound is one burst and the rest after it.
type DroppedRound struct {
	Sent, During, Rest int
}

// Follows reports whether the count moved with what was sent in the last rounds:
// by as many in each burst, by few in the rests and by hardly any in one of
// them, as the far machine still repeats its half of the handshakes. It is
// unknown where the count moved, and not so.
func (d Dropped) Follows() platform.Tri {
	if len(d.Rounds) < rounds {
		return platform.Unknown
	}
	during, rest, calm, each := 0, 0, false, true
	for _, r := range d.Rounds[len(d.Rounds)-rounds:] {
		during, rest = during+r.During, rest+r.Rest
		calm = calm || r.Rest <= 1
		each = each && r.Sent >= fewest && r.During >= r.Sent
	}
	switch {
	case during == 0:
		return platform.No
	case each && calm && 2*rest <= during:
		return platform.Yes
	}
	return platform.Unknown
}

const (
	rounds = 2
	// What other checks of this run still wait for is counted too; it ends soon.
	mostRounds = 4
	burst      = 6
	fewest     = 2 // packets that a burst must have
	// Long enough for an answer from far away; the other side repeats its half
	// of a handshake only after a second.
	burstPatience = 500 * time.Millisecond
	burstApart    = 20 * time.Millisecond
	burstNumber   = 40 // of asks that no other check makes
	burstReading  = 10

	reversePathDrops = "TcpExt.IPReversePathFilter"
)

// ReversePath looks whether this machine drops the target's answers because
// they come in by another adapter than the one by which it would send to the
// target (RFC 3704 §2.2). The count has no addresses, so that it is moved on
// purpose.
var ReversePath = add(diag.Spec[[]Dropped]{
	ID: "reverse.path", Layer: catalog.Route, Timeout: 7 * time.Second, Start: diag.OnTrouble, Traffic: diag.TargetTraffic,
	After: []diag.Node{SettingsRead, LinksRead, RoutesTarget}, Reads: []diag.Node{TCPConnect},
	Tells: []catalog.Code{"route.reverse-path"}, Claims: []catalog.Claim{catalog.ReplyDropped},
	Probe:   probeReversePath,
	Judge:   judgeReversePath,
	Unclear: []string{"follows", "moves"},
	Tell:    tellDropped,
})

func tellDropped(all []Dropped) (string, diag.Args) {
	if len(all) == 0 {
		return "", nil
	}
	shape := map[platform.Tri]string{platform.Yes: "follows", platform.No: "still"}[all[0].Follows()]
	if shape == "" {
		shape = "moves"
	}
	return shape, diag.Args{"names": all[0].Strict}
}

func probeReversePath(ctx context.Context, e *diag.Env) ([]Dropped, error) {
	to, err := RoutesTarget.Need(e)
	if err != nil {
		return nil, err
	}
	return dropped(ctx, e, to, portsOf(e.Target.Ports, false))
}

// dropped measures the first way of which answers could come in by another
// adapter that would drop them.
func dropped(ctx context.Context, e *diag.Env, to []Reach, ports []uint16) ([]Dropped, error) {
	settings, err := SettingsRead.Need(e)
	if err != nil {
		return nil, err
	}
	links, _ := LinksRead.Of(e.View)
	for _, r := range to {
		if r.Problem != nil || !r.Dst.Is4() || r.Route.Kind != platform.Unicast {
			continue
		}
		d := Dropped{Dst: r.Dst, Adapter: r.Route.LinkName}
		for _, l := range Outward(links) {
			if l.Index != r.Route.Link && l.Up && l.Carrier != platform.No && strictReversePath(settings, l.Name) {
				d.Strict = append(d.Strict, l.Name)
			}
		}
		if len(d.Strict) > 0 {
			// What other checks send would be counted too.
			e.StillWaiting(ctx, "others", nil, silencePatience)
			err := d.measure(ctx, e, ports)
			return []Dropped{d}, err
		}
	}
	return nil, diag.Skip("no-strict-filter")
}

func (d *Dropped) measure(ctx context.Context, e *diag.Env, ports []uint16) error {
	read := func(n int) (int, error) {
		c, err := e.Host.Counters.Read(ctx, platform.Reading{Seq: burstReading + n})
		return int(c.Values[reversePathDrops]), err
	}
	before, err := read(0)
	for n := range mostRounds {
		if err != nil {
			return err
		}
		var during, rest int
		r := DroppedRound{Sent: d.send(ctx, e, n, ports)}
		if during, err = read(2*n + 1); err != nil {
			return err
		}
		e.StillWaiting(ctx, "rest "+string(rune('0'+n)), nil, burstPatience)
		if rest, err = read(2*n + 2); err != nil {
			return err
		}
		r.During, r.Rest = during-before, rest-during
		d.Rounds = append(d.Rounds, r)
		before = rest
		if d.Follows() != platform.Unknown {
			break
		}
	}
	return nil
}

// send sends a few echo requests, or where that is not allowed a few SYNs to
// ports that were asked for a sign of life, and returns how many.
func (d *Dropped) send(ctx context.Context, e *diag.Env, round int, ports []uint16) (sent int) {
	ctx, cancel := context.WithTimeout(ctx, burstPatience)
	defer cancel()
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := range burst {
		all.Go(func() {
			_, err := e.Host.Echo.Send(ctx, platform.EchoAsk{To: d.Dst, Seq: burstNumber + burst*round + n})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				sent++
			}
		})
		e.StillWaiting(ctx, "apart "+string(rune('0'+round))+string(rune('0'+n)), nil, burstApart)
	}
	all.Wait()
	if sent > 0 {
		return sent
	}
	return d.knock(context.WithoutCancel(ctx), e, round, ports)
}

func (d *Dropped) knock(ctx context.Context, e *diag.Env, round int, ports []uint16) (sent int) {
	ctx, cancel := context.WithTimeout(ctx, burstPatience)
	defer cancel()
	var all sync.WaitGroup
	dials := make([]platform.Dial, len(ports))
	for n, p := range ports {
		all.Go(func() {
			dials[n] = dial(ctx, e, platform.DialAsk{To: netip.AddrPortFrom(d.Dst, p), SYNs: 1, N: burstNumber + round})
		})
	}
	all.Wait()
	for _, x := range dials {
		sent += x.Sent
	}
	return sent
}

func judgeReversePath(v diag.View, all []Dropped) (j diag.Judgement) {
	attempts, _ := TCPConnect.Of(v)
	for _, d := range all {
		silent := slices.ContainsFunc(attempts, func(a Attempts) bool { return a.Addr() == d.Dst && a.Silent() })
		d.judge(diag.WayTo(d.Dst), silent, "reverse.path", &j)
	}
	return j
}

func (d Dropped) judge(way diag.Way, silent bool, id diag.ID, j *diag.Judgement) {
	follows, seen := d.Follows(), []diag.Ref{{Check: id}}
	if follows != platform.Unknown {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.ReplyDropped, Way: way, Value: follows, Evidence: seen})
	}
	if follows == platform.Yes && silent {
		j.Findings = append(j.Findings, diag.Finding{Code: "route.reverse-path", Way: way, Direct: true, Evidence: seen,
			Args: diag.Args{"address": d.Dst.String(), "adapter": d.Adapter, "names": d.Strict}})
	}
}
