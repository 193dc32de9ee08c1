package linux

import (
	"strconv"

	"faultline/platform"
)

// Numbers of linux/genetlink.h and linux/nl80211.h.
const (
	genericControl  = 0x10 // GENL_ID_CTRL
	controlGet      = 3    // CTRL_CMD_GETFAMILY
	controlFamilyID = 1    // CTRL_ATTR_FAMILY_ID
	controlName     = 2    // CTRL_ATTR_FAMILY_NAME
	genericHead     = 4

	wifiGet     = 5  // NL80211_CMD_GET_INTERFACE
	wifiStation = 17 // NL80211_CMD_GET_STATION

	wifiPhyName  = 2  // NL80211_ATTR_WIPHY_NAME
	wifiIndex    = 3  // NL80211_ATTR_IFINDEX
	wifiName     = 4  // NL80211_ATTR_IFNAME
	wifiType     = 5  // NL80211_ATTR_IFTYPE
	wifiPeerInfo = 21 // NL80211_ATTR_STA_INFO
	wifiSSID     = 52 // NL80211_ATTR_SSID
	wifiPhy      = 1  // NL80211_ATTR_WIPHY

	wifiTypeStation = 2 // NL80211_IFTYPE_STATION
	signalNow       = 7 // NL80211_STA_INFO_SIGNAL
	signalAverage   = 13
)

// familyRequest asks the generic netlink controller for the number of a family.
func familyRequest(name string) []byte {
	return attribute([]byte{controlGet, 1, 0, 0}, controlName, append([]byte(name), 0))
}

// decodeFamily reads the number of a family; 0 is none.
func decodeFamily(b []byte) uint16 {
	for t, v := range attributes(b[min(genericHead, len(b)):]) {
		if t == controlFamilyID && len(v) >= 2 {
			return host.Uint16(v)
		}
	}
	return 0
}

// wifiLink is one wireless adapter.
type wifiLink struct {
	Index  int // 0: none
	Name   string
	Phy    string // the radio's name
	Type   int
	Joined bool // it has the name of a network
}

// decodeWireless reads one wireless adapter. A radio that was not renamed is
// called by its number.
func decodeWireless(b []byte) (w wifiLink) {
	for t, v := range attributes(b[min(genericHead, len(b)):]) {
		switch t {
		case wifiIndex:
			w.Index = number(v)
		case wifiName:
			w.Name = text(v)
		case wifiType:
			w.Type = number(v)
		case wifiPhyName:
			w.Phy = text(v)
		case wifiPhy:
			if w.Phy == "" {
				w.Phy = phyName(number(v))
			}
		case wifiSSID:
			w.Joined = len(v) > 0
		}
	}
	return w
}

func phyName(n int) string { return "phy" + strconv.Itoa(n) }

// station says that the adapter joins networks, rather than being one.
func (w wifiLink) station() bool { return w.Type == wifiTypeStation }

// killSwitch is the state of a radio's switches (rfkill).
type killSwitch struct{ soft, hard bool }

// state tells how far the adapter got, the nearest hindrance first.
func (w wifiLink) state(up bool, k killSwitch) platform.WirelessState {
	switch {
	case k.hard:
		return platform.WirelessBlockedHard
	case k.soft:
		return platform.WirelessBlockedSoft
	case !up:
		return platform.WirelessOff
	case !w.Joined:
		return platform.WirelessUnjoined
	}
	return platform.WirelessJoined
}

// decodeSignal reads how strong a station hears its access point, in dBm; 0:
// not told. The average changes less.
func decodeSignal(b []byte) (dBm int) {
	for t, v := range attributes(b[min(genericHead, len(b)):]) {
		if t != wifiPeerInfo {
			continue
		}
		for t, v := range attributes(v) {
			switch {
			case len(v) == 0:
			case t == signalAverage, t == signalNow && dBm == 0:
				dBm = int(int8(v[0]))
			}
		}
	}
	return dBm
}
