package platform

import (
	"net/netip"
	"time"
)

// ResetAsk says which flow to watch; zero fields match all.
type ResetAsk struct {
	Local  netip.AddrPort `json:"local,omitzero" redact:"addr"`
	Remote netip.AddrPort `json:"remote,omitzero" redact:"addr"`
	Limit  int            `json:"limit"`
}

// ResetLog is what was seen between arming and Stop.
type ResetLog struct {
	Began time.Time    `json:"began"`
	Ended time.Time    `json:"ended"`
	Sent  []ResetEvent `json:"sent,omitempty"`
	Lost  int          `json:"lost,omitempty"` // events that the system could not hold
}

// ResetEvent is one reset that this machine's stack sent.
type ResetEvent struct {
	At     time.Time      `json:"at"`
	Local  netip.AddrPort `json:"local" redact:"addr"`
	Remote netip.AddrPort `json:"remote" redact:"addr"`
	Reason string         `json:"reason" redact:"plain"`
}

// CaptureAsk says what to capture. Packets are cut after Snap bytes.
type CaptureAsk struct {
	Link  int `json:"link"`
	Snap  int `json:"snap"`
	Limit int `json:"limit"` // packets
}
