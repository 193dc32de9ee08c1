package text

import (
	"slices"
	"strings"
	"testing"

	"faultline/diag"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// weighed are the features as package reset makes them: every name, how each
// can come out, and the values that go with it.
var weighed = []struct {
	name string
	how  string
	args map[string]any
}{
	{reset.FeatureForm, "abort answer refusal odd unclear", nil},
	{reset.FeatureTTL, "same unknown", map[string]any{"ttl": 57}},
	{reset.FeatureTTL, "differs route other", map[string]any{"ttl": 118, "usual": 57}},
	{reset.FeatureID, "follows", map[string]any{"id": 41207, "last": 41206}},
	{reset.FeatureID, "copied jumps", map[string]any{"id": 41207}},
	{reset.FeatureID, "zero none", nil},
	{reset.FeatureDF, "lacks", nil},
	{reset.FeatureFlags, "odd", map[string]any{"flags": 0x20}},
	{reset.FeatureChecksum, "wrong", nil},
	{reset.FeatureOptions, "none kept", nil},
	{reset.FeatureWindow, "zero kept other", map[string]any{"window": 8192}},
	{reset.FeatureSequence, "exact in-window outside unknown", nil},
	{reset.FeatureBurst, "climbs", map[string]any{"n": 3}},
	{reset.FeatureTiming, "sooner fits", map[string]any{"ms": 2.1, "rtt": 18.0}},
	{reset.FeatureTiming, "unknown", nil},
	{reset.FeatureAfter, "nothing challenge both echoes asks-again", nil},
	{reset.FeatureAfter, "goes-on", map[string]any{"ms": int64(17)}},
	{reset.FeatureIdle, "long", map[string]any{"seconds": 300.2}},
	{reset.FeatureIdle, "none", nil},
	{reset.FeatureRepeats, "same", map[string]any{"seconds": 300.2, "n": 2}},
	{reset.FeatureRepeats, "probes", map[string]any{"n": 5}},
	{reset.FeatureBefore, "request alert closed probes resent window nothing", map[string]any{"n": 5}},
	{reset.FeatureICMP, "prohibited unreachable expired", map[string]any{"by": "192.0.2.9", "type": 3, "code": 13}},
	{reset.FeatureICMP, "size", map[string]any{"by": "192.0.2.9", "mtu": 1400}},
	{reset.FeatureStage, "post-syn post-ack post-psh later", nil},
	{reset.FeatureOtherEnd, "confirmed never lost stopped unreturned open", nil},
}

// features are all of weighed, one for each way in which it can come out.
func features() []reset.Feature {
	var all []reset.Feature
	for _, f := range weighed {
		for _, how := range strings.Fields(f.how) {
			args := map[string]any{"how": how}
			for name, value := range f.args {
				args[name] = value
			}
			all = append(all, reset.Feature{Name: f.name, Args: args})
		}
	}
	return all
}

func TestFeaturesAreWhole(t *testing.T) {
	for _, lang := range Languages() {
		w, _ := For(lang)
		said := map[string]bool{}
		for _, f := range features() {
			key := "feature." + f.Name + "." + f.Args["how"].(string)
			if said[key], said["feature."+f.Name] = true, true; !w.Has(key) {
				t.Errorf("%s: got no message %s, want one", lang, key)
			}
			title, value := w.Feature(f)
			complete(t, w, key, title)
			complete(t, w, key, value)
		}
		for _, key := range w.Keys() {
			if strings.HasPrefix(key, "feature.") && !said[key] {
				t.Errorf("%s: got a message %s for nothing that is weighed", lang, key)
			}
		}
	}
}

func TestFeatureValues(t *testing.T) {
	w, _ := For(English)
	for _, tt := range []struct {
		name    string
		feature reset.Feature
		want    string
	}{
		{"ids are not grouped", reset.Feature{Name: reset.FeatureID, Args: map[string]any{"how": "follows", "id": uint16(41207), "last": 41206}}, "41207, follows on 41206 of the same sender"},
		{"milliseconds", reset.Feature{Name: reset.FeatureTiming, Args: map[string]any{"how": "sooner", "ms": 2.1, "rtt": 18.4}}, "2 ms after what it answers; a round trip takes 18 ms"},
		{"flags", reset.Feature{Name: reset.FeatureFlags, Args: map[string]any{"how": "odd", "flags": 0x220}}, "0x220, which no system sends with a reset"},
		{"without words", reset.Feature{Name: "moon", Args: map[string]any{"how": "full"}}, "-"},
		{"in an unknown way", reset.Feature{Name: reset.FeatureTTL, Args: map[string]any{"how": "\x1b[1m"}}, `\u001b[1m`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := w.Feature(tt.feature); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSetsHaveWords(t *testing.T) {
	sets := map[string][]string{
		"sender":    {string(reset.ByClient), string(reset.ByServer), string(reset.ByMiddlebox), string(reset.ByUnknown)},
		"stage":     {string(reset.StageSYN), string(reset.StageHandshake), string(reset.StageFirstData), string(reset.StageData), string(reset.StageIdle), string(reset.StageClosing)},
		"sequence":  {string(reset.Exact), string(reset.InWindow), string(reset.Outside), string(reset.NotDecided)},
		"vantage":   {string(reset.AtClient), string(reset.AtServer), string(reset.Between)},
		"handshake": {string(tcpflow.Complete), string(tcpflow.NoFinalAck), string(tcpflow.SynUnanswered), string(tcpflow.Refused), string(tcpflow.SynThenClientReset), string(tcpflow.OneSided), string(tcpflow.OtherAnswer), string(tcpflow.NotCaptured)},
		"open":      {reset.OpenOtherEnd, reset.OpenListener, reset.OpenLog, reset.OpenWhere, reset.OpenLonger, reset.OpenDevice},
	}
	en, _ := For(English)
	for set, words := range sets {
		for _, word := range words {
			wanted(t, en, set+"."+word)
		}
		for _, key := range en.Keys() {
			word, ok := strings.CutPrefix(key, set+".")
			if ok && set != "open" && !slices.Contains(words, word) {
				t.Errorf("got a message %s of no word of the set", key)
			}
		}
	}
}

func TestWhatStaysOpenIsSaid(t *testing.T) {
	for _, lang := range Languages() {
		w, _ := For(lang)
		for _, word := range []string{reset.OpenOtherEnd, reset.OpenListener, reset.OpenLog, reset.OpenWhere, reset.OpenLonger, reset.OpenDevice, "moon"} {
			what, why, how := w.UntestedOf(word)
			for _, s := range []string{what, why, how} {
				complete(t, w, word, s)
			}
		}
	}
}

func TestRejectedNamesTheFact(t *testing.T) {
	w, _ := For(English)
	fact := reset.Feature{Name: reset.FeatureTTL, Args: map[string]any{"how": "same", "ttl": 57}}
	if got, want := w.RejectedBy(reset.Rejected{Code: "reset.injected", Feature: reset.FeatureTTL}, []reset.Feature{fact}),
		"Hop count (TTL): 57, as the sender's other packets."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := w.RejectedBy(reset.Rejected{Code: "reset.injected"}, nil); got != w.Say("capture.rejected", nil) {
		t.Errorf("without a fact: got %q", got)
	}
}

func TestCapturePartyIsAnEndOfTheConnection(t *testing.T) {
	w, _ := For(English)
	v := diag.Verdict{Party: "computer", Args: diag.Args{"client": "192.0.2.20:50000"}}
	if got, want := w.CaptureParty(v, diag.Target{}), "Whoever looks after the client 192.0.2.20:50000"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
