//go:build e2e && linux

package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform/linux/netlab"
)

// story is one state of one small network and what must be told of it.
type story struct {
	of    catalog.Code // the code that the story is about
	near  bool         // it differs in one fact from what yields that code
	name  string
	want  []catalog.Code // what may be told; the first is what it really is
	blind []catalog.Code // what an ordinary user without ping may be told beside
	asked netlab.Options
	// set makes the state in a healthy world and returns what to ask for.
	set  func(s *scene) string
	more bool // more than the usual may be sent
	// calm keeps clutter away: with another way out, or another adapter that
	// is off, it would be another story.
	calm bool
	// keep has it recorded as a case beside the first of its code.
	keep bool
	// flags are given to the program beside the target.
	flags func(s *scene) []string
	// notes are what must be told beside the verdict, by root at least.
	notes []catalog.Code
	// change happens while the program looks, changeAfter its start.
	change func(s *scene)
	// root has the case recorded as root, who alone is told the code.
	root bool
	// lossy says that the system repeats SYNs by itself.
	lossy bool
	// most is the most that an ordinary user may be told it with; "" as it may be.
	most string
}

// scene is a world while a story is set in it.
type scene struct {
	*netlab.World
	t    testing.TB
	also []netip.Addr // who may be sent to beside those that the world names

	linkLocals []netip.Addr // of the routers and the resolver
	own        []netip.Addr // of the client, on all its adapters
	undo       func()       // heals what set broke
}

func fault(of catalog.Code, name string, o netlab.Options, set func(s *scene) string) story {
	return story{of: of, name: name, want: []catalog.Code{of}, asked: o, set: set}
}

// twin is a near miss that must be told as what it is: ok unless it says.
func twin(of catalog.Code, name string, o netlab.Options, set func(s *scene) string, want ...catalog.Code) story {
	if len(want) == 0 {
		want = []catalog.Code{diag.OK}
	}
	return story{of: of, near: true, name: name, want: want, asked: o, set: set}
}

func (s story) calmly() story { s.calm = true; return s }

// thoroughly allows the program more than the usual.
func (s story) thoroughly() story {
	s.more = true
	return s.with(func(*scene) []string { return []string{"--thorough"} })
}

func (s story) kept() story { s.keep = true; return s }

// noting asks for notes beside the verdict.
func (s story) noting(codes ...catalog.Code) story { s.notes = codes; return s }

// with gives flags to the program.
func (s story) with(f func(s *scene) []string) story { s.flags = f; return s }

// changing lets the state change while the program looks.
func (s story) changing(f func(s *scene)) story { s.change = f; return s.calmly() }
func (s story) rooted() story                   { s.root = true; return s }

// atMost bounds the confidence of what an ordinary user is told.
func (s story) atMost(confidence string) story { s.most = confidence; return s }

// or allows another verdict where the contract leaves the choice.
func (s story) or(codes ...catalog.Code) story { s.want = append(s.want, codes...); return s }

// blindly allows another verdict to an ordinary user who may not ping.
func (s story) blindly(codes ...catalog.Code) story { s.blind = codes; return s }

func (s story) allows(code catalog.Code, blind bool) bool {
	return slices.Contains(s.want, code) || blind && slices.Contains(s.blind, code)
}

// stories is the table. The first fault of a code and its first twin become cases.
func stories() []story {
	return slices.Concat(
		near(), routing(), naming(), silent(), answering(), sessions(), services(), healthy(), hostile(), own(),
		wayOut(), sizes(), losses(), protocols(), webs(), proxies(), portals(), filters(),
		overlapping(), preferring(), policed(), answersBack(), rejecting(), tunneling(), byName(),
		linking(), changing(), comparing(), besides(), odd(), doubles(),
		hunted(), huntNames(), narrower(), further(), filtersOfKinds(), listeningOddly(), gateways(), ownSettings(), holding(), led(), nextHops(),
	)
}

// on runs a program on a node as root.
func (s *scene) on(n *netlab.Node, program string, args ...string) {
	s.t.Helper()
	out, err := s.CommandOn(s.t.Context(), n, netlab.Root, program, args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s %s in %s: %v: %s", program, strings.Join(args, " "), n.Name, err, out)
	}
}

// ip runs iproute2 on the client.
func (s *scene) ip(args ...string) { s.t.Helper(); s.on(s.Client, "ip", args...) }

// web serves HTTP and returns its URL.
func (s *scene) web() string { s.Serve(netlab.Service{}); return s.URL("http") }

// secure serves HTTPS and returns its URL.
func (s *scene) secure(tls netlab.TLS) string {
	s.Serve(netlab.Service{TLS: &tls})
	return s.URL("https")
}

// at names the drawn port of an address.
func (s *scene) at(a netip.Addr) string { return netip.AddrPortFrom(a, s.Port).String() }

func (s *scene) httpAt(a netip.Addr) string { return "http://" + s.at(a) + "/" }

// allow says that more addresses belong to the story.
func (s *scene) allow(addrs ...netip.Addr) { s.also = append(s.also, addrs...) }

// local accepts on an address of the client for as long as the test runs.
func (s *scene) local(a netip.Addr, talk func(net.Conn)) uint16 {
	return s.accept(s.Client, netip.AddrPortFrom(a, 0), talk)
}

// speak serves the drawn port of a node by a function of the story's own.
func (s *scene) speak(n *netlab.Node, talk func(net.Conn)) {
	for _, a := range n.Addrs(netlab.AnyFamily) {
		s.accept(n, netip.AddrPortFrom(a, s.Port), talk)
	}
}

func (s *scene) accept(n *netlab.Node, at netip.AddrPort, talk func(net.Conn)) uint16 {
	s.t.Helper()
	l, err := n.Listen(at)
	if err != nil {
		s.t.Fatalf("listening on %v: %v", at, err)
	}
	s.t.Cleanup(func() { l.Close() })
	serve(l, talk)
	return netip.MustParseAddrPort(l.Addr().String()).Port()
}

// serve talks with each that a listener accepts, until that is closed.
func serve(l net.Listener, talk func(net.Conn)) {
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				talk(c)
			}()
		}
	}()
}

func (s *scene) mine() netip.Addr { return s.Client.Addrs(netlab.AnyFamily)[0] }

func url(scheme string, a netip.Addr, port uint16) string {
	return fmt.Sprintf("%s://%s/", scheme, netip.AddrPortFrom(a, port))
}

var (
	any4 = netlab.Options{Family: netlab.V4}
	dual = netlab.Options{Family: netlab.Dual}
	six  = netlab.Options{Family: netlab.V6}
	anyF = netlab.Options{}
)

func pinging(o netlab.Options) netlab.Options { o.Ping = netlab.Yes; return o }

func hops(n int, o netlab.Options) netlab.Options { o.Hops = n; return o }
