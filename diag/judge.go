package diag

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"faultline/diag/catalog"
	"faultline/platform"
)

// view returns what the declared checks have seen so far.
func (r *run) view(allow []Node) View {
	seen := make(map[ID]*Observation, len(r.seen))
	for id, o := range r.seen {
		seen[id] = o
	}
	if allow == nil {
		allow = []Node{}
	}
	return View{Target: r.target, System: r.system, seen: seen, allow: allow}
}

// View returns what the checks of the run saw.
func (r Result) View() View {
	v := View{Target: r.Target, System: r.System, seen: map[ID]*Observation{}}
	for i := range r.Observations {
		v.seen[r.Observations[i].Check] = &r.Observations[i]
	}
	return v
}

// judge asks every judge and every rule. It is pure over what has been seen,
// so it may be asked at any time.
func (r *run) judge() Case {
	var c Case
	for _, n := range r.plan.Checks {
		o := r.seen[n.ID()]
		if o == nil || o.Outcome != Observed {
			continue
		}
		c.add(r.judgement(n, *o))
		if o.Drifted {
			c.Drift = append(c.Drift, Ref{Check: n.ID()})
		}
	}
	for _, rule := range r.plan.Rules {
		c.add(r.inference(rule))
	}
	if r.plan.Ways != nil {
		c.Ways = r.plan.Ways(r.view(r.plan.Reads))
	}
	return c
}

// inference asks one rule; a panic in it costs what it would have said, and the
// result names it.
func (r *run) inference(rule Rule) (j Judgement) {
	defer func() {
		if p := recover(); p != nil {
			j = Judgement{}
			if why := fmt.Sprintf("%s: %v", rule.Name, p); !slices.Contains(r.broken, why) {
				r.broken = append(r.broken, why)
			}
		}
	}()
	return rule.Infer(r.view(rule.Reads))
}

// judgement asks one judge; a panic in it is a failed check, not a failed run.
func (r *run) judgement(n Node, o Observation) (j Judgement) {
	defer func() {
		if p := recover(); p != nil {
			o.broke(p)
			j, r.seen[n.ID()] = Judgement{}, &o
		}
	}()
	a := n.about()
	return n.judge(r.view(slices.Concat(a.after, a.first, a.reads, []Node{n})), o.Data)
}

func (c *Case) add(j Judgement) {
	c.Findings = append(c.Findings, j.Findings...)
	c.Claims = append(c.Claims, j.Claims...)
}

// troubled reports whether something seen so far speaks for a fault.
func (r *run) troubled() bool {
	return !r.trouble && slices.ContainsFunc(r.judge().Findings, func(f Finding) bool {
		w := r.plan.Catalog[f.Code].Weight
		return len(f.Against) == 0 && (w == catalog.Blocks || w == catalog.Partial)
	})
}

// enough reports whether nothing that is still to come could change the
// verdict: it is known which ways there are, and no pending check or rule tells
// a code that would take the verdict, nor makes a claim that it waits for.
func (r *run) enough() bool {
	c := r.judge()
	v := Settle(r.plan.Catalog, c)
	pending := func(n Node) bool { return r.pending(n) && (v.Code == OK || !r.givenUp(n)) }
	direct := v.Code != OK || !proxiedOnly(c.Ways) // what looks at the direct way matters
	awaited := func(n Node) bool { return (direct || n.about().proxied) && r.busy(n) && pending(n) }
	if v.Code == Inconclusive || slices.ContainsFunc(r.plan.Reads, awaited) {
		return false
	}
	wanted := Open(r.plan.Catalog, v)
	matters := func(tells []catalog.Code, claims []catalog.Claim) bool {
		return slices.ContainsFunc(tells, func(c catalog.Code) bool { return r.outranks(c, v.Code) }) ||
			slices.ContainsFunc(claims, func(c catalog.Claim) bool { return slices.Contains(wanted, c) })
	}
	for _, rule := range r.plan.Rules {
		if (direct || rule.Proxied) && slices.ContainsFunc(rule.Reads, pending) && matters(rule.Tells, rule.Claims) {
			return false
		}
	}
	// What answers, the checks themselves claim; rules that do so too read them.
	if r.plan.Catalog[v.Code].Weight != catalog.Blocks || unsettled(r.plan.Catalog, c) {
		wanted = append(wanted, catalog.Answers)
	}
	for _, n := range r.plan.Checks {
		a := n.about()
		if (direct || a.proxied) && slices.ContainsFunc(slices.Concat([]Node{n}, a.first, a.reads), pending) && matters(a.tells, a.claims) {
			return false
		}
	}
	return true
}

// unsettled reports whether it is not known of a used way whether it works.
func unsettled(cat catalog.Catalog, c Case) bool {
	s := settling{cat: cat, Case: c}
	return slices.ContainsFunc(c.Ways, func(w Way) bool { return s.claim(catalog.Answers, w) == platform.Unknown })
}

func (r *run) busy(n Node) bool {
	_, running := r.running[n.ID()]
	return running
}

// pending reports whether a check may still bring something.
func (r *run) pending(n Node) bool {
	a := n.about()
	return r.planned(n) && r.seen[n.ID()] == nil &&
		(a.start == AtOnce || a.start == OnTrouble && r.trouble || a.start == OnRequest && r.opt.Thorough ||
			a.start == OnConsent && r.trouble && r.opt.Trace)
}

// outranks reports whether a finding of code could take the verdict from v.
// Which ways work is settled by then, and with it the weight that decides.
func (r *run) outranks(code, v catalog.Code) bool {
	d, told := r.plan.Catalog[code], r.plan.Catalog[v]
	switch {
	case v == OK:
		return d.Weight == catalog.Degrades
	case d.Weight != told.Weight:
		return false
	}
	return d.Weight != catalog.Blocks || slices.Contains(d.Hides, v) || d.Refines == v
}

// readAgain repeats the passive readings at the end of the run, side by side:
// what changed in between weakens what rests on it.
func (r *run) readAgain(ctx context.Context) {
	var all sync.WaitGroup
	later := make([]Observation, len(r.plan.Checks))
	for i, n := range r.plan.Checks {
		o := r.seen[n.ID()]
		if o == nil || o.Outcome != Observed || !n.about().again {
			continue
		}
		a := n.about()
		e := &Env{Host: r.host, View: r.view(slices.Concat(a.after, a.first)), Again: true, run: r, check: n.ID()}
		all.Go(func() {
			ctx, cancel := r.deadline(platform.WithCaller(ctx, string(n.ID())), a.timeout)
			defer cancel()
			later[i] = await(ctx, n, e)
		})
	}
	all.Wait()
	for i, n := range r.plan.Checks {
		if later[i].Outcome == Observed {
			both := *r.seen[n.ID()] // an abandoned probe may still hold the first
			both.Later, both.Drifted = later[i].Data, !n.same(both.Data, later[i].Data)
			r.seen[n.ID()] = &both
		}
	}
}

func (r *run) result(how listing) Result {
	c := r.judge()
	c.Untried = how.untried(slices.Collect(maps.Keys(r.seen)), r.opt.Asked)
	res := Result{
		Target: r.target, System: r.system, Started: r.started, Trouble: r.trouble,
		Canceled: r.canceled, Broken: r.broken,
		Judgement: Judgement{c.Findings, c.Claims},
		Verdict:   Settle(r.plan.Catalog, c),
	}
	for _, n := range r.plan.Checks {
		o := *r.seen[n.ID()]
		res.Observations = append(res.Observations, o)
		if o.Reason == brokenHere {
			res.Broken = append(res.Broken, o.Problem.Text)
		}
	}
	layer := func(o Observation) int {
		i := slices.IndexFunc(r.plan.Checks, func(n Node) bool { return n.ID() == o.Check })
		return slices.Index(layers, r.plan.Checks[i].about().layer)
	}
	slices.SortStableFunc(res.Observations, func(a, b Observation) int { return cmp.Compare(layer(a), layer(b)) })
	res.Took = r.since()
	return res
}

// equal is how a check compares its two readings unless it says otherwise.
func equal[T any](a, b T) bool { return reflect.DeepEqual(a, b) }
