package rule_test

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"faultline/platform"
)

func (m *madeHost) Exchange(ctx context.Context, q platform.DNSAsk) (platform.DNSAnswer, error) {
	z, heard := m.w.zoneOf(q.Server.Addr())
	if _, ok := m.w.route(q.Server.Addr(), 0); !ok {
		return platform.DNSAnswer{}, platform.ErrUnreachableNet
	}
	if !heard {
		began := time.Now()
		err := pause(ctx, patience)
		if err == nil {
			err = platform.ErrTimeout
		}
		return platform.DNSAnswer{Sent: 3, Waited: time.Since(began)}, err
	}
	a := platform.DNSAnswer{RCode: "NXDOMAIN", Recursion: true, Sent: 1, Connected: q.Transport == "tcp", Waited: trip, Bytes: 80,
		Authority: []platform.DNSRecord{{Name: ".", Type: "SOA", TTL: 60, Text: "a.root-servers.example"}}}
	name := strings.TrimSuffix(q.Name, ".")
	for known, addrs := range z {
		switch {
		case name == "" || strings.HasSuffix(known, "."+name):
			a.RCode = "NOERROR"
		case known == name:
			a.RCode = "NOERROR"
			for _, addr := range addrs {
				if addr.Is4() == (q.Type == "A") && q.Type != "SOA" {
					a.Records, a.Authority = append(a.Records, platform.DNSRecord{Name: q.Name, Type: q.Type, TTL: 300, Addr: addr}), nil
				}
			}
		}
	}
	return a, pause(ctx, a.Waited)
}

// TCP dials as Windows does: after a reset it tries twice more, half a second
// apart, before it says that it was refused.
func (m *madeHost) TCP(ctx context.Context, q platform.DialAsk) (platform.Dial, error) {
	mach, r, there := m.w.meets(q.To.Addr())
	d := platform.Dial{Ended: platform.DialSilent, Sent: max(q.SYNs, 1), Waited: time.Duration(max(q.SYNs, 1)) * time.Second,
		Local: netip.AddrPortFrom(r.Source, 50000+q.To.Port()%1000)}
	_, open := mach.services[q.To.Port()]
	switch {
	case r.Link == 0:
		d = platform.Dial{Ended: platform.DialLocal, Problem: &platform.Problem{Code: platform.UnreachableNet, Text: "WSAENETUNREACH"}}
	case there && open:
		d.Ended, d.Sent, d.Waited = platform.DialOpen, 1, trip
		d.TCP = &platform.TCPInfo{RTT: trip, MSS: 1460}
	case there && !mach.drops:
		d.Ended, d.Sent, d.Waited = platform.DialRefused, 1, time.Second
	}
	return d, pause(ctx, d.Waited)
}

func (m *madeHost) Talk(ctx context.Context, q platform.TalkAsk) (platform.Talk, error) {
	mach, _, there := m.w.meets(q.To.Addr())
	s, open := mach.services[q.To.Port()]
	t := platform.Talk{End: platform.EndError}
	pass := func(name string) {
		t.Stages = append(t.Stages, platform.Stage{Name: name, Waited: trip})
	}
	fail := func(name string, code platform.ProblemCode, text string) (platform.Talk, error) {
		t.Stages = append(t.Stages, platform.Stage{Name: name, Waited: trip, Problem: &platform.Problem{Code: code, Text: text}})
		return t, pause(ctx, trip)
	}
	switch {
	case there && !open && !mach.drops:
		return fail(platform.StageConnect, platform.Refused, "WSAECONNREFUSED")
	case !there || !open:
		t.End = platform.EndTimeout
		if err := pause(ctx, patience); err != nil {
			t.Stages = append(t.Stages, platform.Stage{Name: platform.StageConnect, Waited: patience, Problem: platform.AsProblem(err)})
			return t, nil
		}
		return fail(platform.StageConnect, platform.Timeout, "WSAETIMEDOUT")
	}
	pass(platform.StageConnect)
	if q.Proxy != nil && s.proxy != nil {
		if t.Proxy = s.proxy; q.Proxy.SignIn != nil {
			if t.Proxy = s.signed; t.Proxy == nil {
				return platform.Talk{End: platform.EndError}, platform.ErrUnsupported
			}
		}
		if t.Proxy.Status != 200 {
			t.End = platform.EndLocal
			return fail(platform.StageProxy, platform.Other, "the proxy did not connect")
		}
		pass(platform.StageProxy)
		s = m.w.far(q.Proxy)
	}
	return m.speak(ctx, q, s, t)
}

// far is the service that a proxy connects to; whatever lies between.
func (w *world) far(hop *platform.ProxyHop) service {
	for _, z := range w.zones {
		for _, a := range z[hop.Host] {
			return w.machines[a].services[hop.Port]
		}
	}
	return service{}
}

// speak goes on with a conversation behind the connection.
func (m *madeHost) speak(ctx context.Context, q platform.TalkAsk, s service, t platform.Talk) (platform.Talk, error) {
	t.End, t.Sent, t.Received, t.FirstIn = platform.EndLocal, 400, 2000, trip
	if q.TLS != nil {
		t.Stages = append(t.Stages, platform.Stage{Name: platform.StageTLS, Waited: 2 * trip})
		t.TLS = &platform.TLSFacts{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Chain: s.chain, Trusted: s.trust,
			NameMatches: platform.TriOf(len(s.chain) > 0 && slices.Contains(s.chain[0].Names, q.TLS.ServerName))}
		if s.chain == nil {
			t.TLS, t.End = &platform.TLSFacts{NotTLS: true}, platform.EndError
			t.Stages[len(t.Stages)-1].Problem = &platform.Problem{Code: platform.Malformed, Text: "no TLS"}
			return t, pause(ctx, 2*trip)
		}
	}
	if q.HTTP != nil {
		t.Stages = append(t.Stages, platform.Stage{Name: platform.StageRequest}, platform.Stage{Name: platform.StageReply, Waited: trip})
		t.HTTP = &platform.HTTPFacts{Status: s.status, Proto: "HTTP/1.1", Date: time.Now().UTC(), Length: 100}
	}
	return t, pause(ctx, 3*trip)
}

func (m madeEcho) Send(ctx context.Context, q platform.EchoAsk) (platform.EchoReply, error) {
	mach, r, there := m.w.meets(q.To)
	a := platform.EchoReply{Waited: patience}
	switch {
	case r.Link == 0:
		return platform.EchoReply{}, platform.ErrUnreachableNet
	case there && q.TTL > 0 && q.TTL <= mach.hops:
		a.Waited = trip
		a.ICMP = &platform.ICMP{From: netip.AddrFrom4([4]byte{198, 51, 100, byte(q.TTL)}), Type: 11}
		if q.TTL == 1 {
			a.ICMP.From = r.Gateway
		}
	case there && !mach.deaf:
		a = platform.EchoReply{Answered: true, TTL: 128 - mach.hops, Waited: trip}
	}
	return a, pause(ctx, a.Waited)
}

func (m madeDatagrams) Send(ctx context.Context, q platform.DatagramAsk) (platform.DatagramReply, error) {
	mach, r, there := m.w.meets(q.To.Addr())
	a := platform.DatagramReply{Waited: patience}
	switch {
	case r.Link == 0:
		return platform.DatagramReply{}, platform.ErrUnreachableNet
	case there && !mach.drops:
		a = platform.DatagramReply{Waited: trip, ICMP: &platform.ICMP{From: q.To.Addr(), Type: 3, Code: 3}}
	}
	return a, pause(ctx, a.Waited)
}

func (madeSockets) Listeners(context.Context, platform.ListenersAsk) (platform.ListenerFacts, error) {
	return platform.ListenerFacts{}, nil
}

func (madeSockets) Ports(context.Context, platform.PortsAsk) (platform.PortUse, error) {
	return platform.PortUse{Low: 49152, High: 65535}, nil
}
