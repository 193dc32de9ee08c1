package scene

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"

	"faultline/app"
	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// NodeState is how a node of the fault line looks.
type NodeState int

// The states of a node. Seen is one that a control saw, though the exchange
// itself never came there.
const (
	NodePending NodeState = iota
	NodeUnknown
	NodeRunning
	NodePass
	NodeSeen
	NodeFail
)

// JointState is how the line before a node looks.
type JointState int

// The states of a joint.
const (
	JointPending JointState = iota
	JointRunning
	JointProven
	JointSeen
	JointOdd
	JointUnknown
)

// Node is one node, with the joint that leads to it.
type Node struct {
	Place  app.Place
	Glyph  string // glyph-node-<Glyph>
	Label  string
	Detail string
	State  NodeState
	Joint  JointState
}

// Chain is the fault line. Broken is the node before which the line slips, 0
// for none. Callout names what stopped it there, or what is odd at Spot.
type Chain struct {
	Nodes   []Node
	Broken  int
	Spot    int
	Callout string
	Odd     bool // the callout warns
}

// mostCallout is how many characters a callout has at most.
const mostCallout = 44

// order of the places, from here to there.
var order = []app.Place{app.AtComputer, app.AtAdapter, app.AtGateway, app.AtNames, app.AtNetwork, app.AtServer, app.AtService}

// ChainOf draws the fault line of a report.
func ChainOf(in Input, w *text.Words) Chain {
	r := in.Report
	b, broken := BreakOf(r.Verdict.Code)
	f := factsOf(in)
	c := Chain{Nodes: nodesOf(r, f, w, broken && b.Before == app.AtNames)}
	reached := furthest(r, c.Nodes)
	for i := range c.Nodes {
		c.Nodes[i].State, c.Nodes[i].Joint = NodeUnknown, JointUnknown
		if i <= reached {
			c.Nodes[i].State, c.Nodes[i].Joint = NodePass, JointProven
		}
	}
	if r.Verdict.Code == diag.OK {
		for i := range c.Nodes {
			c.Nodes[i].State, c.Nodes[i].Joint = NodePass, JointProven
		}
	}
	if broken {
		c.cut(b, reached, f)
		c.Callout = Callout(r, in.Args, w)
	}
	for i := range c.Nodes {
		c.Nodes[i].Detail = detail(c.Nodes[i], r, f, w)
	}
	return c
}

// Callout is what the label at the break says.
func Callout(r app.Report, args diag.Args, w *text.Words) string {
	a := diag.Args{"host": r.Target.Host, "port": strconv.Itoa(r.Target.Port)}
	for name, v := range args {
		a[name] = v
	}
	key := "callout." + string(r.Verdict.Code)
	if r.Target.Port == 0 && w.Has(key+".bare") {
		key += ".bare"
	}
	return w.Say(key, a)
}

// cut draws the break of a verdict into the line.
func (c *Chain) cut(b Break, reached int, f facts) {
	if b.Shape == NotKnown {
		c.Spot = min(reached+1, len(c.Nodes)-1)
		return
	}
	at := c.before(b.Before)
	c.Spot = at
	if b.Shape == Odd {
		for i := range c.Nodes {
			if f.answers {
				c.Nodes[i].State, c.Nodes[i].Joint = NodePass, JointProven
			}
		}
		c.Odd = true
		c.Nodes[at].Joint = JointOdd
		return
	}
	c.Broken = at
	for i := range c.Nodes {
		switch n := &c.Nodes[i]; {
		case i < at:
			n.State, n.Joint = NodePass, JointProven
		case f.seen(n.Place):
			n.State, n.Joint = NodeSeen, JointSeen
		default:
			n.State, n.Joint = NodeUnknown, JointUnknown
		}
		if i > 0 && i <= at {
			c.Nodes[i].Joint = JointProven
		}
	}
	for i := range c.Nodes {
		if c.Nodes[i].Place == b.Red {
			c.Nodes[i].State = NodeFail
		}
	}
}

// before returns the node whose joint is the one before a place: the node of
// that place, or the next one that this way has.
func (c *Chain) before(p app.Place) int {
	wanted := slices.Index(order, p)
	for i, n := range c.Nodes {
		if i > 0 && slices.Index(order, n.Place) >= wanted {
			return i
		}
	}
	return len(c.Nodes) - 1
}

// furthest is the last node that is known to work.
func furthest(r app.Report, nodes []Node) int {
	last := 0
	for _, j := range r.Chain {
		if j.State != app.Pass {
			continue
		}
		if i := slices.IndexFunc(nodes, func(n Node) bool { return n.Place == j.Place }); i > last {
			last = i
		}
	}
	return last
}

var glyphs = map[app.Place]string{
	app.AtComputer: "computer", app.AtAdapter: "wired", app.AtGateway: "gateway", app.AtNames: "names",
	app.AtNetwork: "network", app.AtServer: "server", app.AtService: "service",
}

// nodesOf are the nodes of a way. The name server is one only when the verdict
// is about it.
func nodesOf(r app.Report, f facts, w *text.Words, names bool) []Node {
	var nodes []Node
	have := func(p app.Place) bool {
		return slices.ContainsFunc(r.Chain, func(j app.Joint) bool { return j.Place == p })
	}
	for _, p := range order {
		if p == app.AtNames && !names || p != app.AtNames && !have(p) {
			continue
		}
		n := Node{Place: p, Glyph: glyphs[p], Label: w.Say("chain."+string(p), nil)}
		if p == app.AtAdapter {
			n.Glyph, n.Label = adapterLook(f.link.Kind, w)
		}
		nodes = append(nodes, n)
	}
	return nodes
}

func adapterLook(k platform.LinkKind, w *text.Words) (glyph, label string) {
	switch k {
	case platform.WiFi:
		return "wifi", w.Say("chain.wifi", nil)
	case platform.Tunnel:
		return "vpn", w.Say("chain.vpn", nil)
	}
	return "wired", w.Say("chain.adapter", nil)
}

// facts are what the record says about the nodes.
type facts struct {
	route   platform.Route
	link    platform.Link
	gateway bool // it answered
	alive   bool // the server answered in some way
	answers bool // the service answers on some way
}

// seen reports whether a control saw that a node beyond the break works.
func (f facts) seen(p app.Place) bool {
	switch p {
	case app.AtAdapter:
		return f.link.Up
	case app.AtGateway:
		return f.gateway
	case app.AtNetwork, app.AtServer:
		return f.alive
	}
	return false
}

func factsOf(in Input) facts {
	f := facts{
		gateway: claims(in.Claims, catalog.GatewayAlive) || claims(in.Claims, catalog.BeyondGateway),
		alive:   claims(in.Claims, catalog.TargetAlive),
		answers: claims(in.Claims, catalog.Answers),
	}
	for _, e := range in.Report.Evidence {
		if e.Check == "routes.target" && e.Kind == "routes.to" {
			decode(e, &f.route)
		}
	}
	for _, e := range in.Report.Evidence {
		var links []platform.Link
		if e.Kind != "links.all" || !decode(e, &links) {
			continue
		}
		f.link = likely(links)
		for _, l := range links {
			if l.Name == f.route.LinkName {
				f.link = l
			}
		}
		break
	}
	return f
}

func claims(all []diag.Claim, c catalog.Claim) bool {
	return slices.ContainsFunc(all, func(k diag.Claim) bool { return k.Name == c && k.Value == platform.Yes })
}

// likely is the adapter that a way without a route would begin with.
func likely(links []platform.Link) platform.Link {
	for _, l := range links {
		if l.Kind == platform.Ethernet || l.Kind == platform.WiFi {
			return l
		}
	}
	return platform.Link{}
}

func decode(e app.Evidence, to any) bool {
	return len(e.Data.Answer) > 0 && json.Unmarshal(e.Data.Answer, to) == nil
}

// detail is the small line under a node.
func detail(n Node, r app.Report, f facts, w *text.Words) string {
	say := func(key string) string { return w.Say("node."+key, nil) }
	switch n.Place {
	case app.AtComputer:
		if f.route.Source.IsValid() {
			return f.route.Source.String()
		}
		for _, a := range f.link.Addresses {
			if !a.LinkLocal {
				return a.Prefix.Addr().String()
			}
		}
		return ""
	case app.AtAdapter:
		return f.link.Name
	case app.AtGateway:
		if f.route.Gateway.IsValid() {
			return f.route.Gateway.String()
		}
	case app.AtServer:
		return serverAddress(r)
	case app.AtService:
		if n.State == NodeUnknown {
			return say("never-asked")
		}
		if r.Target.Port != 0 {
			return w.Say("node.port", diag.Args{"port": strconv.Itoa(r.Target.Port)})
		}
	}
	switch n.State {
	case NodePass, NodeSeen:
		return say("answers")
	case NodeFail:
		return ""
	}
	return say("unknown")
}

func serverAddress(r app.Report) string {
	all := slices.Clone(r.Target.Addresses)
	slices.SortStableFunc(all, func(a, b netip.Addr) int { return a.Compare(b) })
	switch len(all) {
	case 0:
		return ""
	case 1:
		return all[0].String()
	}
	return all[0].String() + " +" + strconv.Itoa(len(all)-1)
}
