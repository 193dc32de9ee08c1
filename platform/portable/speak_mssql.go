package portable

import (
	"encoding/binary"
	"fmt"

	"faultline/platform"
)

// tdsPrelogin is a PRELOGIN of version and encryption ([MS-TDS] 2.2.6.5), which
// precedes everything that needs an account.
var tdsPrelogin = []byte{
	0x12, 1, 0, 26, 0, 0, 1, 0,
	0, 0, 11, 0, 6, // VERSION at 11, six bytes
	1, 0, 17, 0, 1, // ENCRYPTION at 17, one byte
	0xff,
	0, 0, 0, 0, 0, 0,
	0,
}

// hearMSSQL reads the server's options, of which VERSION is the first ([MS-TDS]
// 2.2.6.5, "first option").
func hearMSSQL(b []byte) (platform.Spoken, heard) {
	const header, answer, last = 8, 4, 1
	for i, want := range []byte{answer, last} {
		if i < len(b) && b[i] != want {
			return platform.Spoken{}, foreign
		}
	}
	if len(b) < header {
		return platform.Spoken{}, partly
	}
	size := int(binary.BigEndian.Uint16(b[2:]))
	if size < header+6 || size > maxAnswer {
		return platform.Spoken{}, foreign
	}
	if len(b) < size {
		return platform.Spoken{}, partly
	}
	options := b[header:size]
	at, n := int(binary.BigEndian.Uint16(options[1:])), int(binary.BigEndian.Uint16(options[3:]))
	if options[0] != 0 || n < 4 || at+4 > len(options) {
		return platform.Spoken{}, foreign
	}
	v := options[at:]
	return platform.Spoken{Protocol: platform.MSSQL, Software: fmt.Sprintf("%d.%d.%d", v[0], v[1], binary.BigEndian.Uint16(v[2:]))}, wholly
}
