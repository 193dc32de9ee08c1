package reset_test

import (
	"context"
	"encoding/binary"
	"strings"
	"time"

	"faultline/diag/reset"
	"faultline/diag/tcpflow"
	"faultline/platform/packet"
)

// talk is a capture that is being made: raw IPv4 packets of connections between
// 10.0.0.2 and 192.0.2.9.
type talk struct {
	batch packet.Batch
	sums  bool // checksums are right, but for those that are spoiled
	now   time.Duration
	port  uint16
	ends  [2]struct {
		isn, next, ack uint32
		id             uint16
		window         uint16
		ttl            byte
	}
}

const rawIPv4 = 228

func begin() *talk {
	t := &talk{port: 40000}
	t.again()
	return t
}

// again begins another connection.
func (t *talk) again() *talk {
	t.port++
	for i := range t.ends {
		e := &t.ends[i]
		e.isn = 0xffffff00 + uint32(i)*0x1000 // it wraps around soon
		e.next, e.ack, e.window = e.isn, 0, 64000
	}
	t.ends[tcpflow.Client].ttl, t.ends[tcpflow.Server].ttl = 64, 53
	t.ends[tcpflow.Client].id, t.ends[tcpflow.Server].id = 100, 7000
	return t
}

// wait lets time pass.
func (t *talk) wait(d time.Duration) *talk { t.now += d; return t }

// opt changes one packet.
type opt func(*raw)

type raw struct {
	seq, ack uint32
	ttl      byte
	id       uint16
	window   uint16
	df       bool
	payload  string
	hold     bool // the sender's numbers stay as they are
	spoiled  bool // the checksum is wrong
	stamps   []byte
	missed   bool // the capture does not hold it
}

func spoiled(r *raw) { r.spoiled = true }
func missed(r *raw)  { r.missed = true }

// stamped adds time stamps (RFC 7323 §3.2).
func stamped(value, echo uint32) opt {
	return func(r *raw) {
		r.stamps = binary.BigEndian.AppendUint32([]byte{1, 1, 8, 10}, value)
		r.stamps = binary.BigEndian.AppendUint32(r.stamps, echo)
	}
}

func ttl(n byte) opt           { return func(r *raw) { r.ttl = n } }
func id(n uint16) opt          { return func(r *raw) { r.id = n } }
func window(n uint16) opt      { return func(r *raw) { r.window = n } }
func shift(n uint32) opt       { return func(r *raw) { r.seq += n } }
func seq(n uint32) opt         { return func(r *raw) { r.seq = n } }
func ackOf(n uint32) opt       { return func(r *raw) { r.ack = n } }
func carry(payload string) opt { return func(r *raw) { r.payload = payload } }
func old(n uint32) opt         { return func(r *raw) { r.seq, r.hold = r.seq-n, true } }

// c and s send a packet of the client or the server: flags as letters (S, A, F, R,
// P), and n bytes of payload.
func (t *talk) c(flags string, n int, opts ...opt) *talk {
	return t.send(tcpflow.Client, flags, n, opts)
}
func (t *talk) s(flags string, n int, opts ...opt) *talk {
	return t.send(tcpflow.Server, flags, n, opts)
}

func (t *talk) send(from int, flags string, n int, opts []opt) *talk {
	me, other := &t.ends[from], &t.ends[1-from]
	r := raw{seq: me.next, ack: other.next, ttl: me.ttl, window: me.window, df: true, payload: strings.Repeat("x", n)}
	me.id++
	r.id = me.id
	if flags == "R" { // the form of a stack without that connection
		r.seq, r.ack, r.id, r.window = other.ack, 0, 0, 0
	}
	if flags == "RA" && other.ack == 0 && from == tcpflow.Server && me.next == me.isn {
		r.seq, r.id, r.window = 0, 0, 0
	}
	for _, o := range opts {
		o(&r)
	}
	if !r.missed {
		t.write(from, flags, &r)
	}
	if strings.Contains(flags, "R") || r.hold {
		return t
	}
	me.next = r.seq + uint32(len(r.payload))
	if strings.ContainsAny(flags, "SF") {
		me.next++
	}
	if strings.Contains(flags, "A") {
		me.ack = r.ack
	}
	return t
}

func (t *talk) write(from int, flags string, r *raw) {
	tcp := make([]byte, 20, 20+len(r.payload))
	ports := [2]uint16{t.port, 443}
	binary.BigEndian.PutUint16(tcp, ports[from])
	binary.BigEndian.PutUint16(tcp[2:], ports[1-from])
	binary.BigEndian.PutUint32(tcp[4:], r.seq)
	if strings.Contains(flags, "A") {
		binary.BigEndian.PutUint32(tcp[8:], r.ack)
	}
	if strings.Contains(flags, "S") { // a maximum segment size, and a window scale of 7
		tcp = append(tcp, 2, 4, 5, 180, 3, 3, 7, 0)
	}
	tcp = append(tcp, r.stamps...)
	tcp[12] = byte(len(tcp) / 4 << 4)
	for _, f := range flags {
		tcp[13] |= map[rune]byte{'F': 1, 'S': 2, 'R': 4, 'P': 8, 'A': 16, 'U': 32}[f]
	}
	binary.BigEndian.PutUint16(tcp[14:], r.window)
	tcp = append(tcp, r.payload...)
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, r.ttl, 6, 0, 0}
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(tcp)))
	binary.BigEndian.PutUint16(ip[4:], r.id)
	if r.df {
		ip[6] = 0x40
	}
	addrs := [2][]byte{{10, 0, 0, 2}, {192, 0, 2, 9}}
	ip = append(append(ip, addrs[from]...), addrs[1-from]...)
	if t.sums {
		binary.BigEndian.PutUint16(tcp[16:], checksum(append(append([]byte{0, 6, byte(len(tcp) >> 8), byte(len(tcp))}, ip[12:20]...), tcp...)))
	}
	if r.spoiled {
		tcp[16] ^= 0x5a
	}
	t.batch.Add(int64(1e18)+int64(t.now), rawIPv4, 0, uint32(len(ip)+len(tcp)), append(ip, tcp...))
	t.now += 10 * time.Millisecond
}

// open is the handshake of a client 20 ms away.
func (t *talk) open() *talk {
	return t.c("S", 0).wait(10*time.Millisecond).s("SA", 0).c("A", 0)
}

// served is a request and its answer.
func (t *talk) served() *talk {
	return t.c("PA", 300).wait(10*time.Millisecond).s("A", 0).s("PA", 900).c("A", 0)
}

// read follows the packets as the program does, in two passes.
func (t *talk) read() []tcpflow.Transcript {
	e := tcpflow.New(tcpflow.Settings{})
	e.Feed(&t.batch)
	var want []int
	for s := range e.Finish().All() {
		want = append(want, s.Number)
	}
	all, err := tcpflow.Transcribe(context.Background(), packet.NewMemory(&t.batch, 7), want, tcpflow.Limits{})
	if err != nil {
		panic(err)
	}
	return all
}

func (t *talk) judge() []reset.Event {
	return reset.Judge(reset.Input{Transcripts: t.read()})
}

// checksum is that of RFC 1071.
func checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
