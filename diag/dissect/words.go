package dissect

// Why packets are skipped. The report counts by these words: they are few,
// whatever a capture holds.
const (
	wordCut        = "cut"       // the capture did not keep enough bytes
	wordMalformed  = "malformed" // the headers contradict themselves
	wordFragment   = "fragment"  // of a packet that is not whole
	wordFragments  = "fragments beyond limits"
	wordTunnels    = "too many tunnels"
	wordTags       = "too many VLAN tags"
	wordLabels     = "too many MPLS labels"
	wordHeaders    = "too many IPv6 headers"
	wordLink       = "other link types"
	wordFamily     = "other address family"
	wordEther      = "other ethertype"
	wordProtocol   = "other IP protocol"
	wordNothing    = "no next header"
	wordLLC        = "llc"
	wordPseudowire = "mpls pseudowire"
	wordPPP        = "ppp"
	wordPPPoE      = "pppoe"
	wordGRE        = "gre"
	wordERSPAN     = "erspan"
	wordTeredo     = "teredo"
	wordUDP        = "udp"
	wordICMP       = "icmp"
	wordICMPv6     = "icmpv6"
	wordNeighbor   = "ipv6 neighbor discovery"
	wordManagement = "802.11 management"
	wordEncrypted  = "802.11 encrypted"
	wordAggregate  = "802.11 a-msdu"
	wordPiece      = "802.11 fragment"
	wordNoData     = "802.11 without data"
)

// etherWord names an Ethernet type that carries no IP.
func etherWord(t uint16) string {
	switch t {
	case 0x0806:
		return "arp"
	case 0x8035:
		return "rarp"
	case 0x8863:
		return wordPPPoE
	case 0x888e:
		return "eapol"
	case 0x88cc:
		return "lldp"
	case 0x88e5:
		return "macsec"
	case 0x88f7:
		return "ptp"
	case 0x8137:
		return "ipx"
	}
	return wordEther
}

// protocolWord names an IP protocol that carries no TCP.
func protocolWord(p uint8) string {
	switch p {
	case 2:
		return "igmp"
	case protocolUDP:
		return wordUDP
	case 33:
		return "dccp"
	case 50:
		return "esp"
	case protocolNone:
		return wordNothing
	case 88:
		return "eigrp"
	case 89:
		return "ospf"
	case 103:
		return "pim"
	case 112:
		return "vrrp"
	case 115:
		return "l2tp"
	case 132:
		return "sctp"
	}
	return wordProtocol
}
