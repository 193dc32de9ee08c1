package linux

import (
	"encoding/binary"
	"iter"
	"net/netip"
)

// Sizes and flags of linux/netlink.h.
const (
	messageHead = 16
	attrHead    = 4
	attrType    = 0x3fff // without NLA_F_NESTED and NLA_F_NET_BYTEORDER

	messageError    = 2      // NLMSG_ERROR
	messageDone     = 3      // NLMSG_DONE
	dumpInterrupted = 1 << 4 // NLM_F_DUMP_INTR: the table changed meanwhile
)

// host is the byte order of everything that netlink does not send in network
// order.
var host = binary.NativeEndian

// message is one netlink message without its head.
type message struct {
	Type  uint16
	Flags uint16
	Seq   uint32
	Body  []byte
}

// messages walks the messages of one datagram and ends at the first one that
// is not whole.
func messages(b []byte) iter.Seq[message] {
	return func(yield func(message) bool) {
		for len(b) >= messageHead {
			n := int(host.Uint32(b))
			if n < messageHead || n > len(b) {
				return
			}
			m := message{Type: host.Uint16(b[4:]), Flags: host.Uint16(b[6:]), Seq: host.Uint32(b[8:]), Body: b[messageHead:n]}
			if !yield(m) {
				return
			}
			b = b[min(aligned(n), len(b)):]
		}
	}
}

// attributes walks the attributes in b and ends at the first one that is not
// whole.
func attributes(b []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= attrHead {
			n := int(host.Uint16(b))
			if n < attrHead || n > len(b) {
				return
			}
			if !yield(host.Uint16(b[2:])&attrType, b[attrHead:n]) {
				return
			}
			b = b[min(aligned(n), len(b)):]
		}
	}
}

func aligned(n int) int { return (n + 3) &^ 3 }

// attribute appends one attribute to b.
func attribute(b []byte, kind uint16, value []byte) []byte {
	b = host.AppendUint16(b, uint16(attrHead+len(value)))
	b = host.AppendUint16(b, kind)
	b = append(b, value...)
	return append(b, make([]byte, aligned(len(value))-len(value))...)
}

// request is a whole message for the kernel.
func request(kind, flags uint16, seq uint32, body []byte) []byte {
	b := host.AppendUint32(nil, uint32(messageHead+len(body)))
	b = host.AppendUint16(b, kind)
	b = host.AppendUint16(b, flags)
	b = host.AppendUint32(b, seq)
	b = host.AppendUint32(b, 0) // the kernel fills in our port
	return append(b, body...)
}

// failure is the error number in the body of NLMSG_ERROR or NLMSG_DONE; 0 is
// none.
func failure(body []byte) int {
	if len(body) < 4 {
		return 0
	}
	return int(-int32(host.Uint32(body)))
}

func number(b []byte) int {
	if len(b) < 4 {
		return 0
	}
	return int(host.Uint32(b))
}

func address(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

// text is a string of the kernel, without the zero that ends it.
func text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
