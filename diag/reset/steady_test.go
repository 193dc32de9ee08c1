package reset

import (
	"reflect"
	"testing"

	"faultline/diag/catalog"
	"faultline/diag/tcpflow"
)

// Conversations is set by the cases of the package's other tests.
var Conversations map[string][]tcpflow.Transcript

// TestSteady moves each threshold by a fifth and takes each feature away: what is
// told of a reset only because of one of them is at most likely.
func TestSteady(t *testing.T) {
	if len(Conversations) == 0 {
		t.Fatal("no conversations")
	}
	for name, all := range Conversations {
		in := Input{Transcripts: all}
		whole := Judge(in)
		for label, less := range variations(in) {
			compare(t, name+" with "+label, whole, less)
		}
	}
}

// variations are the judgements with something changed.
func variations(in Input) map[string][]Event {
	out := map[string][]Event{}
	for _, f := range []string{FeatureForm, FeatureTTL, FeatureID, FeatureDF, FeatureFlags, FeatureBurst, FeatureTiming, FeatureAfter, FeatureIdle, FeatureRepeats, FeatureBefore, FeatureSequence, FeatureICMP} {
		out["no "+f] = judgeWith(in, usual, map[string]bool{f: true})
	}
	shape := reflect.TypeOf(usual)
	for i := range shape.NumField() {
		for _, by := range []float64{0.8, 1.2} {
			l := usual
			switch v := reflect.ValueOf(&l).Elem().Field(i); v.Kind() {
			case reflect.Float64:
				set(v, v.Float()*by)
			default:
				set(v, float64(v.Int())*by)
			}
			out[shape.Field(i).Name] = judgeWith(in, l, nil)
		}
	}
	return out
}

func compare(t *testing.T, name string, whole, less []Event) {
	t.Helper()
	for i, e := range whole {
		flips := i >= len(less) || less[i].Code != e.Code
		if flips && e.Confidence > catalog.Likely {
			t.Errorf("%s: %s is %v, and is not told without it", name, e.Code, e.Confidence)
		}
		if !flips && less[i].Confidence > catalog.Likely {
			t.Errorf("%s: %s is %v", name, e.Code, less[i].Confidence)
		}
	}
}
