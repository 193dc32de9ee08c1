package platform

import (
	"net/netip"
	"time"
)

// LinkCounters is what one adapter counted since it came to be. What the
// system does not tell is zero.
type LinkCounters struct {
	Link int       `json:"link"`
	Name string    `json:"name" redact:"link"`
	At   time.Time `json:"at"` // when it was read

	RxBytes    uint64 `json:"rx_bytes"`
	TxBytes    uint64 `json:"tx_bytes"`
	RxPackets  uint64 `json:"rx_packets"`
	TxPackets  uint64 `json:"tx_packets"`
	RxErrors   uint64 `json:"rx_errors,omitempty"` // damaged frames, CRC included
	RxCRC      uint64 `json:"rx_crc,omitempty"`
	RxDropped  uint64 `json:"rx_dropped,omitempty"` // whole, and not wanted or no room
	TxErrors   uint64 `json:"tx_errors,omitempty"`
	TxDropped  uint64 `json:"tx_dropped,omitempty"`
	Collisions uint64 `json:"collisions,omitempty"`

	CarrierLost uint64 `json:"carrier_lost"`                    // how often the signal went
	Speed       int64  `json:"speed,omitempty"`                 // bits per second
	Duplex      string `json:"duplex,omitempty" redact:"plain"` // half or full
	// Shaped is the rate to which this machine itself limits what it sends on
	// the adapter, in bits per second.
	Shaped int64 `json:"shaped,omitempty"`
}

// WirelessState is how far a Wi-Fi adapter got.
type WirelessState string

// The states of a Wi-Fi adapter.
const (
	WirelessBlockedHard WirelessState = "blocked-hard" // a switch or key of the machine
	WirelessBlockedSoft WirelessState = "blocked-soft" // flight mode, or a program
	WirelessOff         WirelessState = "off"          // the adapter is down
	WirelessUnjoined    WirelessState = "unjoined"     // on, and in no network
	WirelessJoined      WirelessState = "joined"
)

// Wireless is the state of one Wi-Fi adapter.
type Wireless struct {
	Link   int           `json:"link"`
	Name   string        `json:"name" redact:"link"`
	State  WirelessState `json:"state" redact:"plain"`
	Signal int           `json:"signal,omitempty"` // dBm; 0: not told
}

// ClaimAsk asks who has an address on a link.
type ClaimAsk struct {
	Addr netip.Addr `json:"addr" redact:"addr"`
	Link int        `json:"link"`
	N    int        `json:"n,omitempty"`
}

// Claimants are the hardware addresses of those who say that an address is
// theirs, adapters of this machine left out.
type Claimants struct {
	MACs   []string      `json:"macs,omitempty" redact:"mac"`
	Sent   int           `json:"sent"` // questions
	Waited time.Duration `json:"waited"`
}

// RelayAsk sends to a far address by way of a neighbor.
type RelayAsk struct {
	To   netip.AddrPort `json:"to" redact:"addr"`
	From netip.Addr     `json:"from" redact:"addr"` // an address of this machine
	Via  string         `json:"via" redact:"mac"`   // the neighbor's hardware address
	Link int            `json:"link"`
	N    int            `json:"n,omitempty"`
}

// RelayReply is what came back.
type RelayReply struct {
	Answered bool          `json:"answered"` // a packet came from To
	Sent     int           `json:"sent"`
	Waited   time.Duration `json:"waited"`
}

// LogTopic is what an entry of the system's log is about.
type LogTopic string

// The topics that are understood.
const (
	LogDHCPRefused LogTopic = "dhcp.refused"   // DHCPNAK (RFC 2131 §3.1)
	LogDHCPSilent  LogTopic = "dhcp.silent"    // no offer came
	LogDHCPFailed  LogTopic = "dhcp.no-lease"  // a server offered, and there is no lease all the same
	LogWrongKey    LogTopic = "wifi.wrong-key" // the pre-shared key does not fit
	LogSignIn      LogTopic = "wifi.sign-in"   // authentication or association was refused
	LogEAP         LogTopic = "eap.failed"     // 802.1X, wired or not
	LogLinkDown    LogTopic = "link.down"      // the signal was lost
	LogLinkReset   LogTopic = "link.reset"     // the adapter's driver started it anew
	LogDuplicate   LogTopic = "address.duplicate"
	LogPortsSpent  LogTopic = "ports.spent" // no local port was left for a connection
	LogSleep       LogTopic = "power.sleep" // the machine went to sleep
	LogResume      LogTopic = "power.resume"
	LogJoined      LogTopic = "network.joined" // the machine recognized a network, and left one
	LogLeft        LogTopic = "network.left"
)

// LogEntry is one entry that is understood.
type LogEntry struct {
	At    time.Time `json:"at"`
	Topic LogTopic  `json:"topic" redact:"plain"`
	Link  string    `json:"link,omitempty" redact:"link"` // the adapter, where the entry names it
	By    string    `json:"by" redact:"plain"`            // the program
}

// LogFacts are the entries of the last minutes.
type LogFacts struct {
	Via     string        `json:"via" redact:"plain"` // journal, event log, or the file's name
	Window  time.Duration `json:"window"`
	Entries []LogEntry    `json:"entries,omitempty"`
}
