package windows

import (
	"faultline/platform"
)

// Sizes and offsets of wlanapi.h. The structures hold no pointers, and are alike
// on 32 and 64 bits.
const (
	wlanListHead       = 8   // WLAN_INTERFACE_INFO_LIST
	wlanInterfaceSize  = 532 // WLAN_INTERFACE_INFO
	wlanInterfaceState = 528
	wlanGUIDSize       = 16

	wlanRadioHead = 4  // WLAN_RADIO_STATE
	wlanRadioSize = 12 // WLAN_PHY_RADIO_STATE

	wlanSignalQuality = 576 // WLAN_CONNECTION_ATTRIBUTES, in its association

	maxWLANInterfaces = 64
)

// States of an interface (WLAN_INTERFACE_STATE of wlanapi.h).
const (
	wlanNotReady  = 0
	wlanConnected = 1
	wlanAdHoc     = 2
)

// Radio states (DOT11_RADIO_STATE of windot11.h).
const radioOff = 2

// Error numbers that wlanapi.dll returns when it cannot tell.
const errorServiceNotActive = 1062

// wlanProblem gives a number of wlanapi.dll its meaning.
func wlanProblem(number uint32) *platform.Problem {
	if number == errorServiceNotActive {
		return &platform.Problem{Code: platform.NoMechanism, Text: "the service WlanSvc does not run"}
	}
	return systemProblem(number)
}

// wlanInterface is one Wi-Fi adapter as the service lists it.
type wlanInterface struct {
	GUID  [wlanGUIDSize]byte // as GetAdaptersAddresses names it too
	State uint32
}

// decodeWLANInterfaces reads WLAN_INTERFACE_INFO_LIST.
func decodeWLANInterfaces(b []byte) (all []wlanInterface) {
	for _, row := range rows(b, wlanListHead, wlanInterfaceSize) {
		if len(all) == maxWLANInterfaces {
			break
		}
		all = append(all, wlanInterface{GUID: [wlanGUIDSize]byte(row), State: row.u32(wlanInterfaceState)})
	}
	return all
}

// radio is what switches the radios of one adapter off.
type radio struct{ soft, hard bool }

// decodeRadio reads WLAN_RADIO_STATE: an adapter is off when each of its radios
// is. A state that is unknown is none of off.
func decodeRadio(b []byte) radio {
	all := rows(b, wlanRadioHead, wlanRadioSize)
	r := radio{soft: len(all) > 0, hard: len(all) > 0}
	for _, phy := range all {
		r.soft = r.soft && phy.u32(4) == radioOff
		r.hard = r.hard && phy.u32(8) == radioOff
	}
	return r
}

// wirelessState tells how far an adapter got, the nearest hindrance first.
func wirelessState(state uint32, r radio) platform.WirelessState {
	switch {
	case r.hard:
		return platform.WirelessBlockedHard
	case r.soft:
		return platform.WirelessBlockedSoft
	case state == wlanNotReady:
		return platform.WirelessOff
	case state == wlanConnected, state == wlanAdHoc:
		return platform.WirelessJoined
	}
	return platform.WirelessUnjoined
}

// decodeRSSI reads the strength of the signal in dBm (wlan_intf_opcode_rssi); 0
// where the driver does not tell.
func decodeRSSI(b []byte) int {
	if len(b) < 4 {
		return 0
	}
	dBm := int(int32(structure(b).u32(0)))
	if dBm >= 0 || dBm < -120 {
		return 0
	}
	return dBm
}

// decodeQuality reads the strength from WLAN_CONNECTION_ATTRIBUTES, where 0 to
// 100 stand for -100 to -50 dBm (WLAN_ASSOCIATION_ATTRIBUTES of wlanapi.h).
// The ends stand for anything beyond them too: 100 is told, as a strong signal
// is strong enough, 0 is not.
func decodeQuality(b []byte) int {
	q := structure(b).u32(wlanSignalQuality)
	if q == 0 || q > 100 {
		return 0
	}
	return int(q)/2 - 100
}
