package linux

import (
	"net"
	"net/netip"

	"faultline/platform"
)

// Numbers of linux/if.h, linux/if_arp.h, linux/if_link.h and linux/if_addr.h.
const (
	flagUp           = 1 << 0
	flagPointToPoint = 1 << 4
	flagNoARP        = 1 << 7
	flagLowerUp      = 1 << 16

	hardwareEther    = 1
	hardwarePPP      = 512
	hardwareTunnel   = 768
	hardwareTunnel6  = 769
	hardwareLoopback = 772
	hardwareSIT      = 776
	hardwareGRE      = 778
	hardwareWiFi     = 801
	hardwareGRE6     = 823
	hardwareNone     = 0xfffe

	linkAddress = 1
	linkName    = 3
	linkMTU     = 4
	linkParent  = 5
	linkMaster  = 10
	linkInfo    = 18
	linkStats   = 23 // struct rtnl_link_stats64
	linkAbroad  = 37 // IFLA_LINK_NETNSID: the parent is in another namespace
	linkKind    = 1  // inside linkInfo
	linkData    = 2

	addrAddress = 1
	addrLocal   = 2
	addrFlags   = 8

	addrTemporary  = 0x01
	addrDADFailed  = 0x08
	addrDeprecated = 0x20
	addrTentative  = 0x40

	linkBody = 16 // struct ifinfomsg
	addrBody = 8  // struct ifaddrmsg

	familyIPv4 = 2
	familyIPv6 = 10
)

// decodeLink reads the body of RTM_NEWLINK.
func decodeLink(b []byte) (platform.Link, bool) {
	if len(b) < linkBody {
		return platform.Link{}, false
	}
	hardware, flags := host.Uint16(b[2:]), host.Uint32(b[8:])
	l := platform.Link{Index: int(int32(host.Uint32(b[4:]))), Up: flags&flagUp != 0,
		PointToPoint: flags&flagPointToPoint != 0, NoARP: flags&flagNoARP != 0}
	kind, abroad := "", false
	var data, stats []byte
	for t, v := range attributes(b[linkBody:]) {
		switch t {
		case linkParent:
			l.Parent = number(v)
		case linkAbroad:
			abroad = true
		case linkAddress:
			l.MAC = mac(v)
		case linkName:
			l.Name = text(v)
		case linkMTU:
			l.MTU = number(v)
		case linkMaster:
			l.Master = number(v)
		case linkInfo:
			kind, data = infoKind(v)
		case linkStats:
			stats = v
		}
	}
	l.Kind = kindOf(hardware, kind)
	if abroad || kind == "veth" || l.Parent == l.Index { // the other end of a pair is no parent
		l.Parent = 0
	}
	if l.Kind == platform.Tunnel || l.Kind == platform.PPP {
		l.Tunnel = ends(kind, data, stats)
	}
	if l.Up && l.Kind != platform.Loopback {
		l.Carrier = platform.TriOf(flags&flagLowerUp != 0)
	}
	return l, l.Index > 0
}

// infoKind reads what a link is made of, and what only its kind can read.
func infoKind(b []byte) (kind string, data []byte) {
	for t, v := range attributes(b) {
		switch t {
		case linkKind:
			kind = text(v)
		case linkData:
			data = v
		}
	}
	return kind, data
}

// tunnels are the link kinds that carry IP within something else, whatever
// hardware type they show.
var tunnels = map[string]bool{
	"wireguard": true, "gre": true, "ip6gre": true, "ipip": true, "sit": true, "ip6tnl": true,
	"vti": true, "vti6": true, "xfrm": true, "ovpn": true, "ovpn-dco": true,
}

// kindOf tells the sort of a link. A TAP device has the kind "tun" and the
// hardware type of Ethernet: to the network it is Ethernet.
func kindOf(hardware uint16, kind string) platform.LinkKind {
	switch {
	case hardware == hardwareLoopback:
		return platform.Loopback
	case kind == "bridge":
		return platform.Bridge
	case kind == "vrf":
		return platform.OtherLink
	case tunnels[kind]:
		return platform.Tunnel
	}
	switch hardware {
	case hardwareEther:
		return platform.Ethernet
	case hardwareWiFi:
		return platform.WiFi
	case hardwarePPP:
		return platform.PPP
	case hardwareTunnel, hardwareTunnel6, hardwareSIT, hardwareGRE, hardwareGRE6, hardwareNone:
		return platform.Tunnel
	}
	return platform.OtherLink
}

// mac spells a hardware address; tunnels put an IP address there, loopback
// zeros.
func mac(b []byte) string {
	if len(b) != 6 && len(b) != 8 && len(b) != 20 {
		return ""
	}
	for _, c := range b {
		if c != 0 {
			return net.HardwareAddr(b).String()
		}
	}
	return ""
}

// decodeAddress reads the body of RTM_NEWADDR and returns the address with the
// index of its link.
func decodeAddress(b []byte) (platform.Address, int, bool) {
	if len(b) < addrBody || b[0] != familyIPv4 && b[0] != familyIPv6 {
		return platform.Address{}, 0, false
	}
	var local, remote netip.Addr
	flags := uint32(b[2])
	for t, v := range attributes(b[addrBody:]) {
		switch t {
		case addrAddress:
			remote = address(v)
		case addrLocal:
			local = address(v)
		case addrFlags:
			flags = uint32(number(v))
		}
	}
	a := addressOf(local, remote, int(b[1]))
	if !a.Prefix.IsValid() {
		return platform.Address{}, 0, false
	}
	setFlags(&a, flags)
	return a, number(b[4:]), true
}

// addressOf: IPv4 sends its own address as local and the peer's, or the same
// again, as address; IPv6 sends local only when there is a peer
// (net/ipv6/addrconf.c, inet6_fill_ifaddr). The prefix is then the peer's.
func addressOf(local, remote netip.Addr, bits int) platform.Address {
	if !local.IsValid() {
		local = remote
	}
	if remote.IsValid() && remote != local {
		return platform.Address{Prefix: netip.PrefixFrom(local, local.BitLen()), Peer: remote}
	}
	return platform.Address{Prefix: netip.PrefixFrom(local, bits)}
}

func setFlags(a *platform.Address, flags uint32) {
	addr := a.Prefix.Addr()
	a.LinkLocal = addr.IsLinkLocalUnicast()
	a.Duplicate = flags&addrDADFailed != 0
	a.Tentative = flags&addrTentative != 0 && !a.Duplicate // a failed test stays tentative for the kernel
	a.Deprecated = flags&addrDeprecated != 0
	a.Temporary = addr.Is6() && flags&addrTemporary != 0 // for IPv4 the same bit means secondary
}
