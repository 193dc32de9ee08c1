package tcpflow

import (
	"encoding/binary"

	"faultline/diag/dissect"
)

// The kinds of TCP options (RFC 9293 §3.2, RFC 7323, RFC 2018, RFC
// 8684).
const (
	optionEnd           = 0
	optionNothing       = 1
	optionMSS           = 2
	optionScale         = 3
	optionSACKPermitted = 4
	optionSACK          = 5
	optionTimestamps    = 8
	optionMPTCP         = 30
)

// mostScale is the largest window scale; more counts as this (RFC 7323 §2.3).
const mostScale = 14

// ParseOptions reads the options of a TCP header, up to the first that is not
// whole: the rest was cut off, or never made sense. An option of a known kind
// and the wrong length counts as other.
func ParseOptions(b []byte) Options {
	o := Options{Scale: -1, Any: len(b) > 0}
	eachOption(b, o.read)
	return o
}

// eachOption calls with for each option, up to the first that is not whole.
func eachOption(b []byte, with func(kind uint8, body []byte)) {
	for len(b) > 0 && b[0] != optionEnd {
		if b[0] == optionNothing {
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			return
		}
		with(b[0], b[2:b[1]])
		b = b[b[1]:]
	}
}

// cut says that the capture did not keep the whole header of a segment.
func cut(s *dissect.Segment) bool {
	if s.Options == nil {
		return true
	}
	if len(s.Options) >= int(s.HeaderLen)-20 {
		return false
	}
	b := s.Options
	for len(b) > 0 && b[0] != optionEnd {
		switch {
		case b[0] == optionNothing:
			b = b[1:]
		case len(b) < 2 || int(b[1]) > len(b):
			return true
		default:
			b = b[max(b[1], 2):]
		}
	}
	return len(b) == 0
}

// plain says that the options are none, or time stamps alone: the usual case,
// in which there is nothing for the analysis to learn.
func plain(b []byte) bool {
	return len(b) == 0 ||
		len(b) == 12 && b[0] == optionNothing && b[1] == optionNothing && b[2] == optionTimestamps && b[3] == 10
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
