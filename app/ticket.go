package app

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/check"
	"faultline/platform"
)

// ticketEvidence is how many pieces of evidence a ticket lists.
const ticketEvidence = 3

// ticket is the text for whoever acts next: facts only, no greeting, at most 25
// lines.
func ticket(r Report, rec *record, w *text.Words) string {
	t := &lines{words: w}
	t.say("target", diag.Args{"target": r.Target.Given})
	if len(r.Target.Addresses) > 0 {
		t.say("addresses", diag.Args{"addresses": addressTexts(r)})
	}
	t.say("time", diag.Args{"time": r.Started})
	t.from(rec)
	if !rec.booted.IsZero() {
		t.say("booted", diag.Args{"time": rec.booted})
	}
	t.say("verdict", diag.Args{"code": string(r.Verdict.Code), "confidence": confidence(r, w)})
	t.add(r.Verdict.Summary)
	if r.Verdict.Who != "" {
		t.say("party", diag.Args{"party": r.Verdict.Who})
	}
	t.checks(r, "works", Pass)
	t.checks(r, "fails", Fail, Warn)
	t.checks(r, "unknown", Unknown)
	t.evidence(r)
	t.alternatives("rejected", rejectedTitles(r, w))
	t.alternatives("untested", untestedTexts(r))
	t.say("tool", diag.Args{"version": r.Tool.Version, "os": r.Tool.OS})
	return strings.Join(t.all, "\n")
}

// lines gathers the lines of a ticket.
type lines struct {
	words *text.Words
	all   []string
}

func (l *lines) add(s string) { l.all = append(l.all, strings.Join(strings.Fields(s), " ")) }

func (l *lines) say(key string, a diag.Args) { l.add(l.words.Say("ticket."+key, a)) }

func (l *lines) from(rec *record) {
	route, ok := rec.route()
	if !ok || !route.Source.IsValid() {
		return
	}
	args := diag.Args{"adapter": route.LinkName, "address": route.Source.String(), "gateway": gatewayText(route)}
	if route.Gateway.IsValid() {
		l.say("from.gateway", args)
		return
	}
	l.say("from", args)
}

// checks names the checks of some states.
func (l *lines) checks(r Report, head string, states ...State) {
	var titles []string
	for _, c := range r.Checks {
		if slices.Contains(states, c.State) {
			titles = append(titles, l.words.CheckTitle(c.ID))
		}
	}
	if len(titles) > 0 {
		l.say(head, diag.Args{"checks": titles})
	}
}

func (l *lines) evidence(r Report) {
	if len(r.Verdict.Because) == 0 {
		return
	}
	l.say("evidence", nil)
	for _, id := range r.Verdict.Because[:min(ticketEvidence, len(r.Verdict.Because))] {
		e := r.Evidence[slices.IndexFunc(r.Evidence, func(e Evidence) bool { return e.ID == id })]
		l.add("- " + strings.Join([]string{e.ID, e.Kind, Brief(e), e.ByHand}, " "))
	}
}

func (l *lines) alternatives(label string, titles []string) {
	if len(titles) > 0 {
		l.add(l.words.Say("label."+label, nil) + l.words.Say("cli.colon", nil) + l.words.List(titles))
	}
}

// Brief says in the words of the record how a call ended.
func Brief(e Evidence) string {
	_, word := Ending(e)
	return word
}

// Ending is Brief, and which part of the record the word is from: problem, ended,
// end, state, kind or answered; "" for what is no word, as a number of HTTP.
func Ending(e Evidence) (part, word string) {
	if e.Data.Problem != nil {
		return "problem", string(e.Data.Problem.Code)
	}
	var a struct {
		Ended, RCode, End, State, Kind string
		Answered                       *bool
		ICMP                           *platform.ICMP
		HTTP                           *struct{ Status int }
	}
	if json.Unmarshal(e.Data.Answer, &a) != nil {
		return "", ""
	}
	if a.ICMP != nil && a.ICMP.From.IsValid() {
		return "", "ICMP " + check.ICMPText(*a.ICMP) + ", " + a.ICMP.From.String()
	}
	if a.Answered != nil {
		return "answered", map[bool]string{true: "answered", false: "silent"}[*a.Answered]
	}
	if a.HTTP != nil && a.HTTP.Status != 0 {
		return "", "HTTP " + strconv.Itoa(a.HTTP.Status)
	}
	for _, p := range [][2]string{{"ended", a.Ended}, {"rcode", a.RCode}, {"end", a.End}, {"state", a.State}, {"kind", a.Kind}} {
		if p[1] != "" {
			return p[0], p[1]
		}
	}
	return "", ""
}

func confidence(r Report, w *text.Words) string {
	if r.Verdict.Confidence == "" {
		return "-"
	}
	return w.Say("confidence."+r.Verdict.Confidence, nil)
}

func addressTexts(r Report) []string {
	var all []string
	for _, a := range r.Target.Addresses {
		all = append(all, a.String())
	}
	return all
}

func rejectedTitles(r Report, w *text.Words) []string {
	var all []string
	for _, x := range r.Verdict.Rejected {
		all = append(all, w.Title(x.Code))
	}
	return all
}

func untestedTexts(r Report) []string {
	var all []string
	for _, x := range r.Verdict.Untested {
		all = append(all, x.What)
	}
	return all
}
