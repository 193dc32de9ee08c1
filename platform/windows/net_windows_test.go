package windows

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

// TestLayouts: the offsets of the decoders are those of x/sys, on the machines
// where its structures are aligned as Windows aligns them.
func TestLayouts(t *testing.T) {
	var (
		a windows.IpAdapterAddresses
		u windows.IpAdapterUnicastAddress
		i windows.MibIfRow2
		r windows.MibIpForwardRow2
		p windows.MibIpInterfaceRow
	)
	for name, at := range map[string][2]uintptr{
		"FirstUnicastAddress":    {unsafe.Offsetof(a.FirstUnicastAddress), uintptr(layout64.unicast)},
		"FirstDnsServerAddress":  {unsafe.Offsetof(a.FirstDnsServerAddress), uintptr(layout64.dns)},
		"FriendlyName":           {unsafe.Offsetof(a.FriendlyName), uintptr(layout64.friendly)},
		"OperStatus":             {unsafe.Offsetof(a.OperStatus), uintptr(layout64.status)},
		"TransmitLinkSpeed":      {unsafe.Offsetof(a.TransmitLinkSpeed), uintptr(layout64.speed)},
		"FirstGatewayAddress":    {unsafe.Offsetof(a.FirstGatewayAddress), uintptr(layout64.gateway)},
		"Ipv6Metric":             {unsafe.Offsetof(a.Ipv6Metric), uintptr(layout64.metric6)},
		"Luid":                   {unsafe.Offsetof(a.Luid), uintptr(layout64.luid)},
		"Dhcpv4Server":           {unsafe.Offsetof(a.Dhcpv4Server), uintptr(layout64.dhcp)},
		"FirstDnsSuffix":         {unsafe.Offsetof(a.FirstDnsSuffix), uintptr(layout64.suffixes)},
		"IP_ADAPTER_ADDRESSES":   {unsafe.Sizeof(a), uintptr(layout64.size)},
		"unicast DadState":       {unsafe.Offsetof(u.DadState), uintptr(layout64.dad)},
		"unicast OnLink":         {unsafe.Offsetof(u.OnLinkPrefixLength), uintptr(layout64.onLink)},
		"MIB_IF_ROW2":            {unsafe.Sizeof(i), ifRowSize},
		"if Description":         {unsafe.Offsetof(i.Description), ifDescription},
		"if PhysicalMediumType":  {unsafe.Offsetof(i.PhysicalMediumType), ifMedium},
		"if MediaConnectState":   {unsafe.Offsetof(i.MediaConnectState), ifConnect},
		"if OutOctets":           {unsafe.Offsetof(i.OutOctets), ifOut},
		"MIB_IPFORWARD_ROW2":     {unsafe.Sizeof(r), forwardRowSize},
		"forward NextHop":        {unsafe.Offsetof(r.NextHop), forwardNextHop},
		"forward Metric":         {unsafe.Offsetof(r.Metric), forwardMetric},
		"forward Origin":         {unsafe.Offsetof(r.Origin), forwardOrigin},
		"ip interface Metric":    {unsafe.Offsetof(p.Metric), ipMetric},
		"ip interface NlMtu":     {unsafe.Offsetof(p.NlMtu), ipMTU},
		"ip interface Connected": {unsafe.Offsetof(p.Connected), ipConnected},
		"ip interface Index":     {unsafe.Offsetof(p.InterfaceIndex), ipIndex},
	} {
		if at[0] != at[1] {
			t.Errorf("%s: got %d want %d", name, at[1], at[0])
		}
	}
}

// TestLinksHere: this machine has loopback, and it counts.
func TestLinksHere(t *testing.T) {
	all, err := links{}.All(t.Context(), platform.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	counted, err := links{}.Counters(t.Context(), platform.Reading{})
	if err != nil || len(counted) != len(all) {
		t.Errorf("got %d counters, %v want %d", len(counted), err, len(all))
	}
	for _, l := range all {
		if l.Kind == platform.Loopback && l.Up && len(l.Addresses) > 0 {
			return
		}
	}
	t.Errorf("got %+v want loopback with an address", all)
}

// TestRouteHere: of a source that is not ours there is no route; the table that
// is told agrees with the choice.
func TestRouteHere(t *testing.T) {
	_, err := routes{}.To(t.Context(), platform.RouteAsk{Dst: netip.MustParseAddr("192.0.2.200"), Src: netip.MustParseAddr("203.0.113.77")})
	if !errors.Is(err, platform.ErrNotFound) {
		t.Errorf("got %v want %v", err, platform.ErrNotFound)
	}
	all, err := routes{}.All(t.Context(), platform.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Kind != platform.Unicast || !r.Gateway.IsValid() || r.Dst.Bits() == 0 || r.Down {
			continue
		}
		got, err := routes{}.To(t.Context(), platform.RouteAsk{Dst: r.Dst.Addr().Next()})
		if err != nil || !got.Dst.Contains(r.Dst.Addr()) || !got.Source.IsValid() {
			t.Errorf("got %+v, %v for %+v", got, err, r)
		}
	}
}

// TestResolveHere: the gateway, where there is one, answers or is left unknown;
// an address that nobody has is never confirmed. Nobody is looked for on
// loopback.
func TestResolveHere(t *testing.T) {
	h := New()
	n, err := h.Neighbors.Resolve(t.Context(), platform.NeighborAsk{Addr: loopback4})
	if err != nil || n.State != platform.NeighborNoARP || n.Confirmed != platform.Unknown {
		t.Errorf("got %+v, %v want nobody looked for", n, err)
	}
	if _, err := h.Neighbors.Claimants(t.Context(), platform.ClaimAsk{}); !errors.Is(err, platform.ErrUnsupported) {
		t.Errorf("got %v want %v", err, platform.ErrUnsupported)
	}
}

func TestNamesHere(t *testing.T) {
	a, err := names{}.System(t.Context(), platform.NameAsk{Name: "localhost"})
	if err != nil || len(a.Addresses) == 0 || !a.Addresses[0].IsLoopback() || a.Via == "" || a.Waited <= 0 {
		t.Errorf("got %+v, %v want loopback", a, err)
	}
	if _, err := (names{}).System(t.Context(), platform.NameAsk{}); !errors.Is(err, platform.ErrNotFound) {
		t.Errorf("got %v of no name want %v", err, platform.ErrNotFound)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (names{}).System(gone, platform.NameAsk{Name: "localhost"}); !errors.Is(err, platform.ErrCanceled) {
		t.Errorf("got %v want %v", err, platform.ErrCanceled)
	}
}

// TestNetRows: every mechanism says how it is served and how far it was tried.
func TestNetRows(t *testing.T) {
	for _, rows := range [][]platform.Mechanism{linkRows(), neighborRows(), routeRows(), nameRows()} {
		for _, m := range rows {
			if m.Tried == "" || m.Via == "" || m.State != platform.MechanismWorks && m.Needs == "" {
				t.Errorf("got %+v", m)
			}
		}
	}
}
