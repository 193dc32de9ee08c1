package app

import (
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Place is a kind of joint in the chain between this computer and the service.
type Place string

// The places, from here to there.
const (
	AtComputer Place = "computer"
	AtAdapter  Place = "adapter"
	AtGateway  Place = "gateway"
	AtNames    Place = "names"
	AtNetwork  Place = "network"
	AtServer   Place = "server"
	AtService  Place = "service"
)

var places = []Place{AtComputer, AtAdapter, AtGateway, AtNames, AtNetwork, AtServer, AtService}

// Joint is one joint of the chain. Name is what it is called there: an
// adapter's name, an address; "" where it has none.
type Joint struct {
	Place Place  `json:"place"`
	Name  string `json:"name"`
	State State  `json:"state"` // pass, fail or unknown
}

// placeOf says at which joint a fault of each layer is drawn.
var placeOf = map[catalog.Layer]Place{
	catalog.Link: AtAdapter, catalog.Address: AtAdapter, catalog.Route: AtGateway, catalog.Neighbor: AtGateway,
	catalog.Name: AtNames, catalog.Path: AtNetwork, catalog.Transport: AtServer, catalog.Session: AtService,
	catalog.Application: AtService, catalog.Firewall: AtComputer,
}

// placeOfParty refines it from the path upwards, where the party is known.
var placeOfParty = map[catalog.Party]Place{
	catalog.Computer: AtComputer, catalog.LAN: AtNetwork, catalog.VPN: AtNetwork, catalog.ISP: AtNetwork,
	catalog.Internet: AtNetwork, catalog.Server: AtServer, catalog.Service: AtService,
}

// placeOfCode are codes whose message says more: that the server is up, or that
// the neighbor is the server.
var placeOfCode = map[catalog.Code]Place{
	"tcp.filtered": AtService, "tcp.refused": AtService, "neighbour.silent": AtServer,
}

// breakAt returns the joint at which a verdict's fault is drawn; false when it
// has none.
func breakAt(v diag.Verdict) (Place, bool) {
	if v.Code == diag.OK || v.Code == diag.Inconclusive {
		return "", false
	}
	if p, ok := placeOfCode[v.Code]; ok {
		return p, true
	}
	if p, ok := placeOfParty[v.Party]; ok && slices.Index(places, placeOf[v.Layer]) >= slices.Index(places, AtNetwork) {
		return p, true
	}
	p, ok := placeOf[v.Layer]
	return p, ok
}

// chain draws the way to the target: what is proven, and where it breaks.
func (c *composer) chain() []Joint {
	joints := c.joints()
	at, broken := breakAt(c.res.Verdict)
	if broken {
		at = nearest(joints, at)
	}
	proven := c.proven()
	for i := range joints {
		joints[i].State = Unknown
		if broken && joints[i].Place == at {
			joints[i].State = Fail
			break
		}
		if slices.ContainsFunc(joints[i:], func(j Joint) bool { return proven[j.Place] }) {
			joints[i].State = Pass
		}
	}
	for i := range joints {
		if joints[i].State == "" {
			joints[i].State = Unknown
		}
	}
	return joints
}

// joints are those that the way to this target has.
func (c *composer) joints() []Joint {
	t := c.res.Target
	route, known := c.record.route()
	joints := []Joint{{Place: AtComputer}}
	if known && route.Kind == platform.Local {
		return append(joints, Joint{Place: AtService, Name: t.String()})
	}
	joints = append(joints, Joint{Place: AtAdapter, Name: route.LinkName})
	if !known || route.Gateway.IsValid() {
		joints = append(joints, Joint{Place: AtGateway, Name: gatewayText(route)})
	}
	if !t.Addr.IsValid() {
		joints = append(joints, Joint{Place: AtNames})
	}
	host := t
	host.Port = 0
	return append(joints, Joint{Place: AtNetwork}, Joint{Place: AtServer, Name: host.String()}, Joint{Place: AtService})
}

// gatewayText writes the next hop of a route, which may have none.
func gatewayText(r platform.Route) string {
	if !r.Gateway.IsValid() {
		return ""
	}
	return r.Gateway.String()
}

// nearest returns the joint of a chain at which a break is drawn: the one that
// it belongs to or, where the way has none such, the next one that it has.
func nearest(joints []Joint, at Place) Place {
	for _, j := range joints {
		if slices.Index(places, j.Place) >= slices.Index(places, at) {
			return j.Place
		}
	}
	return at
}

// proven says which joints were seen to work. What lies before a joint that
// works works too.
func (c *composer) proven() map[Place]bool {
	ok := c.res.Verdict.Code == diag.OK
	proven := map[Place]bool{AtComputer: true, AtService: ok}
	for _, claim := range c.res.Judgement.Claims {
		if claim.Value != platform.Yes {
			continue
		}
		switch claim.Name {
		case catalog.Answers:
			proven[AtService] = true
		case catalog.TargetAlive:
			proven[AtServer] = true
		case catalog.BeyondGateway, catalog.GatewayAlive:
			proven[AtGateway] = true
		case catalog.ResolverAnswers, catalog.SystemResolves:
			proven[AtNames] = true
		}
	}
	return proven
}
