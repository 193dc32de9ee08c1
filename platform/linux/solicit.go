package linux

import (
	"encoding/binary"
	"net"
	"net/netip"

	"faultline/platform"
)

// Numbers of RFC 826 (as in linux/if_arp.h) and of RFC 4861 §4.
const (
	arpBody    = 28 // for Ethernet and IPv4; what follows is padding
	arpIPv4    = 0x0800
	arpRequest = 1
	arpReply   = 2

	solicitation       = 135
	advertisement      = 136
	advertHead         = 24 // without options
	sourceLinkLayer    = 1
	targetLinkLayer    = 2
	discoveryHopLimit  = 255 // RFC 4861 §7.1.2: nothing that a router passed on has it
	etherAddress       = 6
	solicitedNodeBytes = 13
)

// arpPacket is an ARP packet of Ethernet and IPv4.
type arpPacket struct {
	Op        uint16
	SenderMAC [etherAddress]byte
	SenderIP  netip.Addr
	TargetMAC [etherAddress]byte
	TargetIP  netip.Addr
}

// encode spells the packet; both addresses are IPv4.
func (p arpPacket) encode() []byte {
	b := binary.BigEndian.AppendUint16(nil, hardwareEther)
	b = binary.BigEndian.AppendUint16(b, arpIPv4)
	b = append(b, etherAddress, 4)
	b = binary.BigEndian.AppendUint16(b, p.Op)
	b = append(append(b, p.SenderMAC[:]...), p.SenderIP.AsSlice()...)
	return append(append(b, p.TargetMAC[:]...), p.TargetIP.AsSlice()...)
}

// decodeARP reads what follows the link-layer head of an ARP frame.
func decodeARP(b []byte) (arpPacket, bool) {
	if len(b) < arpBody || binary.BigEndian.Uint16(b) != hardwareEther || binary.BigEndian.Uint16(b[2:]) != arpIPv4 ||
		b[4] != etherAddress || b[5] != 4 {
		return arpPacket{}, false
	}
	return arpPacket{Op: binary.BigEndian.Uint16(b[6:]),
		SenderMAC: [etherAddress]byte(b[8:14]), SenderIP: address(b[14:18]),
		TargetMAC: [etherAddress]byte(b[18:24]), TargetIP: address(b[24:28])}, true
}

// arpAnswer says that b is a reply of who has the address, and from which MAC.
// To whom it was sent does not matter: it is alive that replies.
func arpAnswer(b []byte, of netip.Addr, mine [etherAddress]byte) (string, bool) {
	p, ok := decodeARP(b)
	if !ok || p.Op != arpReply || p.SenderIP != of || p.SenderMAC == mine {
		return "", false
	}
	return mac(p.SenderMAC[:]), true
}

// neighborAdvert is what a neighbor advertisement tells.
type neighborAdvert struct {
	Target netip.Addr
	MAC    string // "" when it was left out
}

// decodeAdvert reads an ICMPv6 message and applies the tests of RFC 4861
// §7.1.2 that the socket does not make; the hop limit is the caller's.
func decodeAdvert(b []byte) (neighborAdvert, bool) {
	if len(b) < advertHead || b[0] != advertisement || b[1] != 0 {
		return neighborAdvert{}, false
	}
	a := neighborAdvert{Target: address(b[8:24])}
	for b = b[advertHead:]; len(b) > 0; {
		n := optionLength(b)
		if n == 0 {
			return neighborAdvert{}, false
		}
		if b[0] == targetLinkLayer && n == 8 {
			a.MAC = mac(b[2 : 2+etherAddress])
		}
		b = b[n:]
	}
	return a, !a.Target.IsMulticast()
}

// optionLength is the length of the first option, 0 for one that is not whole.
func optionLength(b []byte) int {
	if len(b) < 8 || int(b[1])*8 > len(b) {
		return 0
	}
	return int(b[1]) * 8
}

// solicitationFor is a neighbor solicitation (RFC 4861 §4.3); the kernel fills
// in the checksum.
func solicitationFor(target netip.Addr, mine [etherAddress]byte) []byte {
	b := append([]byte{solicitation}, make([]byte, 7)...)
	b = append(b, target.AsSlice()...)
	return append(append(b, sourceLinkLayer, 1), mine[:]...)
}

// solicitedNode is the group that who has the address listens to (RFC 4291
// §2.7.1): ff02::1:ff00:0/104 and the last 24 bits.
func solicitedNode(a netip.Addr) netip.Addr {
	own := a.As16()
	group := [16]byte{0: 0xff, 1: 0x02, 11: 1, 12: 0xff}
	copy(group[solicitedNodeBytes:], own[solicitedNodeBytes:])
	return netip.AddrFrom16(group)
}

// etherMAC is the address of a link on which neighbors are found by ARP or
// neighbor discovery in frames of Ethernet.
func etherMAC(l platform.Link) ([etherAddress]byte, bool) {
	own, err := net.ParseMAC(l.MAC)
	if err != nil || len(own) != etherAddress || !l.Up || l.PointToPoint || l.NoARP {
		return [etherAddress]byte{}, false
	}
	switch l.Kind {
	case platform.Ethernet, platform.WiFi, platform.Bridge:
		return [etherAddress]byte(own), true
	}
	return [etherAddress]byte{}, false
}

// onLinkSource is the link's own address from which a neighbor is asked: one
// of the same subnet, else for IPv6 a link-local one. An address that is not
// sure to be ours yet must not be used (RFC 4862 §5.4).
func onLinkSource(l platform.Link, neighbor netip.Addr) netip.Addr {
	var local netip.Addr
	for _, a := range l.Addresses {
		own := a.Prefix.Addr()
		switch {
		case a.Tentative || a.Duplicate || own.Is4() != neighbor.Is4():
		case a.Prefix.Contains(neighbor) || a.Peer == neighbor:
			return own
		case own.Is6() && a.LinkLocal:
			local = own
		}
	}
	return local
}

// has says that an address is the link's own: this machine does not answer
// itself.
func has(l platform.Link, a netip.Addr) bool {
	for _, own := range l.Addresses {
		if own.Prefix.Addr() == a {
			return true
		}
	}
	return false
}
