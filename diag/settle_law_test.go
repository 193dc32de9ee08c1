package diag

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"faultline/diag/catalog"
	"faultline/platform"
)

// The laws of Settle, over random cases from the whole catalogue. A case that
// breaks one is repeated by its number.
const lawCases = 1500

var claimNames = []catalog.Claim{
	catalog.Answers, catalog.TargetAlive, catalog.GatewayAlive, catalog.BeyondGateway, catalog.LocalDropped,
	catalog.ClockRight, catalog.ResetTTLDiffers, catalog.ImprobablePortOpen, catalog.ResolverAnswers,
	catalog.ResolversAgree, catalog.SystemResolves, catalog.SmallExchangeWorks, catalog.LargePacketsPass,
	catalog.Tunnel, catalog.ControlSame, catalog.Recovered, catalog.RouterHasNoRoute, catalog.ChainComplete, catalog.DropSeen,
}

// world makes random cases.
type world struct {
	*rand.Rand
	cat     catalog.Catalog
	codes   []catalog.Code
	doubted []catalog.Code // that have rivals
}

func newWorld(n int) world {
	w := world{Rand: rand.New(rand.NewPCG(7, uint64(n))), cat: catalog.All()}
	for code, d := range w.cat {
		if d.FromCaptures {
			continue // never settled
		}
		w.codes = append(w.codes, code)
		if len(d.Rivals) > 0 {
			w.doubted = append(w.doubted, code)
		}
	}
	slices.Sort(w.codes)
	slices.Sort(w.doubted)
	return w
}

func one[T any](w world, of []T) T { return of[w.IntN(len(of))] }

func (w world) chance(percent int) bool { return w.IntN(100) < percent }

var anyWay = []Way{everywhere, v4, v4b, v6, v6b, allV6, {Family: IPv4}, proxied}

// make invents a case whose findings often have to do with each other, and
// whose claims often exclude their rivals.
func (w world) make() Case {
	var c Case
	for _, way := range []Way{v4, v4b, v6, v6b, proxied} {
		if w.chance(40) {
			c.Ways = append(c.Ways, way)
		}
	}
	for range w.IntN(6) {
		code := one(w, one(w, [][]catalog.Code{w.codes, w.doubted}))
		if len(c.Findings) > 0 && w.chance(60) {
			code = w.relative(one(w, c.Findings).Code)
		}
		c.Findings = append(c.Findings, w.finding(code))
	}
	for _, f := range c.Findings {
		for _, r := range w.cat[f.Code].Rivals {
			if w.chance(80) {
				c.Claims = append(c.Claims, Claim{r.Claim, one(w, []Way{f.Way, everywhere, one(w, anyWay)}), r.Excludes, nil, w.refs()})
			}
		}
	}
	for range w.IntN(5) {
		c.Claims = append(c.Claims, Claim{one(w, claimNames), one(w, anyWay), platform.Tri(w.IntN(3) - 1), Args{"n": w.IntN(3)}, w.refs()})
	}
	for _, way := range c.Ways {
		if w.chance(50) {
			c.Claims = append(c.Claims, Claim{catalog.Answers, way, platform.TriOf(w.chance(60)), Args{"n": w.IntN(3)}, w.refs()})
		}
	}
	if w.chance(20) {
		c.Drift = w.refs()
	}
	if w.chance(10) {
		c.Untried = map[ID][]string{one(w, []ID{"a", "b", "c", "d"}): {"links.all"}}
	}
	return c
}

// relative is a code that another one names.
func (w world) relative(of catalog.Code) catalog.Code {
	d := w.cat[of]
	named := append(slices.Clone(d.Hides), of)
	for _, r := range d.Rivals {
		named = append(named, r.Code)
	}
	if d.Refines != "" {
		named = append(named, d.Refines)
	}
	return one(w, named)
}

func (w world) finding(code catalog.Code) Finding {
	f := Finding{Code: code, Way: one(w, anyWay), Direct: w.chance(60), Args: Args{"n": w.IntN(3)}, Evidence: w.refs()}
	if w.chance(10) {
		f.Against = w.refs()
	}
	return f
}

func (w world) refs() []Ref {
	refs := []Ref{{Check: one(w, []ID{"a", "b", "c"})}}
	if w.chance(30) {
		refs = append(refs, Ref{Check: "d", About: one(w, []string{"x", "y"})})
	}
	return refs
}

// eachCase hands out the cases with their verdicts.
func eachCase(t *testing.T, law func(t *testing.T, w world, c Case, v Verdict)) {
	t.Helper()
	for n := range lawCases {
		w := newWorld(n)
		c := w.make()
		law(t, w, c, Settle(w.cat, c))
		if t.Failed() {
			t.Fatalf("case %d: %+v", n, c)
		}
	}
}

func TestLawOrderNeverMatters(t *testing.T) {
	eachCase(t, func(t *testing.T, w world, c Case, v Verdict) {
		s := Case{slices.Clone(c.Findings), slices.Clone(c.Claims), slices.Clone(c.Ways), slices.Clone(c.Drift), c.Untried}
		w.Shuffle(len(s.Findings), func(i, j int) { s.Findings[i], s.Findings[j] = s.Findings[j], s.Findings[i] })
		w.Shuffle(len(s.Claims), func(i, j int) { s.Claims[i], s.Claims[j] = s.Claims[j], s.Claims[i] })
		w.Shuffle(len(s.Ways), func(i, j int) { s.Ways[i], s.Ways[j] = s.Ways[j], s.Ways[i] })
		slices.Reverse(s.Drift)
		if got := Settle(w.cat, s); !reflect.DeepEqual(got, v) {
			t.Errorf("shuffled: got %+v want %+v", got, v)
		}
	})
}

func less(claims []Claim, drop func(Claim) bool) []Claim {
	return slices.DeleteFunc(slices.Clone(claims), drop)
}

// Law 7 is about statements: what is said under one name, by however many
// judges. Not knowing it leaves the code as it is and never makes it surer.
//
// Two statements do more than exclude rivals, they say which findings count.
// Not to know whether a way answers lets a finding on it count that was a note
// before; not to know that it recovered likewise. Their laws are the next two.
func TestLawUnknownStatementNeverRaisesConfidence(t *testing.T) {
	lowered := 0
	eachCase(t, func(t *testing.T, w world, c Case, v Verdict) {
		for _, name := range claimNames {
			if name == catalog.Answers || name == catalog.Recovered {
				continue
			}
			got := Settle(w.cat, Case{c.Findings, less(c.Claims, func(d Claim) bool { return d.Name == name }), c.Ways, c.Drift, c.Untried})
			if got.Code != v.Code || got.Confidence > v.Confidence {
				t.Errorf("without %s: got %s, %s want %s, at most %s", name, got.Code, got.Confidence, v.Code, v.Confidence)
			}
			if got.Confidence < v.Confidence {
				lowered++
			}
		}
	})
	if lowered < lawCases/20 {
		t.Errorf("only %d of %d cases depend on a statement: the law was hardly tried", lowered, lawCases)
	}
}

// One judge's voice left out changes no code either. It may raise the
// confidence only where it dissented: conflicting claims leave a statement
// unknown, so one of them is no knowledge that could be taken away.
func TestLawLeavingOutOneClaim(t *testing.T) {
	eachCase(t, func(t *testing.T, w world, c Case, v Verdict) {
		for i, d := range c.Claims {
			if d.Name == catalog.Answers || d.Name == catalog.Recovered {
				continue
			}
			got := Settle(w.cat, Case{c.Findings, slices.Delete(slices.Clone(c.Claims), i, i+1), c.Ways, c.Drift, c.Untried})
			dissent := slices.ContainsFunc(c.Claims, func(o Claim) bool { return o.Name == d.Name && o.Value == -d.Value })
			if got.Code != v.Code || got.Confidence > v.Confidence && !dissent {
				t.Errorf("without %s of %v: got %s, %s want %s, at most %s", d.Name, d.Way, got.Code, got.Confidence, v.Code, v.Confidence)
			}
		}
	})
}

// Not knowing what answers never heals: no ok, no mere quality, no partial
// fault comes of it. It changes nothing where no way was known to work, and
// elsewhere tells nothing that was not named before, as a note, as the way past
// the proxy, or as a consequence of the verdict. Such a finding may be proven: it stands on its
// own evidence, and that the way works was all that spoke against it.
func TestLawUnknownAnswers(t *testing.T) {
	uncovered := 0
	eachCase(t, func(t *testing.T, w world, c Case, v Verdict) {
		got := Settle(w.cat, Case{c.Findings, less(c.Claims, func(d Claim) bool { return d.Name == catalog.Answers }), c.Ways, c.Drift, c.Untried})
		weight := w.cat[v.Code].Weight
		if v.Code == Inconclusive && got.Code == Inconclusive {
			return
		}
		if g := w.cat[got.Code].Weight; got.Code == OK || got.Code != Inconclusive && g != catalog.Blocks {
			t.Errorf("without answers: got %s, want nothing that needs them", got.Code)
		}
		if weight == catalog.Blocks && (got.Code != v.Code || got.Confidence != v.Confidence) {
			t.Errorf("without answers: got %s, %s want %s, %s", got.Code, got.Confidence, v.Code, v.Confidence)
		}
		if weight == catalog.Blocks || got.Code == Inconclusive {
			return
		}
		uncovered++
		named := slices.ContainsFunc(slices.Concat(v.Also, v.Meant), func(f Finding) bool { return f.Code == got.Code || w.cat[f.Code].Refines == got.Code })
		if !named && !slices.Contains(w.cat[v.Code].Hides, got.Code) && w.cat[v.Code].Refines != got.Code {
			t.Errorf("without answers: got %s, which %s did not name", got.Code, v.Code)
		}
	})
	if uncovered < lawCases/50 {
		t.Errorf("only %d of %d cases uncover a fault: the law was hardly tried", uncovered, lawCases)
	}
}

// Not knowing that something recovered changes nothing unless it was said.
func TestLawUnknownRecovery(t *testing.T) {
	eachCase(t, func(t *testing.T, w world, c Case, v Verdict) {
		got := Settle(w.cat, Case{c.Findings, less(c.Claims, func(d Claim) bool { return d.Name == catalog.Recovered }), c.Ways, c.Drift, c.Untried})
		said := slices.ContainsFunc(v.Also, func(f Finding) bool { return f.Code == "recovered" })
		if !said && !reflect.DeepEqual(got, v) {
			t.Errorf("without recovered: got %s, %s want %s, %s", got.Code, got.Confidence, v.Code, v.Confidence)
		}
	})
}

// What has nothing to do with the goal changes neither code nor confidence.
func TestLawClutter(t *testing.T) {
	far := WayTo(netip.MustParseAddr("203.0.113.9"))
	eachCase(t, func(t *testing.T, w world, c Case, v Verdict) {
		code := one(w, w.codes)
		clutter := map[string]Finding{
			"a note":            saw(one(w, []catalog.Code{"mtu.reduced", "icmp.filtered", "tls.inspected", "clock.skewed"}), one(w, anyWay)),
			"a refuted finding": refuted(code, one(w, anyWay)),
			"an unknown code":   direct("no.such.code", one(w, anyWay)),
		}
		if len(c.Ways) > 0 {
			clutter["an unused way"] = direct(code, far)
		}
		for what, f := range clutter {
			got := Settle(w.cat, Case{append(slices.Clip(c.Findings), f), c.Claims, c.Ways, c.Drift, c.Untried})
			if got.Code != v.Code || got.Confidence != v.Confidence || got.Way != v.Way || !slices.Equal(got.Evidence, v.Evidence) {
				t.Errorf("with %s (%s): got %s, %s want %s, %s", what, f.Code, got.Code, got.Confidence, v.Code, v.Confidence)
			}
		}
	})
}

// Every rival of the verdict is accounted for once: rejected by a claim, or
// untested with what would tell. Nothing else is untested.
func TestLawUntestedAreOpenRivals(t *testing.T) {
	eachCase(t, func(t *testing.T, w world, c Case, v Verdict) {
		var open, excluded []Untested
		for _, r := range w.cat[v.Code].Rivals {
			if slices.ContainsFunc(v.Rejected, func(x Rejected) bool { return x.Code == r.Code && x.Claim == r.Claim }) {
				excluded = append(excluded, Untested{Code: r.Code, Need: r.Need})
			} else {
				open = append(open, Untested{Code: r.Code, Need: r.Need})
			}
		}
		if len(v.Untested)+len(open) > 0 && !reflect.DeepEqual(v.Untested, open) {
			t.Errorf("%s untested: got %v want %v, as %v are excluded", v.Code, v.Untested, open, excluded)
		}
		for _, u := range v.Untested {
			if u.Need == "" {
				t.Errorf("%s: nothing is named that would tell %s", v.Code, u.Code)
			}
		}
		for _, x := range v.Rejected {
			if x.Claim != "" && !slices.ContainsFunc(c.Claims, func(d Claim) bool { return d.Name == x.Claim }) {
				t.Errorf("%s: %s is rejected by %s, which nobody claimed", v.Code, x.Code, x.Claim)
			}
		}
	})
}

// What each verdict needs of the ways, by a reckoning of its own: claims of one
// value about exactly the way, or about no way at all, leave no doubt.
func TestLawVerdictFitsTheWays(t *testing.T) {
	count := map[catalog.Code]int{}
	eachCase(t, func(t *testing.T, w world, c Case, v Verdict) {
		count[v.Code]++
		answered := 0
		for _, way := range c.Ways {
			if slices.ContainsFunc(c.Claims, func(d Claim) bool {
				return d.Name == catalog.Answers && d.Value == platform.Yes && (d.Way.Covers(way) || way.Covers(d.Way))
			}) {
				answered++
			}
		}
		switch weight := w.cat[v.Code].Weight; {
		case v.Code == OK || weight == catalog.Degrades:
			if answered < len(c.Ways) || answered == 0 {
				t.Errorf("%s, and %d of %d ways answer", v.Code, answered, len(c.Ways))
			}
		case weight == catalog.Partial:
			if answered == 0 || len(c.Ways) < 2 {
				t.Errorf("%s, and %d of %d ways answer", v.Code, answered, len(c.Ways))
			}
		case v.Code != Inconclusive && weight != catalog.Blocks:
			t.Errorf("%s decides and weighs %q", v.Code, weight)
		}
		if v.Code != OK && v.Code != Inconclusive && (v.Confidence < catalog.Possible || v.Confidence > w.cat[v.Code].Cap) {
			t.Errorf("%s: got %s want at most %s", v.Code, v.Confidence, w.cat[v.Code].Cap)
		}
		direct := slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Code == v.Code && f.Direct && len(f.Against) == 0 })
		if v.Code != OK && v.Confidence == catalog.Proven && (!direct || len(v.Untested) > 0) {
			t.Errorf("%s is proven: direct %v, untested %v", v.Code, direct, v.Untested)
		}
	})
	if len(count) < len(newWorld(0).codes)*2/3 || count[OK] == 0 || count[Inconclusive] > lawCases*2/3 {
		t.Errorf("the cases are poor: %d verdicts, %d ok, %d inconclusive of %d", len(count), count[OK], count[Inconclusive], lawCases)
	}
}
