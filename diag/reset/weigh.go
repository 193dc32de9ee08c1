package reset

import (
	"net/netip"
	"slices"
	"time"

	"faultline/diag/catalog"
	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// ruling is one reset that is being judged.
type ruling struct {
	*conversation
	e    *Event
	g    *tcpflow.Segment
	i    int
	s    *state
	form form
}

func (r *ruling) me() *end    { return &r.s.ends[r.g.From] }
func (r *ruling) other() *end { return &r.s.ends[1-r.g.From] }

// weigh collects the features.
func (r *ruling) weigh() {
	r.add(Feature{Name: FeatureForm, Group: InSequence, Args: how(string(r.form))})
	r.add(Feature{Name: FeatureSequence, Group: InSequence, Args: how(string(r.e.Sequence))})
	r.ttl()
	r.identity()
	r.checksum()
	r.options()
	r.bursts()
	r.timing()
	r.after()
	r.context()
	r.icmp()
}

// add keeps a feature in the place of an earlier one of that name, unless it is
// masked.
func (r *ruling) add(f Feature) {
	if r.masked[f.Name] {
		return
	}
	at := slices.IndexFunc(r.e.Features, func(g Feature) bool { return g.Name == f.Name })
	if at < 0 {
		r.e.Features = append(r.e.Features, f)
		return
	}
	r.e.Features[at] = f
}

// feature finds one by name; the zero value has no how.
func (r *ruling) feature(name string) Feature {
	for _, f := range r.e.Features {
		if f.Name == name {
			return f
		}
	}
	return Feature{}
}

// is reports whether a feature came out in a manner.
func (r *ruling) is(name, manner string) bool {
	got, _ := r.feature(name).Args["how"].(string)
	return got == manner
}

func how(s string, more ...any) map[string]any {
	args := map[string]any{"how": s}
	for i := 0; i+1 < len(more); i += 2 {
		args[more[i].(string)] = more[i+1]
	}
	return args
}

var middle = []Sender{ByMiddlebox}

// alone is the alleged sender, anybody all three.
func (r *ruling) alone() []Sender { return []Sender{side(r.g.From)} }
func (r *ruling) anybody() []Sender {
	return []Sender{ByClient, ByMiddlebox, ByServer}
}

// injected makes a feature speak for something between.
func (r *ruling) injected(name string, g Group, bits float64, args map[string]any) {
	r.add(Feature{Name: name, Group: g, Args: args, For: middle, Code: "reset.injected", Bits: bits})
}

// ttl compares with the sender's other packets in this connection. After its end
// a device in front may tidy up with a TTL of its own; a tunnel's end sets what it
// likes.
func (r *ruling) ttl() {
	base, adopted := r.otherTTLs()
	slices.Sort(base)
	switch {
	case len(base) == 0:
		r.add(Feature{Name: FeatureTTL, Group: Identity, Args: how("unknown", "ttl", r.g.TTL)})
	case slices.Contains(base, r.g.TTL):
		r.add(Feature{Name: FeatureTTL, Group: Identity, Args: how("same", "ttl", r.g.TTL), For: r.alone(), Bits: -1})
	case adopted || r.elsewhere():
		r.add(Feature{Name: FeatureTTL, Group: Identity, Args: how("route", "ttl", r.g.TTL, "usual", base[0])})
	case base[0] != base[len(base)-1] || r.t.Tunnel || r.e.Stage == StageClosing:
		r.add(Feature{Name: FeatureTTL, Group: Identity, Args: how("other", "ttl", r.g.TTL, "usual", base[0])})
	default:
		bits := ttlBits(r.g.TTL, base[0])
		if few := len(base) < r.limits.baseline-1 || len(base) < r.limits.baseline && bits < 2; few && !(bits > 1 && r.bare()) {
			bits = min(bits, 0.9) // a balancer may have answered the SYN
		}
		r.injected(FeatureTTL, Identity, bits, how("differs", "ttl", r.g.TTL, "usual", base[0]))
	}
}

// otherTTLs are those of the sender's earlier packets, and whether a later one has
// that of the reset. The SYN-ACK counts where it is like the rest: proxies answer
// SYNs for others.
func (r *ruling) otherTTLs() (base []int, adopted bool) {
	first := -1
	for j := range r.t.Segments {
		p := &r.t.Segments[j]
		switch {
		case p.From != r.g.From || p.Has(dissect.RST):
		case j > r.i:
			adopted = adopted || p.TTL == r.g.TTL
		case p.Has(dissect.SYN | dissect.ACK):
			first = p.TTL
		default:
			base = append(base, p.TTL)
		}
	}
	if first >= 0 && (len(base) == 0 || slices.Contains(base, first)) {
		base = append(base, first)
	}
	return base, adopted
}

// elsewhere reports whether whole connections of the sender's address have the TTL of
// the reset: the way to it changed. What injects pages has its TTL in parts only.
func (r *ruling) elsewhere() bool {
	by := [2]netip.AddrPort{tcpflow.Client: r.t.Stream.Client, tcpflow.Server: r.t.Stream.Server}[r.g.From]
	h := r.hosts[by.Addr().String()]
	return h != nil && h.whole[r.g.TTL] >= r.limits.baseline
}

// ttlBits: three hops or another system's initial value can hardly be the same
// sender's; one hop can be a change of the way.
func ttlBits(ttl, usual int) float64 {
	switch d := ttl - usual; {
	case initialOf(ttl) != initialOf(usual):
		if initialOf(ttl)-ttl == initialOf(usual)-usual && ttl != initialOf(ttl) {
			return 0.6 // as far away: a program may set a TTL of its own (IP_TTL), which its system's answers do not have
		}
		return 2.2
	case d >= 3, d <= -3:
		return 2.2
	case d > 1, d < -1:
		return 1.4
	}
	return 0.6
}

// initialOf is what a TTL most likely began with.
func initialOf(ttl int) int {
	for _, v := range []int{32, 64, 128} {
		if ttl <= v {
			return v
		}
	}
	return 255
}

// identity looks at the IP header's number and bits. Stacks send bare resets with
// the number 0 or a fresh one: only a copied number tells something.
func (r *ruling) identity() {
	last := &r.other().last
	switch {
	case r.g.V6:
		return
	case *last >= 0 && r.g.ID != 0 && r.g.ID == r.t.Segments[*last].ID && r.g.ID != r.me().id:
		r.injected(FeatureID, Identity, 0.5, how("copied", "id", r.g.ID))
	case r.g.ID == 0:
		r.add(Feature{Name: FeatureID, Group: Identity, Args: how("zero"), For: r.anybody()})
	case r.me().id != 0 && uint16(r.g.ID-r.me().id) <= 2048:
		r.add(Feature{Name: FeatureID, Group: Identity, Args: how("follows", "id", r.g.ID, "last", r.me().id), For: r.alone(), Bits: -1})
	default:
		r.add(Feature{Name: FeatureID, Group: Identity, Args: how("jumps", "id", r.g.ID), For: r.anybody()})
	}
	if r.bare() || !r.g.DF && r.always(func(p *tcpflow.Segment) bool { return p.DF }) {
		r.injected(FeatureDF, Identity, 0.5, how("lacks"))
	}
	if odd := r.g.Flags & (dissect.SYN | dissect.FIN | dissect.URG | dissect.ECE | dissect.CWR | dissect.Reserved); odd != 0 {
		r.injected(FeatureFlags, Identity, 0.5, how("odd", "flags", int(odd)))
	}
}

// bare reports whether a reset lacks the bit against fragments (DF), and whatever its
// sender sent has it and another TTL.
func (r *ruling) bare() bool {
	n := 0
	for j := range r.i {
		if p := &r.t.Segments[j]; p.From == r.g.From && !p.Has(dissect.RST) {
			if !p.DF || p.TTL == r.g.TTL {
				return false
			}
			n++
		}
	}
	return n > 0 && !r.g.DF && !r.g.V6
}

// always reports whether all of at least three earlier packets of the sender are so.
func (r *ruling) always(so func(*tcpflow.Segment) bool) bool {
	n := 0
	for j := range r.i {
		if p := &r.t.Segments[j]; p.From == r.g.From && !p.Has(dissect.RST) {
			if !so(p) {
				return false
			}
			n++
		}
	}
	return n >= r.limits.baseline
}

// checksum: a host drops a wrong one in silence. Adapters fill in that of outgoing
// packets later, so a wrong one counts only where all others of the sender are right.
func (r *ruling) checksum() {
	if r.g.Sum != tcpflow.SumWrong || !r.always(func(p *tcpflow.Segment) bool { return p.Sum == tcpflow.SumRight }) {
		return
	}
	if r.form == abort && r.is(FeatureTTL, "same") && r.is(FeatureID, "follows") {
		r.add(Feature{Name: FeatureChecksum, Group: Identity, Args: how("wrong"), For: r.anybody()}) // the sender's own, damaged
		return
	}
	r.injected(FeatureChecksum, Identity, 2.2, how("wrong"))
}

// options and window tell nothing of who sent a reset; people ask for them.
func (r *ruling) options() {
	kept := "none"
	if r.g.Options.Any {
		kept = "kept"
	}
	r.add(Feature{Name: FeatureOptions, Group: Identity, Args: how(kept), For: r.anybody()})
	window := "other"
	switch r.g.Window {
	case 0:
		window = "zero"
	case r.me().window:
		window = "kept"
	}
	r.add(Feature{Name: FeatureWindow, Group: Identity, Args: how(window, "window", r.g.Window), For: r.anybody()})
}

// bursts are resets of one direction whose numbers climb above all that either
// side can have meant (Weaver, Sommer, Paxson, NDSS 2009: RST_SEQ_CHANGE).
func (r *ruling) bursts() {
	n, top := 1, r.g.Seq
	for j := r.i + 1; j < len(r.t.Segments); j++ {
		p := &r.t.Segments[j]
		switch {
		case p.When-r.g.When > int64(r.limits.burst) || !p.Has(dissect.RST) || p.From != r.g.From:
			continue
		case before(top+2, p.Seq) && r.beyond(p.Seq):
			n, top = n+1, p.Seq
		}
	}
	if n > 1 && r.e.Stage != StageClosing && r.other().rst < 0 {
		r.injected(FeatureBurst, InSequence, 2.2, how("climbs", "n", n))
	}
}

// beyond reports whether a number lies above what the sender has sent and the
// other side has acknowledged.
func (r *ruling) beyond(seq uint32) bool {
	return r.me().began && before(r.me().next, seq) && (!r.other().acked || before(r.other().ack+2, seq))
}

// timing compares with the round trip, where the capture is at the receiver: an
// answer that came sooner than the far end could send it came from nearer.
func (r *ruling) timing() {
	j := r.trigger()
	at := r.vantage == map[int]Vantage{tcpflow.Client: AtServer, tcpflow.Server: AtClient}[r.g.From]
	rtt := r.s.rtt[r.g.From]
	if j < 0 || rtt < r.limits.leastRTT || !at {
		return
	}
	took := time.Duration(r.g.When - r.t.Segments[j].When)
	args := func(h string) map[string]any {
		return how(h, "ms", float64(took.Microseconds())/1000, "rtt", float64(rtt.Microseconds())/1000)
	}
	if float64(took) < r.limits.sooner*float64(rtt) && r.t.Segments[j].Len > 0 && !r.earlier(j, rtt) && (r.form != abort || r.g.Has(dissect.ACK) && r.g.Ack == upto(&r.t.Segments[j])) {
		r.injected(FeatureTiming, Timing, 1.2, args("sooner"))
		return
	}
	r.add(Feature{Name: FeatureTiming, Group: Timing, Args: args("fits"), For: r.anybody()})
}

// trigger is the last packet of the other side that the reset can answer, -1 for
// none.
func (r *ruling) trigger() int {
	if j := answered(r.t.Segments, r.i); j >= 0 && r.form == answer {
		return j
	}
	return r.other().last
}

// icmp are errors that something on the way sent about this connection.
func (r *ruling) icmp() {
	for _, n := range r.t.Notices {
		if h := noticeKind(n); h != "" {
			r.add(Feature{Name: FeatureICMP, Group: Context, Args: how(h, "by", n.By.String(), "type", int(n.Type), "code", int(n.Code))})
			return
		}
	}
}

// confidence caps what one end's packets can carry.
func (r *ruling) tell(code catalog.Code, party catalog.Party, sure catalog.Confidence) {
	r.e.Code, r.e.Party, r.e.Confidence = code, party, sure
	if party == catalog.Service && r.e.Sender == ByClient {
		r.e.Party = catalog.Computer
	}
}
