package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"faultline/app"
	"faultline/diag"
	"faultline/diag/firewall"
	"faultline/platform"
)

type firewallVerb struct {
	Port *uint16 `help:"${firewall_port}" placeholder:"N"`
}

// firewallReport is the answer as JSON.
type firewallReport struct {
	Readable bool             `json:"readable"`
	Why      string           `json:"why,omitempty"` // permission or unsupported
	Unread   []string         `json:"unread,omitempty"`
	Cut      bool             `json:"cut,omitempty"`
	UID      int              `json:"uid"`
	Products []filterProduct  `json:"products"`
	Filters  []filterChain    `json:"filters"`
	Port     int              `json:"port,omitempty"`
	Fates    []filterFate     `json:"fates,omitempty"`
	Naming   []filterRuleName `json:"naming,omitempty"`
}

type filterProduct struct {
	Name  string `json:"name"`
	Agent bool   `json:"agent"`
}

type filterChain struct {
	Store    string `json:"store"`
	Hook     string `json:"hook"`
	Priority int    `json:"priority"`
	Default  string `json:"default"`
	Rules    int    `json:"rules"`
}

type filterRuleName struct {
	Hook    string `json:"hook"`
	Store   string `json:"store"`
	Rule    string `json:"rule"`
	Handle  int    `json:"handle,omitempty"`
	Product string `json:"product,omitempty"`
}

// filterFate says what becomes of a new connection: passes, stopped, depends or
// unclear.
type filterFate struct {
	Direction string           `json:"direction"` // out or in
	Family    string           `json:"family"`
	Fate      string           `json:"fate"`
	By        []filterRuleName `json:"by,omitempty"`
}

// Run tells which packet filters are active and, for a port, what they do with
// connections to it.
func (v *firewallVerb) Run(ctx context.Context, p *program) error {
	var port uint16
	if v.Port != nil {
		if port = *v.Port; port == 0 {
			return errors.New(p.words.Say("target.quoted", diag.Args{"text": "0", "why": p.words.Say("target.port-range", nil)}))
		}
	}
	set, err := p.Host().Firewall.Rules(ctx, platform.RuleAsk{})
	r := firewallReport{Products: []filterProduct{}, Filters: []filterChain{}}
	switch {
	case errors.Is(err, platform.ErrPermission), errors.Is(err, platform.ErrUnsupported):
		r.Why = string(platform.AsProblem(err).Code)
		p.code = app.ExitInconclusive
	case err != nil:
		return fmt.Errorf("reading the firewall: %w", err)
	default:
		r = filterReport(set, port)
	}
	if p.grammar.JSON {
		return p.printJSON(r)
	}
	var b strings.Builder
	g := &filterPage{newPage(&b, p.out), p, r}
	g.tell()
	return p.print(b.String())
}

func filterReport(set platform.RuleSet, port uint16) firewallReport {
	r := firewallReport{Readable: true, Unread: set.Unread, Cut: set.Cut, UID: set.UID, Products: []filterProduct{}, Filters: []filterChain{}}
	for _, p := range firewall.Products(set) {
		r.Products = append(r.Products, filterProduct{p.Name, p.Agent})
	}
	for _, c := range set.Chains {
		if c.Hook != "" && (len(c.Rules) > 0 || c.Policy == "drop") {
			store := firewall.Blocker{Chain: c}.Store()
			r.Filters = append(r.Filters, filterChain{store, c.Hook, c.Priority, policyOf(c), len(c.Rules)})
		}
	}
	if port == 0 {
		return r
	}
	r.Port = int(port)
	for _, f := range firewall.Fates(set, port) {
		r.Fates = append(r.Fates, fateOf(f))
	}
	for _, b := range firewall.Naming(set, port) {
		if n := ruleName(b); !slices.Contains(r.Naming, n) {
			r.Naming = append(r.Naming, n)
		}
	}
	return r
}

func policyOf(c platform.RuleChain) string {
	if c.Policy == "drop" {
		return "drop"
	}
	return "accept"
}

func ruleName(b firewall.Blocker) filterRuleName {
	n := filterRuleName{Hook: b.Hook, Store: b.Store(), Rule: b.Words()}
	if b.Rule != nil {
		n.Handle = b.Rule.Handle
	}
	if p, ok := b.Product(); ok {
		n.Product = p.Name
	}
	return n
}

func fateOf(f firewall.Fate) filterFate {
	out := filterFate{Direction: "in", Family: f.Family, Fate: "depends"}
	if f.Out {
		out.Direction = "out"
	}
	switch {
	case f.Passes():
		out.Fate = "passes"
	case f.Stopped():
		out.Fate = "stopped"
	case len(f.Blockers) == 0:
		out.Fate = "unclear"
	}
	for _, b := range f.Blockers {
		out.By = append(out.By, ruleName(b))
	}
	return out
}

// filterPage is the answer in words.
type filterPage struct {
	*page
	p      *program
	report firewallReport
}

func (g *filterPage) message(key string, a diag.Args) string { return g.p.words.Say(key, a) }

func (g *filterPage) tell() {
	switch {
	case g.report.Why == string(platform.Permission):
		g.item(g.sign(doubt)+" ", g.message("cli.firewall.denied", nil))
		return
	case g.report.Why != "":
		g.item(g.sign(doubt)+" ", g.message("cli.firewall.unsupported", nil))
		return
	case len(g.report.Filters) == 0 && len(g.report.Unread) == 0 && !g.report.Cut:
		g.item(g.sign(good)+" ", g.message("cli.firewall.none", nil))
		return
	}
	g.doubts()
	g.products()
	g.filters()
	if g.report.Port > 0 {
		g.port()
	}
}

func (g *filterPage) doubts() {
	if len(g.report.Unread) > 0 {
		g.item(g.sign(doubt)+" ", g.message("cli.firewall.unread", diag.Args{"stores": g.report.Unread}))
	}
	if g.report.Cut {
		g.item(g.sign(doubt)+" ", g.message("cli.firewall.cut", nil))
	}
}

func (g *filterPage) products() {
	if len(g.report.Products) == 0 {
		return
	}
	g.line(g.paint(strong, g.plain(g.message("cli.firewall.products", nil))))
	for _, p := range g.report.Products {
		text := p.Name
		if p.Agent {
			text = g.message("cli.firewall.agent", diag.Args{"name": p.Name})
		}
		g.item("  - ", text)
	}
	g.blank()
}

func (g *filterPage) filters() {
	g.line(g.paint(strong, g.plain(g.message("cli.firewall.filters", nil))))
	for _, c := range g.report.Filters {
		text := g.message("cli.firewall.default."+c.Default, diag.Args{"n": c.Rules})
		g.item("  "+pad(g.plain(c.Hook), 12)+" "+g.plain(c.Store)+"  ", text)
	}
}

func (g *filterPage) port() {
	port := diag.Args{"port": g.report.Port}
	g.heading(g.message("cli.firewall.port", port))
	for _, f := range g.report.Fates {
		g.fate(f)
	}
	g.item("  ", g.message("cli.firewall.user", diag.Args{"uid": fmt.Sprint(g.report.UID)}))
	g.heading(g.message("cli.firewall.naming", port))
	if len(g.report.Naming) == 0 {
		g.item("  ", g.message("cli.firewall.naming.none", nil))
	}
	for _, n := range g.report.Naming {
		g.item("  - ", g.message("cli.firewall.naming.rule", diag.Args{"rule": n.Rule, "store": n.Store}))
	}
}

func (g *filterPage) fate(f filterFate) {
	sign := map[string]mark{"passes": good, "stopped": bad}[f.Fate]
	if sign == none {
		sign = doubt
	}
	family := map[string]string{"ipv4": "IPv4", "ipv6": "IPv6"}[f.Family]
	head := "  " + g.sign(sign) + " " + g.plain(g.message("cli.firewall."+f.Direction, nil)) + " (" + family + ")" + g.plain(g.message("cli.colon", nil))
	args := diag.Args{}
	if len(f.By) > 0 {
		args["rule"], args["store"] = f.By[0].Rule, f.By[0].Store
	}
	g.item(head, g.message("cli.firewall."+f.Fate, args))
	if f.Fate != "depends" {
		return
	}
	for _, b := range f.By {
		g.item("      - ", g.message("cli.firewall.may", diag.Args{"rule": b.Rule, "store": b.Store}))
	}
}
