package app

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"faultline/diag"
	"faultline/platform"
	"faultline/platform/tape"
)

// record is the recorded calls as the report needs them.
type record struct {
	lines    []tape.Line // of checks, in the order of the calls
	all      []tape.Line
	evidence []Evidence // one for each of lines
	via      map[string]string
	booted   time.Time // when the computer started; zero when it did not say
}

// newRecord numbers the calls that checks made. The engine's own choices are
// in the record, and are evidence of nothing.
func newRecord(res diag.Result, lines []tape.Line) *record {
	r := &record{all: lines, via: mechanisms(lines), booted: res.System.Booted}
	for _, line := range lines {
		ofCheck := slices.ContainsFunc(res.Observations, func(o diag.Observation) bool { return string(o.Check) == line.By })
		if !ofCheck || line.Method == "decisions.decide" {
			continue
		}
		r.lines = append(r.lines, line)
		r.evidence = append(r.evidence, Evidence{
			ID: "e" + strconv.Itoa(len(r.lines)), Kind: line.Method, Check: diag.ID(line.By), At: line.At,
			Seconds: seconds(line.Took), Mechanism: r.via[line.Method], ByHand: ByHand(res.System.OS, line), Data: data(line),
		})
	}
	return r
}

// mechanisms reads from the record how the host answered each method.
func mechanisms(lines []tape.Line) map[string]string {
	via := map[string]string{}
	for _, m := range answers[[]platform.Mechanism](lines, "system.mechanisms") {
		for _, m := range m {
			via[m.Method] = m.Via
		}
	}
	return via
}

// answers decodes what a method answered, in the order of the calls.
func answers[A any](lines []tape.Line, method string) []A {
	var found []A
	for _, line := range lines {
		var a A
		if line.Method == method && len(line.Answer) > 0 && json.Unmarshal(line.Answer, &a) == nil {
			found = append(found, a)
		}
	}
	return found
}

// refs returns the ids of the evidence that references point at.
func (r *record) refs(refs []diag.Ref) []string {
	ids := []string{}
	for i, line := range r.lines {
		if slices.ContainsFunc(refs, func(ref diag.Ref) bool { return points(ref, line) }) {
			ids = append(ids, r.evidence[i].ID)
		}
	}
	return ids
}

func points(ref diag.Ref, line tape.Line) bool {
	return string(ref.Check) == line.By && (ref.About == "" || holds(line.Ask, ref.About))
}

// holds reports whether JSON holds a string that is value or, for an address,
// that address with a port.
func holds(text json.RawMessage, value string) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		s, ok := token.(string)
		if !ok {
			continue
		}
		if a, err := netip.ParseAddrPort(s); s == value || err == nil && a.Addr().String() == value {
			return true
		}
	}
}

// spent is the time between a check's first call and its last answer.
func (r *record) spent(id diag.ID) time.Duration {
	return span(slices.DeleteFunc(slices.Clone(r.lines), func(l tape.Line) bool { return l.By != string(id) || second(l) }))
}

// second reports whether a call belongs to the reading at the end of the run.
func second(l tape.Line) bool {
	var q platform.Reading
	return json.Unmarshal(l.Ask, &q) == nil && q.Seq > 0 && l.Method != "echo.send"
}

// started is when the first call was made, so that a replay tells the same.
func (r *record) started(res diag.Result) time.Time {
	if len(r.all) == 0 {
		return res.Started.Round(0)
	}
	return r.all[0].At
}

// addresses are those that the system and the hosts file gave for the target.
func (r *record) addresses() []netip.Addr {
	var all []netip.Addr
	add := func(more []netip.Addr) {
		for _, a := range more {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	for _, a := range answers[platform.NameAnswer](r.lines, "names.system") {
		add(a.Addresses)
	}
	for _, a := range answers[platform.HostsAnswer](r.lines, "names.hosts") {
		add(a.Addresses)
	}
	return all
}

// route is the way that the system chose to the target, as far as it is known.
func (r *record) route() (platform.Route, bool) {
	for _, line := range r.lines {
		var route platform.Route
		if line.By == "routes.target" && line.Method == "routes.to" && json.Unmarshal(line.Answer, &route) == nil && route.Kind != "" {
			return route, true
		}
	}
	return platform.Route{}, false
}

// took is how long the run lasted, told by its calls so that a replay tells
// the same.
func (r *record) took(res diag.Result) time.Duration {
	if len(r.all) == 0 {
		return res.Took
	}
	return span(r.all)
}

func span(lines []tape.Line) time.Duration {
	if len(lines) == 0 {
		return 0
	}
	first := slices.MinFunc(lines, func(a, b tape.Line) int { return a.At.Compare(b.At) })
	last := slices.MaxFunc(lines, func(a, b tape.Line) int { return cmp.Compare(a.At.Add(a.Took).UnixNano(), b.At.Add(b.Took).UnixNano()) })
	return last.At.Add(last.Took).Sub(first.At)
}

// opaque names the fields of an ask or an answer that hold bytes of a peer.
var opaque = map[string][]string{"talker.talk": {"send", "first"}}

// data is a call as the report shows it.
func data(line tape.Line) Data {
	return Data{lengths(line.Method, line.Ask), lengths(line.Method, line.Answer), line.Problem}
}

// lengths replaces bytes by how many they are.
func lengths(method string, text json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if len(opaque[method]) == 0 || json.Unmarshal(text, &fields) != nil {
		return text
	}
	for _, name := range opaque[method] {
		var b []byte
		if raw, ok := fields[name]; ok && json.Unmarshal(raw, &b) == nil {
			fields[name] = json.RawMessage(strconv.Itoa(len(b)))
		}
	}
	short, err := json.Marshal(fields)
	if err != nil {
		return text
	}
	return short
}

// sent counts what was sent, by kind and destination, in the order of the
// first of each.
func sent(lines []tape.Line) []Sent {
	var all []Sent
	for _, line := range lines {
		s, ok := sending(line)
		if !ok {
			continue
		}
		i := slices.IndexFunc(all, func(o Sent) bool { return o.Kind == s.Kind && o.To == s.To })
		if i < 0 {
			all = append(all, s)
			continue
		}
		all[i].Count += s.Count
	}
	return all
}

// sending says what one call sent. A refused call sent nothing.
func sending(line tape.Line) (Sent, bool) {
	var ask struct {
		To, Server, Addr string
	}
	var answer struct{ Sent int }
	if json.Unmarshal(line.Ask, &ask) != nil {
		return Sent{}, false
	}
	count := 1
	switch line.Method {
	case "dns.exchange", "dialer.tcp":
		if json.Unmarshal(line.Answer, &answer) != nil || answer.Sent == 0 {
			return Sent{}, false
		}
		count = answer.Sent
	case "echo.send", "datagrams.send", "neighbors.resolve", "talker.talk":
		if unsent(line.Problem) {
			return Sent{}, false
		}
	default:
		return Sent{}, false
	}
	return Sent{line.Method, cmp.Or(ask.To, ask.Server, ask.Addr), count}, true
}

func unsent(p *platform.Problem) bool {
	return p != nil && (p.Code == platform.NoMechanism || p.Code == platform.Permission || p.Code == platform.UnreachableNet)
}
