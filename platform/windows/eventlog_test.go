package windows

import (
	"encoding/xml"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

// madeEvent writes an event by hand, by the Event schema and the field names of
// the provider's manifest.
func madeEvent(provider string, id int, at, fields string) string {
	return fmt.Sprintf(`<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>`+
		`<Provider Name='%s' Guid='{15a7a4f8-0072-4eab-abad-f98a4d666aed}'/><EventID Qualifiers='49152'>%d</EventID><Version>0</Version><Level>2</Level>`+
		`<TimeCreated SystemTime='%s'/><EventRecordID>7</EventRecordID><Correlation/><Execution ProcessID='2076' ThreadID='2312'/>`+
		`<Channel>x</Channel><Computer>PC</Computer><Security UserID='S-1-5-19'/></System><EventData>%s</EventData></Event>`, provider, id, at, fields)
}

func field(name, value string) string { return `<Data Name='` + name + `'>` + value + `</Data>` }

var (
	wlanGUID = field("InterfaceGuid", "{a7d8885d-10c1-43d4-9e1e-0a7b2678f020}")
	dhcpMAC  = field("HWLength", "6") + field("HWAddress", "02000000000A")
)

func adapterNames(guid, mac string) (byGUID, byMAC func(string) string) {
	byGUID = func(s string) string {
		if s == "{a7d8885d-10c1-43d4-9e1e-0a7b2678f020}" {
			return guid
		}
		return ""
	}
	byMAC = func(s string) string {
		if s == "02000000000A" {
			return mac
		}
		return ""
	}
	return byGUID, byMAC
}

func TestEventLog(t *testing.T) {
	const at = "2026-11-26T05:00:00.052054800Z"
	when := time.Date(2026, 11, 26, 5, 0, 0, 52054800, time.UTC)
	byGUID, byMAC := adapterNames("WLAN", "以太网")
	for _, c := range []struct {
		name, provider string
		id             int
		fields         string
		topic          platform.LogTopic
		link           string
	}{
		{"refused lease", byDHCP, 1002, field("Address1", "2182457536") + dhcpMAC, platform.LogDHCPRefused, "以太网"},
		{"nobody answered", byDHCP, 1001, dhcpMAC + field("StatusCode", "121"), platform.LogDHCPSilent, "以太网"},
		{"nobody answered, hexadecimal", byDHCP, 1003, dhcpMAC + field("StatusCode", "0x79"), platform.LogDHCPSilent, "以太网"},
		{"the search was stopped", byDHCP, 1001, dhcpMAC + field("StatusCode", "1223"), "", ""},
		{"no status", byDHCP, 1001, dhcpMAC, "", ""},
		{"of an adapter that is gone", byDHCP, 1002, field("HWAddress", "02000000000B"), "", ""},
		{"key", byWLAN, 8002, wlanGUID + field("FailureReason", "Der Netzwerksicherheitsschlüssel ist falsch.") + field("ReasonCode", "294932"), platform.LogWrongKey, "WLAN"},
		{"802.1X", byWLAN, 8002, wlanGUID + field("ReasonCode", "0x50005"), platform.LogEAP, "WLAN"},
		{"no answer to the key", byWLAN, 8002, wlanGUID + field("ReasonCode", "0x48005"), platform.LogSignIn, "WLAN"},
		{"the network is not there", byWLAN, 8002, wlanGUID + field("ReasonCode", "163851"), "", ""},
		{"802.1X, its own event", byWLAN, 12013, field("DeviceGuid", "{a7d8885d-10c1-43d4-9e1e-0a7b2678f020}"), platform.LogEAP, "WLAN"},
		{"duplicate address", byTCPIP, 4199, `<Data></Data><Data>192.0.2.7</Data><Data>02-00-00-00-00-0B</Data><Binary>00</Binary>`, platform.LogDuplicate, ""},
		{"no ports", byTCPIP, 4231, `<Data></Data>`, platform.LogPortsSpent, ""},
		{"sleep", byPower, 42, field("TargetState", "4"), platform.LogSleep, ""},
		{"another provider's number", "Application Error", 4231, "", "", ""},
		{"another number", byDHCP, 50013, dhcpMAC, "", ""},
	} {
		e, ok := decodeEvent(madeEvent(c.provider, c.id, at, c.fields))
		if !ok {
			t.Fatalf("%s: not understood", c.name)
		}
		var want []platform.LogEntry
		if c.topic != "" {
			want = []platform.LogEntry{{At: when, Topic: c.topic, Link: c.link, By: c.provider}}
		}
		// System and a channel of its own may both hold an event.
		if got := understood([]event{e, e}, when.Add(-time.Second), byGUID, byMAC); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v want %+v", c.name, got, want)
		}
		if got := understood([]event{e}, when.Add(time.Second), byGUID, byMAC); len(got) != 0 {
			t.Errorf("%s: got %+v from before the window", c.name, got)
		}
	}
}

func TestEventsOldestFirst(t *testing.T) {
	var read []event
	for i := range maxLogged + 5 { // newest first
		read = append(read, event{Provider: byPower, ID: 42, At: time.Unix(int64(1000-i), 0)})
	}
	got := understood(read, time.Unix(0, 0), nil, nil)
	if len(got) != maxLogged || got[len(got)-1].At != time.Unix(1000, 0) || !got[0].At.Before(got[1].At) {
		t.Errorf("got %d from %v to %v want %d, the newest last", len(got), got[0].At, got[len(got)-1].At, maxLogged)
	}
}

func TestNoEvent(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":     "",
		"no XML":      "x",
		"no time":     `<Event><System><Provider Name='x'/><EventID>1</EventID></System></Event>`,
		"no provider": `<Event><System><EventID>1</EventID><TimeCreated SystemTime='2026-11-26T05:00:00Z'/></System></Event>`,
		"too long":    madeEvent(byDHCP, 1002, "2026-11-26T05:00:00Z", field("x", strings.Repeat("y", maxEvent))),
	} {
		if e, ok := decodeEvent(text); ok {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}

func TestEventQuery(t *testing.T) {
	var q struct {
		Selects []struct {
			Path string `xml:"Path,attr"`
			Text string `xml:",chardata"`
		} `xml:"Query>Select"`
	}
	if err := xml.Unmarshal([]byte(eventQuery()), &q); err != nil {
		t.Fatal(err)
	}
	for _, r := range eventRules {
		want := fmt.Sprintf("(Provider[@Name='%s'] and EventID=%d)", r.provider, r.id)
		found := false
		for _, s := range q.Selects {
			found = found || s.Path == r.channel && strings.Contains(s.Text, want) && strings.Contains(s.Text, "timediff(@SystemTime) <= 900000")
		}
		if !found {
			t.Errorf("got %+v want %s of %s", q, want, r.channel)
		}
	}
}

func FuzzEvent(f *testing.F) {
	f.Add(madeEvent(byDHCP, 1001, "2026-11-26T05:00:00.05Z", dhcpMAC+field("StatusCode", "121")))
	f.Add(madeEvent(byWLAN, 8002, "2026-11-26T05:00:00Z", wlanGUID+field("ReasonCode", "0x48014")))
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := decodeEvent(text)
		if ok && (e.Provider == "" || len(e.Fields) > maxFields) {
			t.Errorf("got %+v", e)
		}
		same := func(s string) string { return s }
		for _, entry := range understood([]event{e}, time.Time{}, same, same) {
			if entry.Topic == "" || entry.By == "" {
				t.Errorf("got %+v", entry)
			}
		}
	})
}
