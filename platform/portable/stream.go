package portable

import (
	"net"
	"sync/atomic"
	"time"
)

// maxFirst is how many of the peer's first bytes are kept.
const maxFirst = 512

// stream is a TCP connection that counts, stops at a limit of bytes received,
// and keeps the first bytes as they came. Its deadline is that of the
// conversation: crypto/tls must not set its own on closing.
type stream struct {
	net.Conn
	sent     atomic.Int64 // crypto/tls may write while it reads
	received int64
	limit    int64
	first    []byte
	most     int // bytes in one write; 0: any
}

func (s *stream) Read(b []byte) (int, error) {
	left := s.limit - s.received
	if left <= 0 {
		return 0, malformed("the peer sends more than this stage of a conversation may take")
	}
	if int64(len(b)) > left {
		b = b[:left]
	}
	n, err := s.Conn.Read(b)
	s.received += int64(n)
	s.first = append(s.first, b[:min(n, maxFirst-len(s.first))]...)
	return n, err
}

// Write sends in parts where segments are to be small: each part of a socket
// that does not wait for more (TCP_NODELAY, which net.Dial sets) is a segment of
// its own, also where a system only lets it be said what the peer may send.
func (s *stream) Write(b []byte) (sent int, err error) {
	for {
		part := b[sent:]
		if s.most > 0 {
			part = part[:min(len(part), s.most)]
		}
		n, err := s.Conn.Write(part)
		s.sent.Add(int64(n))
		if sent += n; err != nil || sent == len(b) {
			return sent, err
		}
	}
}

func (s *stream) SetDeadline(time.Time) error      { return nil }
func (s *stream) SetReadDeadline(time.Time) error  { return nil }
func (s *stream) SetWriteDeadline(time.Time) error { return nil }
