package app

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"faultline/app/sequence"
	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// Report waits for the end and tells it in words. The same files give the same
// report, byte for byte.
func (r *Reading) Report(w *text.Words, tool Tool) Report {
	out := r.Outline(w, tool)
	for _, list := range [][]Reset{out.Resets, out.Breaks} {
		for i := range list {
			list[i].Tell()
		}
	}
	return out
}

// Outline is a report whose resets and breaks have no words before each is told
// to Tell: of thousands a page shows few.
func (r *Reading) Outline(w *text.Words, tool Tool) Report {
	out := composeCaptures(r.Analyses(), &r.captures, w, tool)
	if r.joined != nil {
		r.joined.tell(&out, w)
	}
	return out
}

// composeCaptures makes a report of analyses: the gravest event is the verdict,
// the rest are its resets, breaks and notes.
func composeCaptures(all []*Analysis, asked *Captures, w *text.Words, tool Tool) Report {
	c := &captureComposer{all: all, words: w}
	r := Report{
		Schema: ReportSchema, Tool: tool, Notes: []Note{}, Checks: []Check{}, Evidence: []Evidence{}, Sent: []Sent{},
		Resets: []Reset{}, Breaks: []Reset{}, Changes: []Change{}, Broken: []string{}, Streams: []Flow{}, Captures: []Capture{},
	}
	for _, a := range all {
		r.Canceled = r.Canceled || a.Canceled
		r.Captures = append(r.Captures, c.totals(a))
		r.Streams = append(r.Streams, flows(a, asked.Streams, asked.Stream)...)
		c.events(a, &r)
	}
	r.Capture = sum(r.Captures)
	r.Seconds, r.Started = r.Capture.Seconds, began(all)
	v, h := settle(all)
	r.Target = c.target(h)
	r.Verdict = c.verdict(v, h)
	r.Chain = captureChain(v, h)
	r.Notes = c.notes(v.Code)
	r.Verdict.Contact = captureTicket(&r, c.told(h), w)
	return r
}

// captureComposer holds what the parts of one report are made from.
type captureComposer struct {
	all   []*Analysis
	words *text.Words
}

// began is when the first packet of any file was captured.
func began(all []*Analysis) time.Time {
	var first time.Time
	for _, a := range all {
		if at := time.Unix(0, a.Flows.First).UTC(); a.Flows.Packets > 0 && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// events adds what was judged of one file, without words.
func (c *captureComposer) events(a *Analysis, r *Report) {
	for i := range a.Events {
		e := c.outlined(happened{&a.Events[i], a})
		if a.Events[i].Segment >= 0 {
			r.Resets = append(r.Resets, e)
		} else {
			r.Breaks = append(r.Breaks, e)
		}
	}
}

// outlined is what is known of an event without words.
func (c *captureComposer) outlined(h happened) Reset {
	return Reset{
		Code: h.Code, Trouble: h.Trouble(), Party: h.Party, Confidence: h.Confidence.String(),
		Sender: h.Sender, Stage: h.Stage, Sequence: h.Sequence,
		File: h.in.File, Number: h.Stream, At: time.Unix(0, h.When).UTC(), Frame: h.Frame, Idle: h.Idle,
		Copies: h.Copies, Echoes: h.Echoes, Vantage: h.Vantage, Guessed: h.Guessed,
		Before: []string{}, Features: []Feature{}, Rejected: []Rejected{}, Untested: []Untested{}, Next: []Step{},
		event: h.Event, analysis: h.in, untold: c,
	}
}

// told is an event in words; nil for none.
func (c *captureComposer) told(h happened) *Reset {
	if h.Event == nil {
		return nil
	}
	e := c.outlined(h)
	e.Tell()
	return &e
}

// Tell puts an event of an outline into words. One that has them stays as it is.
func (r *Reset) Tell() {
	if c := r.untold; c != nil {
		r.untold = nil
		c.tell(r)
	}
}

func (c *captureComposer) tell(out *Reset) {
	h := happened{out.event, out.analysis}
	v := verdictOf(h)
	target := targetOf(v)
	out.Title, out.Summary = capital(c.words.Title(h.Code)), c.words.Verdict(v, target)
	if h.Party != catalog.NoParty {
		out.Who = c.words.CaptureParty(v, target)
	}
	c.weighed(h, out)
	out.Next = c.steps(v, target)
	if t := h.in.Transcript(h.Stream); t != nil {
		out.Stream = Ends{t.Stream.Client.String(), t.Stream.Server.String()}
		out.Before = c.lastWords(t, h.Event)
		out.Around = conversation(t.Stream.Client, t.Stream.Server)
		out.Filter = out.Around + " && frame.number == " + strconv.Itoa(h.Frame)
	}
}

// weighed adds what spoke for what.
func (c *captureComposer) weighed(h happened, out *Reset) {
	for _, f := range h.Features {
		title, value := c.words.Feature(f)
		out.Features = append(out.Features, Feature{f.Name, title, f.Group, value, list(f.For), f.Code, f.Bits})
	}
	for _, x := range h.Rejected {
		out.Rejected = append(out.Rejected, Rejected{x.Code, c.words.RejectedBy(x, h.Features), []string{}})
	}
	for _, word := range h.Untested {
		what, why, how := c.words.UntestedOf(word)
		out.Untested = append(out.Untested, Untested{what, why, how})
	}
}

// lastWords are the packets before an event, as the diagram names them.
func (c *captureComposer) lastWords(t *tcpflow.Transcript, e *reset.Event) []string {
	all := []string{}
	for _, row := range sequence.Lay(t, e).Rows {
		if row.Segment < 0 || !slices.Contains(e.Before, row.Segment) {
			continue
		}
		from := [2]reset.Sender{reset.ByClient, reset.ByServer}[t.Segments[row.Segment].From]
		all = append(all, fmt.Sprintf("%d %s: %s · %s", row.Frame, c.words.Among("sender", string(from)), row.Title, row.Detail))
	}
	return all
}

// conversation is the Wireshark display filter of one connection. It holds in
// a file that was cut anew, where numbers of streams and packets do not.
func conversation(client, server netip.AddrPort) string {
	field := "ip.addr"
	if client.Addr().Is6() && !client.Addr().Is4In6() {
		field = "ipv6.addr"
	}
	return fmt.Sprintf("%[1]s == %[2]s && %[1]s == %[3]s && tcp.port == %[4]d && tcp.port == %[5]d",
		field, client.Addr(), server.Addr(), client.Port(), server.Port())
}

func (c *captureComposer) target(h happened) Target {
	var names []string
	for _, a := range c.all {
		names = append(names, a.File)
	}
	out := Target{Given: strings.Join(names, " "), Addresses: []netip.Addr{}}
	if h.Event != nil {
		if t := h.in.Transcript(h.Stream); t != nil {
			server := t.Stream.Server
			out.Host, out.Port, out.Addresses = server.Addr().String(), int(server.Port()), []netip.Addr{server.Addr()}
		}
	}
	return out
}

// targetOf is the server of an event's connection, for the words.
func targetOf(v diag.Verdict) diag.Target {
	server, _ := v.Args["server"].(string)
	t, err := diag.ParseTarget(server)
	if err != nil {
		return diag.Target{}
	}
	return t
}

func (c *captureComposer) verdict(v diag.Verdict, h happened) Verdict {
	target := targetOf(v)
	out := Verdict{
		Code: v.Code, Layer: v.Layer, Party: cmp.Or(v.Party, catalog.NoParty), Confidence: v.Confidence.String(),
		Because: []string{}, Rejected: []Rejected{}, Untested: []Untested{}, Next: []Step{},
	}
	if told := c.told(h); told != nil {
		out.Summary, out.Who, out.Rejected, out.Untested, out.Next = told.Summary, told.Who, told.Rejected, told.Untested, told.Next
		return out
	}
	if v.Code == diag.Inconclusive {
		v.Args = diag.Args{"capture": c.whyNothing()}
	}
	out.Summary, out.Next = c.words.Verdict(v, target), c.steps(v, target)
	return out
}

// whyNothing says why there is no verdict.
func (c *captureComposer) whyNothing() string {
	why := "nothing"
	for _, a := range c.all {
		switch {
		case a.Canceled:
			return "canceled"
		case a.Flows.Left > 0:
			why = "left"
		}
	}
	return why
}

// steps say what to do; of what is harmless nobody has to do anything.
func (c *captureComposer) steps(v diag.Verdict, target diag.Target) []Step {
	all := []Step{}
	if harmless(v.Code) {
		return all
	}
	for _, s := range c.words.Steps(v, target) {
		all = append(all, Step{s.Text, s.Who, s.Action})
	}
	return all
}

// notes names the other codes, each once with how often it was seen.
func (c *captureComposer) notes(but catalog.Code) []Note {
	count, first := map[catalog.Code]int{}, map[catalog.Code]happened{}
	for _, a := range c.all {
		for i := range a.Events {
			h := happened{&a.Events[i], a}
			if count[h.Code]++; count[h.Code] == 1 {
				first[h.Code] = h
			}
		}
	}
	notes := []Note{}
	cat := declared()
	for code, n := range count {
		if code == but && n == 1 {
			continue
		}
		v := verdictOf(first[code])
		summary := c.words.Say("capture.times", diag.Args{"title": c.words.Title(code), "n": n})
		if n == 1 {
			summary = c.words.Verdict(v, targetOf(v))
		}
		notes = append(notes, Note{code, summary, []string{}})
	}
	slices.SortFunc(notes, func(x, y Note) int {
		return cmp.Or(cmp.Compare(cat[x.Code].Rank, cat[y.Code].Rank), cmp.Compare(x.Code, y.Code))
	})
	return notes
}

// captureChain draws the way between the ends of the event's connection.
func captureChain(v diag.Verdict, h happened) []Joint {
	joints := []Joint{{Place: AtComputer}, {Place: AtNetwork}, {Place: AtServer}, {Place: AtService}}
	if h.Event != nil {
		if t := h.in.Transcript(h.Stream); t != nil {
			joints[0].Name, joints[2].Name = t.Stream.Client.String(), t.Stream.Server.String()
		}
	}
	at, broken := placeOfParty[v.Party]
	for i := range joints {
		joints[i].State = Unknown
		switch {
		case v.Code == noReset || h.Event != nil && !h.Trouble():
			joints[i].State = Pass
		case broken && joints[i].Place == at:
			joints[i].State = Fail
		}
	}
	return joints
}

// capital begins a title with a capital letter, where the script has any.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
