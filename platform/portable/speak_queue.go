package portable

import (
	"strconv"

	"faultline/platform"
)

// mqttConnect is a CONNECT of MQTT 3.1.1 with an empty client id and a clean
// session: nothing of it stays at the server (§3.1.3.1).
var mqttConnect = []byte{0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 10, 0, 0}

// hearMQTT reads a CONNACK (§3.2). Code 0 is an open session, 4 and 5 want to
// know who calls.
func hearMQTT(b []byte) (platform.Spoken, heard) {
	for i, want := range []byte{0x20, 2} {
		if i < len(b) && b[i] != want {
			return platform.Spoken{}, foreign
		}
	}
	if len(b) < 4 {
		return platform.Spoken{}, partly
	}
	return platform.Spoken{Protocol: platform.MQTT, Code: strconv.Itoa(int(b[3]))}, wholly
}

// hearAMQP reads the frame Connection.Start of AMQP 0-9-1 (§2.2.4), or the
// header by which a server says which version it would take.
func hearAMQP(b []byte) (platform.Spoken, heard) {
	const name = "AMQP"
	if n := min(len(b), len(name)); n > 0 && string(b[:n]) == name[:n] {
		if len(b) < 8 {
			return platform.Spoken{}, partly
		}
		version := strconv.Itoa(int(b[5])) + "." + strconv.Itoa(int(b[6])) + "." + strconv.Itoa(int(b[7]))
		return platform.Spoken{Protocol: platform.AMQP, Code: version}, wholly
	}
	for i, want := range []byte{1, 0, 0} { // a method frame on channel 0
		if i < len(b) && b[i] != want {
			return platform.Spoken{}, foreign
		}
	}
	if len(b) < 11 {
		return platform.Spoken{}, partly
	}
	if b[7] != 0 || b[8] != 10 || b[9] != 0 || b[10] != 10 {
		return platform.Spoken{}, foreign
	}
	return platform.Spoken{Protocol: platform.AMQP, Code: "start"}, wholly
}
