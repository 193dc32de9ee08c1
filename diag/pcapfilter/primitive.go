package pcapfilter

import (
	"encoding/binary"
	"net/netip"
)

// The Ethernet types and IP protocols that have words.
const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	etherRARP = 0x8035
	etherIPv6 = 0x86dd

	protocolICMP     = 1
	protocolTCP      = 6
	protocolUDP      = 17
	protocolFragment = 44
	protocolICMPv6   = 58
	protocolSCTP     = 132
)

// direction is which end an address or port is of.
type direction int

// The directions.
const (
	anyEnd direction = iota
	source
	destination
	bothEnds
)

// ends asks a test of the end that d says.
func (d direction) ends(src, dst test) test {
	switch d {
	case source:
		return src
	case destination:
		return dst
	case bothEnds:
		return both(src, dst)
	}
	return either(src, dst)
}

// address4 tests an IPv4 address under a mask: of IPv4, ARP and RARP, or of
// the one that proto names.
func address4(tags int, proto string, d direction, address, mask uint32) test {
	of := func(etherType uint16, src, dst int) test {
		end := func(offset int) test { return field(network(tags), offset, 4, mask, address, address) }
		return both(carries(tags, etherType), d.ends(end(src), end(dst)))
	}
	switch proto {
	case "ip":
		return of(etherIPv4, 12, 16)
	case "arp":
		return of(etherARP, 14, 24)
	case "rarp":
		return of(etherRARP, 14, 24)
	}
	return oneOf(of(etherIPv4, 12, 16), of(etherARP, 14, 24), of(etherRARP, 14, 24))
}

// address6 tests an IPv6 address under a prefix.
func address6(tags int, d direction, prefix netip.Prefix) test {
	address, left := prefix.Addr().As16(), prefix.Bits()
	end := func(offset int) test {
		tests := []test{func(packet) result { return yes }}
		for i, left := 0, left; left > 0; i, left = i+4, left-32 {
			mask := ^uint32(0)
			if left < 32 {
				mask <<= 32 - left
			}
			word := binary.BigEndian.Uint32(address[i:])
			tests = append(tests, field(network(tags), offset+i, 4, mask, word, word))
		}
		return allOf(tests...)
	}
	return both(carries(tags, etherIPv6), d.ends(end(8), end(24)))
}

// ports tests TCP, UDP or SCTP ports, or those of the one protocol given.
func ports(tags int, d direction, low, high uint32, protocols ...uint32) test {
	at := func(from place) test {
		end := func(offset int) test { return field(from, offset, 2, 0xffff, low, high) }
		return d.ends(end(0), end(2))
	}
	of := func(offset int) test {
		tests := make([]test, len(protocols))
		for i, protocol := range protocols {
			tests[i] = equal(network(tags), offset, 1, protocol)
		}
		return oneOf(tests...)
	}
	v4 := allOf(carries(tags, etherIPv4), of(9), unfragmented(tags), at(transport(tags)))
	v6 := allOf(carries(tags, etherIPv6), of(6), at(transport6(tags)))
	return either(v4, v6)
}

// unfragmented tests that IPv4 carries the beginning of something.
func unfragmented(tags int) test { return field(network(tags), 6, 2, 0x1fff, 0, 0) }

// protocol4 tests what IPv4 carries, in fragments too.
func protocol4(tags int, protocol uint32) test {
	return both(carries(tags, etherIPv4), equal(network(tags), 9, 1, protocol))
}

// protocol6 tests what IPv6 carries, as such or in a fragment.
func protocol6(tags int, protocol uint32) test {
	fragment := both(equal(network(tags), 6, 1, protocolFragment), equal(network(tags), 40, 1, protocol))
	return both(carries(tags, etherIPv6), either(equal(network(tags), 6, 1, protocol), fragment))
}

// protocol tests what IP carries, or the one IP that proto names.
func protocol(tags int, proto string, number uint32) test {
	switch proto {
	case "ip":
		return protocol4(tags, number)
	case "ip6":
		return protocol6(tags, number)
	}
	return either(protocol4(tags, number), protocol6(tags, number))
}

// transports are the protocols that have ports.
var transports = map[string]uint32{"tcp": protocolTCP, "udp": protocolUDP, "sctp": protocolSCTP}

// named tests for the protocol that a word alone names.
func named(tags int, word string) test {
	switch word {
	case "ip":
		return carries(tags, etherIPv4)
	case "ip6":
		return carries(tags, etherIPv6)
	case "arp":
		return carries(tags, etherARP)
	case "rarp":
		return carries(tags, etherRARP)
	case "icmp":
		return protocol4(tags, protocolICMP)
	case "icmp6":
		return protocol6(tags, protocolICMPv6)
	}
	return protocol(tags, "", transports[word])
}

// tagged tests for a VLAN tag behind a number of others.
func tagged(tags int) test {
	return oneOf(carries(tags, 0x8100), carries(tags, 0x88a8), carries(tags, 0x9100))
}
