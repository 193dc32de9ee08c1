package native

import (
	"faultline/platform"
	"faultline/platform/darwin"
	"faultline/platform/portable"
)

var ownRows = []platform.Mechanism{
	{Method: "dns.exchange", Via: "UDP and TCP sockets, own codec", State: platform.MechanismWorks, Tried: platform.TriedNever},
	{Method: "talker.talk", Via: "TCP socket, crypto/tls", State: platform.MechanismWorks, Tried: platform.TriedNever},
	{Method: "history.last", Via: "a file of this program", State: platform.MechanismWorks, Tried: platform.TriedNever},
	{Method: "dialer.tcp", Via: "connect through the Go runtime", State: platform.MechanismWorks, Tried: platform.TriedNever},
	{Method: "clock.now", Via: "the system's time; whether it is kept right is not read", State: platform.MechanismWorks, Tried: platform.TriedNever},
}

func own() platform.Host {
	h := darwin.New()
	h.DNS = portable.DNS()
	h.Talker = portable.Talker()
	h.Dialer = portable.Dialer()
	h.Clock = portable.Clock()
	return h
}

// Wireshark returns how a capture is opened in Wireshark at a packet, showing
// what a display filter selects; nil where it is not installed.
func Wireshark() func(file, filter string, frame int) error { return darwin.Wireshark() }
