package linux

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

// The words of these entries are those of the programs' sources, see logRules;
// none was taken from a machine.
func TestJournal(t *testing.T) {
	now := time.Unix(1764000000, 0)
	entry := func(topic platform.LogTopic, link, by string) platform.LogEntry {
		return platform.LogEntry{At: time.UnixMicro(1764000000000000), Topic: topic, Link: link, By: by}
	}
	for _, c := range []struct {
		name, by, message string
		before            string // of dhclient
		want              []platform.LogEntry
	}{
		{"dhclient refused", "dhclient", "DHCPNAK from 192.0.2.1 (xid=0x5e3fb84c)", "DHCPREQUEST for 192.0.2.7 on eth0 to 255.255.255.255 port 67 (xid=0x5e3fb84c)", []platform.LogEntry{entry(platform.LogDHCPRefused, "eth0", "dhclient")}},
		{"dhclient request of", "dhclient", "DHCPNAK from 192.0.2.1 (xid=0x1)", "DHCPREQUEST of 192.0.2.7 on ens3 to 255.255.255.255 port 67", []platform.LogEntry{entry(platform.LogDHCPRefused, "ens3", "dhclient")}},
		{"dhclient silent", "dhclient", "No DHCPOFFERS received.", "DHCPDISCOVER on eth0 to 255.255.255.255 port 67 interval 8", []platform.LogEntry{entry(platform.LogDHCPSilent, "eth0", "dhclient")}},
		{"dhclient bound", "dhclient", "bound to 192.0.2.7 -- renewal in 300 seconds.", "", nil},
		{"dhcpcd refused", "dhcpcd", "eth0: NAK: requested address not available from 192.0.2.1", "", []platform.LogEntry{entry(platform.LogDHCPRefused, "eth0", "dhcpcd")}},
		{"NetworkManager silent", "NetworkManager", "<warn>  [1764000000.1234] dhcp4 (enp3s0): request timed out", "", []platform.LogEntry{entry(platform.LogDHCPSilent, "enp3s0", "NetworkManager")}},
		{"NetworkManager key", "NetworkManager", "<info>  [1764000000.1] device (wlan0): state change: need-auth -> failed (reason 'no-secrets', sys-iface-state: 'managed')", "", []platform.LogEntry{entry(platform.LogWrongKey, "wlan0", "NetworkManager")}},
		{"networkd refused", "systemd-networkd", "eth0: DHCPv4 client: NAK: wrong network", "", []platform.LogEntry{entry(platform.LogDHCPRefused, "eth0", "systemd-networkd")}},
		{"supplicant key", "wpa_supplicant", "wlan0: WPA: 4-Way Handshake failed - pre-shared key may be incorrect", "", []platform.LogEntry{entry(platform.LogWrongKey, "wlan0", "wpa_supplicant")}},
		{"supplicant disabled", "wpa_supplicant", `wlan0: CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="x" auth_failures=1 duration=10 reason=WRONG_KEY`, "", []platform.LogEntry{entry(platform.LogWrongKey, "wlan0", "wpa_supplicant")}},
		{"supplicant wired EAP", "wpa_supplicant", "eth0: CTRL-EVENT-EAP-FAILURE EAP authentication failed", "", []platform.LogEntry{entry(platform.LogEAP, "eth0", "wpa_supplicant")}},
		{"supplicant rejected", "wpa_supplicant", "wlan0: CTRL-EVENT-ASSOC-REJECT bssid=02:00:00:00:00:01 status_code=17", "", []platform.LogEntry{entry(platform.LogSignIn, "wlan0", "wpa_supplicant")}},
		{"supplicant connected", "wpa_supplicant", "wlan0: CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:01 completed", "", nil},
		{"iwd key", "iwd", "4-Way handshake failed for ifindex: 3, reason: 15", "", []platform.LogEntry{entry(platform.LogWrongKey, "", "iwd")}},
		{"another program", "sudo", "DHCPNAK from 192.0.2.1", "", nil},
		{"the words of one program by another", "dhcpcd", "DHCPNAK from 192.0.2.1", "", nil},
	} {
		var b strings.Builder
		for _, m := range []string{c.before, c.message} {
			if m != "" {
				b.WriteString(`{"__REALTIME_TIMESTAMP":"1764000000000000","SYSLOG_IDENTIFIER":"` + c.by + `","MESSAGE":` + inQuotes(m) + "}\n")
			}
		}
		r := logReader{since: now.Add(-time.Minute)}
		if r.journal([]byte(b.String())); !reflect.DeepEqual(r.entries, c.want) {
			t.Errorf("%s: got %+v want %+v", c.name, r.entries, c.want)
		}
		r = logReader{since: now.Add(time.Minute)}
		if r.journal([]byte(b.String())); len(r.entries) != 0 {
			t.Errorf("%s: got %+v from before the window", c.name, r.entries)
		}
	}
}

func inQuotes(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func TestJournalOddLines(t *testing.T) {
	for name, text := range map[string]string{
		"no object":        "x\n",
		"bytes as message": `{"__REALTIME_TIMESTAMP":"1764000000000000","SYSLOG_IDENTIFIER":"dhclient","MESSAGE":[68,72]}`,
		"no time":          `{"SYSLOG_IDENTIFIER":"dhclient","MESSAGE":"DHCPNAK from 192.0.2.1"}`,
		"cut":              `{"__REALTIME_TIMESTAMP":"17640000`,
	} {
		var r logReader
		if r.journal([]byte(text)); len(r.entries) != 0 {
			t.Errorf("%s: got %+v", name, r.entries)
		}
	}
}

func TestLogFile(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 5, 0, 0, time.UTC)
	text := "Dec 31 23:59:59 host dhclient[77]: DHCPREQUEST for 192.0.2.7 on eth0 to 255.255.255.255 port 67\n" +
		"Jan  1 00:00:01 host dhclient[77]: DHCPNAK from 192.0.2.1 (xid=0x1)\n" +
		"2026-01-01T00:00:02.5+00:00 host wpa_supplicant[5]: wlan0: CTRL-EVENT-EAP-FAILURE EAP authentication failed\n" +
		"Jan  1 00:00:03 host kernel: nothing of ours\nno line of a log\n"
	r := logReader{since: now.Add(-logWindow)}
	r.file([]byte(text), now)
	want := []platform.LogEntry{
		{At: time.Date(2026, 1, 1, 0, 0, 1, 0, time.UTC), Topic: platform.LogDHCPRefused, Link: "eth0", By: "dhclient"},
		{At: time.Date(2026, 1, 1, 0, 0, 2, 5e8, time.UTC), Topic: platform.LogEAP, Link: "wlan0", By: "wpa_supplicant"},
	}
	for i := range r.entries {
		r.entries[i].At = r.entries[i].At.UTC()
	}
	if !reflect.DeepEqual(r.entries, want) {
		t.Errorf("got %+v want %+v", r.entries, want)
	}
}

func FuzzLogs(f *testing.F) {
	f.Add([]byte(`{"__REALTIME_TIMESTAMP":"1764000000000000","SYSLOG_IDENTIFIER":"dhcpcd","MESSAGE":"eth0: NAK: x"}`))
	f.Add([]byte("Jan  1 00:00:01 host dhclient[77]: DHCPNAK from 192.0.2.1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r logReader
		r.journal(b)
		r.file(b, time.Unix(1764000000, 0))
		for _, e := range r.entries {
			if e.Topic == "" || e.By == "" || len(e.Link) > maxMessage {
				t.Errorf("got %+v", e)
			}
		}
		if len(r.entries) > maxLogged {
			t.Errorf("got %d entries", len(r.entries))
		}
	})
}
