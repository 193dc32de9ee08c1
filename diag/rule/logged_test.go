package rule_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
	"faultline/platform/tape"
)

// with answers the asks of a method with a, or adds the ask where the case did
// not make it.
func with[T any](lines []tape.Line, method string, q any, a T) []tape.Line {
	text, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	found := false
	lines = tape.Edit(lines, method, func(_, _ json.RawMessage, _ *platform.Problem) (json.RawMessage, *platform.Problem) {
		found = true
		return text, nil
	})
	if found {
		return lines
	}
	lines = slices.DeleteFunc(slices.Clone(lines), func(l tape.Line) bool { // what was not asked is asked now
		return l.Method == "decisions.decide" && bytes.Contains(l.Ask, []byte(`"outcome:`+method+`"`))
	})
	return append(lines, tape.Line{N: lines[len(lines)-1].N + 1, By: method, Method: method, Ask: mustJSON(q), Answer: text, At: lines[len(lines)-1].At})
}

func mustJSON(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// adapterOf is the adapter that a verdict names.
func adapterOf(t *testing.T, v diag.Verdict) string {
	t.Helper()
	name, _ := v.Args["adapter"].(string)
	if name == "" {
		t.Fatalf("%s names no adapter: %v", v.Code, v.Args)
	}
	return name
}

// TestLogged adds to a recorded run what the system's log could have held: the
// lab has none.
func TestLogged(t *testing.T) {
	for _, c := range []struct {
		of, name string
		topic    platform.LogTopic
		link     string // "": the adapter of the case
		want     catalog.Code
	}{
		{"address.none/no-address", "refused", platform.LogDHCPRefused, "", "address.dhcp-refused"},
		{"address.none/no-address", "no lease", platform.LogDHCPFailed, "", "address.dhcp-refused"},
		{"address.none/no-address", "802.1X", platform.LogEAP, "", "wifi.auth-failed"},
		{"address.none/no-address", "silence tells nothing", platform.LogDHCPSilent, "", "address.none"},
		{"address.none/no-address", "another adapter", platform.LogDHCPRefused, "other0", "address.none"},
		{"address.link-local-only/only-a-self-assigned-address", "refused", platform.LogDHCPRefused, "", "address.dhcp-refused"},
		{"link.no-carrier/cable-out", "a refusal without a signal", platform.LogDHCPRefused, "", "link.no-carrier"},
		{"gateway.none/no-default-route", "an old refusal beside an address", platform.LogDHCPRefused, "eth0", "gateway.none"},
	} {
		r := caseNamed(t, c.of)
		link := c.link
		if link == "" {
			link = adapterOf(t, r.run(t, r.lines).Verdict)
		}
		log := platform.LogFacts{Via: "journal", Window: 15 * time.Minute,
			Entries: []platform.LogEntry{{At: r.at.Add(-time.Minute), Topic: c.topic, Link: link, By: "dhclient"}}}
		v := r.run(t, with(untried(r.lines, "logs.recent"), "logs.recent", platform.Reading{}, log)).Verdict
		if v.Code != c.want {
			t.Errorf("%s, %s: got %s want %s", c.of, c.name, v.Code, c.want)
		}
		if v.Code == "address.dhcp-refused" && v.Confidence != catalog.Possible {
			t.Errorf("%s, %s: got %v, of a mechanism that was never run on the real thing", c.of, c.name, v.Confidence)
		}
	}
}

// TestWireless makes the adapter of a recorded run one for Wi-Fi: the lab has
// none.
func TestWireless(t *testing.T) {
	for _, c := range []struct {
		of    string
		state platform.WirelessState
		want  catalog.Code
	}{
		{"link.disabled/adapter-off", platform.WirelessBlockedSoft, "wifi.not-joined"},
		{"link.disabled/adapter-off", platform.WirelessOff, "wifi.not-joined"},
		{"link.no-carrier/cable-out", platform.WirelessUnjoined, "wifi.not-joined"},
		{"link.no-carrier/cable-out", platform.WirelessJoined, "link.no-carrier"},
	} {
		r := caseNamed(t, c.of)
		name := adapterOf(t, r.run(t, r.lines).Verdict)
		lines := wifi(untried(r.lines, "links.wireless"), name)
		lines = with(lines, "links.wireless", platform.Reading{}, []platform.Wireless{{Link: 2, Name: name, State: c.state, Signal: -82}})
		v := r.run(t, lines).Verdict
		if v.Code != c.want || v.Code == "wifi.not-joined" && v.Args["state"] != string(c.state) {
			t.Errorf("%s with Wi-Fi %s: got %s %v want %s", c.of, c.state, v.Code, v.Args, c.want)
		}
		if v.Code == "wifi.not-joined" && v.Confidence != catalog.Possible {
			t.Errorf("%s with Wi-Fi %s: got %v, of a mechanism that was never run on the real thing", c.of, c.state, v.Confidence)
		}
	}
}

// untried has the host say that a method was never run on the real thing.
func untried(lines []tape.Line, method string) []tape.Line {
	return with(lines, "system.mechanisms", platform.Reading{}, []platform.Mechanism{{Method: method, State: platform.MechanismWorks, Tried: platform.TriedDecode}})
}

// wifi makes an adapter one for Wi-Fi.
func wifi(lines []tape.Line, name string) []tape.Line {
	return tape.Edit(lines, "links.all", func(_, answer json.RawMessage, p *platform.Problem) (json.RawMessage, *platform.Problem) {
		var all []platform.Link
		if json.Unmarshal(answer, &all) != nil {
			return answer, p
		}
		for i := range all {
			if all[i].Name == name {
				all[i].Kind = platform.WiFi
			}
		}
		return mustJSON(all), p
	})
}

// TestDamaged lets an adapter count damaged frames in a recorded run, and some
// of the echo requests to the gateway go lost.
func TestDamaged(t *testing.T) {
	r := caseNamed(t, "link.unstable/a-signal-that-came-and-went-before")
	for _, c := range []struct {
		name         string
		errors, lost int
		want         catalog.Code
	}{
		{"damage and loss", 40, 5, "link.errors"},
		{"damage alone", 40, 0, diag.OK},
		{"damage and a little loss", 40, 2, diag.OK},
		{"the gateway answers no echo", 40, 20, diag.OK},
		{"no damage", 0, 5, diag.OK},
	} {
		v := r.run(t, echoed(damaged(r.lines, c.errors), c.lost)).Verdict
		if v.Code != c.want || v.Code == "link.errors" && v.Confidence == catalog.Proven {
			t.Errorf("%s: got %s (%v) want %s", c.name, v.Code, v.Confidence, c.want)
		}
	}
}

// damaged has every adapter count damaged frames after the first reading.
func damaged(lines []tape.Line, n int) []tape.Line {
	return tape.Edit(lines, "links.counters", func(ask, answer json.RawMessage, p *platform.Problem) (json.RawMessage, *platform.Problem) {
		var q platform.Reading
		var all []platform.LinkCounters
		if json.Unmarshal(ask, &q) != nil || json.Unmarshal(answer, &all) != nil || q.Seq == 0 {
			return answer, p
		}
		for i := range all {
			all[i].RxErrors += uint64(n)
		}
		return mustJSON(all), p
	})
}

// echoed answers the echo requests to the gateway, but for some.
func echoed(lines []tape.Line, lost int) []tape.Line {
	var route platform.Route
	for _, l := range lines {
		if l.Method == "routes.to" && json.Unmarshal(l.Answer, &route) == nil && route.Gateway.IsValid() {
			break
		}
	}
	for n := range 20 {
		last := lines[len(lines)-1]
		lines = append(lines, tape.Line{N: last.N + 1, Method: "echo.send", At: last.At,
			Ask:    mustJSON(platform.EchoAsk{To: route.Gateway, Seq: 100 + n}),
			Answer: mustJSON(platform.EchoReply{Answered: n >= lost, Waited: time.Millisecond})})
	}
	return lines
}
