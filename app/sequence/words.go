package sequence

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"faultline/diag/dissect"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// bases are the sequence numbers that count as 0 of each side, as Wireshark
// shows them: the SYN's, or the one before the first that was captured.
func bases(t *tcpflow.Transcript) (base [2]uint32) {
	for from := range base {
		known := false
		for i := range t.Segments {
			s := &t.Segments[i]
			switch {
			case s.From == from && s.Has(dissect.SYN):
				base[from], known = s.Seq, true
			case s.From == from && !s.Has(dissect.RST):
				base[from], known = s.Seq-1, true
			case s.From != from && s.Has(dissect.ACK) && s.Ack != 0:
				base[from], known = s.Ack-1, true
			}
			if known {
				break
			}
		}
	}
	return base
}

// detail is what tells the packets of one sender apart.
func (l *layout) detail(s *tcpflow.Segment) string {
	parts := []string{"TTL " + strconv.Itoa(s.TTL)}
	rst := s.Has(dissect.RST)
	if rst && !s.V6 {
		parts = append(parts, "id "+strconv.Itoa(s.ID))
	}
	switch {
	case s.Has(dissect.SYN):
	case rst && s.Seq == 0:
		parts = append(parts, "seq 0")
	default:
		parts = append(parts, "seq "+strconv.FormatUint(uint64(s.Seq-l.base[s.From]), 10))
	}
	if s.Len > 0 {
		parts = append(parts, strconv.Itoa(s.Len)+" B")
	}
	return strings.Join(parts, " · ")
}

// marks are the stable words of what deserves one, the gravest first.
var marks = []struct {
	mark tcpflow.Mark
	word string
}{
	{tcpflow.ReusedPorts, "reused-ports"}, {tcpflow.FastRetransmission, "retransmission"},
	{tcpflow.SpuriousRetransmission, "retransmission"}, {tcpflow.Retransmission, "retransmission"},
	{tcpflow.OutOfOrder, "out-of-order"}, {tcpflow.LostSegment, "lost-segment"}, {tcpflow.AckLostSegment, "ack-lost-segment"},
	{tcpflow.ZeroWindowProbe, "window-probe"}, {tcpflow.ZeroWindow, "zero-window"}, {tcpflow.WindowFull, "window-full"},
	{tcpflow.KeepAlive, "keep-alive"}, {tcpflow.KeepAliveAck, "keep-alive-ack"}, {tcpflow.DuplicateAck, "duplicate-ack"},
}

func mark(s *tcpflow.Segment) string {
	for _, m := range marks {
		if s.Mark&m.mark != 0 {
			return m.word
		}
	}
	return ""
}

// title is what a packet is: its flags, or the first words of what it carries.
func title(s *tcpflow.Segment) string {
	var flags []string
	for _, f := range []struct {
		bit  uint16
		name string
	}{{dissect.SYN, "SYN"}, {dissect.FIN, "FIN"}, {dissect.RST, "RST"}} {
		if s.Has(f.bit) {
			flags = append(flags, f.name)
		}
	}
	carries := s.Len > 0 && !s.Has(dissect.SYN)
	switch {
	case carries && s.Has(dissect.RST):
		flags = append(flags, Payload(s.Payload))
	case carries:
		flags = append([]string{Payload(s.Payload)}, flags...)
	case s.Has(dissect.ACK):
		flags = append(flags, "ACK")
	}
	if len(flags) == 0 {
		return fmt.Sprintf("flags 0x%03x", s.Flags)
	}
	return strings.Join(flags, ", ")
}

var (
	request  = regexp.MustCompile(`^(GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|CONNECT|TRACE|PROPFIND|REPORT) ([!-~]{1,256})( HTTP/|$)`)
	response = regexp.MustCompile(`^HTTP/[0-9.]{1,3} ([0-9]{3}(?: [A-Za-z -]{1,30})?)`)
	banner   = regexp.MustCompile(`^(SSH-[0-9.]{3}-[!-~]{1,30}|[0-9]{3}[ -][ -~]{1,40})`)
	command  = regexp.MustCompile(`^([A-Z]{3,8})(?:[ \r\n]|$)`)
)

// longest is how many characters of a payload are shown.
const longest = 48

// Payload says in a few words what the beginning of a payload is. It is safe to
// show: only printable ASCII is taken over. Queries and the arguments of
// commands may hold secrets, and are left out.
func Payload(p []byte) string {
	switch {
	case len(p) >= 6 && p[0] >= 20 && p[0] <= 23 && p[1] == 3:
		return record(p)
	case len(p) == 0:
		return "data"
	case bytes.HasPrefix(p, []byte("PRI * HTTP/2.0")): // RFC 9113 §3.4
		return "HTTP/2"
	}
	for _, m := range [][]byte{sub(response, p), sub(banner, p)} {
		if m != nil {
			return short(strings.TrimSpace(string(m)))
		}
	}
	if m := request.FindSubmatch(p); m != nil {
		path, _, query := strings.Cut(string(m[2]), "?")
		if query {
			path += "?…"
		}
		return short(string(m[1]) + " " + path)
	}
	if m := sub(command, p); m != nil {
		return string(m)
	}
	return "data"
}

func sub(r *regexp.Regexp, p []byte) []byte {
	if m := r.FindSubmatch(p); m != nil {
		return m[1]
	}
	return nil
}

func short(s string) string {
	if len(s) > longest {
		return s[:longest] + "…"
	}
	return s
}

// record names the first TLS record of a payload (RFC 8446 §5.1).
func record(p []byte) string {
	switch p[0] {
	case 20:
		return "TLS ChangeCipherSpec"
	case 21:
		if binary.BigEndian.Uint16(p[3:]) == 2 && len(p) >= 7 {
			return "TLS alert " + strconv.Itoa(int(p[6]))
		}
		return "TLS alert"
	case 23:
		return "TLS data"
	}
	switch p[5] {
	case 1:
		if name := host(reset.ServerName(p)); name != "" {
			return "TLS ClientHello " + short(name)
		}
		return "TLS ClientHello"
	case 2:
		return "TLS ServerHello"
	}
	return "TLS handshake"
}

// host returns a name that is made of what host names are made of, "" for
// another.
func host(name string) string {
	if strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_'
	}) {
		return ""
	}
	return name
}
