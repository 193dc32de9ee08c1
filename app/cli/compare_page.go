package cli

import (
	"strconv"
	"strings"
	"time"

	"faultline/app"
	"faultline/diag"
)

// compared says what two captures tell together, as a whole.
func (g *telling) compared() {
	if g.report.Compare == nil || len(g.report.Compare.Summary) == 0 {
		return
	}
	g.blank()
	for _, line := range g.report.Compare.Summary {
		g.item("", line)
	}
}

// Of connections and of packets only the first are told one by one: the rest is
// in the JSON report.
const (
	mostCompared = 20
	mostListed   = 8
)

// connections tells of each connection what became of its packets; those of which
// all arrived unchanged only when everything is asked for.
func (g *telling) connections(verbose bool) {
	if g.report.Compare == nil {
		return
	}
	var told []*app.Connection
	all := g.report.Compare.Connections
	for i := range all {
		if verbose || len(all) == 1 || eventful(&all[i]) {
			told = append(told, &all[i])
		}
	}
	if len(told) == 0 {
		return
	}
	g.heading(g.words.Say("cli.compare", diag.Args{"n": len(told)}))
	most := len(told)
	if !verbose {
		most = min(most, mostCompared)
	}
	for _, c := range told[:most] {
		g.connection(c)
	}
	if rest := len(told) - most; rest > 0 {
		g.blank()
		g.item("", g.words.Say("cli.compare.rest", diag.Args{"n": rest}))
	}
}

// eventful says that something happened to a connection on the way.
func eventful(c *app.Connection) bool {
	d, e := &c.ToServer, &c.ToClient
	return d.Lost+d.Injected+e.Lost+e.Injected+len(c.Altered) > 0 || c.Proxied
}

func (g *telling) connection(c *app.Connection) {
	g.blank()
	g.item("", g.words.Say("cli.compare.connection", diag.Args{
		"client": c.Client.Client, "server": c.Client.Server, "n": c.ClientNumber, "other": c.ServerNumber,
	}))
	if c.Translated {
		g.item("  ", g.words.Say("cli.compare.translated", diag.Args{"client": c.Server.Client, "server": c.Server.Server}))
	}
	for _, note := range []struct {
		is  bool
		key string
	}{{c.Renumbered, "renumbered"}, {c.Proxied, "proxied"}, {c.Partial, "partial"}} {
		if note.is {
			g.item("  ", g.words.Say("cli.compare."+note.key, nil))
		}
	}
	g.direction("cli.compare.to-server", &c.ToServer)
	g.direction("cli.compare.to-client", &c.ToClient)
	for _, a := range c.Altered {
		g.item("  ", g.altered(&a))
	}
	if c.Missed.Client+c.Missed.Server > 0 {
		g.item("  ", g.words.Say("cli.compare.missed", diag.Args{"n": c.Missed.Client, "other": c.Missed.Server}))
	}
}

// direction tells what became of the packets of one side.
func (g *telling) direction(key string, d *app.Direction) {
	parts := []string{g.words.Say(key, diag.Args{"n": d.Packets, "arrived": d.Arrived})}
	for _, p := range []struct {
		key string
		n   int
	}{{"lost", d.Lost}, {"injected", d.Injected}, {"open", d.Undecided}} {
		if p.n > 0 {
			parts = append(parts, g.words.Say("cli.compare."+p.key, diag.Args{"n": p.n}))
		}
	}
	if d.Hops != nil {
		parts = append(parts, g.words.Say("cli.compare.hops", diag.Args{"n": *d.Hops}))
	}
	if d.Delay != nil {
		parts = append(parts, g.words.Say("cli.compare.delay", diag.Args{
			"least": milliseconds(d.Delay.Least), "median": milliseconds(d.Delay.Median), "most": milliseconds(d.Delay.Most),
		}))
	}
	g.item("  ", strings.Join(parts, g.words.Say("cli.event.separator", nil)))
	g.packets("cli.compare.packet.lost", d.LostOnes, d.Lost)
	g.packets("cli.compare.packet.injected", d.Made, d.Injected)
}

func (g *telling) packets(key string, all []app.PacketOf, n int) {
	for _, p := range all[:min(len(all), mostListed)] {
		g.item("    - ", g.words.Say(key, diag.Args{
			"frame": p.Frame, "file": p.File, "at": p.At.Format("15:04:05.000000"), "what": p.What, "n": p.Bytes,
		}))
	}
	if rest := n - min(len(all), mostListed); rest > 0 {
		g.item("    - ", g.words.Say("cli.compare.packet.rest", diag.Args{"n": rest}))
	}
}

// altered tells a change, with the numbers of the first one where they tell it.
func (g *telling) altered(a *app.Altered) string {
	args := diag.Args{"what": a.Title, "n": a.Count, "frame": a.Frame, "was": strconv.Itoa(a.Was), "is": strconv.Itoa(a.Is)}
	key := "cli.compare.altered"
	switch a.What {
	case "payload", "timestamps", "sequence", "sack", "options":
		key = "cli.compare.altered.plainly"
	}
	to := map[string]string{"to-server": "cli.compare.altered.to-server", "to-client": "cli.compare.altered.to-client"}[a.Direction]
	args["way"] = g.words.Say(to, nil)
	return g.words.Say(key, args)
}

// milliseconds is a time under way.
func milliseconds(seconds float64) string {
	return strconv.FormatFloat(seconds*float64(time.Second/time.Millisecond), 'f', 2, 64) + " ms"
}
