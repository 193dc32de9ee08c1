package dissect

import "strconv"

// linkNames are what capinfos calls the link types (wiretap/wtap.c).
var linkNames = map[uint16]string{
	linkNull: "null", linkEthernet: "ether", linkPPP: "ppp", linkRaw12: "rawip", linkRaw14: "rawip", linkPPPHDLC: "ppp",
	linkPPPoE: "pppoes", linkRaw: "rawip", linkCHDLC: "chdlc", linkWireless: "ieee-802-11", linkLoop: "loop", linkSLL: "linux-sll",
	linkRadiotap: "ieee-802-11-radiotap", linkPPI: "ppi", linkIPv4: "rawip4", linkIPv6: "rawip6", linkNFLOG: "nflog", linkSLL2: "linux-sll2",
}

// LinkName names a link type; one without a name by its number.
func LinkName(link uint16) string {
	if name, ok := linkNames[link]; ok {
		return name
	}
	return "link type " + strconv.Itoa(int(link))
}
