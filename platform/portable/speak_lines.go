package portable

import (
	"bytes"
	"strings"

	"faultline/platform"
)

// line splits the first line off, without its end; whole is false while it has
// none.
func line(b []byte) (text string, rest []byte, whole bool) {
	first, rest, whole := bytes.Cut(b, []byte("\n"))
	return string(bytes.TrimRight(first, "\r")), rest, whole
}

// hearSSH reads an identification, and the lines that a server may send before
// it (RFC 4253 §4.2).
func hearSSH(b []byte) (platform.Spoken, heard) {
	for {
		text, rest, whole := line(b)
		if !whole {
			return platform.Spoken{}, partly
		}
		if after, ok := strings.CutPrefix(text, "SSH-"); ok {
			version, software, _ := strings.Cut(after, "-")
			software, _, _ = strings.Cut(software, " ")
			return platform.Spoken{Protocol: platform.SSH, Code: printable(version, maxSpokenWord), Software: printable(software, maxSpoken)}, wholly
		}
		b = rest
	}
}

// hearVNC reads the version of RFC 6143 §7.1.1.
func hearVNC(b []byte) (platform.Spoken, heard) {
	const size, prefix = 12, "RFB "
	if n := min(len(b), len(prefix)); string(b[:n]) != prefix[:n] {
		return platform.Spoken{}, foreign
	}
	if len(b) < size {
		return platform.Spoken{}, partly
	}
	return platform.Spoken{Protocol: platform.VNC, Code: printable(string(b[4:size-1]), maxSpokenWord)}, wholly
}

// replyCode reads a greeting of a protocol whose replies begin with three
// digits (RFC 5321 §4.2, RFC 959 §4.2, RFC 3977 §3.2). A reply of many lines is
// told by its first.
func replyCode(p platform.Protocol) func([]byte) (platform.Spoken, heard) {
	return func(b []byte) (platform.Spoken, heard) {
		text, _, whole := line(b)
		if n := min(len(text), 3); n > 0 && (!digits(text[:n]) || text[0] < '1' || text[0] > '5') {
			return platform.Spoken{}, foreign
		}
		if !whole {
			return platform.Spoken{}, partly
		}
		if len(text) < 3 || len(text) > 3 && text[3] != ' ' && text[3] != '-' {
			return platform.Spoken{}, foreign
		}
		return platform.Spoken{Protocol: p, Code: text[:3], Text: printable(strings.TrimLeft(text[3:], " -"), maxSpoken)}, wholly
	}
}

// hearNamed reads such a greeting where nothing says which protocol it is of,
// if it says so itself.
func hearNamed(b []byte) (platform.Spoken, heard) {
	said, state := replyCode("")(b)
	if state != wholly {
		return platform.Spoken{}, state
	}
	switch upper := strings.ToUpper(said.Text); {
	case strings.Contains(upper, "SMTP"):
		said.Protocol = platform.SMTP
	case strings.Contains(upper, "FTP"):
		said.Protocol = platform.FTP
	case strings.Contains(upper, "NNTP"):
		said.Protocol = platform.NNTP
	default:
		return platform.Spoken{}, foreign
	}
	return said, wholly
}

// hearIMAP reads the greeting of RFC 9051 §7.1.
func hearIMAP(b []byte) (platform.Spoken, heard) {
	text, _, whole := line(b)
	if n := min(len(text), 2); text[:n] != "* "[:n] {
		return platform.Spoken{}, foreign
	}
	if !whole {
		return platform.Spoken{}, partly
	}
	status, rest, _ := strings.Cut(strings.TrimPrefix(text, "* "), " ")
	status = strings.ToUpper(status)
	if status != "OK" && status != "PREAUTH" && status != "BYE" {
		return platform.Spoken{}, foreign
	}
	return platform.Spoken{Protocol: platform.IMAP, Code: status, Text: printable(rest, maxSpoken)}, wholly
}

// hearPOP3 reads the greeting of RFC 1939 §3.
func hearPOP3(b []byte) (platform.Spoken, heard) {
	text, _, whole := line(b)
	status, rest, _ := strings.Cut(text, " ")
	switch {
	case len(text) > 0 && text[0] != '+' && text[0] != '-':
		return platform.Spoken{}, foreign
	case !whole:
		return platform.Spoken{}, partly
	case status != "+OK" && status != "-ERR":
		return platform.Spoken{}, foreign
	}
	return platform.Spoken{Protocol: platform.POP3, Code: status, Text: printable(rest, maxSpoken)}, wholly
}

// hearRedis reads a simple string or an error of the Redis protocol. The
// answer to PING is one of them whatever the server wants first.
func hearRedis(b []byte) (platform.Spoken, heard) {
	text, _, whole := line(b)
	if len(text) > 0 && text[0] != '+' && text[0] != '-' {
		return platform.Spoken{}, foreign
	}
	if !whole {
		return platform.Spoken{}, partly
	}
	if len(text) < 2 {
		return platform.Spoken{}, foreign
	}
	word, rest, _ := strings.Cut(text[1:], " ")
	return platform.Spoken{Protocol: platform.Redis, Code: printable(word, maxSpokenWord), Text: printable(rest, maxSpoken)}, wholly
}
