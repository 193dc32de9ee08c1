package portable

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"faultline/platform"
)

// hearMySQL reads the first packet of a MySQL or MariaDB server: its handshake
// of version 10, or the error by which it turns a caller away (MySQL internals,
// "Initial Handshake Packet", "ERR_Packet").
func hearMySQL(b []byte) (platform.Spoken, heard) {
	const header, handshake, refused = 4, 10, 0xff
	if len(b) > 3 && b[3] != 0 { // the number of the first packet
		return platform.Spoken{}, foreign
	}
	if len(b) <= header {
		return platform.Spoken{}, partly
	}
	size := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	body := b[header:]
	if size < 4 || size > maxAnswer || body[0] != handshake && body[0] != refused {
		return platform.Spoken{}, foreign
	}
	if len(body) < size {
		return platform.Spoken{}, partly
	}
	body = body[:size]
	if body[0] == handshake {
		version, _, ended := bytes.Cut(body[1:], []byte{0})
		if !ended {
			return platform.Spoken{}, foreign
		}
		return platform.Spoken{Protocol: platform.MySQL, Software: printable(string(version), maxSpoken)}, wholly
	}
	text := body[3:]
	if len(text) >= 6 && text[0] == '#' {
		text = text[6:] // the SQL state
	}
	return platform.Spoken{Protocol: platform.MySQL, Code: strconv.Itoa(int(binary.LittleEndian.Uint16(body[1:]))), Text: printable(string(text), maxSpoken)}, wholly
}
