package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"faultline/diag/dissect"
	"faultline/diag/pcapfile"
	"faultline/diag/tcpflow"
	"faultline/platform/packet"
)

// CaptureError says why a capture could not be read, or not to its end.
type CaptureError struct {
	Code string // a stable word: "open", "foreign", "empty", "corrupt", "reading", "spool", "stream"
	File string
	Err  error
}

// Error says what and why, in English.
func (e *CaptureError) Error() string { return fmt.Sprintf("%s: %v", e.File, e.Err) }

// Unwrap returns the cause.
func (e *CaptureError) Unwrap() error { return e.Err }

// capture is one file on its way through both passes.
type capture struct {
	name     string
	in       io.Reader
	file     *os.File // nil: it is no file
	size     int64    // 0: not known
	read     int64    // bytes of the first pass: a file that is still written has more at the second
	spool    *spool   // nil: the file is read again
	captures *Captures
	settings tcpflow.Settings // of both passes
	limits   tcpflow.Limits   // of the second one
}

// standardInput is the name of what has none.
const standardInput = "-"

// openCapture opens a file, or what can be read only once.
func openCapture(ctx context.Context, name string, c *Captures) (*capture, error) {
	x := &capture{name: name, captures: c, settings: tcpflow.Settings{Seed: rand.Uint64()}} // nobody may predict collisions
	if c.filter != nil {
		x.settings.Filter = func(_ *dissect.Segment, data []byte, link uint16) bool { return c.filter.Match(link, data) }
	}
	if !c.Since.IsZero() {
		x.settings.Since = nanoseconds(c.Since)
	}
	if name == standardInput {
		x.in = interruptible(ctx, c.Stdin)
	} else if err := x.open(ctx); err != nil {
		return nil, &CaptureError{"open", name, err}
	}
	if x.size == 0 {
		kept, err := newSpool()
		if err != nil {
			x.close()
			return nil, &CaptureError{"spool", name, err}
		}
		x.spool = kept
	}
	return x, nil
}

// unopened notes why a capture could not be opened: a user who does not want to wait
// is none of its faults.
func (a *Analysis) unopened(ctx context.Context, err error) {
	if a.Canceled = ctx.Err() != nil; !a.Canceled {
		a.Problem = err
	}
}

// nanoseconds is a time as captures count it; what lies beyond the years 1678 to
// 2262, which that holds, is the end of them and not some other year.
func nanoseconds(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

func (x *capture) open(ctx context.Context) error {
	f, err := openFile(ctx, x.name)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = syscall.EISDIR
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	x.in, x.file = f, f
	if info.Mode().IsRegular() {
		x.size = info.Size()
	} else {
		x.in = interruptible(ctx, f)
	}
	return nil
}

// openFile opens a file. To open a pipe waits until somebody writes to it (fifo(7)),
// which can't be stopped: when ctx ends, that goes on beside its caller.
func openFile(ctx context.Context, name string) (*os.File, error) {
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(name)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.file, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (x *capture) close() {
	if x.file != nil {
		_ = x.file.Close()
	}
	if x.spool != nil {
		x.spool.close()
	}
}

// follow is the first pass: every packet, every stream.
func (x *capture) follow(ctx context.Context, a *Analysis) {
	counted := &counting{in: x.in}
	f, err := pcapfile.Open(counted, x.name)
	if a.Canceled = ctx.Err() != nil; a.Canceled && err != nil {
		return
	}
	if err != nil {
		if a.Problem = x.problem(err); counted.bytes.Load() == 0 && a.Problem != nil {
			a.Problem = &CaptureError{"empty", x.name, err}
		}
		return
	}
	defer f.Close()
	if f.Summary().Gzip && x.spool == nil {
		x.spool, _ = newSpool() // without one it is unpacked again
	}
	var engine *tcpflow.Engine
	err = x.pump(ctx, f, counted, func(b *packet.Batch) error {
		if engine == nil {
			x.skip(b)
			engine = tcpflow.New(x.settings)
		}
		engine.Feed(b)
		return x.keep(b)
	})
	x.read = counted.bytes.Load()
	if a.Summary = f.Summary(); engine != nil {
		a.Flows = engine.Finish()
	}
	a.Problem, a.Canceled = x.problem(err), ctx.Err() != nil
	if a.Problem == nil && !a.Canceled && engine == nil {
		a.Problem = &CaptureError{"empty", x.name, io.ErrUnexpectedEOF}
	}
}

// keep spools the packets of a batch. What can be read again need not be kept.
func (x *capture) keep(b *packet.Batch) error {
	if x.spool == nil {
		return nil
	}
	err := x.spool.keep(b)
	if x.size > 0 && (err != nil || x.spool.full) {
		x.spool.close()
		x.spool, err = nil, nil
	}
	return err
}

// skip counts the time that is left out from the first packet.
func (x *capture) skip(first *packet.Batch) {
	if x.captures.Skip > 0 {
		x.settings.Since = max(x.settings.Since, first.Recs[0].When+int64(x.captures.Skip))
	}
}

// transcribe is the second pass: the packets of some streams.
func (x *capture) transcribe(ctx context.Context, a *Analysis) {
	src, counted, err := x.again()
	if err == nil {
		defer src.Close()
		told := &telling{Source: src, note: func() { x.progress(2, counted) }}
		var all []tcpflow.Transcript
		limits := x.limits
		limits.Settings, limits.First = x.settings, a.Flows
		all, err = tcpflow.Transcribe(ctx, told, a.Troubled, limits)
		a.keep(all)
	}
	if ctx.Err() != nil {
		a.Canceled = true
	} else if a.Problem == nil {
		a.Problem = x.problem(err)
	}
}

// again opens the capture a second time.
func (x *capture) again() (packet.Source, *counting, error) {
	if x.spool != nil {
		src, err := x.spool.again()
		return src, &counting{}, err
	}
	if _, err := x.file.Seek(0, io.SeekStart); err != nil {
		return nil, nil, fmt.Errorf("reading it again: %w", err)
	}
	counted := &counting{in: io.LimitReader(x.file, x.read)}
	f, err := pcapfile.Open(counted, x.name)
	return f, counted, err
}

// pump hands over every batch of a source.
func (x *capture) pump(ctx context.Context, src packet.Source, counted *counting, take func(*packet.Batch) error) error {
	for b := (&packet.Batch{}); ; {
		err := src.Read(ctx, b)
		if len(b.Recs) > 0 {
			if err := take(b); err != nil {
				return err
			}
		}
		x.progress(1, counted)
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (x *capture) progress(pass int, counted *counting) {
	if x.captures.Progress != nil {
		x.captures.Progress(Progress{File: x.name, Pass: pass, Done: counted.bytes.Load(), Of: x.size})
	}
}

// problem names why a capture was not read to its end.
func (x *capture) problem(err error) error {
	var corrupt *pcapfile.Corrupt
	var unkept *spoolError
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil
	case errors.Is(err, pcapfile.ErrNotCapture):
		return &CaptureError{"foreign", x.name, err}
	case errors.As(err, &corrupt):
		return &CaptureError{"corrupt", x.name, err}
	case errors.As(err, &unkept):
		return &CaptureError{"spool", x.name, err}
	}
	return &CaptureError{"reading", x.name, err}
}

// counting counts the bytes that were read.
type counting struct {
	in    io.Reader
	bytes atomic.Int64 // a reader ahead of the decoder counts while the decoder asks
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

// telling is a source that tells of each batch.
type telling struct {
	packet.Source
	note func()
}

func (t *telling) Read(ctx context.Context, b *packet.Batch) error {
	t.note()
	return t.Source.Read(ctx, b)
}

// interruptible returns a reader that ends when ctx does, even while the one
// below it waits for a pipe on which nothing comes.
func interruptible(ctx context.Context, in io.Reader) io.Reader {
	r, w := io.Pipe()
	go func() {
		_, err := io.Copy(w, in)
		w.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { r.CloseWithError(ctx.Err()) })
	return r
}
