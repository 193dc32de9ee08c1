//go:build linux

package netlab

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// Mode is how a resolver treats queries.
type Mode int

// Modes of a resolver.
const (
	Answer     Mode = iota // what Set told it, NXDOMAIN for other names
	Mute                   // takes queries and says nothing
	NoSuchName             // NXDOMAIN for everything
	NoData                 // NOERROR without a record
	ServFail
	Refused
	Garbage      // bytes that are no DNS message
	Endless      // over TCP a stream without end, over UDP a hundred wrong answers
	Truncate     // over UDP only the TC bit (RFC 1035 §4.1.1), the answer over TCP
	TruncatePart // over UDP the TC bit beside the addresses, which the asker must not rely on (RFC 2181 §9)
	Lame         // a referral, and no recursion
	Bogus        // SERVFAIL unless checking is disabled (RFC 4035 §3.2.2)
	NoEDNS       // says nothing to a query with EDNS
	FormErrEDNS  // FORMERR to a query with EDNS (RFC 6891 §7)
	MuteAAAA     // says nothing to a query for IPv6 addresses
	FailAAAA     // SERVFAIL to a query for IPv6 addresses (RFC 4074 §4.4)
	DenyAAAA     // NXDOMAIN to a query for IPv6 addresses (RFC 4074 §4.2)
	OtherCode    // a response code that is for other kinds of queries (NOTZONE)
)

// Manner is a mode with its circumstances.
type Manner struct {
	Mode      Mode
	Delay     time.Duration // before each answer
	DropFirst int           // queries over UDP that get no answer, counted from now
	NoTCP     bool          // TCP port closed
	Extended  uint16        // an extended error beside the answer (RFC 8914); 0: none
}

// DNS is one name service with its sockets on the resolver's node.
type DNS struct {
	Addrs []netip.Addr

	w      *World
	node   *Node
	mu     sync.Mutex
	zone   map[string][]netip.Addr
	manner Manner
	single map[string]Manner
	alias  map[string]string
	asked  atomic.Int64
	udp    []net.PacketConn
	tcp    []net.Listener
}

func (w *World) newDNS(at []netip.Addr) *DNS {
	d := &DNS{Addrs: at, w: w, node: w.Resolver, zone: map[string][]netip.Addr{}, single: map[string]Manner{}, alias: map[string]string{}}
	w.onClose(d.shut)
	return d
}

// AddResolver puts another name service on a new address of the resolver's
// node, knowing what the first one knows. The client is not told: see
// World.Resolvers.
func (w *World) AddResolver() *DNS {
	w.t.Helper()
	s, e := w.plan.resolver()
	net, addr := s.v4, netip.Addr{}
	if w.plan.family == V6 {
		net = s.v6
	}
	addr = w.plan.pool.host(net)
	w.must(w.Resolver.address(e.dev, addr, net.Bits()))
	d := w.newDNS([]netip.Addr{addr})
	w.DNS.mu.Lock()
	for k, v := range w.DNS.zone {
		d.zone[k] = v
	}
	w.DNS.mu.Unlock()
	w.must(d.open())
	return d
}

// Set gives a name its addresses; none at all: the name exists without any. The
// name "*" stands for all that are not set.
func (d *DNS) Set(name string, addrs ...netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.zone[key(name)] = addrs
}

// Behave sets how queries are treated from now on.
func (d *DNS) Behave(m Manner) {
	d.w.t.Helper()
	d.mu.Lock()
	same := d.manner.NoTCP == m.NoTCP
	d.manner = m
	d.mu.Unlock()
	if same {
		return
	}
	d.shut()
	d.w.must(d.open())
}

// BehaveFor sets how queries for one name are treated, whatever Behave says.
func (d *DNS) BehaveFor(name string, m Manner) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.single[key(name)] = m
}

// Asked counts the queries that came in.
func (d *DNS) Asked() int { return int(d.asked.Load()) }

// Stop closes the sockets: the host answers queries with port unreachable.
func (d *DNS) Stop() (undo func()) {
	d.shut()
	return func() { d.w.must(d.open()) }
}

func key(name string) string { return strings.ToLower(dns.Fqdn(name)) }

// open listens on every address, which are all known before anyone can ask.
func (d *DNS) open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.Addrs {
		at := netip.AddrPortFrom(a, 53)
		u, err := d.node.ListenPacket(at)
		if err != nil {
			return err
		}
		d.udp = append(d.udp, u)
		d.w.wg.Go(func() { d.packets(u) })
		if d.manner.NoTCP {
			continue
		}
		l, err := d.node.Listen(at)
		if err != nil {
			return err
		}
		d.tcp = append(d.tcp, l)
		d.w.wg.Go(func() { d.w.accept(l, d.stream) })
	}
	return nil
}

func (d *DNS) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.udp {
		u.Close()
	}
	for _, l := range d.tcp {
		l.Close()
	}
	d.udp, d.tcp = nil, nil
}

func (d *DNS) packets(u net.PacketConn) {
	buf := make([]byte, 4096)
	for {
		n, from, err := u.ReadFrom(buf)
		if err != nil {
			return
		}
		q := new(dns.Msg)
		if q.Unpack(buf[:n]) != nil || len(q.Question) != 1 {
			continue
		}
		m, drop := d.treat(q, true)
		if drop {
			continue
		}
		d.w.wg.Go(func() {
			for _, b := range d.datagrams(q, m) {
				if _, err := u.WriteTo(b, from); err != nil {
					return
				}
			}
		})
	}
}

// treat counts the query and says how it is treated.
func (d *DNS) treat(q *dns.Msg, udp bool) (m Manner, drop bool) {
	d.asked.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	name := key(q.Question[0].Name)
	m, single := d.single[name]
	if !single {
		m = d.manner
	}
	if !udp || m.DropFirst == 0 {
		return m, m.Mode == Mute
	}
	m.DropFirst--
	if single {
		d.single[name] = m
	} else {
		d.manner = m
	}
	return m, true
}
