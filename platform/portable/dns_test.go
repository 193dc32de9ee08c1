package portable

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"faultline/platform"
)

// serveUDP hands each datagram to handle; what it calls back is sent.
func serveUDP(t *testing.T, handle func(q *dns.Msg, send func([]byte))) netip.AddrPort {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		b := make([]byte, 4096)
		for {
			n, from, err := c.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			q := new(dns.Msg)
			if q.Unpack(b[:n]) == nil {
				handle(q, func(b []byte) { c.WriteToUDPAddrPort(b, from) })
			}
		}
	})
	t.Cleanup(func() { c.Close(); all.Wait() })
	return c.LocalAddr().(*net.UDPAddr).AddrPort()
}

func pack(m *dns.Msg) []byte {
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

// answerTo is a reply to q with the records given.
func answerTo(q *dns.Msg, records ...string) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable = true
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			panic(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	return m
}

func exchangeWith(t *testing.T, wait time.Duration, q platform.DNSAsk) (platform.DNSAnswer, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	if q.Name == "" {
		q.Name = "www.example.com"
	}
	if q.Type == "" {
		q.Type = "A"
	}
	return DNS().Exchange(ctx, q)
}

const oneRecord = "www.example.com. 60 IN A 192.0.2.1"

func TestDNSOverUDP(t *testing.T) {
	tests := []struct {
		name   string
		handle func(q *dns.Msg, send func([]byte))
		wait   time.Duration
		want   *platform.Problem
		sent   int
	}{
		{"answer", func(q *dns.Msg, send func([]byte)) { send(pack(answerTo(q, oneRecord))) }, patience, nil, 1},
		{"silence", func(*dns.Msg, func([]byte)) {}, 100 * time.Millisecond, platform.ErrTimeout, 1},
		{"silence, asked again", func(*dns.Msg, func([]byte)) {}, 400 * time.Millisecond, platform.ErrTimeout, 2},
		{"garbage only", func(_ *dns.Msg, send func([]byte)) { send([]byte("garbage")) }, 100 * time.Millisecond, platform.ErrMalformed, 1},
		{"empty datagram", func(_ *dns.Msg, send func([]byte)) { send(nil) }, 100 * time.Millisecond, platform.ErrMalformed, 1},
		{"wrong id", func(q *dns.Msg, send func([]byte)) { m := answerTo(q, oneRecord); m.Id++; send(pack(m)) }, 100 * time.Millisecond, platform.ErrMalformed, 1},
		{"wrong question", func(q *dns.Msg, send func([]byte)) {
			m := answerTo(q, oneRecord)
			m.Question[0].Name = "other.example."
			send(pack(m))
		}, 100 * time.Millisecond, platform.ErrMalformed, 1},
		{"query for an answer", func(q *dns.Msg, send func([]byte)) { send(pack(q)) }, 100 * time.Millisecond, platform.ErrMalformed, 1},
		{"garbage, wrong id, answer", func(q *dns.Msg, send func([]byte)) {
			send([]byte("garbage"))
			m := answerTo(q)
			m.Id++
			send(pack(m))
			send(pack(answerTo(q, oneRecord)))
		}, patience, nil, 1},
		{"question in capitals", func(q *dns.Msg, send func([]byte)) {
			m := answerTo(q, oneRecord)
			m.Question[0].Name = "WWW.EXAMPLE.COM."
			send(pack(m))
		}, patience, nil, 1},
		{"silent to EDNS", func(q *dns.Msg, send func([]byte)) {
			if q.IsEdns0() == nil {
				send(pack(answerTo(q, oneRecord)))
			}
		}, patience, nil, 2},
		{"first datagram lost", func() func(q *dns.Msg, send func([]byte)) {
			seen := 0
			return func(q *dns.Msg, send func([]byte)) {
				if seen++; seen > 1 {
					send(pack(answerTo(q, oneRecord)))
				}
			}
		}(), patience, nil, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := serveUDP(t, tt.handle)
			got, err := exchangeWith(t, tt.wait, platform.DNSAsk{Server: server, Transport: "udp"})
			if tt.want == nil && err != nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Fatalf("got error %v, want %v", err, tt.want)
			}
			if got.Sent != tt.sent || got.Waited <= 0 {
				t.Errorf("got sent %d waited %v, want sent %d", got.Sent, got.Waited, tt.sent)
			}
			if err == nil && (len(got.Records) != 1 || got.Records[0].Addr.String() != "192.0.2.1" || got.RCode != "NOERROR" || !got.Recursion) {
				t.Errorf("got %+v, want the one record", got)
			}
		})
	}
}

func TestDNSRefusedByICMP(t *testing.T) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := c.LocalAddr().(*net.UDPAddr).AddrPort()
	c.Close()
	got, err := exchangeWith(t, patience, platform.DNSAsk{Server: server, Transport: "udp"})
	if !errors.Is(err, platform.ErrRefused) || got.Sent != 1 || got.Waited > time.Second {
		t.Errorf("got %v sent %d after %v, want refused at once", err, got.Sent, got.Waited)
	}
}

// Only what comes from the server's own address and port is an answer.
func TestDNSFromAnother(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	var all sync.WaitGroup
	all.Go(func() {
		b := make([]byte, 4096)
		if n, from, err := server.ReadFrom(b); err == nil {
			q := new(dns.Msg)
			q.Unpack(b[:n])
			stranger.WriteTo(pack(answerTo(q, oneRecord)), from)
		}
	})
	defer func() { server.Close(); all.Wait() }()
	to := server.LocalAddr().(*net.UDPAddr).AddrPort()
	if got, err := exchangeWith(t, 100*time.Millisecond, platform.DNSAsk{Server: to, Transport: "udp"}); !errors.Is(err, platform.ErrTimeout) {
		t.Errorf("got %+v, %v, want timeout", got, err)
	}
}

func TestDNSFlood(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server := serveUDP(t, func(_ *dns.Msg, send func([]byte)) {
		for ctx.Err() == nil {
			send([]byte("no answer at all"))
		}
	})
	start := time.Now()
	got, err := exchangeWith(t, 500*time.Millisecond, platform.DNSAsk{Server: server, Transport: "udp"})
	if !errors.Is(err, platform.ErrMalformed) || time.Since(start) > 2*time.Second || got.Waited <= 0 {
		t.Errorf("got %v after %v, want malformed in time", err, time.Since(start))
	}
}

func TestDNSCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := serveUDP(t, func(_ *dns.Msg, send func([]byte)) { cancel() })
	_, err := DNS().Exchange(ctx, platform.DNSAsk{Server: server, Name: "a", Type: "A", Transport: "udp"})
	if !errors.Is(err, platform.ErrCanceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

func TestDNSWithoutEDNS(t *testing.T) {
	for name, empty := range map[string]bool{"with question": false, "header only": true} {
		t.Run(name, func(t *testing.T) {
			server := serveUDP(t, func(q *dns.Msg, send func([]byte)) {
				if q.IsEdns0() == nil {
					send(pack(answerTo(q, oneRecord)))
					return
				}
				m := answerTo(q)
				m.Rcode = dns.RcodeFormatError
				if empty {
					m.Question = nil
				}
				send(pack(m))
			})
			got, err := exchangeWith(t, patience, platform.DNSAsk{Server: server, Transport: "udp"})
			if err != nil || got.RCode != "NOERROR" || got.Sent != 2 {
				t.Errorf("got %v %+v, want the answer to the second question", err, got)
			}
		})
	}
}

func TestDNSQuery(t *testing.T) {
	seen := make(chan *dns.Msg, 1)
	server := serveUDP(t, func(q *dns.Msg, send func([]byte)) { seen <- q; send(pack(answerTo(q))) })
	if _, err := exchangeWith(t, patience, platform.DNSAsk{Server: server, Name: ".", Type: "NS", Transport: "udp", CD: true}); err != nil {
		t.Fatalf("got %v, want none", err)
	}
	q := <-seen
	opt := q.IsEdns0()
	if q.Question[0].Name != "." || q.Question[0].Qtype != dns.TypeNS || !q.CheckingDisabled || !q.RecursionDesired {
		t.Errorf("got %v, want NS of the root, checking disabled", q)
	}
	if opt == nil || opt.UDPSize() != edns0Payload {
		t.Errorf("got EDNS %v, want payload %d", opt, edns0Payload)
	}
}

func TestDNSRejectsAsk(t *testing.T) {
	server := netip.MustParseAddrPort("127.0.0.1:9")
	tests := map[string]platform.DNSAsk{
		"no server":     {Name: "a", Type: "A", Transport: "udp"},
		"no transport":  {Server: server, Name: "a", Type: "A"},
		"unknown type":  {Server: server, Name: "a", Type: "ANY", Transport: "udp"},
		"empty name":    {Server: server, Type: "A", Transport: "udp"},
		"empty label":   {Server: server, Name: "a..b", Type: "A", Transport: "udp"},
		"long label":    {Server: server, Name: strings.Repeat("a", 64), Type: "A", Transport: "tcp"},
		"long name":     {Server: server, Name: strings.Repeat("abcdefg.", 40), Type: "A", Transport: "udp"},
		"broken escape": {Server: server, Name: `a\`, Type: "A", Transport: "udp"},
	}
	for name, q := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := DNS().Exchange(t.Context(), q)
			var p *platform.Problem
			if !errors.As(err, &p) || p.Code != platform.Other || p.Text == "" {
				t.Errorf("got %v, want a problem of code other with a text", err)
			}
		})
	}
}

func TestDNSFacts(t *testing.T) {
	q := new(dns.Msg)
	q.SetQuestion("www.example.com.", dns.TypeAAAA)
	m := answerTo(q, "www.example.com. 5 IN CNAME a.example.", "a.example. 6 IN AAAA ::ffff:192.0.2.1",
		"a.example. 7 IN TXT text", "a.example. 8 IN NS .")
	soa, _ := dns.NewRR("example. 9 IN SOA ns.example. mail.example. 1 2 3 4 5")
	txt, _ := dns.NewRR("example. 9 IN TXT no")
	m.Ns = []dns.RR{soa, txt}
	m.Rcode, m.Truncated = dns.RcodeBadVers, true
	opt := &dns.OPT{Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeOPT}}
	opt.Option = []dns.EDNS0{&dns.EDNS0_EDE{InfoCode: 15, ExtraText: "blocked\x00\xff"}}
	m.Extra = []dns.RR{opt}
	again := new(dns.Msg)
	if err := again.Unpack(pack(m)); err != nil {
		t.Fatal(err)
	}
	got := factsOf(again)
	want := []platform.DNSRecord{
		{Name: "www.example.com", Type: "CNAME", TTL: 5, Text: "a.example"},
		{Name: "a.example", Type: "AAAA", TTL: 6, Addr: netip.MustParseAddr("::ffff:192.0.2.1")},
		{Name: "a.example", Type: "TXT", TTL: 7},
		{Name: "a.example", Type: "NS", TTL: 8, Text: "."},
	}
	if !slices.Equal(got.Records, want) {
		t.Errorf("got %+v, want %+v", got.Records, want)
	}
	if want := []platform.DNSRecord{{Name: "example", Type: "SOA", TTL: 9, Text: "ns.example"}}; !slices.Equal(got.Authority, want) {
		t.Errorf("got %+v, want %+v", got.Authority, want)
	}
	if want := []platform.DNSExtended{{Code: 15, Text: "blocked"}}; !slices.Equal(got.Extended, want) {
		t.Errorf("got %+v, want %+v", got.Extended, want)
	}
	if got.RCode != "BADVERS" || !got.Truncated || !got.Recursion {
		t.Errorf("got %s truncated %v recursion %v, want BADVERS true true", got.RCode, got.Truncated, got.Recursion)
	}
}

func TestDNSTruncatedInRecord(t *testing.T) {
	packed, err := ask(platform.DNSAsk{Name: "www.example.com", Type: "A"}, true)
	if err != nil {
		t.Fatal(err)
	}
	q := new(dns.Msg)
	q.Unpack(packed.wire)
	m := answerTo(q, oneRecord)
	for _, truncated := range []bool{true, false} {
		m.Truncated = truncated
		b := pack(m)
		got, err := packed.read(b[:len(b)-3])
		if truncated && (err != nil || !got.Truncated) || !truncated && !errors.Is(err, platform.ErrMalformed) {
			t.Errorf("truncated %v: got %v, want an answer only when it says so", truncated, err)
		}
	}
}

func FuzzDNSAnswer(f *testing.F) {
	packed, err := ask(platform.DNSAsk{Name: "www.example.com", Type: "A"}, true)
	if err != nil {
		f.Fatal(err)
	}
	q := new(dns.Msg)
	q.Unpack(packed.wire)
	f.Add(pack(answerTo(q, oneRecord))[2:])
	f.Add(pack(answerTo(q, "www.example.com. 1 IN CNAME a\\000b.example.", "a. 1 IN SOA a. b. 1 2 3 4 5"))[2:])
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append(binary.BigEndian.AppendUint16(nil, packed.id), b...)
		m, err := packed.read(b)
		if err != nil {
			return
		}
		got := factsOf(m)
		if len(got.Records) > maxRecords || len(got.Authority) > maxRecords || len(got.Extended) > maxExtended {
			t.Errorf("got unbounded %+v", got)
		}
		for _, r := range append(got.Records, got.Authority...) {
			if len(r.Name) > maxNameText || len(r.Text) > maxNameText {
				t.Errorf("got unbounded %+v", r)
			}
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("got facts that are no JSON: %v", err)
		}
	})
}

func TestDNSWithoutAPort(t *testing.T) {
	d := DNSWith(func(netip.AddrPort) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EAGAIN)}
	})
	_, err := d.Exchange(t.Context(), platform.DNSAsk{Server: netip.MustParseAddrPort("192.0.2.53:53"), Name: "a.example", Type: "A", Transport: "udp"})
	if p := platform.AsProblem(err); p == nil || p.Code != platform.NoLocalAddress {
		t.Errorf("got %v want %s", err, platform.NoLocalAddress)
	}
}
