package linux

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"faultline/platform"
)

const (
	logWindow  = 15 * time.Minute
	maxLogged  = 200 // entries that are kept, the latest
	maxMessage = 512 // bytes of one message that are looked at
)

// logPrograms are the programs whose entries are understood, as they call
// themselves in the log.
var logPrograms = []string{"dhclient", "dhcpcd", "NetworkManager", "systemd-networkd", "wpa_supplicant", "iwd"}

// logRule is how one program words one event. The first group, where there is
// one, is the adapter.
type logRule struct {
	by    string
	topic platform.LogTopic
	match *regexp.Regexp
}

// logRules are the words of ISC dhclient 4.4 (client/dhclient.c), dhcpcd 9 and
// 10 (src/dhcp.c), NetworkManager 1.42 (src/core/devices, src/core/dhcp),
// systemd 252 (src/libsystemd-network/sd-dhcp-client.c), wpa_supplicant 2.10
// (wpa_supplicant/events.c, src/rsn_supp/wpa.c) and iwd 2 (src/netdev.c).
var logRules = []logRule{
	{"dhclient", platform.LogDHCPRefused, regexp.MustCompile(`^DHCPNAK (?:of|from) `)},
	{"dhclient", platform.LogDHCPSilent, regexp.MustCompile(`^No DHCPOFFERS received`)},
	{"dhcpcd", platform.LogDHCPRefused, regexp.MustCompile(`^(\S+): NAK`)},
	{"dhcpcd", platform.LogDHCPSilent, regexp.MustCompile(`^(\S+): (?:no IPv4 DHCP server|timed out)`)},
	{"NetworkManager", platform.LogDHCPRefused, regexp.MustCompile(`dhcp4 \((\S+?)\):.*\bNA(?:C)?K\b`)},
	{"NetworkManager", platform.LogDHCPSilent, regexp.MustCompile(`dhcp4 \((\S+?)\): +request timed out`)},
	{"NetworkManager", platform.LogWrongKey, regexp.MustCompile(`device \((\S+?)\):.*(?:reason 'no-secrets'|asking for new (?:secrets|key))`)},
	{"NetworkManager", platform.LogSignIn, regexp.MustCompile(`device \((\S+?)\):.*(?:reason 'supplicant-(?:failed|disconnect|timeout)'|association took too long)`)},
	{"systemd-networkd", platform.LogDHCPRefused, regexp.MustCompile(`^(\S+): DHCP(?:v4)?(?: client)?: (?:Received )?NAK`)},
	{"wpa_supplicant", platform.LogWrongKey, regexp.MustCompile(`^(\S+?): (?:WPA: 4-Way Handshake failed - pre-shared key may be incorrect|CTRL-EVENT-SSID-TEMP-DISABLED .*reason=WRONG_KEY)`)},
	{"wpa_supplicant", platform.LogEAP, regexp.MustCompile(`^(\S+?): CTRL-EVENT-EAP-FAILURE`)},
	{"wpa_supplicant", platform.LogSignIn, regexp.MustCompile(`^(\S+?): (?:CTRL-EVENT-(?:AUTH|ASSOC)-REJECT|CTRL-EVENT-SSID-TEMP-DISABLED .*reason=AUTH_FAILED)`)},
	{"iwd", platform.LogWrongKey, regexp.MustCompile(`^4-Way [Hh]andshake failed`)},
}

// dhclientSpeaks names the adapter that dhclient's later lines are about.
var dhclientSpeaks = regexp.MustCompile(`^DHCP(?:DISCOVER|REQUEST) (?:(?:of|for) \S+ )?on (\S+) to `)

// logReader understands entries in the order of their time.
type logReader struct {
	since   time.Time
	speaks  string // the adapter that dhclient spoke on last
	entries []platform.LogEntry
}

// entry looks at one entry.
func (r *logReader) entry(at time.Time, by, message string) {
	if at.Before(r.since) || !slices.Contains(logPrograms, by) {
		return
	}
	message = message[:min(len(message), maxMessage)]
	if m := dhclientSpeaks.FindStringSubmatch(message); by == "dhclient" && m != nil {
		r.speaks = m[1]
		return
	}
	for _, rule := range logRules {
		m := rule.match.FindStringSubmatch(message)
		if rule.by != by || m == nil {
			continue
		}
		e := platform.LogEntry{At: at, Topic: rule.topic, By: by}
		if by == "dhclient" {
			e.Link = r.speaks
		}
		if len(m) > 1 {
			e.Link = m[1]
		}
		r.entries = append(r.entries, e)
		r.entries = r.entries[max(0, len(r.entries)-maxLogged):]
		return
	}
}

// journal reads what "journalctl -o json" prints: an object in each line. A
// message that is no text is written as an array of bytes, and left out.
func (r *logReader) journal(b []byte) {
	for line := range bytes.Lines(b) {
		var e struct {
			At      string          `json:"__REALTIME_TIMESTAMP"`
			By      string          `json:"SYSLOG_IDENTIFIER"`
			Message json.RawMessage `json:"MESSAGE"`
		}
		var message string
		if json.Unmarshal(line, &e) != nil || json.Unmarshal(e.Message, &message) != nil {
			continue
		}
		if µs, err := strconv.ParseInt(e.At, 10, 64); err == nil {
			r.entry(time.UnixMicro(µs), e.By, message)
		}
	}
}

// syslogLine is a line of a log file: the time in one of two forms, the host,
// the program with its number, the message.
var syslogLine = regexp.MustCompile(`^(\S+T\S+|[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d) \S+ ([\w.-]+)(?:\[\d+\])?: (.*)`)

// file reads the end of a log file. The older form of the time (RFC 3164) has
// neither year nor zone: it is the latest one that is not to come.
func (r *logReader) file(b []byte, now time.Time) {
	for line := range strings.Lines(string(b)) {
		m := syslogLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		if at, ok := logTime(m[1], now); ok {
			r.entry(at, m[2], m[3])
		}
	}
}

func logTime(s string, now time.Time) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at, true
	}
	at, err := time.ParseInLocation(time.Stamp, s, now.Location())
	if err != nil {
		return at, false
	}
	at = at.AddDate(now.Year(), 0, 0)
	if at.After(now.Add(time.Hour)) {
		at = at.AddDate(-1, 0, 0)
	}
	return at, true
}
