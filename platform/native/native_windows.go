package native

import (
	"faultline/platform"
	"faultline/platform/portable"
	"faultline/platform/windows"
)

var ownRows = []platform.Mechanism{
	{Method: "dns.exchange", Via: "Winsock UDP and TCP sockets, own codec", State: platform.MechanismWorks, Tried: platform.TriedWine},
	{Method: "history.last", Via: "a file of this program", State: platform.MechanismWorks, Tried: platform.TriedWine},
}

func own() platform.Host {
	h := windows.New()
	h.DNS = portable.DNSWith(windows.DialUDP)
	h.Talker = portable.TalkerWith(portable.System{
		Inform: windows.TCPInfo, Clamp: windows.LimitSegments, Prepare: windows.PrepareTalk,
		Roots: windows.ReadyRoots, SignIn: windows.SignIn,
	})
	return h
}

// Wireshark returns how a capture is opened in Wireshark at a packet, showing
// what a display filter selects; nil where it is not installed.
func Wireshark() func(file, filter string, frame int) error { return windows.Wireshark() }

func language() string { return windows.Language() }
