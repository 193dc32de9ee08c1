package tcpflow_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"faultline/diag/tcpflow"
	"faultline/platform/packet"
)

// busy makes many short conversations at once: handshake, requests, FINs.
func busy(flows, alive int) *capture {
	r := rand.New(rand.NewPCG(7, 7))
	c := &capture{now: 1_700_000_000_000_000_000}
	type talk struct {
		n    int
		step int
		seq  [2]uint32
	}
	var open []talk
	next := 0
	for next < flows || len(open) > 0 {
		for len(open) < alive && next < flows {
			open = append(open, talk{n: next, seq: [2]uint32{r.Uint32(), r.Uint32()}})
			next++
		}
		i := r.IntN(len(open))
		t := &open[i]
		d := []int{0, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0}[t.step]
		flags := uint16(0x10)
		switch t.step {
		case 0:
			flags = 0x02
		case 1:
			flags = 0x12
		case 15, 16:
			flags = 0x11
		}
		s := seg{src: byte(t.n), dst: byte(t.n >> 8), sport: uint16(1024 + t.n%60000), dport: 443, seq: t.seq[d], ack: t.seq[1-d], flags: flags, window: 500, id: uint16(t.step), ttl: 64}
		if d == 1 {
			s.src, s.dst, s.sport, s.dport = s.dst, s.src, s.dport, s.sport
		}
		if t.step > 2 && t.step < 15 && t.step%3 == 0 {
			s.payload = 40
		}
		s.options = []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1}
		c.now += 2000
		c.add(s, 0)
		t.seq[d] += uint32(s.payload)
		if flags&3 != 0 {
			t.seq[d]++
		}
		if t.step++; t.step == 18 {
			open[i] = open[len(open)-1]
			open = open[:len(open)-1]
		}
	}
	return c
}

// batches splits a capture as a reader would.
func batches(c *capture, size int) []*packet.Batch {
	var all []*packet.Batch
	for from := 0; from < len(c.Recs); from += size {
		all = append(all, &packet.Batch{Buf: c.Buf, Recs: c.Recs[from:min(from+size, len(c.Recs))]})
	}
	return all
}

func BenchmarkFeed(b *testing.B) {
	c := busy(60_000, 20_000)
	all := batches(c, 256)
	b.ResetTimer()
	for range b.N {
		e := tcpflow.New(tcpflow.Settings{Seed: 1})
		for _, p := range all {
			e.Feed(p)
		}
		e.Finish()
	}
	b.ReportMetric(float64(len(c.Recs))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpackets/s")
}

// BenchmarkFlow tells the bytes that a flow costs.
func BenchmarkFlow(b *testing.B) {
	const flows = 300_000
	e := tcpflow.New(tcpflow.Settings{Seed: 1})
	c := &capture{}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for n := range flows {
		c.add(seg{src: byte(n), dst: byte(n >> 8), sport: uint16(n >> 3), dport: uint16(n), seq: 1, flags: 2}, 0)
		if len(c.Recs) == 256 {
			e.Feed(&c.Batch)
			c.Reset()
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/flows, "B/flow")
	runtime.KeepAlive(e)
}
