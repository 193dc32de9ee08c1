package windows

import (
	"context"
	"encoding/binary"
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

var (
	wlanapi       = windows.NewLazySystemDLL("wlanapi.dll")
	wlanOpen      = wlanapi.NewProc("WlanOpenHandle")
	wlanClose     = wlanapi.NewProc("WlanCloseHandle")
	wlanEnum      = wlanapi.NewProc("WlanEnumInterfaces")
	wlanQuery     = wlanapi.NewProc("WlanQueryInterface")
	wlanFree      = wlanapi.NewProc("WlanFreeMemory")
	guidToLUID    = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("ConvertInterfaceGuidToLuid")
	luidToIndex   = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("ConvertInterfaceLuidToIndex")
	luidToAlias   = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("ConvertInterfaceLuidToAlias")
	wlanFunctions = []*windows.LazyProc{wlanOpen, wlanClose, wlanEnum, wlanQuery, wlanFree, guidToLUID, luidToIndex, luidToAlias}
)

const (
	wlanVersion = 2 // Windows Vista and later

	// Opcodes of WLAN_INTF_OPCODE.
	wlanRadioState        = 4
	wlanCurrentConnection = 7
	wlanRSSI              = 0x10000102

	maxWLAN = 256 << 10 // bytes of one answer
)

// Wireless tells of each Wi-Fi adapter how far it got. Since Windows 11 24H2 the
// details of the connection are kept from programs that may not know where the
// machine is; then the strength is not told, which is no error.
func (links) Wireless(ctx context.Context, _ platform.Reading) ([]platform.Wireless, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	c, err := openWLAN()
	if err != nil {
		return nil, err
	}
	defer c.close()
	list, err := c.interfaces()
	if err != nil {
		return nil, err
	}
	var out []platform.Wireless
	for _, i := range decodeWLANInterfaces(list) {
		index, name, known := interfaceOf(i.GUID)
		if !known {
			continue
		}
		w := platform.Wireless{Link: index, Name: name, State: wirelessState(i.State, decodeRadio(c.query(i.GUID, wlanRadioState)))}
		if w.State == platform.WirelessJoined {
			w.Signal = c.signal(i.GUID)
		}
		out = append(out, w)
	}
	return out, nil
}

// wlan is a session with the service WlanSvc.
type wlan uintptr

func openWLAN() (wlan, error) {
	if faked("links.wireless", "all") {
		return 0, missing("Wi-Fi under Wine")
	}
	if err := absent(wlanFunctions...); err != nil { // a server may come without Wi-Fi
		return 0, err
	}
	var version uint32
	var session uintptr
	if n, _, _ := wlanOpen.Call(wlanVersion, 0, uintptr(unsafe.Pointer(&version)), uintptr(unsafe.Pointer(&session))); n != 0 {
		return 0, wlanProblem(uint32(n))
	}
	return wlan(session), nil
}

func (c wlan) close() { _, _, _ = wlanClose.Call(uintptr(c), 0) }

// interfaces returns WLAN_INTERFACE_INFO_LIST, whose own count says how long it
// is.
func (c wlan) interfaces() ([]byte, error) {
	var p *byte
	if n, _, _ := wlanEnum.Call(uintptr(c), 0, uintptr(unsafe.Pointer(&p))); n != 0 {
		return nil, wlanProblem(uint32(n))
	}
	if p == nil {
		return nil, nil
	}
	defer func() { _, _, _ = wlanFree.Call(uintptr(unsafe.Pointer(p))) }()
	count := binary.LittleEndian.Uint32(unsafe.Slice(p, wlanListHead))
	size := wlanListHead + wlanInterfaceSize*int(min(count, maxWLANInterfaces))
	return append([]byte(nil), unsafe.Slice(p, size)...), nil
}

// query returns what the service says of one adapter; nothing where it does not.
func (c wlan) query(guid [wlanGUIDSize]byte, opcode uintptr) []byte {
	b, _ := c.ask(guid, opcode)
	return b
}

func (c wlan) ask(guid [wlanGUIDSize]byte, opcode uintptr) ([]byte, error) {
	var size uint32
	var p *byte
	n, _, _ := wlanQuery.Call(uintptr(c), uintptr(unsafe.Pointer(&guid)), opcode, 0, uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&p)), 0)
	if n != 0 {
		return nil, wlanProblem(uint32(n))
	}
	if p == nil || size > maxWLAN {
		return nil, platform.ErrMalformed
	}
	defer func() { _, _, _ = wlanFree.Call(uintptr(unsafe.Pointer(p))) }()
	return append([]byte(nil), unsafe.Slice(p, size)...), nil
}

// signal asks the driver first, who tells dBm and not where the machine is.
func (c wlan) signal(guid [wlanGUIDSize]byte) int {
	if dBm := decodeRSSI(c.query(guid, wlanRSSI)); dBm != 0 {
		return dBm
	}
	return decodeQuality(c.query(guid, wlanCurrentConnection))
}

// interfaceOf returns the index of an adapter, and the name that a person gave
// it.
func interfaceOf(guid [wlanGUIDSize]byte) (index int, name string, known bool) {
	var luid uint64
	var n uint32
	var alias [maxAlias]uint16
	if absent(guidToLUID, luidToIndex, luidToAlias) != nil {
		return 0, "", false
	}
	if r, _, _ := guidToLUID.Call(uintptr(unsafe.Pointer(&guid)), uintptr(unsafe.Pointer(&luid))); r != 0 {
		return 0, "", false
	}
	if r, _, _ := luidToIndex.Call(uintptr(unsafe.Pointer(&luid)), uintptr(unsafe.Pointer(&n))); r != 0 {
		return 0, "", false
	}
	if r, _, _ := luidToAlias.Call(uintptr(unsafe.Pointer(&luid)), uintptr(unsafe.Pointer(&alias)), maxAlias); r != 0 {
		return int(n), "", true
	}
	return int(n), windows.UTF16ToString(alias[:]), true
}

func wirelessRows() []platform.Mechanism {
	m := platform.Mechanism{Method: "links.wireless", Via: "WlanEnumInterfaces, WlanQueryInterface", State: platform.MechanismWorks, Tried: platform.TriedDecode}
	c, err := openWLAN()
	switch {
	case err == nil:
		c.close()
	case errors.Is(err, platform.ErrPermission):
		m.State, m.Needs = platform.MechanismDenied, "the right to ask the service WlanSvc"
	default:
		m.State, m.Needs = platform.MechanismMissing, "Wi-Fi, and the service WlanSvc"
	}
	return []platform.Mechanism{m}
}
