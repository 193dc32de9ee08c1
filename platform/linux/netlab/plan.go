//go:build linux

package netlab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"
)

// Choice is a property that is drawn unless the test asks for it.
type Choice int

// What a test may ask of a property.
const (
	Drawn Choice = iota
	Yes
	No
)

// Family is the address families of the client, a service or a fault.
type Family int

// The zero Family is drawn for a world, and means every family elsewhere.
const (
	AnyFamily Family = iota
	V4
	Dual
	V6 // the network is dual, the client has IPv6 only
)

// Options fix properties of a world; what is zero is drawn from the seed.
type Options struct {
	Hops     int           // routers between client and server, 1 to 4
	RTT      time.Duration // added between client and server; negative: none
	Family   Family
	Ping     Choice // whether ordinary users of the client may open ping sockets
	Resolver Place
}

// Place says where the resolver is.
type Place int

// Places of the resolver. DrawnPlace lets the seed decide.
const (
	DrawnPlace Place = iota
	OnLAN
	BehindRouter
)

// plan is a world on paper: a pure function of the seed and the options.
type plan struct {
	seed     uint64
	hops     int
	rtt      time.Duration
	lanRTT   time.Duration
	family   Family
	pingOpen bool
	lanGate  bool // the IPv6 gateway is named by its link-local address

	relayAt    int // the segment, counted from the client's LAN = 0, made of TUN devices
	resolverAt int // 0: on the LAN; k: behind router k

	segments []segment // 0: LAN; i: right of router i
	stub     segment   // the resolver's own network, when it is behind a router
	ttls     []int     // initial TTL of routers, server, resolver
	gateLL   netip.Addr

	name string
	port uint16
	pool *pool
}

// segment is one network with the ends on it.
type segment struct {
	v4, v6      netip.Prefix
	left, right end
	extra       end // the resolver, on the LAN only
}

type end struct {
	dev    string
	v4, v6 netip.Addr
}

// draw makes the plan of a seed.
func draw(seed uint64, o Options) plan {
	rng := rand.New(rand.NewPCG(seed, 0x6e65746c6162))
	p := plan{seed: seed, pool: newPool(rng), name: name(rng), port: uint16(1024 + rng.IntN(28000))}
	p.hops = min(max(orInt(o.Hops, 1+rng.IntN(4)), 1), 4)
	p.rtt = max(orDuration(o.RTT, time.Duration(2+rng.IntN(40))*time.Millisecond), 0)
	p.family = Family(orInt(int(o.Family), 1+rng.IntN(2)))
	p.pingOpen = Choice(orInt(int(o.Ping), 1+rng.IntN(2))) == Yes
	p.lanGate = rng.IntN(2) == 1
	p.relayAt = 1 + rng.IntN(p.hops)
	where := Place(orInt(int(o.Resolver), 1+rng.IntN(2)))
	behind := 1 + rng.IntN(p.hops)
	if where == BehindRouter {
		p.resolverAt = behind
	}
	p.lanRTT = time.Duration(100+rng.IntN(400)) * time.Microsecond
	p.drawSegments(rng)
	for range p.hops + 2 {
		p.ttls = append(p.ttls, []int{64, 128, 255}[rng.IntN(3)])
	}
	return p
}

func (p *plan) drawSegments(rng *rand.Rand) {
	p.gateLL = p.pool.host(netip.MustParsePrefix("fe80::/64"))
	for i := range p.hops + 1 {
		low, high := 24, 31
		if i == 0 || i == p.hops {
			low, high = 9, 28 // room for hosts beside the two ends
		}
		s := segment{v4: p.pool.subnet4(low, high), v6: p.pool.subnet6()}
		s.left, s.right = p.end(rng, s, 2*i), p.end(rng, s, 2*i+1)
		p.segments = append(p.segments, s)
	}
	p.segments[0].extra = p.end(rng, p.segments[0], 0)
	p.stub = segment{v4: p.pool.subnet4(22, 28), v6: p.pool.subnet6()}
	p.stub.left, p.stub.right = p.end(rng, p.stub, 20), p.end(rng, p.stub, 0)
}

func (p *plan) end(rng *rand.Rand, s segment, number int) end {
	return end{dev: iface(rng, number), v4: p.pool.host(s.v4), v6: p.pool.host(s.v6)}
}

// resolver returns where the resolver is attached.
func (p *plan) resolver() (segment, end) {
	if p.resolverAt == 0 {
		return p.segments[0], p.segments[0].extra
	}
	return p.stub, p.stub.right
}

func (p *plan) dual() bool { return p.family != V4 }

func (p *plan) String() string {
	return fmt.Sprintf("netlab: seed %d: %d hops, %v, family %d, relay on link %d, resolver at %d, ping open %v, client %v, server %v, %s port %d",
		p.seed, p.hops, p.rtt, p.family, p.relayAt, p.resolverAt, p.pingOpen,
		p.segments[0].left.v4, p.segments[p.hops].right.v4, p.name, p.port)
}

func orInt(asked, drawn int) int {
	if asked != 0 {
		return asked
	}
	return drawn
}

func orDuration(asked, drawn time.Duration) time.Duration {
	if asked != 0 {
		return asked
	}
	return drawn
}
