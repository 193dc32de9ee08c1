package windows

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"faultline/platform"
)

// MIB_IF_ROW2 of netioapi.h; alike for 32 and 64 bit, as it holds no pointer.
const (
	ifRowSize = 1352
	ifRows    = 8 // where the first row of MIB_IF_TABLE2 lies

	ifIndex       = 8
	ifAlias       = 28
	ifDescription = 542
	ifMACLength   = 1056
	ifMAC         = 1060
	ifMTU         = 1124
	ifKind        = 1128
	ifMedia       = 1136 // NDIS_MEDIUM
	ifMedium      = 1140 // NDIS_PHYSICAL_MEDIUM
	ifAccess      = 1144 // NET_IF_ACCESS_TYPE
	ifFlags       = 1152
	ifOper        = 1156
	ifAdmin       = 1160
	ifConnect     = 1164 // NET_IF_MEDIA_CONNECT_STATE
	ifSpeed       = 1192 // TransmitLinkSpeed
	ifIn          = 1208 // InOctets, and eight more
	ifOut         = 1280 // OutOctets, and eight more

	maxAlias = 257 // IF_MAX_STRING_SIZE + 1
	maxIfMAC = 32  // IF_MAX_PHYS_ADDRESS_LENGTH

	flagHardware = 1 << 0
	flagFilter   = 1 << 1 // a filter driver shows itself as an adapter above another
)

// Numbers of ipifcons.h, ntddndis.h and ifdef.h.
const (
	kindEthernet = 6
	kindPPP      = 23
	kindLoopback = 24
	kindVirtual  = 53 // propVirtual: Wintun, and many a VPN
	kindWiFi     = 71
	kindTunnel   = 131
	kindWWANPP   = 243 // and the next: mobile broadband, GSM and CDMA (GetIfEntry2's page)
	kindWWANPP2  = 244

	mediaWAN          = 3
	mediaWirelessWAN  = 9
	mediaTunnel       = 15
	mediaIP           = 19 // frames are IP packets
	mediumWirelessLAN = 1
	mediumNativeWiFi  = 9
	mediumBluetooth   = 10

	accessPointToPoint = 3

	adminUp      = 1
	connected    = 1
	disconnected = 2

	speedUnknown = 1<<64 - 1

	// mostMTU stands for no limit: loopback tells 2^32-1, and no IP packet is
	// larger.
	mostMTU = 65535
)

// vpnDrivers are the beginnings, in the driver's own English, of what adapters
// are called that say to be Ethernet and carry all they are given within
// another connection. They are no words of Windows, which would be translated.
var vpnDrivers = []string{"tap-windows", "tap-win32", "tap adapter", "wintun", "wireguard", "openvpn", "cisco anyconnect", "cisco secure client",
	"fortinet", "fortissl", "pangp", "juniper networks virtual", "pulse secure", "ivanti", "sonicwall", "netextender", "check point virtual",
	"f5 networks vpn", "zscaler", "citrix virtual adapter", "sophos tap", "sophos ssl", "array networks", "tailscale", "zerotier", "nordlynx", "netskope"}

// iface is one row of MIB_IF_TABLE2.
type iface struct {
	luid                                     uint64
	index                                    int
	alias, description                       string
	mac                                      []byte
	mtu, kind, media, medium, access         uint32
	oper, admin, connect                     uint32
	hardware, filter                         bool
	speed                                    uint64
	octets, unicast, others, dropped, errors [2]uint64 // received, sent
}

// decodeIfTable reads MIB_IF_TABLE2.
func decodeIfTable(b []byte) (all []iface) {
	for _, s := range rows(b, ifRows, ifRowSize) {
		i := iface{
			luid: s.u64(0), index: int(s.u32(ifIndex)), alias: s.wide(ifAlias, maxAlias), description: s.wide(ifDescription, maxAlias),
			mac: s.part(ifMAC, min(int(s.u32(ifMACLength)), maxIfMAC)), mtu: s.u32(ifMTU), kind: s.u32(ifKind), media: s.u32(ifMedia),
			medium: s.u32(ifMedium), access: s.u32(ifAccess), oper: s.u32(ifOper), admin: s.u32(ifAdmin), connect: s.u32(ifConnect),
			hardware: s.u8(ifFlags)&flagHardware != 0, filter: s.u8(ifFlags)&flagFilter != 0, speed: s.u64(ifSpeed),
		}
		for way, at := range []int{ifIn, ifOut} {
			i.octets[way], i.unicast[way], i.others[way] = s.u64(at), s.u64(at+8), s.u64(at+16)
			i.dropped[way], i.errors[way] = s.u64(at+24), s.u64(at+32)
		}
		all = append(all, i)
	}
	return all
}

// both is one adapter as both tables tell of it; on is nil where IP does not
// run on it, as on one that is disabled.
type both struct {
	iface
	on *adapter
}

// joinAdapters joins the tables by LUID and keeps the adapters that IP runs on
// and those with hardware of their own. The rest of the interface table are the
// drivers' layers: filters, miniports for connections that are not there.
func joinAdapters(table []iface, all []adapter) (out []both) {
	seen := map[int]bool{}
	for _, i := range table {
		at := slices.IndexFunc(all, func(a adapter) bool { return a.luid == i.luid })
		b := both{iface: i}
		if at >= 0 {
			b.on = &all[at]
		}
		if i.index > 0 && !i.filter && !seen[i.index] && (b.on != nil || i.hardware && !i.gone()) {
			out, seen[i.index] = append(out, b), true
		}
	}
	slices.SortFunc(out, func(x, y both) int { return cmp.Compare(x.index, y.index) })
	return out
}

// gone says that the hardware is not in the machine: Windows keeps the adapter of
// what was once plugged in, enabled and not present (NET_IF_OPER_STATUS). One that
// is disabled may be told as not present too.
func (i iface) gone() bool { return i.oper == operNotPresent && i.admin == adminUp }

// name is what the user calls the adapter, in any language.
func (b both) name() string {
	if b.on == nil {
		return cmp.Or(b.alias, b.description)
	}
	return cmp.Or(b.alias, b.on.name, b.description, b.on.id)
}

func (b both) linkKind() platform.LinkKind {
	switch {
	case b.kind == kindLoopback:
		return platform.Loopback
	case b.kind == kindPPP:
		return platform.PPP
	case b.kind == kindTunnel, b.media == mediaTunnel, b.kind == kindVirtual && b.media == mediaIP, b.isVPN():
		return platform.Tunnel
	case b.medium == mediumBluetooth:
		return platform.OtherLink
	case b.kind == kindWiFi, b.medium == mediumNativeWiFi, b.medium == mediumWirelessLAN:
		return b.orSwitch(platform.WiFi)
	case b.kind == kindEthernet:
		return b.orSwitch(platform.Ethernet)
	}
	return platform.OtherLink
}

// orSwitch tells an adapter without hardware of its own from one with: it is this
// machine's end of a network that a driver makes in it, for virtual machines and
// containers, of several adapters, or for those who join the machine by Wi-Fi. It
// leads out only by what serves it.
func (b both) orSwitch(kind platform.LinkKind) platform.LinkKind {
	if b.hardware {
		return kind
	}
	return platform.Bridge
}

// join tells which adapters serve others: a switch that leads out, a team and a
// bridge take the protocols and the hardware address of an adapter over.
func join(links []platform.Link, joined []both) {
	for i, b := range joined {
		if !b.hardware || b.on != nil || links[i].MAC == "" {
			continue
		}
		if at := slices.IndexFunc(links, func(l platform.Link) bool { return l.Kind == platform.Bridge && l.MAC == links[i].MAC }); at >= 0 {
			links[i].Master = links[at].Index
		}
	}
}

func (b both) isVPN() bool {
	d := strings.ToLower(b.description)
	return !b.hardware && slices.ContainsFunc(vpnDrivers, func(s string) bool { return strings.HasPrefix(d, s) })
}

// noARP says that nobody is looked for on the adapter: its frames are IP
// packets, or go to one other end.
func (i iface) noARP() bool {
	switch i.media {
	case mediaIP, mediaTunnel, mediaWAN, mediaWirelessWAN:
		return true
	}
	return i.access == accessPointToPoint || i.kind == kindPPP || i.kind == kindLoopback
}

// link tells of the adapter in the words of the port. mtu is that of IPv4 or
// IPv6 on it, 0 where only the adapter's is known.
func (b both) link(mtu int) platform.Link {
	l := platform.Link{Index: b.index, Name: b.name(), Kind: b.linkKind(), Up: b.admin == adminUp, MTU: cmp.Or(mtu, min(int(b.mtu), mostMTU)),
		MAC: spellMAC(b.mac), PointToPoint: b.access == accessPointToPoint, NoARP: b.noARP()}
	if l.Up && l.Kind != platform.Loopback {
		l.Carrier = map[uint32]platform.Tri{connected: platform.Yes, disconnected: platform.No}[b.connect]
	}
	if l.Kind == platform.Tunnel || l.Kind == platform.PPP {
		l.Tunnel = &platform.Ends{Received: count(b.unicast[0], b.others[0]), Sent: count(b.unicast[1], b.others[1])}
	}
	if b.on != nil {
		l.Addresses = b.on.addresses()
	}
	if b.on != nil && b.on.index4 > 0 && l.Kind != platform.Loopback {
		l.DHCP, l.DHCPServer = platform.TriOf(b.on.flags&byDHCPv4 != 0), b.on.leasedBy()
	}
	return l
}

// leasedBy is the DHCP server of the lease. Where there is none, Windows names
// the broadcast address to which it asks.
func (a adapter) leasedBy() netip.Addr {
	if s := a.dhcpServer; s.Is4() && !s.IsUnspecified() && s != netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return s
	}
	return netip.Addr{}
}

// addresses are those of an adapter. Windows leaves 169.254.0.0/16 on adapters
// without a signal; there it says nothing of a DHCP server.
func (a adapter) addresses() (all []platform.Address) {
	for _, u := range a.unicast {
		addr := u.prefix.Addr()
		if addr.Is4() && addr.IsLinkLocalUnicast() && a.status != operUp {
			continue
		}
		all = append(all, platform.Address{Prefix: u.prefix, LinkLocal: addr.IsLinkLocalUnicast(), Tentative: u.dad == dadTentative,
			Duplicate: u.dad == dadDuplicate, Deprecated: u.dad == dadDeprecated,
			Temporary: addr.Is6() && u.prefixOrigin == prefixAdvertised && u.suffixOrigin == suffixRandom})
	}
	return all
}

// counters tells what the adapter counted. How often the signal went Windows
// does not count, nor does it tell the duplex here.
func (b both) counters(at time.Time) platform.LinkCounters {
	c := platform.LinkCounters{Link: b.index, Name: b.name(), At: at,
		RxBytes: b.octets[0], TxBytes: b.octets[1], RxPackets: b.unicast[0] + b.others[0], TxPackets: b.unicast[1] + b.others[1],
		RxErrors: b.errors[0], TxErrors: b.errors[1], RxDropped: b.dropped[0], TxDropped: b.dropped[1]}
	if b.speed != speedUnknown && b.speed < 1<<62 && b.kind != kindLoopback {
		c.Speed = int64(b.speed)
	}
	return c
}

func count(a, b uint64) int { return int(min(a+b, 1<<53)) }

// spellMAC spells a hardware address; adapters without one have none, or zeros.
func spellMAC(b []byte) string {
	if len(b) != 6 && len(b) != 8 && len(b) != 20 || !slices.ContainsFunc(b, func(c byte) bool { return c != 0 }) {
		return ""
	}
	return net.HardwareAddr(b).String()
}

// ownAddresses are the addresses of all adapters, with the index of theirs.
func ownAddresses(all []adapter) map[netip.Addr]int {
	own := map[netip.Addr]int{}
	for _, a := range all {
		for _, u := range a.unicast {
			own[u.prefix.Addr()] = a.indexFor(u.prefix.Addr())
		}
	}
	return own
}

// indexFor is the adapter's index in the family of an address.
func (a adapter) indexFor(addr netip.Addr) int {
	if addr.Is4() {
		return cmp.Or(a.index4, a.index6)
	}
	return cmp.Or(a.index6, a.index4)
}
