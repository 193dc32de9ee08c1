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

// Sizes is how small and full-sized packets fare on the way to one address.
type Sizes struct {
	To   netip.AddrPort
	Full int           // bytes of the largest packet that a connection there sends
	RTT  time.Duration // of the connection
	By   string        // icmp or udp: what was answered; "" when nothing was

	Echoes, Came int            // small echo requests, and how many of them were answered in time
	Small, Large bool           // whether a packet of that size was answered
	TooBig       *platform.ICMP // a router said that it does not fit (RFC 1191, RFC 8201)
	Largest      int            // bytes of the largest packet that was answered; 0: not looked for
	Hops         int            // how far full-sized packets get; 0: not looked for, or no router shows itself

	// The same conversation in full-sized segments, twice, and in small ones.
	Fulls    []platform.Talk
	InSmall  platform.Talk
	problems bool
	heard    func() // an answer came
}

const (
	// smallest is below what any network must carry: 576 bytes of IPv4 (RFC 791),
	// 1280 of IPv6 (RFC 8200 §5).
	smallPacket   = 100
	smallSegment  = 536
	fullDefault   = 1500
	sizesPatience = 3 * time.Second
	// overhead of a packet that holds an echo request or a datagram.
	overhead4, overhead6 = 28, 48
	// tcpOverhead is the head of a segment with time stamps (RFC 7323).
	tcpOverhead = 32
	// padding makes a request larger than one segment.
	padding = 1800
	// hangAfter is how long a conversation may take before others are held
	// beside it.
	hangAfter = time.Second
	// echoesAlong are enough to notice most losses of one packet in ten.
	echoesAlong = 8
	// twoSegments of a page show whether full-sized ones come.
	twoSegments = 2900
	sizesN      = 30
	mostSize    = 2 // addresses
)

// usual are the sizes that links and tunnels carry, from the largest.
var usual = []int{1492, 1480, 1476, 1460, 1452, 1440, 1420, 1412, 1400, 1380, 1360, 1340, 1320, 1300, 1280, 1200, 1024, 576}

// sized lists the addresses to look at: those that opened a port beyond this
// link.
func sized(e *diag.Env) (out []Sizes, err error) {
	attempts, err := TCPConnect.Need(e)
	if err != nil {
		return nil, err
	}
	routes, _ := RoutesTarget.Of(e.View)
	for _, to := range openPorts(attempts) {
		r, ok := reachOf(routes, to.Addr())
		here := ok && r.Problem == nil && r.Route.Kind != platform.Unicast
		if here || len(out) == mostSize { // where the route cannot be read, the open port shows that there is one
			continue
		}
		for _, a := range attempts {
			if a.To == to {
				out = append(out, Sizes{To: to, Full: fullSize(to.Addr(), a.Last().TCP), RTT: a.Last().Waited})
			}
		}
	}
	if len(out) == 0 {
		return nil, diag.Skip("nothing-open")
	}
	return out, nil
}

// fullSize is how large the packets of a connection are. Where the far end or
// something on the way asked for smaller segments, larger packets never occur.
func fullSize(a netip.Addr, tcp *platform.TCPInfo) int {
	if tcp == nil || tcp.MSS == 0 {
		return fullDefault
	}
	head := 20 + tcpOverhead
	if a.Is6() {
		head = 40 + tcpOverhead
	}
	if tcp.PathMTU == 0 {
		return tcp.MSS + head
	}
	return min(tcp.MSS+head, tcp.PathMTU)
}

func measureAll(out []Sizes, f func(*Sizes)) []Sizes {
	var all sync.WaitGroup
	for i := range out {
		all.Go(func() { f(&out[i]) })
	}
	all.Wait()
	return out
}

// look sends a small and a full-sized packet, and the latter twice more before
// its silence counts. What ignores echo requests may answer a datagram.
func (s *Sizes) look(ctx context.Context, e *diag.Env) {
	for _, by := range []string{"icmp", "udp"} {
		wait := 2*s.RTT + 100*time.Millisecond
		small := 1
		if by == "icmp" {
			small = echoesAlong
		}
		found := s.first(ctx, e, by, wait, append(slices.Repeat([]int{smallPacket}, small), s.Full)...)
		for _, r := range found[:small] {
			s.Small = s.Small || r.back
			if by == "icmp" && r.sent {
				s.Echoes++
			}
			if by == "icmp" && r.back {
				s.Came++
			}
		}
		if s.Large = found[small].back; s.Small || s.Large || s.TooBig != nil {
			s.By = by
			break
		}
	}
	for n := 1; n < 3 && s.Small && !s.Large && s.TooBig == nil; n++ {
		s.Large = s.ask(ctx, e, s.By, 3*s.RTT+200*time.Millisecond, n, 0, s.Full)[0].back
	}
}

// first asks with little patience for any answer, and with more for the others
// once one has come.
func (s *Sizes) first(ctx context.Context, e *diag.Env, by string, wait time.Duration, sizes ...int) (found []sizeReply) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	var once sync.Once
	s.heard = func() { once.Do(func() { close(done) }) }
	all := make(chan struct{})
	go func() {
		defer close(all)
		defer s.heard()
		found = s.ask(ctx, e, by, wait+300*time.Millisecond, 0, 0, sizes...)
	}()
	if e.StillWaiting(ctx, by+" "+s.To.String(), done, wait) {
		e.Cut(cancel)
	}
	<-all
	s.heard = nil
	return found
}

// suspicious reports whether only small packets come back, and no router says
// why.
func (s Sizes) suspicious() bool { return s.Small && !s.Large && s.TooBig == nil }

type sizeReply struct {
	back  bool
	sent  bool
	hop   bool
	which int
}

// ask sends packets of some sizes side by side.
func (s *Sizes) ask(ctx context.Context, e *diag.Env, by string, wait time.Duration, n, ttl int, sizes ...int) []sizeReply {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	out := make([]sizeReply, len(sizes))
	var mu sync.Mutex
	var all sync.WaitGroup
	for i, size := range sizes {
		all.Go(func() {
			r, sent, icmp := s.send(ctx, e, by, size, 100*i+n, ttl)
			if r && s.heard != nil {
				s.heard()
			}
			out[i] = sizeReply{back: r, sent: sent, which: size, hop: icmp != nil && Rejects(*icmp) == Looping}
			if icmp != nil && icmp.MTU > 0 && tooBig(*icmp) {
				mu.Lock()
				s.TooBig = icmp
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return out
}

func tooBig(i platform.ICMP) bool {
	return i.From.Is4() && i.Type == 3 && i.Code == 4 || i.From.Is6() && i.Type == 2
}

// send reports whether the address itself answered a packet of so many bytes.
func (s *Sizes) send(ctx context.Context, e *diag.Env, by string, size, n, ttl int) (back, sent bool, icmp *platform.ICMP) {
	payload := size - overhead4
	if s.To.Addr().Is6() {
		payload = size - overhead6
	}
	if by == "icmp" {
		r, err := e.Host.Echo.Send(ctx, platform.EchoAsk{To: s.To.Addr(), Size: payload, DF: true, TTL: ttl, Seq: 10*sizesN + n})
		return err == nil && r.Answered, err == nil, r.ICMP
	}
	to := netip.AddrPortFrom(s.To.Addr(), improbable(e, "size"))
	r, err := e.Host.Datagrams.Send(ctx, platform.DatagramAsk{To: to, Size: payload, DF: true, TTL: ttl, N: sizesN + n})
	return err == nil && (r.Answered || r.ICMP != nil && r.ICMP.From.Unmap() == s.To.Addr()), err == nil, r.ICMP
}

// converse holds what the target implies in full-sized segments and, where that
// hangs, once more so and once in small ones beside it.
func (s *Sizes) converse(ctx context.Context, e *diag.Env) {
	q, worth := sizedTalk(e.Target, s.To)
	if !worth || diag.Decide(ctx, e, "odd "+s.To.String(), e.IsOdd("syn "+s.To.String())) {
		return // where small packets get lost, sizes tell nothing
	}
	s.Fulls = make([]platform.Talk, 1, 2)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var problem *platform.Problem
		if s.Fulls[0], problem = converse(ctx, e, q, sizesPatience); problem != nil {
			s.Fulls = nil
		}
	}()
	if e.StillWaiting(ctx, "full "+s.To.String(), done, hangAfter) {
		var again platform.Talk
		var all sync.WaitGroup
		all.Go(func() {
			full := q
			full.N++
			again, _ = converse(ctx, e, full, sizesPatience-hangAfter/2)
		})
		all.Go(func() {
			small := q
			small.N, small.MSS = q.N+2, smallSegment
			var problem *platform.Problem
			s.InSmall, problem = converse(ctx, e, small, sizesPatience)
			s.problems = problem != nil
		})
		all.Wait()
		<-done
		s.Fulls = append(s.Fulls, again)
	}
	<-done
}

// sizedTalk is a conversation of which some packets are full-sized; there is none
// with who speaks in a few bytes.
func sizedTalk(t diag.Target, to netip.AddrPort) (platform.TalkAsk, bool) {
	q, _ := conversation(t, to)
	q.N = sizesN
	if q.HTTP == nil {
		return q, q.TLS != nil
	}
	q.HTTP = &platform.HTTPAsk{Method: "GET", Host: q.HTTP.Host, Path: q.HTTP.Path, Pad: padding}
	q.Read = twoSegments
	return q, true
}

// measure looks for the largest packet that comes back, and for how far
// full-sized ones get.
func (s *Sizes) measure(ctx context.Context, e *diag.Env) {
	if !s.Hole() {
		return
	}
	wait := 2*s.RTT + 300*time.Millisecond
	sizes := slices.DeleteFunc(slices.Clone(usual), func(n int) bool { return n >= s.Full || s.To.Addr().Is6() && n < 1280 })
	for _, r := range s.ask(ctx, e, s.By, wait, 3, 0, sizes...) {
		if r.back {
			s.Largest = max(s.Largest, r.which)
		}
	}
	far := make([]bool, traceWave)
	var all sync.WaitGroup
	for i := range far {
		all.Go(func() {
			probe := *s
			far[i] = probe.ask(ctx, e, s.By, wait, 4, i+1, s.Full)[0].hop
		})
	}
	all.Wait()
	for i, showed := range far {
		if showed {
			s.Hops = i + 1
		}
	}
}

// Compared reports whether conversations of both kinds were held.
func (s Sizes) Compared() bool {
	return len(s.Fulls) > 0 && !s.problems && len(s.InSmall.Stages) > 0
}

// Hole reports whether the conversation hangs in full-sized segments, every
// time, and goes on in small ones.
func (s Sizes) Hole() bool {
	if !s.Compared() || hangs(s.InSmall) {
		return false
	}
	return !slices.ContainsFunc(s.Fulls, func(t platform.Talk) bool {
		return !hangs(t) || t.Received >= s.InSmall.Received || len(t.Stages) > len(s.InSmall.Stages)
	})
}

// hangs reports whether a conversation waited in vain after it was connected.
func hangs(t platform.Talk) bool {
	at, _ := stopped(t)
	return t.End == platform.EndTimeout && at != platform.StageConnect
}

// answered reports whether a conversation did not hang.
func answered(t platform.Talk) bool { return t.Received > 0 && !hangs(t) }

// oursVanish reports whether it is our own packets that vanish: they stay without
// acknowledgment.
func (s Sizes) oursVanish() bool {
	return slices.ContainsFunc(s.Fulls, func(t platform.Talk) bool { return t.TCP != nil && t.TCP.Unacked > 0 })
}

// twoWay reports whether full-sized packets are known to pass in both
// directions, or to be turned away with a word. What answers a datagram is small.
func (s Sizes) twoWay() bool { return s.TooBig != nil || s.Large && s.By == "icmp" }

// passes is whether packets of full size fare as small ones do.
func (s Sizes) passes() platform.Tri {
	switch {
	case s.Hole():
		return platform.No
	case s.twoWay(), len(s.Fulls) > 0 && answered(s.Fulls[0]):
		return platform.Yes
	case s.Compared() && hangs(s.InSmall) && slices.ContainsFunc(s.Fulls, hangs),
		s.Compared() && slices.ContainsFunc(s.Fulls, answered):
		return platform.Yes
	}
	return platform.Unknown
}

func judgeSizes(v diag.View, all []Sizes) (j diag.Judgement) { return judgeSizesOf("mtu.path", v, all) }

func judgeSizesOf(id diag.ID, v diag.View, all []Sizes) (j diag.Judgement) {
	for _, s := range all {
		way, seen := diag.WayTo(s.To.Addr()), []diag.Ref{{Check: id}}
		claim := func(name catalog.Claim, value platform.Tri) {
			j.Claims = append(j.Claims, diag.Claim{Name: name, Way: way, Value: value, Evidence: seen})
		}
		if s.TooBig != nil {
			j.Findings = append(j.Findings, diag.Finding{Code: "mtu.reduced", Way: way, Args: diag.Args{"mtu": s.TooBig.MTU}, Evidence: seen})
		}
		if pass := s.passes(); pass != platform.Unknown {
			claim(catalog.LargePacketsPass, pass)
		}
		if !s.Hole() {
			continue
		}
		claim(catalog.Answers, platform.No)
		claim(catalog.SmallExchangeWorks, platform.Yes)
		j.Findings = append(j.Findings, diag.Finding{Code: "mtu.black-hole", Way: way, Direct: true, Party: s.party(v), Args: s.args(), Evidence: seen})
	}
	return j
}

func (s Sizes) args() diag.Args {
	lost := "received"
	if s.oursVanish() {
		lost = "sent"
	}
	args := diag.Args{"address": s.To.Addr().String(), "full": s.Full, "lost": lost}
	if s.Largest > 0 {
		args["mtu"] = s.Largest
	}
	return args
}

// party is who carries the packets where they vanish: a tunnel of this machine,
// or the first network behind the gateway; else the catalogue's.
func (s Sizes) party(v diag.View) catalog.Party {
	links, _ := LinksRead.Of(v)
	routes, _ := RoutesTarget.Of(v)
	r, _ := reachOf(routes, s.To.Addr())
	if l, ok := LinkByIndex(links, r.Route.Link); ok && IsTunnel(l) {
		return catalog.VPN
	}
	if s.Hops == 1 && s.oursVanish() {
		return catalog.ISP
	}
	return ""
}
