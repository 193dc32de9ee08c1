package text

import "faultline/diag"

// CheckTitle names a check.
func (w *Words) CheckTitle(id diag.ID) string {
	if key := "check." + string(id); w.Has(key) {
		return w.Say(key, nil)
	}
	return safe(string(id))
}

// CheckLine says what a check saw; "" when it says nothing.
func (w *Words) CheckLine(id diag.ID, shape string, a diag.Args) string {
	if shape == "" {
		return ""
	}
	return w.Say("check."+string(id)+"."+shape, a)
}

// Outcome says why a check brought nothing; "" for one that was observed.
func (w *Words) Outcome(o diag.Outcome, reason string) string {
	switch {
	case o == diag.Observed:
		return ""
	case o != diag.Canceled && w.Has("skip."+reason):
		return w.Say("skip."+reason, nil)
	case o == diag.Skipped && w.Has("check."+reason):
		return w.Say("skip", diag.Args{"check": w.CheckTitle(diag.ID(reason))})
	case reason != "" && w.Has("outcome."+string(o)+".why"):
		return w.Say("outcome."+string(o)+".why", diag.Args{"reason": reason})
	}
	return w.Say("outcome."+string(o), nil)
}

// Rejected says why an alternative was ruled out: the fact that excludes it.
func (w *Words) Rejected(r diag.Rejected) string {
	if r.Claim == "" {
		return w.Say("rejected", nil)
	}
	key := "rejected." + string(r.Claim)
	if value := excludes(r); w.Has(key + "." + value) {
		return w.Say(key+"."+value, nil)
	}
	return w.Say("rejected.claim", diag.Args{"claim": string(r.Claim)})
}

// Untried says that a verdict rests on ways of looking that were never tried on
// the system that they are for.
func (w *Words) Untried(methods []string) (what, why, how string) {
	a := diag.Args{"methods": methods, "system": w.system()}
	return w.Say("untried", a), w.Say("untried.why", a), w.Say("untried.how", a)
}

// system names the operating system that the words are for.
func (w *Words) system() string {
	if key := "system." + w.os; w.Has(key) {
		return w.Say(key, nil)
	}
	return safe(w.os)
}

// Untested says what could not be told, why, and what would tell.
func (w *Words) Untested(u diag.Untested) (what, why, how string) {
	key := "need." + string(u.Need)
	if !w.Has(key + ".how") {
		key = "need"
	}
	return w.Title(u.Code), w.Say(key+".why", u.Args), w.Say(key+".how", u.Args)
}
