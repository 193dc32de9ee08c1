// Package pcapfilter selects packets by a part of tcpdump's filter language
// (pcap-filter(7)), with tcpdump's meaning, odd as that is in places:
//
//	host ADDRESS, net PREFIX, net ADDRESS/BITS, net ADDRESS mask MASK
//	port NUMBER, portrange FROM-TO
//	src, dst, src or dst, src and dst before these
//	ip, ip6, arp, rarp before host and net; tcp, udp, sctp before port and portrange
//	ip, ip6, arp, rarp, tcp, udp, sctp, icmp, icmp6 alone
//	proto NUMBER or \NAME, also after ip and ip6
//	vlan, vlan NUMBER
//	tcp[tcpflags] & (tcp-syn|tcp-rst) != 0, and any arithmetic over the bytes
//	of ip, ip6, arp, rarp, tcp, udp, sctp, icmp, icmp6
//	and, or, not, also as &&, || and !, and parentheses
//
// "and" and "or" bind alike, from left to right; an address or number without
// words before it takes those of the one before; after "vlan" everything that
// follows in the text looks behind the tag; ports and bytes of tcp are not
// found in further fragments; of two numbers with an operator between them
// only the first one's header must be there; and a packet that is too short
// for a question that gets asked is not selected, however it is put.
//
// It resolves no names, and leaves out what is not listed: an error names the
// first word that is not understood.
package pcapfilter

import "faultline/diag/dissect"

// Filter selects packets.
type Filter struct {
	test test // nil selects all
}

// Match reports whether the filter selects a packet: its link type
// (LINKTYPE_ of pcap) and its bytes as far as captured.
func (f *Filter) Match(link uint16, data []byte) bool {
	if f.test == nil {
		return true
	}
	p := packet{data: data}
	p.etherType, p.at = dissect.Carries(link, data)
	return p.at <= len(data) && f.test(p) == yes
}
