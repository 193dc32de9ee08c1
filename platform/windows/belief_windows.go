package windows

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

// maxNetworks bounds how many connected networks are looked at.
const maxNetworks = 16

var coCreate = windows.NewLazySystemDLL("ole32.dll").NewProc("CoCreateInstance")

// Class and interface of netlistmgr.h.
var (
	classNetworkListManager = windows.GUID{Data1: 0xdcb00c01, Data2: 0x570f, Data3: 0x4a9b, Data4: [8]byte{0x8d, 0x69, 0x19, 0x9f, 0xdb, 0xa5, 0x72, 0x3b}}
	iidNetworkListManager   = windows.GUID{Data1: 0xdcb00000, Data2: 0x570f, Data3: 0x4a9b, Data4: [8]byte{0x8d, 0x69, 0x19, 0x9f, 0xdb, 0xa5, 0x72, 0x3b}}
)

// Places of methods in their tables: IUnknown has 3, IDispatch 4 more.
const (
	comRelease         = 2
	nlmGetNetworks     = 7
	nlmGetConnectivity = 13
	enumNetworksNext   = 8
	networkGetCategory = 18
	comTableLen        = 20
	networksConnected  = 1 // NLM_ENUM_NETWORK_CONNECTED
	contextAll         = 1 | 4 | 16
	eNotImplemented    = 0x80004001
	classNotRegistered = 0x80040154
	beliefPatience     = time.Second
	failed             = 0x80000000 // the sign of an HRESULT
)

// comObject is a pointer to an interface: its first word is its table.
type comObject struct{ table *[comTableLen]uintptr }

// call calls a method; an HRESULT that says failure is an error.
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
		return &platform.Problem{Code: platform.NoMechanism, Text: "the Network List Manager is not here"}
	case hr>>16 == 0x8007: // FACILITY_WIN32
		return systemProblem(hr & 0xFFFF)
	}
	return &platform.Problem{Code: platform.Other, Text: fmt.Sprintf("HRESULT %#x", hr)}
}

// believing adds what the system believes to what its settings are.
type believing struct{ platform.Settings }

// Read reads the settings, and asks the Network List Manager. What one of both
// tells is an answer.
func (b believing) Read(ctx context.Context, q platform.Reading) (platform.SettingFacts, error) {
	facts, err := b.Settings.Read(ctx, q)
	belief, _ := believed(ctx)
	if facts.Believes = belief; belief != nil && errors.Is(err, platform.ErrUnsupported) {
		err = nil
	}
	return facts, err
}

// believed asks the Network List Manager, for a short while.
func believed(ctx context.Context) (*platform.Belief, error) {
	ctx, cancel := context.WithTimeout(ctx, beliefPatience)
	defer cancel()
	return within(ctx, askNetworkList)
}

// askNetworkList asks on a thread of its own, which COM is set up for.
func askNetworkList() (*platform.Belief, error) {
	if faked("settings.read", "believes") {
		return nil, missing("the Network List Manager under Wine")
	}
	if err := coCreate.Find(); err != nil {
		return nil, missing(coCreate.Name)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := windows.CoInitializeEx(0, windows.COINIT_MULTITHREADED); err != nil && err != syscall.Errno(1) { // S_FALSE: it was already
		return nil, platform.AsProblem(fmt.Errorf("setting COM up: %w", err))
	}
	defer windows.CoUninitialize()
	var manager *comObject
	hr, _, _ := coCreate.Call(uintptr(unsafe.Pointer(&classNetworkListManager)), 0, contextAll,
		uintptr(unsafe.Pointer(&iidNetworkListManager)), uintptr(unsafe.Pointer(&manager)))
	if err := comProblem(uint32(hr)); err != nil {
		return nil, err
	}
	defer manager.release()
	var bits uint32
	if err := manager.call(nlmGetConnectivity, uintptr(unsafe.Pointer(&bits))); err != nil {
		return nil, err
	}
	return belief(bits, networkKinds(manager)), nil
}

// networkKinds reads the category of each network that is connected.
func networkKinds(manager *comObject) (kinds []uint32) {
	var all *comObject
	if manager.call(nlmGetNetworks, networksConnected, uintptr(unsafe.Pointer(&all))) != nil || all == nil {
		return nil
	}
	defer all.release()
	for range maxNetworks {
		var one *comObject
		var n uint32
		if all.call(enumNetworksNext, 1, uintptr(unsafe.Pointer(&one)), uintptr(unsafe.Pointer(&n))) != nil || n == 0 || one == nil {
			return kinds
		}
		var kind uint32
		if one.call(networkGetCategory, uintptr(unsafe.Pointer(&kind))) == nil {
			kinds = append(kinds, kind)
		}
		one.release()
	}
	return kinds
}
