package tape

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"faultline/platform"
)

// ErrTruncated says that a record ended within a line; what was read before
// that line is returned beside it.
var ErrTruncated = errors.New("the record ends within a line")

// Write writes lines as JSON, one on each line.
func Write(w io.Writer, lines []Line) error {
	if len(lines) > maxLines {
		return fmt.Errorf("writing a record: %d lines, at most %d", len(lines), maxLines)
	}
	out := bufio.NewWriter(w)
	for _, line := range lines {
		text, err := json.Marshal(line)
		if err != nil {
			return fmt.Errorf("writing call %d: %w", line.N, err)
		}
		if len(text) >= maxLine {
			return fmt.Errorf("writing call %d: %d bytes, at most %d", line.N, len(text), maxLine-1)
		}
		out.Write(append(text, '\n'))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing a record: %w", err)
	}
	return nil
}

// Read reads what Write wrote, or what someone else says that it wrote. A last
// line that is incomplete is left out and told by ErrTruncated; any other fault
// makes the whole record unusable.
func Read(r io.Reader) ([]Line, error) {
	in := &reader{in: bufio.NewReaderSize(io.LimitReader(r, maxBytes+1), 64<<10), seen: map[int]bool{}}
	for {
		switch err := in.next(); {
		case errors.Is(err, io.EOF):
			return in.lines, nil
		case errors.Is(err, ErrTruncated):
			return in.lines, fmt.Errorf("reading the record, line %d: %w", in.at, err)
		case err != nil:
			return nil, platform.Damaged("record", "the record, line {n}: {why}", "n", in.at, "why", err).Because(err)
		}
	}
}

type reader struct {
	in    *bufio.Reader
	at    int // the line of the text that is being read
	total int
	text  []byte
	seen  map[int]bool
	lines []Line
}

var errLong = platform.Damaged("line-long", "longer than {n} bytes", "n", maxLine)

// read returns the next line of text, valid until the next call.
func (r *reader) read() ([]byte, error) {
	r.text = r.text[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		r.text = append(r.text, part...)
		r.total += len(part)
		switch {
		case len(r.text) > maxLine:
			return nil, errLong
		case !errors.Is(err, bufio.ErrBufferFull):
			return r.text, err
		}
	}
}

// next reads one line of text. io.EOF says that it was the last.
func (r *reader) next() error {
	r.at++
	text, end := r.read()
	switch {
	case end != nil && !errors.Is(end, io.EOF):
		return end
	case r.total > maxBytes || r.at > maxLines:
		return platform.Damaged("record-long", "more than {n} lines or {bytes} bytes", "n", maxLines, "bytes", maxBytes)
	}
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return end
	}
	line, err := parse(text)
	switch {
	case err != nil && end != nil:
		return ErrTruncated
	case err != nil:
		return err
	case r.seen[line.N]:
		return platform.Damaged("call-twice", "call {n} is there twice", "n", line.N)
	}
	r.seen[line.N] = true
	r.lines = append(r.lines, line)
	return end
}

func parse(text []byte) (Line, error) {
	var line Line
	if !utf8.Valid(text) { // RFC 8259 §8.1; what is kept as it came would spoil the report
		return Line{}, platform.Damaged("utf8", "it is no UTF-8")
	}
	if deep(text) {
		return Line{}, platform.Damaged("deep", "nested deeper than {n}", "n", maxDepth)
	}
	if err := json.Unmarshal(text, &line); err != nil {
		return Line{}, platform.Damaged("json", "it is no JSON, or not what it should be").Because(err)
	}
	if line.N < 1 || line.Method == "" {
		return Line{}, platform.Damaged("call", "no call number or no method")
	}
	if line.Problem != nil && line.Problem.Code == "" {
		line.Problem.Code = platform.Other
	}
	return line, nil
}

// deep reports whether text nests deeper than maxDepth, without decoding it.
func deep(text []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}
