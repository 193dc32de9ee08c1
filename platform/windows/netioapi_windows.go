package windows

import (
	"bytes"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

var (
	procGetAdaptersAddresses = iphlpapi.NewProc("GetAdaptersAddresses")
	procGetIfTable2Ex        = iphlpapi.NewProc("GetIfTable2Ex")
	procGetIPInterfaceTable  = iphlpapi.NewProc("GetIpInterfaceTable")
	procGetIPForwardTable2   = iphlpapi.NewProc("GetIpForwardTable2")
	procGetIPNetTable2       = iphlpapi.NewProc("GetIpNetTable2")
	procGetIPNetTable        = iphlpapi.NewProc("GetIpNetTable")
	procFreeMibTable         = iphlpapi.NewProc("FreeMibTable")
)

const (
	everyFamily = 0 // AF_UNSPEC
	normalLevel = 0 // MibIfTableNormal

	mostRows    = 1 << 16
	firstBuffer = 32 << 10
	mostBuffer  = 16 << 20
)

// mibTable copies a table that a function of netioapi.h allocates: what names
// the family, or the level of detail. The table's first row lies at first.
func mibTable(f *windows.LazyProc, what uintptr, first, row int) ([]byte, error) {
	if err := absent(f); err != nil {
		return nil, err
	}
	var table *byte
	if n, _, _ := f.Call(what, uintptr(unsafe.Pointer(&table))); n != 0 {
		return nil, fmt.Errorf("calling %s: %w", f.Name, systemProblem(uint32(n)))
	}
	if table == nil {
		return nil, nil
	}
	defer procFreeMibTable.Call(uintptr(unsafe.Pointer(table)))
	rows := min(*(*uint32)(unsafe.Pointer(table)), mostRows)
	return bytes.Clone(unsafe.Slice(table, first+int(rows)*row)), nil
}

// grown calls a function that fills a buffer until the buffer is large enough.
func grown(name string, call func(b []byte, size *uint32) uint32) ([]byte, error) {
	for size := uint32(firstBuffer); size <= mostBuffer; {
		b, needed := make([]byte, size), size
		switch n := call(b, &needed); windows.Errno(n) {
		case windows.ERROR_SUCCESS:
			return b, nil
		case windows.ERROR_NO_DATA, windows.ERROR_ADDRESS_NOT_ASSOCIATED: // there is none
			return nil, nil
		case windows.ERROR_BUFFER_OVERFLOW, windows.ERROR_INSUFFICIENT_BUFFER, windows.ERROR_MORE_DATA:
			size = max(needed, size+1) + size/4 // it may have grown since
		default:
			return nil, fmt.Errorf("calling %s: %w", name, systemProblem(n))
		}
	}
	return nil, fmt.Errorf("calling %s: %w", name, &platform.Problem{Code: platform.Other, Text: "its answer only ever grows"})
}

// readAdapters asks for the adapters that IP runs on.
func readAdapters() ([]adapter, error) { return adaptersRead.read(lookForAdapters) }

// knownAdapters are the adapters for what only completes another answer with their
// names and addresses: as they were a moment ago. To list them takes Windows
// milliseconds, as its clients of DHCP and DNS are asked about each.
func knownAdapters() ([]adapter, error) { return adaptersRead.recent(moment, lookForAdapters) }

// moment is how long the adapters' names and addresses are taken for what they
// were. What changes meanwhile the last reading of a run shows.
const moment = 250 * time.Millisecond

var (
	adaptersRead shared[[]adapter]
	ifTableRead  shared[[]iface]
)

func lookForAdapters() ([]adapter, error) {
	if err := absent(procGetAdaptersAddresses); err != nil {
		return nil, err
	}
	const flags = windows.GAA_FLAG_INCLUDE_GATEWAYS | windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST
	b, err := grown("GetAdaptersAddresses", func(b []byte, size *uint32) uint32 {
		n, _, _ := procGetAdaptersAddresses.Call(everyFamily, flags, 0, uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(size)))
		return uint32(n)
	})
	if len(b) == 0 {
		return nil, err
	}
	return decodeAdapters(b, uint64(uintptr(unsafe.Pointer(&b[0]))), ownLayout()), nil
}

// ownLayout is that of the pointers of this program.
func ownLayout() layout {
	if unsafe.Sizeof(uintptr(0)) == 4 {
		return layout32
	}
	return layout64
}

// readIPInterfaces reads how IP runs on the adapters: from the table where
// there is one, else from what the adapters tell of it.
func readIPInterfaces(all []adapter) map[onIP]ipInterface {
	b, err := mibTable(procGetIPInterfaceTable, everyFamily, ipRows, ipRowSize)
	if err != nil {
		return ipOfAdapters(all)
	}
	return decodeIPInterfaces(b)
}

// readIfTable reads every interface that NDIS knows.
func readIfTable() ([]iface, error) {
	return ifTableRead.read(func() ([]iface, error) {
		b, err := mibTable(procGetIfTable2Ex, normalLevel, ifRows, ifRowSize)
		return decodeIfTable(b), err
	})
}

// readNeighbors reads the neighbor table, or the older one for IPv4 alone.
func readNeighbors() ([]platform.Neighbor, error) {
	b, err := mibTable(procGetIPNetTable2, everyFamily, netRows, netRowSize)
	if err == nil {
		return decodeNeighbors(b), nil
	}
	if absent(procGetIPNetTable) != nil {
		return nil, err
	}
	b, err = grown("GetIpNetTable", func(b []byte, size *uint32) uint32 {
		n, _, _ := procGetIPNetTable.Call(uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(size)), 0)
		return uint32(n)
	})
	return decodeOldNeighbors(b), err
}
