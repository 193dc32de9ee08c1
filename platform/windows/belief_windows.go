package windows

import (
	"context"
	"errors"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

// maxNetworks bounds how many connected networks are looked at.
const maxNetworks = 16

// Class and interface of netlistmgr.h.
var (
	classNetworkListManager = windows.GUID{Data1: 0xdcb00c01, Data2: 0x570f, Data3: 0x4a9b, Data4: [8]byte{0x8d, 0x69, 0x19, 0x9f, 0xdb, 0xa5, 0x72, 0x3b}}
	iidNetworkListManager   = windows.GUID{Data1: 0xdcb00000, Data2: 0x570f, Data3: 0x4a9b, Data4: [8]byte{0x8d, 0x69, 0x19, 0x9f, 0xdb, 0xa5, 0x72, 0x3b}}
)

// Places of methods in their tables: IUnknown has 3, IDispatch 4 more. Numbers of
// netlistmgr.h.
const (
	nlmGetNetworks     = 7
	nlmGetConnectivity = 13
	enumNetworksNext   = 8
	networkGetCategory = 18
	networksConnected  = 1 // NLM_ENUM_NETWORK_CONNECTED
	beliefPatience     = time.Second
)

// believing adds what the system believes to what its settings are.
type believing struct{ platform.Settings }

// Read reads the settings, and asks the Network List Manager and the firewall
// beside. What one of them tells is an answer.
func (b believing) Read(ctx context.Context, q platform.Reading) (platform.SettingFacts, error) {
	products := make(chan []string, 1)
	go func() {
		names, _ := registered(ctx)
		products <- names
	}()
	facts, err := b.Settings.Read(ctx, q)
	belief, _ := believed(ctx)
	facts.Filters = <-products
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

func askNetworkList() (*platform.Belief, error) {
	if faked("settings.read", "believes") {
		return nil, missing("the Network List Manager under Wine")
	}
	return onCOM(&classNetworkListManager, &iidNetworkListManager, func(manager *comObject) (*platform.Belief, error) {
		var bits uint32
		if err := manager.call(nlmGetConnectivity, uintptr(unsafe.Pointer(&bits))); err != nil {
			return nil, err
		}
		return belief(bits, networkKinds(manager)), nil
	})
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
