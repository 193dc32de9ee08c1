package diag

import (
	"cmp"
	"context"
	"reflect"
	"slices"

	"faultline/diag/catalog"
	"faultline/platform"
)

// view returns what the declared checks have seen so far; nil allows all.
func (r *run) view(allow []Node) View {
	seen := make(map[ID]*Observation, len(r.seen))
	for id, o := range r.seen {
		seen[id] = o
	}
	return View{Target: r.target, System: r.system, seen: seen, allow: allow}
}

// judge asks every judge and every rule. It is pure over what has been seen,
// so it may be asked at any time.
func (r *run) judge() Case {
	var c Case
	for _, n := range r.plan.Checks {
		o, a := r.seen[n.ID()], n.about()
		if o == nil || o.Outcome != Observed {
			continue
		}
		c.add(n.judge(r.view(slices.Concat(a.after, a.first, a.reads, []Node{n})), o.Data))
		if o.Drifted {
			c.Drift = append(c.Drift, Ref{Check: n.ID()})
		}
	}
	for _, rule := range r.plan.Rules {
		c.add(rule.Infer(r.view(rule.Reads)))
	}
	if r.plan.Ways != nil {
		c.Ways = r.plan.Ways(r.view(r.plan.Reads))
	}
	return c
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
// verdict: no pending check or rule tells a code that would hide, refine or
// degrade it, nor makes a claim that one of its open rivals waits for.
func (r *run) enough() bool {
	v := Settle(r.plan.Catalog, r.judge())
	if v.Code == Inconclusive {
		return false
	}
	wanted := Open(r.plan.Catalog, v)
	if v.Code == OK {
		wanted = []catalog.Claim{catalog.Answers}
	}
	matters := func(tells []catalog.Code, claims []catalog.Claim) bool {
		return slices.ContainsFunc(tells, func(c catalog.Code) bool { return r.outranks(c, v.Code) }) ||
			slices.ContainsFunc(claims, func(c catalog.Claim) bool { return slices.Contains(wanted, c) })
	}
	for _, n := range r.plan.Checks {
		if a := n.about(); r.pending(n) && matters(a.tells, a.claims) {
			return false
		}
	}
	for _, rule := range r.plan.Rules {
		claims := rule.Claims
		if v.Code == OK {
			claims = nil // of what is pending the checks themselves claim it
		}
		if slices.ContainsFunc(rule.Reads, r.pending) && matters(rule.Tells, claims) {
			return false
		}
	}
	return true
}

// pending reports whether a check may still bring something.
func (r *run) pending(n Node) bool {
	a := n.about()
	return r.planned(n) && r.seen[n.ID()] == nil &&
		(a.start == AtOnce || a.start == OnTrouble && r.trouble || a.start == OnRequest && r.opt.Thorough)
}

// outranks reports whether a finding of code could take the verdict from v.
func (r *run) outranks(code, v catalog.Code) bool {
	d := r.plan.Catalog[code]
	if v == OK {
		return d.Weight == catalog.Partial || d.Weight == catalog.Degrades
	}
	return slices.Contains(d.Hides, v) || d.Refines == v
}

// readAgain repeats the passive readings at the end of the run: what changed
// in between weakens what rests on it.
func (r *run) readAgain(ctx context.Context) {
	for _, n := range r.plan.Checks {
		o := r.seen[n.ID()]
		if o == nil || o.Outcome != Observed || !n.about().again {
			continue
		}
		ctx, cancel := r.deadline(platform.WithCaller(ctx, string(n.ID())), n.about().timeout)
		later := look(ctx, n, &Env{Host: r.host, View: r.view(n.about().after), Again: true, run: r, check: n.ID()})
		cancel()
		if later.Outcome == Observed {
			both := *o // an abandoned probe may still hold the first
			both.Later, both.Drifted = later.Data, !n.same(o.Data, later.Data)
			r.seen[n.ID()] = &both
		}
	}
}

func (r *run) result(user context.Context) Result {
	c := r.judge()
	res := Result{
		Target: r.target, System: r.system, Started: r.started, Trouble: r.trouble,
		Canceled:  user.Err() != nil,
		Judgement: Judgement{c.Findings, c.Claims},
		Verdict:   Settle(r.plan.Catalog, c),
	}
	for _, n := range r.plan.Checks {
		res.Observations = append(res.Observations, *r.seen[n.ID()])
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
