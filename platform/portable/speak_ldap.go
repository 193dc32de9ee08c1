package portable

import (
	"strconv"

	"faultline/platform"
)

// Tags of RFC 4511 §4.2 on.
const (
	ldapEntry     = 0x64
	ldapDone      = 0x65
	ldapReference = 0x73
	ldapExtended  = 0x78 // a notice of disconnection (§4.4.1)
)

// rootDSE is an anonymous search of the root entry for the versions that the
// server speaks (RFC 4512 §5.1): every server lets anybody read it, or says
// that it does not.
func rootDSE() []byte {
	attributes := der(0x30, der(0x04, []byte("supportedLDAPVersion")))
	search := der(0x63, []byte{4, 0, 10, 1, 0, 10, 1, 0, 2, 1, 1, 2, 1, 5, 1, 1, 0}, der(0x87, []byte("objectClass")), attributes)
	return der(0x30, []byte{2, 1, 1}, search)
}

// der puts parts, which are short, behind a tag.
func der(tag byte, parts ...[]byte) []byte {
	b := []byte{tag, 0}
	for _, p := range parts {
		b = append(b, p...)
	}
	b[1] = byte(len(b) - 2)
	return b
}

// hearLDAP reads the first message of the answer.
func hearLDAP(b []byte) (platform.Spoken, heard) {
	tag, message, state := element(b)
	if state != wholly || tag != 0x30 {
		return platform.Spoken{}, stop(state)
	}
	tag, id, state := element(message)
	if state != wholly || tag != 2 || len(id) == 0 {
		return platform.Spoken{}, foreign
	}
	op, body, state := element(after(message))
	if state != wholly {
		return platform.Spoken{}, foreign
	}
	said := platform.Spoken{Protocol: platform.LDAP}
	switch op {
	case ldapEntry, ldapReference:
		said.Code = "0"
	case ldapDone, ldapExtended:
		tag, code, state := element(body)
		if state != wholly || tag != 10 || len(code) != 1 {
			return platform.Spoken{}, foreign
		}
		said.Code = strconv.Itoa(int(code[0]))
		if _, _, state := element(after(body)); state == wholly {
			if _, text, state := element(after(after(body))); state == wholly {
				said.Text = printable(string(text), maxSpoken)
			}
		}
	default:
		return platform.Spoken{}, foreign
	}
	return said, wholly
}

// stop is what to make of a message whose first element is of another kind.
func stop(state heard) heard {
	if state == wholly {
		return foreign
	}
	return state
}

// element reads one element of BER: tag, length in its short form or in up to
// four bytes, content.
func element(b []byte) (tag byte, content []byte, state heard) {
	if len(b) > 0 && b[0]&0x1f == 0x1f {
		return 0, nil, foreign
	}
	if len(b) < 2 {
		return 0, nil, partly
	}
	head, size := extent(b)
	switch {
	case size < 0 || size > maxAnswer:
		return 0, nil, foreign
	case head == 0 || len(b) < head+size:
		return b[0], nil, partly
	}
	return b[0], b[head : head+size], wholly
}

// extent returns how long head and content of an element are: 0, 0 while that
// is not known, and a size below 0 where it is none.
func extent(b []byte) (head, size int) {
	if b[1] < 0x80 {
		return 2, int(b[1])
	}
	n := int(b[1] & 0x7f)
	if n == 0 || n > 4 {
		return 2, -1
	}
	if len(b) < 2+n {
		return 0, 0
	}
	for _, c := range b[2 : 2+n] {
		size = size<<8 | int(c)
	}
	return 2 + n, size
}

// after is what follows the first element of b, which is whole.
func after(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	head, size := extent(b)
	return b[min(len(b), head+max(size, 0)):]
}
