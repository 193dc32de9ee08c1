package linux

// Numbers of linux/genetlink.h and linux/nl80211.h.
const (
	genericControl  = 0x10 // GENL_ID_CTRL
	controlGet      = 3    // CTRL_CMD_GETFAMILY
	controlFamilyID = 1    // CTRL_ATTR_FAMILY_ID
	controlName     = 2    // CTRL_ATTR_FAMILY_NAME
	wifiGet         = 5    // NL80211_CMD_GET_INTERFACE
	wifiIndex       = 3    // NL80211_ATTR_IFINDEX
	genericHead     = 4
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

// decodeWireless reads the index of one wireless adapter; 0 is none.
func decodeWireless(b []byte) int {
	for t, v := range attributes(b[min(genericHead, len(b)):]) {
		if t == wifiIndex {
			return number(v)
		}
	}
	return 0
}
