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
	h.Talker = portable.TalkerWith(linux.TCPInfo, linux.LimitSegments)
	return h
}
