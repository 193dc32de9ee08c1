package windows

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Numbers of netioapi.h; the field is alike for both widths.
const (
	dnsSettingsVersion = 3 // DNS_INTERFACE_SETTINGS_VERSION3, since build 19645
	dnsSettingIPv6     = 1 // DNS_SETTING_IPV6
	dnsSettingsFlags   = 8
)

var (
	procGetInterfaceDNS  = iphlpapi.NewProc("GetInterfaceDnsSettings")
	procFreeInterfaceDNS = iphlpapi.NewProc("FreeInterfaceDnsSettings")
)

// ownMemory reads what the system allocated for this process.
type ownMemory struct{}

func (ownMemory) bytes(at uint64, n int) structure {
	p := *(*unsafe.Pointer)(unsafe.Pointer(&at))
	if p == nil || n <= 0 {
		return nil
	}
	return append(structure(nil), unsafe.Slice((*byte)(p), n)...)
}

func (ownMemory) text(at uint64, most int) string {
	p := *(**uint16)(unsafe.Pointer(&at))
	if p == nil {
		return ""
	}
	var units []uint16
	for u := p; *u != 0 && len(units) < most; u = (*uint16)(unsafe.Add(unsafe.Pointer(u), 2)) {
		units = append(units, *u)
	}
	return windows.UTF16ToString(units)
}

// readEncrypted asks, adapter by adapter, which servers are asked over HTTPS.
// Windows before build 19645 does not tell, and asks in plain.
func readEncrypted(all []adapter) map[int]map[netip.Addr]string {
	how := map[int]map[netip.Addr]string{}
	if absent(procGetInterfaceDNS, procFreeInterfaceDNS) != nil {
		return how
	}
	for _, a := range all {
		guid, err := windows.GUIDFromString(a.id)
		if err != nil || a.status != operUp || len(a.dns) == 0 {
			continue
		}
		for index, family := range map[int]uint64{a.index4: 0, a.index6: dnsSettingIPv6} {
			for server, h := range encryptedOn(guid, family) {
				if how[index] == nil {
					how[index] = map[netip.Addr]string{}
				}
				how[index][server] = h
			}
		}
	}
	return how
}

func encryptedOn(guid windows.GUID, family uint64) map[netip.Addr]string {
	l := dnsLayout64
	if unsafe.Sizeof(uintptr(0)) == 4 {
		l = dnsLayout32
	}
	room := make([]uint64, (l.size+7)/8) // aligned as the structure is
	s := unsafe.Slice((*byte)(unsafe.Pointer(&room[0])), l.size)
	binary.LittleEndian.PutUint32(s, dnsSettingsVersion)
	binary.LittleEndian.PutUint64(s[dnsSettingsFlags:], family)
	if n := getInterfaceDNS(&guid, &room[0]); n != 0 {
		return nil
	}
	defer procFreeInterfaceDNS.Call(uintptr(unsafe.Pointer(&room[0])))
	return l.encrypted(structure(s), ownMemory{})
}

// getInterfaceDNS passes the GUID by value: on amd64 that is a pointer to a copy,
// on arm64 two registers, on 386 four words.
func getInterfaceDNS(guid *windows.GUID, settings *uint64) uint32 {
	w := *(*[4]uint32)(unsafe.Pointer(guid))
	var n uintptr
	switch runtime.GOARCH {
	case "amd64":
		n, _, _ = procGetInterfaceDNS.Call(uintptr(unsafe.Pointer(guid)), uintptr(unsafe.Pointer(settings)))
	case "arm64":
		n, _, _ = procGetInterfaceDNS.Call(uintptr(uint64(w[0])|uint64(w[1])<<32), uintptr(uint64(w[2])|uint64(w[3])<<32), uintptr(unsafe.Pointer(settings)))
	default:
		n, _, _ = procGetInterfaceDNS.Call(uintptr(w[0]), uintptr(w[1]), uintptr(w[2]), uintptr(w[3]), uintptr(unsafe.Pointer(settings)))
	}
	return uint32(n)
}
