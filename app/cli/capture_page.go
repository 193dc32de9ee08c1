package cli

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"faultline/app"
	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/reset"
)

// capturePage tells in words what captures show: the verdict first, then each
// reset with its diagram and what was weighed, then the streams in trouble.
func capturePage(r app.Report, w *text.Words, s style, much amount, every bool) string {
	var b strings.Builder
	g := &telling{page: newPage(&b, s), report: r, words: w}
	g.verdict()
	if much.quiet {
		return b.String()
	}
	g.compared()
	g.captured()
	g.next()
	g.sureness()
	g.connections(much.verbose)
	g.events("cli.resets", r.Resets, much.verbose)
	g.events("cli.breaks", r.Breaks, much.verbose)
	g.streams(every)
	if much.verbose {
		g.rejected()
		g.untested()
	} else {
		g.blank()
		g.item("", w.Say("cli.capture.more", nil))
	}
	return b.String()
}

// captured says in a line what was read.
func (g *telling) captured() {
	c := g.report.Capture
	g.blank()
	args := diag.Args{"file": c.File, "n": c.Packets, "packets": c.TCPPackets, "streams": c.Streams, "seconds": g.seconds(c.Seconds)}
	g.item("", g.words.Say("cli.capture", args))
	if len(c.Skipped) > 0 {
		g.item("", g.words.Say("cli.capture.skipped", diag.Args{"what": skippedText(c.Skipped)}))
	}
	if c.Truncated {
		g.item("", g.words.Say("cli.capture.truncated", nil))
	}
	if c.Dropped > 0 {
		g.item("", g.words.Say("cli.capture.dropped", diag.Args{"n": c.Dropped}))
	}
	if c.Evicted.Open > 0 {
		g.item("", g.words.Say("cli.capture.evicted", diag.Args{"n": c.Evicted.Open}))
	}
	if c.LeftOut > 0 {
		g.item("", g.words.Say("cli.capture.left-out", diag.Args{"n": c.LeftOut}))
	}
}

// Of harmless resets only the first are told one by one, of others more: the
// rest is in the JSON report.
const (
	mostTold     = 20
	mostHarmless = 3
)

// events tells each reset, the faults first.
func (g *telling) events(what string, all []app.Reset, verbose bool) {
	if len(all) == 0 {
		return
	}
	g.heading(g.words.Say(what, diag.Args{"n": len(all)}))
	told, harmless := 0, 0
	for _, trouble := range []bool{true, false} {
		for i := range all {
			e := &all[i]
			if e.Trouble != trouble || !verbose && (told == mostTold || !trouble && harmless == mostHarmless) {
				continue
			}
			g.event(e, what, verbose)
			if told++; !trouble {
				harmless++
			}
		}
	}
	if told < len(all) {
		g.blank()
		g.item("", g.words.Say("cli.resets.rest", diag.Args{"n": len(all) - told}))
	}
}

func (g *telling) event(e *app.Reset, what string, verbose bool) {
	e.Tell()
	g.blank()
	how := bad
	switch {
	case !e.Trouble:
		how = good
	case e.Confidence == "possible" || e.Code == "reset.unknown":
		how = doubt
	}
	g.line(g.sign(how) + " " + g.paint(strong, g.plain(e.Title)) + g.plain(" ("+g.confidence(e)+string(e.Code)+")"))
	if e.Summary != g.report.Verdict.Summary {
		g.item("  ", e.Summary)
	}
	where := map[bool]string{true: "cli.event.where", false: "cli.event.where.file"}[len(g.report.Captures) == 1]
	g.item("  ", g.words.Say(where, diag.Args{
		"client": e.Stream.Client, "server": e.Stream.Server, "n": e.Number, "frame": e.Frame,
		"at": e.At.Format("2006-01-02 15:04:05.000000 UTC"), "file": e.File,
	}))
	g.item("  ", g.facts(e, what == "cli.resets"))
	if e.Trouble || verbose {
		g.diagram(e.Diagram())
		g.features(e)
	}
	g.filter(e, what)
}

// filter is never broken, so that it can be copied. Where no packet stands for
// the event, the whole connection does.
func (g *telling) filter(e *app.Reset, what string) {
	key, filter := "cli.event.filter", e.Filter
	if what == "cli.breaks" {
		key, filter = "cli.event.conversation", e.Around
	}
	g.item("  ", g.words.Say(key, nil))
	g.line("    $ " + clean(filter))
}

func (g *telling) confidence(e *app.Reset) string {
	if e.Confidence == "" {
		return ""
	}
	return g.words.Say("confidence."+e.Confidence, nil) + ", "
}

// facts are the stage and what else is always known; of a packet that reset the
// connection, its sender and number too.
func (g *telling) facts(e *app.Reset, packet bool) string {
	parts := []string{g.words.Say("cli.event.stage", diag.Args{"what": g.words.Among("stage", string(e.Stage))})}
	if packet {
		sender := g.words.Say("cli.event.sender", diag.Args{"what": g.words.Among("sender", string(e.Sender))})
		parts = []string{sender, parts[0], g.words.Say("cli.event.sequence", diag.Args{"what": g.words.Among("sequence", string(e.Sequence))})}
	}
	if e.Idle >= 1 {
		parts = append(parts, g.words.Say("cli.event.idle", diag.Args{"seconds": g.seconds(e.Idle)}))
	}
	if e.Copies+e.Echoes > 0 {
		parts = append(parts, g.words.Say("cli.event.more", diag.Args{"n": e.Copies, "echoes": e.Echoes}))
	}
	if e.Vantage != reset.Guess {
		key := map[bool]string{true: "cli.event.guessed", false: "cli.event.vantage"}[e.Guessed]
		parts = append(parts, g.words.Say(key, diag.Args{"what": g.words.Among("vantage", string(e.Vantage))}))
	}
	return strings.Join(parts, g.words.Say("cli.event.separator", nil))
}

// features lists what was weighed, and whom each fact leaves as the sender.
func (g *telling) features(e *app.Reset) {
	if len(e.Features) == 0 {
		return
	}
	g.line("  " + g.paint(strong, g.words.Say("cli.event.weighed", nil)))
	for _, f := range e.Features {
		line := f.Title + g.words.Say("cli.colon", nil) + f.Value
		if whom := g.whom(f.For); whom != "" {
			line += g.words.Say("cli.event.for", diag.Args{"what": whom})
		}
		g.item("    - ", line)
	}
}

// whom names the senders that a fact leaves; "" where it leaves all, or tells
// nothing.
func (g *telling) whom(all []reset.Sender) string {
	const anybody = 3
	if len(all) == 0 || len(all) >= anybody {
		return ""
	}
	var names []string
	for _, s := range all {
		names = append(names, g.words.Among("sender", string(s)))
	}
	return g.words.List(names)
}

// mostStreams is how many streams are listed where not all were asked for.
const mostStreams = 20

// streams lists those in trouble, or all.
func (g *telling) streams(every bool) {
	all := g.report.Streams
	if len(all) == 0 {
		return
	}
	g.heading(g.words.Say(map[bool]string{true: "cli.streams.all", false: "cli.streams"}[every], diag.Args{"n": len(all)}))
	shown := all
	if !every {
		shown = all[:min(len(all), mostStreams)]
	}
	for i := range shown {
		f := &shown[i]
		g.item("  "+pad(strconv.Itoa(f.Number), 4)+" ", f.Client+" > "+f.Server+" "+g.counts(f))
	}
	if rest := len(all) - len(shown); rest > 0 {
		g.item("  ", g.words.Say("cli.streams.rest", diag.Args{"n": rest}))
	}
}

// counts are the figures of a stream that are not zero.
func (g *telling) counts(f *app.Flow) string {
	var parts []string
	if len(g.report.Captures) > 1 { // each file counts its streams from zero
		parts = append(parts, g.words.Say("cli.stream.file", diag.Args{"file": f.File}))
	}
	parts = append(parts, g.words.Among("handshake", string(f.Handshake)), g.words.Say("cli.stream.packets", diag.Args{"n": f.Packets}))
	for _, c := range []struct {
		key string
		n   int
	}{
		{"rst", f.RSTClient + f.RSTServer}, {"retransmission", f.Retransmission}, {"out-of-order", f.OutOfOrder},
		{"duplicate-ack", f.DuplicateAck}, {"zero-window", f.ZeroWindow}, {"window-full", f.WindowFull}, {"keep-alive", f.KeepAlive},
		{"lost-segment", f.LostSegment}, {"ack-lost-segment", f.AckLostSegment}, {"reused-ports", f.ReusedPorts},
	} {
		if c.n > 0 {
			parts = append(parts, g.words.Say("cli.stream.count", diag.Args{"what": g.words.Among("mark", c.key), "n": c.n}))
		}
	}
	if f.Unanswered {
		parts = append(parts, g.words.Say("cli.stream.unanswered", nil))
	}
	if f.Evicted {
		parts = append(parts, g.words.Say("cli.stream.evicted", nil))
	}
	return strings.Join(parts, g.words.Say("cli.event.separator", nil))
}

// skippedText lists why packets were not followed, the commonest first.
func skippedText(skipped map[string]int) string {
	reasons := slices.SortedFunc(maps.Keys(skipped), func(x, y string) int {
		return cmp.Or(cmp.Compare(skipped[y], skipped[x]), cmp.Compare(x, y))
	})
	var all []string
	for _, r := range reasons {
		all = append(all, strconv.Itoa(skipped[r])+" "+r)
	}
	return strings.Join(all, ", ")
}
