package tape

import (
	"context"
	"errors"
	"io"
	"sync"

	"faultline/platform"
	"faultline/platform/packet"
	"faultline/platform/packet/pcapng"
)

type packetFile struct {
	name string
	out  *pcapng.Writer
}

// PacketsTo lets captures be recorded: their packets go to w as pcapng, and
// their lines say where in the file of that name. Without it a capture is
// noted and a replay has no packets for it. It is called before the first
// capture; w is complete once every capture is closed.
func (l *Log) PacketsTo(name string, w io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.packets = &packetFile{name: name, out: pcapng.NewWriter(w)}
}

// capture is answered when the source is closed: only then is it known what
// came, so the line of a capture that is still running is not in the log.
func capture(ctx context.Context, d deck, method string, q platform.CaptureAsk) (packet.Source, error) {
	if d.record != nil {
		return playCapture(ctx, d.record, method, q)
	}
	n, at := d.log.begin()
	src, err := d.live.Packets.Capture(ctx, q)
	line := Line{N: n, By: platform.Caller(ctx), Method: method, At: at, Problem: bounded(platform.AsProblem(err))}
	line.asked(q)
	if err != nil {
		d.log.end(line)
		return nil, failure(err)
	}
	d.log.mu.Lock()
	file := d.log.packets
	d.log.mu.Unlock()
	c := &captured{src: src, log: d.log, line: line, file: file}
	if file != nil {
		c.lane = file.out.Lane()
		c.tee = pcapng.TeeTo(src, c.lane)
		return c, nil
	}
	c.tee = src
	return c, nil
}

// captured is a capture that is being recorded.
type captured struct {
	src, tee packet.Source
	lane     *pcapng.Lane
	file     *packetFile
	log      *Log
	line     Line
	once     sync.Once
	closed   error
}

func (c *captured) Read(ctx context.Context, b *packet.Batch) error { return c.tee.Read(ctx, b) }

func (c *captured) Stats() (packet.Stats, error) { return c.src.Stats() }

func (c *captured) Close() error {
	c.once.Do(func() {
		stats, _ := c.src.Stats() // while it is open
		c.closed = c.tee.Close()
		c.note(stats)
	})
	return c.closed
}

func (c *captured) note(stats packet.Stats) {
	if c.lane != nil {
		first, last := c.lane.Range()
		c.line.Packets = &PacketsRef{File: c.file.name, Ifaces: c.lane.Ifaces(), First: first, Last: last, Lost: stats.Dropped}
		if err := c.lane.Err(); err != nil {
			c.line.Problem = bounded(platform.AsProblem(err))
		}
	}
	c.log.end(c.line)
}

func playCapture(ctx context.Context, r *record, method string, q platform.CaptureAsk) (packet.Source, error) {
	line, err := find(ctx, r, method, q)
	switch {
	case err != nil:
		return nil, err
	case line.Problem != nil:
		return nil, line.Problem
	case line.Packets == nil || r.open == nil:
		return nil, notRecorded(method)
	}
	in, err := r.open()
	if err != nil {
		return nil, failure(err)
	}
	return &playedCapture{in: in, src: pcapng.NewReader(in, 0), ref: *line.Packets}, nil
}

// playedCapture hands out the records of one capture from a file that may hold
// several, with the source's own interface numbers.
type playedCapture struct {
	in    io.Reader
	src   packet.Source
	ref   PacketsRef
	at    int // records of the file that were passed
	given uint64
	all   packet.Batch
}

func (p *playedCapture) Read(ctx context.Context, b *packet.Batch) error {
	b.Reset()
	for len(b.Recs) == 0 {
		if p.at >= p.ref.Last {
			return io.EOF
		}
		if err := alive(ctx); err != nil {
			return err
		}
		if err := p.src.Read(ctx, &p.all); err != nil {
			return p.short(err)
		}
		p.choose(b)
	}
	p.given += uint64(len(b.Recs))
	return nil
}

func (p *playedCapture) choose(b *packet.Batch) {
	for i, rec := range p.all.Recs {
		p.at++
		iface, ours := p.ref.Ifaces[int(rec.Iface)]
		if ours && p.at >= p.ref.First && p.at <= p.ref.Last {
			b.Add(rec.When, rec.Link, iface, rec.Wire, p.all.Bytes(i))
		}
	}
}

// short says that the file ended before the last packet of the capture.
func (p *playedCapture) short(err error) error {
	if errors.Is(err, io.EOF) {
		return notRecorded("packets " + p.ref.File + " end early")
	}
	return err
}

func (p *playedCapture) Stats() (packet.Stats, error) {
	return packet.Stats{Packets: p.given, Dropped: p.ref.Lost}, nil
}

func (p *playedCapture) Close() error {
	if c, ok := p.in.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
