package check

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"faultline/diag"
	"faultline/platform"
)

// Answer is what one question brought.
type Answer struct {
	Name string
	platform.DNSAnswer
	Problem *platform.Problem
	// Whole is how the same went over TCP, where the answer was cut off or the
	// system asks over TCP only, and TCP brought none.
	Whole *Answer
}

// Came reports whether a well-formed response came, whatever it said.
func (a Answer) Came() bool { return a.Problem == nil }

// Silent reports whether nothing came back although enough was sent and waited.
func (a Answer) Silent() bool {
	return errors.Is(a.err(), platform.ErrTimeout) && a.Sent >= 3 && a.Waited >= time.Second
}

// Closed reports whether the server's machine said that no name server
// listens there.
func (a Answer) Closed() bool {
	return errors.Is(a.err(), platform.ErrRefused) || errors.Is(a.err(), platform.ErrUnreachablePort)
}

// Unreachable reports whether the system has no way to the server, or was told
// by a router that there is none.
func (a Answer) Unreachable() bool {
	return errors.Is(a.err(), platform.ErrUnreachableHost) || errors.Is(a.err(), platform.ErrUnreachableNet)
}

func (a Answer) err() error {
	if a.Problem == nil {
		return nil
	}
	return a.Problem
}

// cutOff reports whether an answer holds nothing but that it was too long.
func (a Answer) cutOff() bool { return a.Came() && a.Truncated && len(a.Records) == 0 }

// NotWhole reports whether the system must fetch the answer over TCP, and it is
// not to be had there: silence long enough to be called one, or a way that is
// closed.
func (a Answer) NotWhole() bool { return a.Came() && a.Whole != nil && a.Whole.Barred() }

// Barred reports whether what was asked over TCP met a closed way, or silence long
// enough to be called one.
func (a Answer) Barred() bool {
	return a.Closed() || a.Unreachable() || errors.Is(a.err(), platform.ErrReset) ||
		errors.Is(a.err(), platform.ErrTimeout) && a.Waited >= time.Second
}

// Lame reports whether a server neither knows the name nor looks it up: it offers
// no recursion, and what it says of the name is only whom else to ask (RFC 1912
// §2.8). The system then asks its next server.
func (a Answer) Lame() bool {
	soa := slices.ContainsFunc(a.Authority, func(r platform.DNSRecord) bool { return r.Type == "SOA" })
	return a.Came() && a.RCode == "NOERROR" && len(a.Records) == 0 && !a.Recursion && !soa && !a.Truncated
}

// Alias returns where the name leads by CNAME records, when that has no address:
// the last name of the chain.
func (a Answer) Alias() (end string) {
	for _, r := range a.Records {
		if r.Addr.IsValid() {
			return ""
		}
		if r.Type == "CNAME" {
			end = r.Text
		}
	}
	return end
}

// Withheld returns the extended error with which a server says that it keeps the
// answer back: blocked, censored or filtered (RFC 8914 §4.16 to 4.18).
func (a Answer) Withheld() (e platform.DNSExtended, said bool) {
	i := slices.IndexFunc(a.Extended, func(e platform.DNSExtended) bool { return e.Code >= 15 && e.Code <= 17 })
	if i < 0 {
		return e, false
	}
	return a.Extended[i], true
}

// ServerAnswers is what one name server says of the target's name.
type ServerAnswers struct {
	Server netip.AddrPort
	// Unasked: the hosts file holds the name, so that the system asks no server.
	Unasked bool
	UDP     []Answer // A and AAAA of each candidate name, in order
	TCP     *Answer  // A of the first candidate, asked when UDP stayed silent
	Late    *Answer  // the same over UDP, which came after all
	// Parent is what the server says of the zone above a name that, it says, does
	// not exist. Unchecked is what it says of the name with validation off, and
	// Root what of the root zone, when it said that it failed.
	Parent, Unchecked, Root *Answer
}

// Addresses returns every address that the server gave.
func (s ServerAnswers) Addresses() (all []netip.Addr) { return addressesIn(s.all()) }

// all are the answers over UDP, late ones too.
func (s ServerAnswers) all() []Answer {
	if s.Late == nil {
		return s.UDP
	}
	return append(slices.Clip(s.UDP), *s.Late)
}

// AddressesOf returns the addresses that the server gave to one candidate name.
func (s ServerAnswers) AddressesOf(name string) (all []netip.Addr) {
	return addressesIn(slices.DeleteFunc(slices.Clone(s.all()), func(a Answer) bool { return a.Name != name }))
}

func addressesIn(answers []Answer) (all []netip.Addr) {
	for _, a := range answers {
		if a.NotWhole() {
			continue // the system does not use half an answer (RFC 2181 §9)
		}
		for _, r := range a.Records {
			if r.Addr.IsValid() && !slices.Contains(all, r.Addr.Unmap()) {
				all = append(all, r.Addr.Unmap())
			}
		}
	}
	return all
}

// Settled reports whether nothing more could have come from the server: it gave an
// address, or answered every question.
func (s ServerAnswers) Settled() bool {
	return s.known() || !slices.ContainsFunc(s.all(), func(a Answer) bool { return !a.Came() })
}

func (s ServerAnswers) known() bool { return len(s.Addresses()) > 0 }

// What a server says, when it is no response code.
const (
	SaysNothing = "silent"
	SaysClosed  = "closed" // its machine says that nothing listens there
	SaysNoRoute = "unreachable"
	SaysDenied  = "denied"    // this machine refused to send
	SaysGarbage = "malformed" // what it sends cannot be understood
	SaysLame    = "lame"      // it only tells whom else to ask
	SaysCutOff  = "truncated" // the answer is too long for UDP, and TCP brings none
	SaysUnknown = "unknown"   // this machine could not ask, or not long enough
)

// Says sums a server's answers up: NOERROR when any candidate exists, else the
// code of the last candidate, which is the name as given.
func (s ServerAnswers) Says() string {
	last := SaysUnknown
	if s.Late != nil {
		return s.Late.says()
	}
	for _, a := range s.UDP {
		if last = a.says(); last == "NOERROR" {
			return last
		}
	}
	return last
}

// Of is what the server says of one candidate name.
func (s ServerAnswers) Of(name string) string {
	one := ServerAnswers{UDP: slices.DeleteFunc(slices.Clone(s.UDP), func(a Answer) bool { return a.Name != name })}
	return one.Says()
}

func (a Answer) says() string {
	switch {
	case a.NotWhole():
		return SaysCutOff
	case a.cutOff():
		return SaysUnknown // the answer itself is to be had over TCP (RFC 7766 §5)
	case a.Lame():
		return SaysLame
	case a.Came():
		return a.RCode
	case a.Silent():
		return SaysNothing
	case a.Closed():
		return SaysClosed
	case a.Unreachable():
		return SaysNoRoute
	case errors.Is(a.err(), platform.ErrPermission):
		return SaysDenied
	case errors.Is(a.err(), platform.ErrMalformed):
		return SaysGarbage
	}
	return SaysUnknown
}

// Believed returns the server whose answer the system takes, -1 while none gave
// one: the first that says whether the name exists; a failure or silence sends
// the system on to the next (resolv.conf(5)).
func Believed(servers []ServerAnswers) int {
	return slices.IndexFunc(servers, func(s ServerAnswers) bool {
		says := s.Says()
		return s.known() || says == "NXDOMAIN" || says == "NOERROR"
	})
}

// believed returns the addresses that the system will find, as far as its name
// servers have answered: of the first candidate that has any.
func believed(servers []ServerAnswers) []netip.Addr {
	i := Believed(servers)
	if i < 0 || servers[i].Unasked {
		return nil
	}
	for _, a := range servers[i].all() {
		if all := slices.DeleteFunc(servers[i].AddressesOf(a.Name), func(a netip.Addr) bool { return !Usable(a) }); len(all) > 0 {
			return all
		}
	}
	return nil
}

// Usable reports whether an address can be a host's at all. Name servers answer
// with the unspecified address to block a name.
func Usable(a netip.Addr) bool { return a.IsValid() && !a.IsUnspecified() }

// fetch asks over TCP, as the system does, for what was cut off (RFC 7766 §5), or
// for everything. Where TCP is barred, one attempt tells for all.
func (s *ServerAnswers) fetch(ctx context.Context, e *diag.Env, n int, byTCP bool) {
	var barred *Answer
	for i := range s.UDP {
		a := &s.UDP[i]
		if !a.Came() || !a.Truncated && !byTCP {
			continue
		}
		if barred != nil {
			a.Whole = barred
			continue
		}
		kind := []string{"A", "AAAA"}[i%2]
		whole := exchange(ctx, e, platform.DNSAsk{Server: s.Server, Name: a.Name, Type: kind, Transport: "tcp", N: n})
		if whole.Came() {
			*a = whole
			continue
		}
		if a.Whole = &whole; whole.Barred() {
			barred = &whole
		}
	}
}

func exchange(ctx context.Context, e *diag.Env, q platform.DNSAsk) Answer {
	return patiently(ctx, e, q, dnsPatience)
}

func patiently(ctx context.Context, e *diag.Env, q platform.DNSAsk, patience time.Duration) Answer {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a, err := e.Host.DNS.Exchange(ctx, q)
	if err == nil {
		e.RTT(a.Waited)
	}
	return Answer{Name: q.Name, DNSAnswer: a, Problem: platform.AsProblem(err)}
}

// parentOf returns the zone above a name: the root above a single label.
func parentOf(name string) string {
	if _, above, found := strings.Cut(name, "."); found && above != "" {
		return above
	}
	return "."
}
