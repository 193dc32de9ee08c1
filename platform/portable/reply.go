package portable

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"faultline/platform"
)

// reply reads what the peer says. First holds what came, in every case.
func (c *conversation) reply() error {
	in := &reader{from: c.rw, since: c.asked}
	var err error
	switch {
	case c.ask.HTTP != nil:
		err = c.httpReply(in)
	case c.ask.Speak != "":
		err = c.speech(in)
	default:
		err = c.greeting(in)
	}
	c.talk.First = bytes.Clone(in.got[:min(len(in.got), maxFirst)])
	c.talk.FirstIn = in.firstIn
	return err
}

// reader collects a reply.
type reader struct {
	from    io.Reader
	since   time.Time
	firstIn time.Duration
	got     []byte
	chunk   [4096]byte
}

// more reads once, at most limit bytes. Bytes that come with an error win: the
// error comes again.
func (r *reader) more(limit int) error {
	n, err := r.from.Read(r.chunk[:min(limit, len(r.chunk))])
	if n > 0 && len(r.got) == 0 {
		r.firstIn = time.Since(r.since)
	}
	r.got = append(r.got, r.chunk[:n]...)
	if n > 0 {
		return nil
	}
	return err
}

// greeting reads a line or as much as was asked for. What came before an
// orderly close is a greeting, too.
func (c *conversation) greeting(in *reader) error {
	for len(in.got) <= c.limit && !bytes.ContainsRune(in.got, '\n') {
		err := in.more(c.limit + 1 - len(in.got))
		if closedByPeer(err) && len(in.got) > 0 {
			c.talk.End = platform.EndFIN
			return nil
		}
		if err != nil {
			return err
		}
		if len(in.got) == c.limit {
			break
		}
	}
	if len(in.got) > c.limit {
		c.talk.Cut, in.got = true, in.got[:c.limit]
	}
	return nil
}

func (c *conversation) httpReply(in *reader) error {
	h, body, err := readHead(in, headLimit(c.ask.Read))
	c.talk.HTTP = &h.facts
	if err != nil {
		return err
	}
	if h.bodyless(c.ask.HTTP.Method) {
		return nil
	}
	err = c.body(in, h, body)
	h.facts.Title = title(in.got[body:])
	return err
}

// readHead returns the final head, and where the body begins in in.got.
func readHead(in *reader, limit int) (head, int, error) {
	begin, interim := 0, 0
	for {
		if end := headEnd(in.got[begin:]); end >= 0 {
			h := parseHead(in.got[begin : begin+end])
			begin += end
			if interim++; !h.interim() || interim > maxInterim {
				return h, begin, noHead(h)
			}
			continue
		}
		if !plausible(in.got[begin:]) {
			return unreadable("no status line"), begin, malformed("the peer does not speak HTTP/1")
		}
		if len(in.got) >= limit {
			return unreadable("the head is too long"), begin, malformed("the head of the reply is too long")
		}
		if err := in.more(limit - len(in.got)); err != nil {
			return incompleteHead(in.got[begin:], err), begin, err
		}
	}
}

// headLimit is how long a head may be. Whoever asks for the beginning of a page
// alone does not want a long one.
func headLimit(read int) int {
	if 0 < read && read < maxHead/4 {
		return maxHead / 4
	}
	return maxHead
}

func noHead(h head) error {
	switch {
	case h.facts.Status == 0:
		return malformed("the peer does not speak HTTP/1")
	case h.interim():
		return malformed("the peer sends interim replies only")
	}
	return nil
}

func unreadable(why string) head {
	return head{facts: platform.HTTPFacts{Length: -1, Malform: why}}
}

// incompleteHead says nothing of a head of which no byte came. One that drags on
// has shown its status, where its first line is whole.
func incompleteHead(got []byte, err error) head {
	lines := bytes.LastIndexByte(got, '\n')
	switch {
	case closedByPeer(err) && len(got) > 0:
		return unreadable("the head ends early")
	case errors.Is(err, os.ErrDeadlineExceeded) && lines > 0:
		if h := parseHead(got[:lines+1]); h.facts.Status > 0 {
			h.facts.Malform = "the head does not end in time"
			return h
		}
	}
	return head{facts: platform.HTTPFacts{Length: -1}}
}

// body reads until the body's end, the close, or one byte more than was asked
// for, by which a longer body shows.
func (c *conversation) body(in *reader, h head, begin int) error {
	want := c.limit + 1
	announced := h.facts.Length >= 0 && !h.chunked
	if announced && h.facts.Length < int64(want) {
		want = int(h.facts.Length)
	}
	for len(in.got)-begin < want && !(h.chunked && lastChunk(in.got[begin:])) {
		err := in.more(want - (len(in.got) - begin))
		if closedByPeer(err) {
			return c.closed(h, announced, len(in.got)-begin)
		}
		if err != nil {
			return err
		}
	}
	c.talk.Cut = len(in.got)-begin > c.limit
	return nil
}

// errShort is an orderly close inside a body of announced length.
type errShort struct{ got, want int64 }

func (e errShort) Error() string {
	return fmt.Sprintf("the peer closed after %d of %d bytes of the body", e.got, e.want)
}

func (e errShort) Unwrap() []error { return []error{io.EOF, malformed(e.Error())} }

func (c *conversation) closed(h head, announced bool, got int) error {
	switch {
	case announced:
		return errShort{int64(got), h.facts.Length}
	case h.chunked:
		return errors.Join(io.EOF, malformed("the peer closed before the last chunk of the body"))
	}
	c.talk.End = platform.EndFIN
	return nil
}

// lastChunk goes by how a chunked body ends (RFC 9112 §7.1); trailers are rare
// enough to be read until the close.
func lastChunk(b []byte) bool {
	return bytes.HasSuffix(b, []byte("\r\n0\r\n\r\n")) || bytes.Equal(b, []byte("0\r\n\r\n"))
}
