package windows

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

var (
	wevtapi      = windows.NewLazySystemDLL("wevtapi.dll")
	evtQuery     = wevtapi.NewProc("EvtQuery")
	evtNext      = wevtapi.NewProc("EvtNext")
	evtRender    = wevtapi.NewProc("EvtRender")
	evtClose     = wevtapi.NewProc("EvtClose")
	evtFunctions = []*windows.LazyProc{evtQuery, evtNext, evtRender, evtClose}
)

// Numbers of winevt.h and winerror.h.
const (
	evtChannelPath   = 0x1
	evtReverse       = 0x200
	evtTolerant      = 0x1000 // a channel that is not here is left out
	evtRenderXML     = 1
	errorNoMoreItems = 259

	evtBatch    = 16
	evtPatience = 1000 // ms that one batch may take
	maxRead     = 4 * maxLogged
)

type logs struct{}

// Recent reads the events of the last minutes that are understood.
func (logs) Recent(ctx context.Context, _ platform.Reading) (platform.LogFacts, error) {
	f := platform.LogFacts{Via: "event log"}
	if err := ended(ctx); err != nil {
		return f, err
	}
	result, err := queryEvents()
	if err != nil {
		return f, err
	}
	defer closeEvent(result)
	all, err := readEvents(ctx, result)
	if err != nil {
		return f, err
	}
	f.Window = logWindow
	f.Entries = understood(all, time.Now().Add(-logWindow), adapterOfGUID, adapterOfMAC)
	return f, nil
}

// queryEvents asks for the events, newest first.
func queryEvents() (uintptr, error) {
	if err := absent(evtFunctions...); err != nil {
		return 0, err
	}
	query, err := windows.UTF16PtrFromString(eventQuery())
	if err != nil {
		return 0, platform.AsProblem(err)
	}
	h, _, last := evtQuery.Call(0, 0, uintptr(unsafe.Pointer(query)), evtChannelPath|evtReverse|evtTolerant)
	if h == 0 {
		return 0, evtProblem(last)
	}
	return h, nil
}

// evtProblem is the problem of a call that failed. Without an error number it
// failed all the same, as where nothing but the name of the function is there.
func evtProblem(last error) error {
	n, _ := last.(syscall.Errno)
	if n == 0 {
		return &platform.Problem{Code: platform.NoMechanism, Text: "the event log is not served here"}
	}
	return systemProblem(uint32(n))
}

func closeEvent(h uintptr) { _, _, _ = evtClose.Call(h) }

// readEvents reads what a query found, within bounds.
func readEvents(ctx context.Context, result uintptr) (all []event, err error) {
	for len(all) < maxRead {
		if err := ended(ctx); err != nil {
			return all, err
		}
		var batch [evtBatch]uintptr
		var n uint32
		ok, _, last := evtNext.Call(result, evtBatch, uintptr(unsafe.Pointer(&batch)), evtPatience, 0, uintptr(unsafe.Pointer(&n)))
		if errors.Is(last, syscall.Errno(errorNoMoreItems)) && ok == 0 {
			return all, nil
		}
		if ok == 0 {
			return all, evtProblem(last)
		}
		for _, h := range batch[:min(n, evtBatch)] {
			if e, ok := decodeEvent(rendered(h)); ok {
				all = append(all, e)
			}
			closeEvent(h)
		}
	}
	return all, nil
}

// rendered writes one event as XML; "" where it is too long, or gone.
func rendered(h uintptr) string {
	b := make([]uint16, maxEvent)
	var used, properties uint32
	ok, _, _ := evtRender.Call(0, h, evtRenderXML, uintptr(2*len(b)), uintptr(unsafe.Pointer(&b[0])),
		uintptr(unsafe.Pointer(&used)), uintptr(unsafe.Pointer(&properties)))
	if ok == 0 {
		return ""
	}
	return windows.UTF16ToString(b)
}

// adapterOfGUID is the name of the adapter with a GUID.
func adapterOfGUID(text string) string {
	if !strings.HasPrefix(text, "{") {
		text = "{" + text + "}"
	}
	guid, err := windows.GUIDFromString(text)
	if err != nil {
		return ""
	}
	_, name, _ := interfaceOf(*(*[wlanGUIDSize]byte)(unsafe.Pointer(&guid)))
	return name
}

// adapterOfMAC is the name of the adapter with a hardware address, in plain
// hexadecimal.
func adapterOfMAC(mac string) string {
	all, _ := net.Interfaces()
	for _, i := range all {
		if strings.EqualFold(strings.ReplaceAll(i.HardwareAddr.String(), ":", ""), mac) {
			return i.Name
		}
	}
	return ""
}

func logRows() []platform.Mechanism {
	m := platform.Mechanism{Method: "logs.recent", Via: "EvtQuery, EvtRender", State: platform.MechanismWorks, Tried: platform.TriedDecode}
	result, err := queryEvents()
	switch {
	case err == nil:
		closeEvent(result)
	case errors.Is(err, platform.ErrPermission):
		m.State, m.Needs = platform.MechanismDenied, "the right to read the event log"
	default:
		m.State, m.Needs = platform.MechanismMissing, "the service EventLog"
	}
	return []platform.Mechanism{m}
}
