package platform

import (
	"net/netip"
	"time"
)

// HistoryAsk asks for the earlier good runs of one target.
type HistoryAsk struct {
	Target string `json:"target" redact:"host"` // host and port, as the target prints
}

// HistoryAnswer holds the last good run of the target on each network that is
// remembered, newest first.
type HistoryAnswer struct {
	Runs []GoodRun `json:"runs,omitempty"`
}

// GoodRun is what a run saw in which the target answered. Zero fields were not
// known.
type GoodRun struct {
	Target     string       `json:"target" redact:"host"`
	At         time.Time    `json:"at"`
	GatewayMAC string       `json:"gateway_mac" redact:"mac"` // with Network: which network it was
	Network    netip.Prefix `json:"network,omitzero" redact:"addr"`
	Gateway    netip.Addr   `json:"gateway,omitzero" redact:"addr"` // of the default route
	Adapter    string       `json:"adapter,omitempty" redact:"link"`
	MTU        int          `json:"mtu,omitempty"` // of the adapter, bytes
	// Via is the adapter that packets to the target left by: a tunnel, or
	// Adapter.
	Via       string       `json:"via,omitempty" redact:"link"`
	Tunnel    bool         `json:"tunnel,omitempty"`
	Servers   []netip.Addr `json:"servers,omitempty" redact:"addr"` // name servers, in their order
	Addresses []netip.Addr `json:"addresses,omitempty" redact:"addr"`
	PathMTU   int          `json:"path_mtu,omitempty"` // to the target, bytes
}
