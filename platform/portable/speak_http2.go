package portable

import "faultline/platform"

// http2Preface is what a client with prior knowledge says first: the preface
// and an empty SETTINGS frame (RFC 9113 §3.4).
const http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00"

// hearHTTP2 reads the server's first frame, which must be SETTINGS; GOAWAY is
// what some send to a client that spoke HTTP/1 (RFC 9113 §3.4, §6.5, §6.8).
func hearHTTP2(b []byte) (platform.Spoken, heard) {
	const settings, goAway = 4, 7
	if len(b) > 0 && b[0] != 0 {
		return platform.Spoken{}, foreign
	}
	if len(b) > 3 && b[3] != settings && b[3] != goAway {
		return platform.Spoken{}, foreign
	}
	if len(b) < 9 {
		return platform.Spoken{}, partly
	}
	size := int(b[1])<<8 | int(b[2])
	stream := b[5] | b[6] | b[7] | b[8]
	if stream != 0 || b[3] == settings && size%6 != 0 || b[3] == goAway && size < 8 {
		return platform.Spoken{}, foreign
	}
	return platform.Spoken{Protocol: platform.HTTP2}, wholly
}
