package text

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/reset"
)

// CaptureParty says who has to act on what a capture shows: there, the computer
// is the client, which need not be this one.
func (w *Words) CaptureParty(v diag.Verdict, t diag.Target) string {
	if key := "capture.party." + string(v.Party); w.Has(key) {
		return w.Say(key, w.verdictArgs(v, t))
	}
	return w.Party(v.Party, t)
}

// Feature says what was weighed, and what it was.
func (w *Words) Feature(f reset.Feature) (title, value string) {
	key := "feature." + f.Name
	if !w.Has(key) {
		return safe(f.Name), "-"
	}
	how, _ := f.Args["how"].(string)
	if !w.Has(key + "." + how) {
		return w.Say(key, nil), orEmpty(safe(how))
	}
	return w.Say(key, nil), w.Say(key+"."+how, featureArgs(f))
}

// featureArgs are the values of a feature as messages take them: times as
// times, flags in the notation of the field.
func featureArgs(f reset.Feature) diag.Args {
	args := diag.Args{}
	for name, value := range f.Args {
		n, isNumber := number(value)
		switch {
		case !isNumber:
			args[name] = value
		case name == "ms" || name == "rtt":
			args[name] = time.Duration(n * float64(time.Millisecond))
		case name == "seconds":
			args[name] = time.Duration(n * float64(time.Second))
		case name == "flags":
			args[name] = fmt.Sprintf("0x%03x", int(n))
		default:
			args[name] = int(n)
		}
	}
	return args
}

func number(value any) (float64, bool) {
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanFloat():
		return v.Float(), true
	}
	return 0, false
}

// RejectedBy says why a verdict was left for another one: the fact that speaks
// against it.
func (w *Words) RejectedBy(x reset.Rejected, weighed []reset.Feature) string {
	i := slices.IndexFunc(weighed, func(f reset.Feature) bool { return f.Name == x.Feature })
	if i < 0 {
		return w.Say("capture.rejected", nil)
	}
	title, value := w.Feature(weighed[i])
	return w.Say("capture.rejected.by", diag.Args{"title": title, "what": value})
}

// UntestedOf says what a capture leaves open, why, and what would tell.
func (w *Words) UntestedOf(word string) (what, why, how string) {
	key := "open." + word
	if !w.Has(key) {
		key = "open"
	}
	return w.Say(key, nil), w.Say(key+".why", nil), w.Say(key+".how", nil)
}

// Among names a word of a closed set: a sender, a stage, a handshake, a mark.
func (w *Words) Among(set, word string) string {
	if key := set + "." + word; w.Has(key) {
		return w.Say(key, nil)
	}
	return safe(word)
}

// captured chooses the messages of codes that checks tell too, and that sound
// otherwise where packets alone tell them; "" for other verdicts.
func captured(v diag.Verdict) string {
	if why := v.Args["capture"]; v.Code == diag.Inconclusive && (why == "canceled" || why == "left") {
		return fmt.Sprint(why)
	}
	return when(has(v, "capture") && !declared()[v.Code].FromCaptures, "capture")
}

// declared is the catalog, built once: a capture may tell of thousands.
var declared = sync.OnceValue(catalog.All)
