package windows

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

var (
	procTCPTable           = iphlpapi.NewProc("GetExtendedTcpTable")
	procUDPTable           = iphlpapi.NewProc("GetExtendedUdpTable")
	procOwnerModuleUDP     = iphlpapi.NewProc("GetOwnerModuleFromUdpEntry")
	procOwnerModuleUDP6    = iphlpapi.NewProc("GetOwnerModuleFromUdp6Entry")
	procOwnerModule        = iphlpapi.NewProc("GetOwnerModuleFromTcpEntry")
	procOwnerModule6       = iphlpapi.NewProc("GetOwnerModuleFromTcp6Entry")
	procProcessHandleCount = kernel32.NewProc("GetProcessHandleCount")
)

const (
	ownerModuleAll = 8        // TCP_TABLE_OWNER_MODULE_ALL, iprtrmib.h
	ownerModuleUDP = 2        // UDP_TABLE_OWNER_MODULE, iprtrmib.h
	mostTable      = 32 << 20 // bytes: two hundred thousand sockets
	mostTries      = 8        // as the table grows while it is asked for
	mostModule     = 64 << 10
	mostImagePath  = 1024

	systemProcess = 4
	// mostHandles a process may have (learn.microsoft.com, Kernel Objects).
	mostHandles = 1 << 24
)

type sockets struct{}

// Listeners reads the table of TCP sockets and looks for their owners.
func (sockets) Listeners(ctx context.Context, q platform.ListenersAsk) (platform.ListenerFacts, error) {
	var facts platform.ListenerFacts
	rows, err := tcpRows(ctx)
	if err != nil {
		return facts, err
	}
	rows, found := onPorts(rows, q.Ports), owners{}
	for _, r := range rows {
		if r.State != tcpListen {
			continue
		}
		if facts.Cut = len(facts.Listeners) == mostListeners; facts.Cut {
			break
		}
		facts.Listeners = append(facts.Listeners, listener(r, found.of))
	}
	facts.Served = served(rows)
	facts.Receivers = receivers(onPorts(udpRows(), q.Ports), found.ofUDP)
	return facts, nil
}

// Ports counts the sockets in the range from which Windows hands out ports, by
// default where the management service does not tell which one is set. The ports
// that are taken out of it (excluded ranges) no documented call tells.
func (sockets) Ports(ctx context.Context, q platform.PortsAsk) (platform.PortUse, error) {
	use := platform.PortUse{Low: defaultLow, High: defaultHigh, Assumed: true}
	rows, err := tcpRows(ctx)
	if err != nil {
		return use, err
	}
	if low, high, told := readPortRange(ctx); told {
		use.Low, use.High, use.Assumed = low, high, false
	}
	found := owners{}
	countPorts(&use, rows, netip.AddrPortFrom(q.To.Addr().Unmap().WithZone(""), q.To.Port()), found.of)
	return use, nil
}

// Files counts the handles of this process; the system's are not limited by
// number.
func (sockets) Files(ctx context.Context, _ platform.Reading) (platform.FileUse, error) {
	use := platform.FileUse{OwnLimit: mostHandles}
	if err := ended(ctx); err != nil {
		return use, err
	}
	if procProcessHandleCount.Find() != nil {
		return platform.FileUse{}, platform.ErrUnsupported
	}
	var n uint32
	if ok, _, err := procProcessHandleCount.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&n))); ok == 0 {
		return use, fmt.Errorf("counting handles: %w", systemProblem(numberOf(err)))
	}
	if use.Own = int(n); n == 0 { // every process has some: this is no count
		return platform.FileUse{}, platform.ErrUnsupported
	}
	return use, nil
}

// tcpRows lists the TCP sockets of both families. Without IPv6 there are none
// of it.
func tcpRows(ctx context.Context) ([]socketRow, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	if procTCPTable.Find() != nil {
		return nil, platform.ErrUnsupported
	}
	b, err := socketTable(procTCPTable, windows.AF_INET, ownerModuleAll)
	if err != nil {
		return nil, err
	}
	rows := decodeTCPTable(b)
	if b, err := socketTable(procTCPTable, windows.AF_INET6, ownerModuleAll); err == nil {
		rows = append(rows, decodeTCP6Table(b)...)
	}
	return rows, nil
}

// udpRows lists the UDP sockets of both families; none where that is not told.
func udpRows() (rows []socketRow) {
	if procUDPTable.Find() != nil {
		return nil
	}
	if b, err := socketTable(procUDPTable, windows.AF_INET, ownerModuleUDP); err == nil {
		rows = decodeUDPTable(b)
	}
	if b, err := socketTable(procUDPTable, windows.AF_INET6, ownerModuleUDP); err == nil {
		rows = append(rows, decodeUDP6Table(b)...)
	}
	return rows
}

func socketTable(proc *windows.LazyProc, family, class uintptr) ([]byte, error) {
	size := uint32(64 << 10)
	for range mostTries {
		b := make([]byte, size)
		r, _, _ := proc.Call(uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&size)), 0, family, class, 0)
		switch {
		case r == 0:
			return b, nil
		case r != errorInsufficient || size > mostTable:
			return nil, fmt.Errorf("listing sockets: %w", systemProblem(uint32(r)))
		}
		size += size / 8
	}
	return nil, fmt.Errorf("listing sockets: %w", platform.ErrBusy)
}

// owners finds out who owns sockets; it asks for the services once at most.
type owners struct {
	asked    bool
	services map[int][]string
}

// of names the process of a socket.
func (o *owners) of(r socketRow) platform.Program {
	return o.named(r, procOwnerModule, procOwnerModule6)
}

// ofUDP names the process of a UDP socket.
func (o *owners) ofUDP(r socketRow) platform.Program {
	return o.named(r, procOwnerModuleUDP, procOwnerModuleUDP6)
}

func (o *owners) named(r socketRow, four, six *windows.LazyProc) platform.Program {
	module := four
	if r.Local.Addr().Is6() {
		module = six
	}
	inProcess := func() []string { return o.inProcess(r.PID) }
	return platform.Program{PID: r.PID, Name: programName(imagePath(r.PID), moduleOf(r, module), inProcess)}
}

func (o *owners) inProcess(pid int) []string {
	if !o.asked {
		o.asked, o.services = true, serviceNames()
	}
	return o.services[pid]
}

// imagePath is the file of a process, "" where it may not be looked into.
func imagePath(pid int) string {
	if pid == systemProcess {
		return "System"
	}
	p, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return ""
	}
	defer windows.CloseHandle(p)
	b := make([]uint16, mostImagePath)
	n := uint32(len(b))
	if windows.QueryFullProcessImageName(p, 0, &b[0], &n) != nil {
		return ""
	}
	return windows.UTF16ToString(b[:min(int(n), len(b))])
}

// moduleOf asks whose a socket is: a service's or a program's; "" where that is
// not told.
func moduleOf(r socketRow, proc *windows.LazyProc) string {
	if proc.Find() != nil {
		return ""
	}
	size := uint32(1024)
	for range mostTries {
		b := make([]byte, size)
		e, _, _ := proc.Call(uintptr(unsafe.Pointer(&r.raw[0])), 0, uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&size)))
		if e == 0 {
			name := decodeOwnerModule(b, uint64(uintptr(unsafe.Pointer(&b[0]))), pointerLen)
			runtime.KeepAlive(b)
			return name
		}
		if e != errorInsufficient || size > mostModule {
			break
		}
	}
	return ""
}

// serviceNames are the services that run, by their process.
func serviceNames() map[int][]string {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_ENUMERATE_SERVICE)
	if err != nil {
		return nil
	}
	defer windows.CloseServiceHandle(manager)
	size := uint32(64 << 10)
	for range mostTries {
		var needed, count uint32
		b := make([]byte, size)
		err := windows.EnumServicesStatusEx(manager, windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32, windows.SERVICE_ACTIVE,
			&b[0], size, &needed, &count, nil, nil)
		if err == nil {
			names := decodeServices(b, uint64(uintptr(unsafe.Pointer(&b[0]))), int(count), pointerLen)
			runtime.KeepAlive(b)
			return names
		}
		if err != windows.ERROR_MORE_DATA || size > mostTable {
			return nil
		}
		size += needed
	}
	return nil
}
