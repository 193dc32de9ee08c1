package portable

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"

	"faultline/platform"
)

var (
	// pgSSLRequest asks for TLS, as libpq does first (PostgreSQL documentation
	// §55.7, SSLRequest).
	pgSSLRequest = []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}
	// pgHello is a StartupMessage of version 3.0. It must name a user; this one
	// says what it is, and no password follows.
	pgHello = pgMessage("user\x00faultline\x00database\x00faultline\x00application_name\x00faultline\x00\x00")
)

func pgMessage(body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(b, 0, 3, 0, 0), body...)
}

// hearPostgreSQL reads the byte that answers an SSLRequest, or the error that
// comes in place of it.
func hearPostgreSQL(b []byte) (platform.Spoken, heard) {
	switch {
	case len(b) == 0:
		return platform.Spoken{}, partly
	case len(b) == 1 && (b[0] == 'S' || b[0] == 'N'):
		return platform.Spoken{Protocol: platform.PostgreSQL, Code: string(b)}, wholly
	case b[0] == 'E':
		return pgError(b)
	}
	return platform.Spoken{}, foreign
}

// pgStartup goes on as a client would: under TLS where the server wants it.
// Only behind that does a server say that it has no room or starts up.
func pgStartup(c *conversation, said platform.Spoken) (platform.Spoken, bool) {
	if said.Code != "S" {
		return c.again(pgHello, hearPgStartup)
	}
	if c.ask.TLS != nil {
		return said, false
	}
	conn := tls.Client(c.raw, &tls.Config{InsecureSkipVerify: true, CipherSuites: ciphers()}) // no secret follows, and the answer is not believed further than plain text
	c.raw.limit += handshakeLimit
	c.rw = conn
	return c.again(pgHello, hearPgStartup)
}

// hearPgStartup reads the answer to a StartupMessage: a wish for authentication
// of any kind, or an error (§55.2.1). Before them, a server may negotiate its
// version.
func hearPgStartup(b []byte) (platform.Spoken, heard) {
	switch {
	case len(b) == 0:
		return platform.Spoken{}, partly
	case b[0] == 'E':
		return pgError(b)
	case b[0] != 'R' && b[0] != 'v':
		return platform.Spoken{}, foreign
	case len(b) < 5:
		return platform.Spoken{}, partly
	}
	return platform.Spoken{Protocol: platform.PostgreSQL, Code: string(b[:1])}, wholly
}

// pgError reads an ErrorResponse: fields of a letter and a text (§55.8). The
// servers of protocol 2 send one text.
func pgError(b []byte) (platform.Spoken, heard) {
	said := platform.Spoken{Protocol: platform.PostgreSQL}
	if len(b) < 5 {
		return said, partly
	}
	size := binary.BigEndian.Uint32(b[1:])
	if size < 5 || size > maxAnswer {
		text, _, whole := bytes.Cut(b[1:], []byte{0})
		if !whole {
			return platform.Spoken{}, partly
		}
		said.Text = printable(string(text), maxSpoken)
		return said, wholly
	}
	if len(b) < int(size)+1 {
		return said, partly
	}
	for _, field := range bytes.Split(b[5:size+1], []byte{0}) {
		switch {
		case len(field) < 2:
		case field[0] == 'C':
			said.Code = printable(string(field[1:]), 8)
		case field[0] == 'M':
			said.Text = printable(string(field[1:]), maxSpoken)
		}
	}
	return said, wholly
}
