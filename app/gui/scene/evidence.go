package scene

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"faultline/app"
	"faultline/app/text"
	"faultline/platform"
)

// evidence lists the recorded calls, those first that the verdict rests on.
func evidence(r app.Report, zone *time.Location, w *text.Words) (all []Evidence, decisive int) {
	var others []Evidence
	for _, e := range r.Evidence {
		item := Evidence{ID: e.ID, At: e.At.In(zone).Format("15:04:05.000"), Test: e.Mechanism, ByHand: e.ByHand, Answer: answer(e), Mark: Pass}
		if item.Test == "" {
			item.Test = e.Kind
		}
		item.Claim = w.CheckTitle(e.Check)
		brief := strings.TrimSpace(whom(e) + " " + ending(e, w))
		if i := slices.IndexFunc(r.Checks, func(c app.Check) bool { return c.ID == e.Check }); i >= 0 {
			item.Mark = markOf(r.Checks[i].State)
			if app.Brief(e) == "" {
				brief = r.Checks[i].Summary
			}
		}
		item.Claim += w.Say("cli.colon", nil) + brief
		if slices.Contains(r.Verdict.Because, e.ID) {
			all = append(all, item)
		} else {
			others = append(others, item)
		}
	}
	return append(all, others...), len(all)
}

// ending says how a call ended.
func ending(e app.Evidence, w *text.Words) string {
	part, word := app.Ending(e)
	key := "ending." + part + "." + word
	if part == "problem" {
		key = "arg.problem." + word
	}
	if w.Has(key) {
		return w.Say(key, nil)
	}
	return word
}

// whom says whom or what a call was about.
func whom(e app.Evidence) string {
	var ask struct{ To, Server, Addr, Dst, Name string }
	if json.Unmarshal(e.Data.Ask, &ask) != nil {
		return ""
	}
	return strings.TrimSpace(cmp.Or(ask.To, ask.Server, ask.Addr, ask.Dst) + " " + ask.Name)
}

// mostAnswer is how much of an answer is shown; the saved report has all of it.
const mostAnswer = 900

// answer writes a recorded answer on few lines.
func answer(e app.Evidence) string {
	var parts []string
	if len(e.Data.Answer) > 0 && string(e.Data.Answer) != "null" {
		parts = append(parts, flat(e.Data.Answer))
	}
	if p := e.Data.Problem; p != nil {
		parts = append(parts, strings.TrimSpace("problem "+string(p.Code)+" "+p.Text))
	}
	s := strings.Join(parts, "  ")
	if runes := []rune(s); len(runes) > mostAnswer {
		s = string(runes[:mostAnswer]) + "…"
	}
	return s
}

// flat writes an object as its fields; what is nested stays JSON.
func flat(raw json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return compact(raw)
	}
	var parts []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			break
		}
		var v json.RawMessage
		if d.Decode(&v) != nil {
			break
		}
		parts = append(parts, fmt.Sprint(key)+" "+strings.Trim(timed(fmt.Sprint(key), compact(v)), `"`))
	}
	return strings.Join(parts, "  ")
}

// lengths of time are recorded in nanoseconds.
var lengths = []string{"waited", "first_in", "rtt", "age", "took"}

func timed(key, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || !slices.Contains(lengths, key) {
		return value
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " ms"
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// figures are the numbers of a healthy target.
func figures(r app.Report, w *text.Words) []Figure {
	if r.Verdict.Code != "ok" {
		return nil
	}
	var m measured
	for _, e := range r.Evidence {
		m.add(e)
	}
	var all []Figure
	for _, f := range []struct {
		key    string
		took   time.Duration
		beside string
	}{{"name", m.name, ""}, {"connect", m.connect, ""}, {"secure", m.secure, m.version}, {"first", m.first, ""}} {
		if f.took > 0 {
			number, unit := figureOf(f.took)
			all = append(all, Figure{w.Say("figure."+f.key, nil), number, unit, f.beside})
		}
	}
	if m.sent > 0 {
		all = append(all, Figure{w.Say("figure.ping", nil), strconv.Itoa(m.answered), w.Say("figure.of", map[string]any{"n": m.sent}), ""})
	}
	return all
}

// measured is what the recorded calls measured: how long the name, the quickest
// connection, TLS and the first byte took, and how many echo requests were answered.
type measured struct {
	name, connect, secure, first time.Duration
	version                      string // of TLS
	sent, answered               int
}

func (m *measured) add(e app.Evidence) {
	switch e.Kind {
	case "names.system":
		m.name = time.Duration(e.Seconds * float64(time.Second))
	case "dialer.tcp":
		var d platform.Dial
		if e.Check == "tcp.connect" && decode(e, &d) && d.Ended == platform.DialOpen && (m.connect == 0 || d.Waited < m.connect) {
			m.connect = d.Waited
		}
	case "echo.send":
		var reply platform.EchoReply
		m.sent++
		if decode(e, &reply) && reply.Answered {
			m.answered++
		}
	case "talker.talk":
		m.conversation(e)
	}
}

// conversation takes the figures of one conversation. Its fields are read one by
// one: the bytes of the peer are told as a length (app.Data).
func (m *measured) conversation(e app.Evidence) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(e.Data.Answer, &fields) != nil {
		return
	}
	var stages []platform.Stage
	if json.Unmarshal(fields["stages"], &stages) == nil {
		for _, s := range stages {
			if s.Name == platform.StageTLS && s.Waited > 0 {
				m.secure = s.Waited
			}
		}
	}
	var in time.Duration
	if json.Unmarshal(fields["first_in"], &in) == nil && in > 0 {
		m.first = in
	}
	var tls struct{ Version string }
	if json.Unmarshal(fields["tls"], &tls) == nil && tls.Version != "" {
		m.version = tls.Version
	}
}

// figureOf rounds a time for people.
func figureOf(d time.Duration) (number, unit string) {
	switch ms := float64(d) / float64(time.Millisecond); {
	case ms < 1:
		return "<1", "ms"
	case ms < 1000:
		return strconv.Itoa(int(math.Round(ms))), "ms"
	default:
		return strconv.FormatFloat(ms/1000, 'f', 1, 64), "s"
	}
}
