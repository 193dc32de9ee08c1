package windows

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

var (
	ole32    = windows.NewLazySystemDLL("ole32.dll")
	coCreate = ole32.NewProc("CoCreateInstance")
)

// Numbers of unknwn.h, winerror.h and wtypesbase.h.
const (
	comRelease         = 2
	comTableLen        = 24 // more than the place of any method that is called
	contextAll         = 1 | 4 | 16
	sFalse             = 1          // S_FALSE: COM was set up already
	changedMode        = 0x80010106 // RPC_E_CHANGED_MODE
	eNotImplemented    = 0x80004001
	classNotRegistered = 0x80040154
	failed             = 0x80000000 // the sign of an HRESULT
)

// comObject is a pointer to an interface: its first word is its table.
type comObject struct{ table *[comTableLen]uintptr }

// call calls a method; an HRESULT that says failure is an error. What the
// arguments point to stays where it is.
//
//go:uintptrescapes
func (o *comObject) call(method int, args ...uintptr) error {
	hr, _, _ := syscall.SyscallN(o.table[method], append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)...)
	return comProblem(uint32(hr))
}

func (o *comObject) release() { _ = o.call(comRelease) }

func comProblem(hr uint32) error {
	switch {
	case hr&failed == 0:
		return nil
	case hr == eNotImplemented, hr == classNotRegistered:
		return &platform.Problem{Code: platform.NoMechanism, Text: fmt.Sprintf("the class or its method is not here: HRESULT %#x", hr)}
	case hr>>16 == 0x8007: // FACILITY_WIN32
		return systemProblem(hr & 0xFFFF)
	}
	return &platform.Problem{Code: platform.Other, Text: fmt.Sprintf("HRESULT %#x", hr)}
}

// onCOM makes an object on a thread of its own, which COM is set up for, and asks
// it there.
func onCOM[T any](class, iid *windows.GUID, ask func(*comObject) (T, error)) (answer T, err error) {
	if err := absent(coCreate); err != nil {
		return answer, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	switch err := windows.CoInitializeEx(0, windows.COINIT_MULTITHREADED); {
	case err == nil, err == syscall.Errno(sFalse): // which counts too
		defer windows.CoUninitialize()
	case err != syscall.Errno(changedMode): // else another part of this program has set it up, for itself
		return answer, platform.AsProblem(fmt.Errorf("setting COM up: %w", err))
	}
	var made *comObject
	hr, _, _ := coCreate.Call(uintptr(unsafe.Pointer(class)), 0, contextAll, uintptr(unsafe.Pointer(iid)), uintptr(unsafe.Pointer(&made)))
	if err := comProblem(uint32(hr)); err != nil {
		return answer, err
	}
	if made == nil {
		return answer, &platform.Problem{Code: platform.NoMechanism, Text: "CoCreateInstance made nothing"}
	}
	defer made.release()
	return ask(made)
}
