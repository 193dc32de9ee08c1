package platform

import (
	"net/netip"
	"time"
)

// ListenersAsk asks for the TCP and UDP sockets of this machine that belong to local
// ports. Seq counts the readings of one run.
type ListenersAsk struct {
	Ports []uint16 `json:"ports"`
	Seq   int      `json:"seq,omitempty"`
}

// ListenerFacts are the listeners on the ports that were asked for, and how
// many connections of those ports are in which state.
type ListenerFacts struct {
	Listeners []Listener  `json:"listeners,omitempty"`
	Served    []PortState `json:"served,omitempty"`
	// Receivers are the UDP sockets on those ports that take datagrams from
	// anybody, as far as the system tells.
	Receivers []Receiver `json:"receivers,omitempty"`
	// Cut says that there were more sockets than were read.
	Cut bool `json:"cut,omitempty"`
}

// Receiver is one UDP socket that is connected to nobody.
type Receiver struct {
	At     netip.AddrPort `json:"at" redact:"addr"`             // an unspecified address: every one of its family
	Link   int            `json:"link,omitempty"`               // the only adapter that it serves; 0: every one
	User   string         `json:"user,omitempty" redact:"user"` // number of the user whose it is; "": not told
	Owners []Program      `json:"owners,omitempty"`             // who holds it, as far as this process may see
	Hidden bool           `json:"hidden,omitempty"`             // as of Listener
	Since  time.Time      `json:"since,omitzero"`               // when it was bound; zero: not told
}

// Listener is one listening socket.
type Listener struct {
	At     netip.AddrPort `json:"at" redact:"addr"`   // an unspecified address: every one of its family
	V6Only Tri            `json:"v6_only"`            // whether one on :: leaves IPv4 alone; unknown for IPv4
	Link   int            `json:"link,omitempty"`     // the only adapter that it serves; 0: every one
	Queue  int            `json:"queue"`              // connections that the program has not taken yet
	Limit  int            `json:"limit"`              // how many may wait; the system admits one more; 0 beside an empty Queue: neither is known
	User   string         `json:"user" redact:"user"` // number of the user whose it is
	Owners []Program      `json:"owners,omitempty"`   // who holds it, as far as this process may see
	Hidden bool           `json:"hidden,omitempty"`   // some program could not be looked into, so that Owners may lack one
	Since  time.Time      `json:"since,omitzero"`     // when it was bound; zero: not told
}

// Accepts reports whether connections to an address of this machine come to
// the listener. It is unknown where it serves one adapter only, or where it is
// not known what it does with IPv4.
func (l Listener) Accepts(to netip.Addr) Tri {
	at := l.At.Addr()
	switch {
	case at.Unmap() == to.Unmap().WithZone("") && at.IsUnspecified() == to.IsUnspecified():
		return l.anywhere()
	case !at.IsUnspecified():
		return No
	case at.Is4() == to.Unmap().Is4():
		return l.anywhere()
	case at.Is4():
		return No
	case l.V6Only == No:
		return l.anywhere()
	case l.V6Only == Yes:
		return No
	}
	return Unknown
}

func (l Listener) anywhere() Tri {
	if l.Link != 0 {
		return Unknown
	}
	return Yes
}

// Full reports whether the system drops further connections, as the program
// does not take those that wait (Linux include/net/sock.h, sk_acceptq_is_full).
func (l Listener) Full() bool { return l.Queue > l.Limit }

// Program is a process that holds sockets.
type Program struct {
	PID  int    `json:"pid"`
	Name string `json:"name,omitempty" redact:"text"`
	// Files is how many descriptors it has open, FileLimit how many it may
	// have; 0: not known.
	Files     int `json:"files,omitempty"`
	FileLimit int `json:"file_limit,omitempty"`
	// CloseWait is how many of the sockets that were asked for it holds
	// although the peer has closed them.
	CloseWait int `json:"close_wait,omitempty"`
	Sockets   int `json:"sockets,omitempty"` // of those that were asked for
}

// Spent reports whether the program has no descriptor left.
func (p Program) Spent() bool { return p.FileLimit > 0 && p.Files >= p.FileLimit }

// The states of a connection, in the words of RFC 9293 §3.3.2.
const (
	Established = "established"
	SynSent     = "syn-sent"
	SynReceived = "syn-received"
	FinWait1    = "fin-wait-1"
	FinWait2    = "fin-wait-2"
	TimeWait    = "time-wait"
	CloseWait   = "close-wait"
	LastAck     = "last-ack"
	Closing     = "closing"
)

// PortState counts the connections of one local port in one state.
type PortState struct {
	Port  uint16 `json:"port"`
	State string `json:"state" redact:"plain"`
	N     int    `json:"n"`
	// Held is how many of them a program holds; the others wait to be taken,
	// or are the system's own by now.
	Held int `json:"held,omitempty"`
}

// PortsAsk asks which of the ports that the system hands out by itself are
// left for connections to To.
type PortsAsk struct {
	To  netip.AddrPort `json:"to" redact:"addr"`
	Seq int            `json:"seq,omitempty"`
}

// PortUse is how the ports that the system hands out are used.
type PortUse struct {
	Low      int `json:"low"`
	High     int `json:"high"`
	Reserved int `json:"reserved,omitempty"` // ports in between that it must not hand out
	// Taken are the ports in between that any TCP socket has. Toward are those
	// of them that cannot serve To: a listener or a bound socket has them, or
	// a connection to To.
	Taken  int            `json:"taken"`
	Toward int            `json:"toward"`
	States map[string]int `json:"states,omitempty" redact:"plain"` // of the sockets of Toward
	Owners []Program      `json:"owners,omitempty"`                // who has most of Toward, at most four
	Cut    bool           `json:"cut,omitempty"`                   // there were more sockets than were read
	// Assumed: Low and High are the system's default, and were not read.
	Assumed bool `json:"assumed,omitempty"`
}

// Free is how many ports are left at least, and at most.
func (u PortUse) Free() (least, most int) {
	all := u.High - u.Low + 1 - u.Reserved
	return max(all-u.Taken, 0), max(all-u.Toward, 0)
}

// FileUse is how many file descriptors (handles) are in use; a limit of 0 is
// not known.
type FileUse struct {
	Own         int `json:"own"` // of this process
	OwnLimit    int `json:"own_limit"`
	System      int `json:"system"`
	SystemLimit int `json:"system_limit"`
}
