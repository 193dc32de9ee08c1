//go:build linux

package netlab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
)

// Blocks that are never someone's own on the Internet: documentation (RFC
// 5737, RFC 3849), private (RFC 1918), shared (RFC 6598), unique local (RFC
// 4193).
var (
	blocks4 = prefixes("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
		"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
	blocks6 = prefixes("2001:db8::/32", "fd00::/8")
)

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		all[i] = netip.MustParsePrefix(s)
	}
	return all
}

// pool hands out subnets and hosts, each once.
type pool struct {
	rng    *rand.Rand
	block6 netip.Prefix
	nets   []netip.Prefix
	hosts  map[netip.Addr]bool
}

func newPool(rng *rand.Rand) *pool {
	return &pool{rng: rng, block6: blocks6[rng.IntN(len(blocks6))], hosts: map[netip.Addr]bool{}}
}

// subnet4 draws an IPv4 subnet with a prefix length in [low, high].
func (p *pool) subnet4(low, high int) netip.Prefix {
	for {
		block := blocks4[p.rng.IntN(len(blocks4))]
		from := max(low, block.Bits()+1)
		net := p.inside(block, from+p.rng.IntN(max(high-from+1, 1)))
		if p.take(net) {
			return net
		}
	}
}

// subnet6 draws an IPv6 subnet of the world's block: all documentation or all
// unique local, because a host with the one does not reach the other.
func (p *pool) subnet6() netip.Prefix {
	for {
		if net := p.inside(p.block6, 64); p.take(net) {
			return net
		}
	}
}

func (p *pool) take(net netip.Prefix) bool {
	for _, used := range p.nets {
		if used.Overlaps(net) {
			return false
		}
	}
	p.nets = append(p.nets, net)
	return true
}

// inside draws a prefix of the given length within block.
func (p *pool) inside(block netip.Prefix, bits int) netip.Prefix {
	raw := block.Addr().AsSlice()
	for bit := block.Bits(); bit < bits; bit++ {
		if p.rng.IntN(2) == 1 {
			raw[bit/8] |= 0x80 >> (bit % 8)
		}
	}
	addr, _ := netip.AddrFromSlice(raw)
	return netip.PrefixFrom(addr, bits)
}

// host draws an unused host address of net.
func (p *pool) host(net netip.Prefix) netip.Addr {
	for {
		addr := p.inside(net, net.Addr().BitLen()).Addr()
		if edge(net, addr) || p.hosts[addr] {
			continue
		}
		p.hosts[addr] = true
		return addr
	}
}

// edge tells the network's own address and its last one, which is the
// broadcast address (RFC 919 §7); a /31 has neither (RFC 3021).
func edge(net netip.Prefix, addr netip.Addr) bool {
	if addr.Is4() && net.Bits() >= 31 {
		return false
	}
	next := addr.Next()
	return addr == net.Masked().Addr() || !next.IsValid() || !net.Contains(next)
}

var topLevels = []string{"test", "example", "internal", "invalid.example", "home.arpa", "lan"}

// name draws a DNS name of two to four labels.
func name(rng *rand.Rand) string {
	s := topLevels[rng.IntN(len(topLevels))]
	for range 1 + rng.IntN(3) {
		s = label(rng) + "." + s
	}
	return s
}

func label(rng *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	b := make([]byte, 3+rng.IntN(8))
	for i := range b {
		b[i] = letters[rng.IntN(len(letters))]
	}
	return string(b)
}

// iface draws an interface name of one of the styles that systems use. The
// number keeps names apart within one namespace.
func iface(rng *rand.Rand, number int) string {
	switch rng.IntN(5) {
	case 0:
		return fmt.Sprintf("eth%d", number)
	case 1:
		return fmt.Sprintf("enp%ds%d", rng.IntN(9), number)
	case 2:
		return fmt.Sprintf("ens%d", 16*(number+1))
	case 3:
		return fmt.Sprintf("wlp%ds%d", rng.IntN(9), number)
	}
	return fmt.Sprintf("%.6s%d", label(rng), number)
}

func (p *pool) word() string { return label(p.rng) }
