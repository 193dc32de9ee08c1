package scene

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"faultline/app"
	"faultline/diag"
)

// Mask puts stand-ins in the place of names and addresses, the same one for
// the same value. The zero value hides nothing until Names tells it what.
type Mask struct {
	given map[string]string
	hosts int
	fours int
	sixes int
	macs  int
}

// NewMask makes an empty mask.
func NewMask() *Mask { return &Mask{given: map[string]string{}} }

var (
	fourForm = regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}\b`)
	sixForm  = regexp.MustCompile(`(?i)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}`)
	macForm  = regexp.MustCompile(`(?i)\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b`)
	nameForm = regexp.MustCompile(`(?i)\b[a-z0-9_](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+\b`)
)

// Name makes a name be hidden from now on.
func (m *Mask) Name(name string) {
	if _, known := m.given[name]; name == "" || known || name == "localhost" {
		return
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return
	}
	m.hosts++
	m.given[name] = "host-" + strconv.Itoa(m.hosts) + ".example"
}

// Text hides what it knows, and everything that has the form of an address.
func (m *Mask) Text(s string) string {
	s = macForm.ReplaceAllStringFunc(s, m.mac)
	s = sixForm.ReplaceAllStringFunc(s, m.address)
	s = fourForm.ReplaceAllStringFunc(s, m.address)
	for name, stand := range m.given {
		if strings.IndexFunc(name, func(r rune) bool { return r >= 'a' && r <= 'z' || r > 0x7F }) >= 0 {
			s = strings.ReplaceAll(s, name, stand)
		}
	}
	return s
}

func (m *Mask) mac(s string) string {
	stand, ok := m.given[s]
	if !ok {
		m.macs++
		stand = "02:00:5e:00:00:" + strconv.FormatInt(int64(m.macs&0x7F|0x10), 16)
		m.given[s] = stand
	}
	return stand
}

// address keeps what tells nothing: the loopback and the unspecified address.
func (m *Mask) address(s string) string {
	a, err := netip.ParseAddr(s)
	if err != nil || a.IsLoopback() || a.IsUnspecified() {
		return s
	}
	if stand, ok := m.given[s]; ok {
		return stand
	}
	stand := ""
	if a.Is4() {
		m.fours++
		stand = "192.0.2." + strconv.Itoa(m.fours%255)
	} else {
		m.sixes++
		stand = "2001:db8::" + strconv.FormatInt(int64(m.sixes), 16)
	}
	m.given[s], m.given[stand] = stand, stand
	return stand
}

// Report hides the names and addresses of a report. Its ticket stays as it is:
// it is copied, not shown.
func (m *Mask) Report(r app.Report) app.Report {
	m.Name(r.Target.Host)
	for _, e := range r.Evidence {
		var ask struct{ Name string }
		if json.Unmarshal(e.Data.Ask, &ask) == nil && nameForm.MatchString(ask.Name) {
			m.Name(strings.TrimSuffix(ask.Name, "."))
		}
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return r
	}
	var masked app.Report
	if json.Unmarshal([]byte(m.Text(string(raw))), &masked) != nil {
		return app.Report{Schema: r.Schema, Verdict: app.Verdict{Code: r.Verdict.Code}}
	}
	masked.Verdict.Contact, masked.Started = r.Verdict.Contact, r.Started
	return masked
}

// Packet hides what a capture shows: also the names that programs spoke, which
// nobody gave. What follows a slash is a file, and stays.
func (m *Mask) Packet(s string) string {
	for _, at := range nameForm.FindAllStringIndex(s, -1) {
		name := s[at[0]:at[1]]
		last := name[strings.LastIndexByte(name, '.')+1:]
		if _, err := strconv.Atoi(last); err != nil && (at[0] == 0 || s[at[0]-1] != '/') {
			m.Name(name)
		}
	}
	return m.Text(s)
}

// Args hides the arguments of a message.
func (m *Mask) Args(a diag.Args) diag.Args {
	out := diag.Args{}
	for name, v := range a {
		switch v := v.(type) {
		case string:
			out[name] = m.Text(v)
		case []string:
			var all []string
			for _, s := range v {
				all = append(all, m.Text(s))
			}
			out[name] = all
		default:
			out[name] = v
		}
	}
	return out
}

// Look hides the names and addresses of a running page.
func (m *Mask) Look(l Look) Look {
	m.Name(l.Host)
	l.Host, l.Status = m.Text(l.Host), m.Text(l.Status)
	for i := range l.Rows {
		l.Rows[i].Finding = m.Text(l.Rows[i].Finding)
	}
	for i := range l.Chain.Nodes {
		l.Chain.Nodes[i].Detail = m.Text(l.Chain.Nodes[i].Detail)
	}
	return l
}
