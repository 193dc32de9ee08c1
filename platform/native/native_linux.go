package native

import (
	"faultline/platform"
	"faultline/platform/linux"
	"faultline/platform/portable"
)

var ownRows = []platform.Mechanism{
	{Method: "talker.talk", Via: "TCP socket with TCP_INFO, crypto/tls", State: platform.MechanismWorks},
}

func own() platform.Host {
	h := linux.New()
	h.DNS = portable.DNS()
	h.Talker = portable.TalkerWith(portable.System{Inform: linux.TCPInfo, Clamp: linux.LimitSegments})
	return h
}

// Wireshark returns how a capture is opened in Wireshark at a packet, showing
// what a display filter selects; nil where it is not installed.
func Wireshark() func(file, filter string, frame int) error { return linux.Wireshark() }
