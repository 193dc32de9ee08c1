package scene

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"faultline/app"
	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/reset"
)

// Resets is the page of what captures show.
type Resets struct {
	Files  string   // names, without folders
	Meta   string   // "3 resets in 12,480 packets"
	None   string   // what is said where there is no event; "" where there is one
	Notes  []string // what the reader must know of how far the files were read
	Both   []string // what two captures of the same traffic tell together
	Part   bool     // not everything that was captured was looked at
	Events []Event
}

// Event is one row: a reset, or a connection that broke without one.
type Event struct {
	Mark   Mark
	Title  string
	At     string
	Stream string // "client → server"
	Remark string
	Told   *app.Reset
}

// Capture is what a page of captures is made of.
type Capture struct {
	Report app.Report
	Zone   *time.Location
	Hide   func(string) string // puts stand-ins for names and addresses
}

// ResetsOf makes the page of a report: the faults first, each kind in order of
// time.
func ResetsOf(in Capture, w *text.Words) Resets {
	r := in.Report
	out := Resets{Files: fileNames(r), Notes: in.notes(w), Both: in.both()}
	out.Part = r.Canceled || len(out.Notes) > 0
	args := diag.Args{"n": len(r.Resets), "breaks": len(r.Breaks), "packets": r.Capture.Packets}
	switch {
	case r.Canceled:
		out.Meta = w.Say("resets.meta.stopped", args)
	case len(r.Breaks) > 0:
		out.Meta = w.Say("resets.meta.breaks", args)
	default:
		out.Meta = w.Say("resets.meta", args)
	}
	days := map[string]bool{}
	all := make([]*app.Reset, 0, len(r.Resets)+len(r.Breaks))
	for _, list := range [][]app.Reset{r.Resets, r.Breaks} {
		for i := range list {
			all = append(all, &list[i])
			days[list[i].At.In(in.Zone).Format(time.DateOnly)] = true
		}
	}
	slices.SortStableFunc(all, byTrouble)
	for _, e := range all {
		out.Events = append(out.Events, in.event(e, len(days) > 1, w))
	}
	if len(all) == 0 {
		out.None = w.Say("resets.none", args)
		if r.Capture.TCPPackets == 0 {
			out.None = r.Verdict.Summary
		}
	}
	return out
}

// both is what two captures tell together, with the files by name.
func (in Capture) both() (lines []string) {
	c := in.Report.Compare
	if c == nil {
		return nil
	}
	for _, line := range c.Summary {
		for _, file := range []string{c.Client, c.Server} {
			line = strings.ReplaceAll(line, file, filepath.Base(file))
		}
		lines = append(lines, in.Hide(line))
	}
	return lines
}

// notes say how far the files were read, and what had no room.
func (in Capture) notes(w *text.Words) []string {
	c := in.Report.Capture
	var all []string
	if c.Problem != "" {
		all = append(all, in.Hide(c.Problem))
	}
	if c.Truncated {
		all = append(all, w.Say("cli.capture.truncated", nil))
	}
	if c.Dropped > 0 {
		all = append(all, w.Say("cli.capture.dropped", diag.Args{"n": c.Dropped}))
	}
	if c.Evicted.Open > 0 {
		all = append(all, w.Say("cli.capture.evicted", diag.Args{"n": c.Evicted.Open}))
	}
	if c.LeftOut > 0 {
		all = append(all, w.Say("resets.left-out", diag.Args{"n": c.LeftOut}))
	}
	return all
}

// fileNames are the names of the files without their folders.
func fileNames(r app.Report) string {
	var names []string
	for _, c := range r.Captures {
		names = append(names, filepath.Base(c.File))
	}
	return strings.Join(names, ", ")
}

func byTrouble(x, y *app.Reset) int {
	switch {
	case x.Trouble != y.Trouble && x.Trouble:
		return -1
	case x.Trouble != y.Trouble:
		return 1
	}
	return x.At.Compare(y.At)
}

// Gravest is the event that the verdict of the report is about: the row that
// is chosen first.
func (p *Resets) Gravest(r app.Report) int {
	i := slices.IndexFunc(p.Events, func(e Event) bool { return e.Told.Code == r.Verdict.Code && e.Told.Summary == r.Verdict.Summary })
	return max(i, 0)
}

func (in Capture) event(e *app.Reset, days bool, w *text.Words) Event {
	layout := "15:04:05.000"
	if days {
		layout = "01-02 15:04:05"
	}
	return Event{
		Mark: markOfEvent(e), Title: e.Title, At: e.At.In(in.Zone).Format(layout),
		Stream: in.Hide(e.Stream.Client) + " → " + in.Hide(e.Stream.Server), Remark: remark(e, w), Told: e,
	}
}

// markOfEvent: what broke a connection is a fault, what may have is odd, what
// harms nobody is fine.
func markOfEvent(e *app.Reset) Mark {
	switch {
	case !e.Trouble:
		return Pass
	case e.Code == "reset.unknown":
		return Unknown
	case e.Confidence == "possible":
		return Warn
	}
	return Fail
}

// remark is the one thing that is worth a word beside a row.
func remark(e *app.Reset, w *text.Words) string {
	switch {
	case e.Idle >= 1:
		return w.Say("resets.after-quiet", diag.Args{"seconds": span(e.Idle, w)})
	case e.Copies > 0:
		return w.Say("resets.copies", diag.Args{"n": e.Copies})
	case e.Echoes > 0:
		return w.Say("resets.echoes", diag.Args{"n": e.Echoes})
	}
	return ""
}

// span is a time in seconds as people say it.
func span(seconds float64, w *text.Words) string {
	return w.Duration(time.Duration(seconds * float64(time.Second)))
}

// Card is one event in full.
type Card struct {
	Mark     Mark
	Title    string
	Body     string
	Sure     string // how sure, and by what
	Where    string // stage, vantage, connection
	Signs    []Sign
	Steps    []Step
	RuledOut []Other
	Untested []Other
	Filter   string // Wireshark's display filter of the connection
	File     string
	Frame    int
	Ticket   string
}

// Sign is one thing that was weighed, and whom it leaves as the sender.
type Sign struct {
	Name, Reading           string
	Client, Between, Server bool
}

// CardOf tells an event.
func CardOf(in Capture, e *app.Reset, w *text.Words) Card {
	c := Card{
		Mark: markOfEvent(e), Title: e.Title, Body: in.Hide(e.Summary), Sure: sure(e, w), Where: in.Hide(in.where(e, w)),
		Filter: e.Around, File: e.File, Frame: e.Frame, Ticket: in.Report.TicketOf(e, w),
	}
	for _, f := range e.Features {
		c.Signs = append(c.Signs, Sign{
			Name: f.Title, Reading: in.Hide(f.Value), Client: slices.Contains(f.For, reset.ByClient),
			Between: slices.Contains(f.For, reset.ByMiddlebox), Server: slices.Contains(f.For, reset.ByServer),
		})
	}
	for _, s := range e.Next {
		c.Steps = append(c.Steps, Step{Title: in.Hide(s.Text)})
	}
	for _, x := range e.Rejected {
		c.RuledOut = append(c.RuledOut, Other{Code: string(x.Code), Why: in.Hide(capital(w.Title(x.Code)) + w.Say("cli.colon", nil) + x.Why)})
	}
	for _, u := range e.Untested {
		c.Untested = append(c.Untested, Other{Code: capital(u.What), Why: u.Why, How: u.How})
	}
	return c
}

// senders are the client, the server and what is between.
const senders = 3

// sure says how sure the verdict is and how many signs fit its sender. What fits
// nobody or everybody is no sign.
func sure(e *app.Reset, w *text.Words) string {
	if e.Confidence == "" {
		return ""
	}
	word := capital(w.Say("confidence."+e.Confidence, nil))
	agree, all := 0, 0
	for _, f := range e.Features {
		if len(f.For) == 0 || len(f.For) == senders {
			continue
		}
		all++
		if slices.Contains(f.For, e.Sender) {
			agree++
		}
	}
	if all == 0 || e.Sender == reset.ByUnknown {
		return w.Say("resets.sure", diag.Args{"what": word, "why": w.Say("confidence."+e.Confidence+".why", nil)})
	}
	return w.Say("resets.signs", diag.Args{"what": word, "n": agree, "of": all})
}

// where says who acts, where in the life of the connection it happened, and
// from where it was seen.
func (in Capture) where(e *app.Reset, w *text.Words) string {
	packet := strconv.Itoa(e.Frame)
	if len(in.Report.Captures) > 1 {
		packet += " (" + filepath.Base(e.File) + ")"
	}
	key := "resets.where"
	switch {
	case e.Vantage == reset.Guess:
		key = "resets.where.unknown"
	case e.Guessed:
		key = "resets.where.guessed"
	}
	return w.Say(key, diag.Args{
		"line": orNobody(e.Who, w), "stage": w.Among("stage", string(e.Stage)), "vantage": w.Among("vantage", string(e.Vantage)), "frame": packet,
	})
}

func orNobody(who string, w *text.Words) string {
	if who == "" {
		return w.Say("resets.nobody", nil)
	}
	return who
}
