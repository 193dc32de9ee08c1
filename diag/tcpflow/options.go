package tcpflow

import "encoding/binary"

// The kinds of TCP options (RFC 9293 §3.2, RFC 7323, RFC 2018).
const (
	optionEnd           = 0
	optionNothing       = 1
	optionMSS           = 2
	optionScale         = 3
	optionSACKPermitted = 4
	optionSACK          = 5
	optionTimestamps    = 8
)

// mostScale is the largest window scale; more counts as this (RFC 7323 §2.3).
const mostScale = 14

// ParseOptions reads the options of a TCP header, up to the first that is not
// whole: the rest was cut off, or never made sense. An option of a known kind
// and the wrong length counts as other.
func ParseOptions(b []byte) Options {
	o := Options{Scale: -1, Any: len(b) > 0}
	for len(b) > 0 && b[0] != optionEnd {
		if b[0] == optionNothing {
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			break
		}
		o.read(b[0], b[2:b[1]])
		b = b[b[1]:]
	}
	return o
}

func (o *Options) read(kind uint8, p []byte) {
	switch {
	case kind == optionMSS && len(p) == 2:
		o.MSS = binary.BigEndian.Uint16(p)
	case kind == optionScale && len(p) == 1:
		o.Scale = int8(min(p[0], mostScale))
	case kind == optionSACKPermitted && len(p) == 0:
		o.SACKPermitted = true
	case kind == optionTimestamps && len(p) == 8:
		o.Timestamps = true
		o.TSVal, o.TSEcr = binary.BigEndian.Uint32(p), binary.BigEndian.Uint32(p[4:])
	case kind == optionSACK && len(p) > 0 && len(p)%8 == 0:
		for ; len(p) > 0; p = p[8:] {
			o.SACK = append(o.SACK, [2]uint32{binary.BigEndian.Uint32(p), binary.BigEndian.Uint32(p[4:])})
		}
	default:
		o.Other++
	}
}
