package linux

import "encoding/binary"

// Types of RFC 792 and RFC 4443 §4.
const (
	echoRequest4 = 8
	echoReply4   = 0
	echoRequest6 = 128
	echoReply6   = 129

	echoHead    = 8
	defaultSize = 32
	maxSize     = 65000
)

// echoMessage is one echo message.
type echoMessage struct {
	Type    byte
	ID, Seq uint16
	Payload []byte
}

// encode spells the message. The kernel computes the checksum of ICMPv6 and
// of ping sockets; that of a raw IPv4 socket is ours.
func (m echoMessage) encode() []byte {
	b := []byte{m.Type, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, m.ID)
	b = binary.BigEndian.AppendUint16(b, m.Seq)
	b = append(b, m.Payload...)
	binary.BigEndian.PutUint16(b[2:], checksum(b))
	return b
}

// decodeEcho reads an echo message.
func decodeEcho(b []byte) (echoMessage, bool) {
	if len(b) < echoHead || b[1] != 0 {
		return echoMessage{}, false
	}
	return echoMessage{Type: b[0], ID: binary.BigEndian.Uint16(b[4:]), Seq: binary.BigEndian.Uint16(b[6:]), Payload: b[echoHead:]}, true
}

// withoutIPv4 takes the IP head off what a raw IPv4 socket reads.
func withoutIPv4(b []byte) []byte {
	if len(b) < 20 || b[0]>>4 != 4 {
		return nil
	}
	head := int(b[0]&15) * 4
	if head < 20 || head > len(b) {
		return nil
	}
	return b[head:]
}

// checksum is that of RFC 1071.
func checksum(b []byte) uint16 {
	sum := uint32(0)
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	if len(b)%2 == 1 {
		sum += uint32(b[len(b)-1]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
