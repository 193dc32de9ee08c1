package windows

import (
	"slices"
	"strings"

	"faultline/platform"
)

// fake is a part of an answer that Wine makes up: the call succeeds, and nothing
// was looked at.
type fake struct {
	method, part string
	left         bool   // out of the answer; what is not says no more than a default
	how          string // what Wine does, and where that is written or was seen
}

// madeUp is what Wine 8.0 makes up of what this package asks. Tests under Wine
// must not take it for an answer: they skip it by this name.
var madeUp = []fake{
	{"system.describe", "release", true, "the version that the prefix is set to, Windows 7 (dlls/ntdll/version.c)"},
	{"system.describe", "elevated", true, "every program runs as an administrator (server/token.c)"},
	{"links.all", "up", false, "every adapter is enabled (dlls/nsiproxy.sys/ndis.c: admin_status)"},
	{"links.all", "addresses", false, "every address is preferred, none a duplicate (dlls/nsiproxy.sys/ip.c: dad_state)"},
	{"links.wireless", "all", true, "there is no Wi-Fi adapter (dlls/wlanapi/main.c: WlanEnumInterfaces)"},
	{"routes.all", "ipv6", false, "there is no route of IPv6 (seen)"},
	{"settings.read", "believes", true, "the internet is there where a gateway is set, and every network is public (dlls/netprofm/list.c)"},
	{"echo.send", "df", false, "what the own adapter cannot carry goes in fragments (seen)"},
	{"talker.talk", "reset", false, "a reset is told as the end of the stream now and then (seen)"},
	{"sockets.listeners", "owners", true, "what listens belongs to process 0 (seen)"},
}

// isMadeUp tells whether the list has a part of an answer.
func isMadeUp(method, part string) bool {
	return slices.ContainsFunc(madeUp, func(m fake) bool { return m.method == method && m.part == part })
}

// withMadeUp says in each row what of it is made up. Of what is so as a whole
// there is no mechanism.
func withMadeUp(rows []platform.Mechanism) []platform.Mechanism {
	for i := range rows {
		var parts []string
		for _, m := range madeUp {
			if m.method == rows[i].Method {
				parts = append(parts, m.part)
			}
		}
		rows[i].Faked = strings.Join(parts, ",")
		if isMadeUp(rows[i].Method, "all") {
			rows[i].State, rows[i].Needs = platform.MechanismMissing, "Windows itself: Wine makes this up"
		}
	}
	return rows
}
