package windows

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

var (
	procIcmpCreateFile  = iphlpapi.NewProc("IcmpCreateFile")
	procIcmp6CreateFile = iphlpapi.NewProc("Icmp6CreateFile")
	procIcmpCloseHandle = iphlpapi.NewProc("IcmpCloseHandle")
	procIcmpSendEcho2Ex = iphlpapi.NewProc("IcmpSendEcho2Ex")
	procIcmp6SendEcho2  = iphlpapi.NewProc("Icmp6SendEcho2")
	errEchoNotRead      = &platform.Problem{Code: platform.Malformed, Text: "the reply cannot be read"}
	errNoEcho6          = &platform.Problem{Code: platform.NoMechanism, Text: "no echo over IPv6 here"}
)

const (
	probePatience = 5 * time.Second // for an ask that came without a deadline
	defaultSize   = 32
	maxSize       = 65000
	// What the system wants beside the reply and the payload: an ICMP error of
	// 8 bytes and an IO_STATUS_BLOCK (icmpapi.h, IcmpSendEcho2Ex).
	replyRoom  = 8 + 16
	systemTTL  = 128 // where options are given for another reason
	flagDF     = 2   // IP_FLAG_DF, ipexport.h
	pointerLen = int(unsafe.Sizeof(uintptr(0)))
)

type echo struct{}

// echoOptions is IP_OPTION_INFORMATION (ipexport.h).
type echoOptions struct {
	ttl, tos, flags, size uint8
	data                  *byte
}

// Send sends one echo request, as ping.exe does: no rights are needed. The call
// blocks until the answer or its timeout, so that one that was given up goes on
// beside its caller until then.
func (echo) Send(ctx context.Context, q platform.EchoAsk) (platform.EchoReply, error) {
	if err := ended(ctx); err != nil {
		return platform.EchoReply{}, err
	}
	ctx, cancel := bounded(ctx, probePatience)
	defer cancel()
	p, err := newPing(ctx, q)
	if err != nil {
		return platform.EchoReply{}, err
	}
	type outcome struct {
		replies uintptr
		err     error
		took    time.Duration
	}
	done := make(chan outcome, 1)
	began := time.Now()
	go func() {
		defer p.close()
		n, err := p.send()
		done <- outcome{n, err, time.Since(began)}
	}()
	select {
	case e := <-done:
		r, err := p.answer(e.replies, e.err)
		r.Waited = e.took
		return r, err
	case <-ctx.Done():
		return platform.EchoReply{Waited: time.Since(began)}, quiet(ctx.Err())
	}
}

// ping is one echo request on its way.
type ping struct {
	file    uintptr
	to      netip.Addr
	from    netip.Addr
	zone    uint32
	payload []byte
	reply   []byte
	options *echoOptions
	timeout uint32
}

func newPing(ctx context.Context, q platform.EchoAsk) (*ping, error) {
	to := q.To.Unmap()
	if !to.IsValid() {
		return nil, &platform.Problem{Code: platform.Other, Text: "no address"}
	}
	zone, err := zoneIndex(to.Zone())
	if err != nil {
		return nil, err
	}
	p := &ping{to: to.WithZone(""), zone: zone, payload: payload(q.Size), timeout: remaining(ctx)}
	p.reply = make([]byte, echoReply4Size64+len(p.payload)+replyRoom)
	if q.Link != 0 {
		if p.from, err = addressOf(q.Link, to); err != nil {
			return nil, err
		}
	}
	if q.TTL != 0 || q.DF {
		p.options = &echoOptions{ttl: uint8(min(max(q.TTL, 0), 255))}
		if q.TTL == 0 {
			p.options.ttl = systemTTL
		}
		if q.DF {
			p.options.flags = flagDF
		}
	}
	p.file, err = openEcho(to)
	return p, err
}

// openEcho opens what sends echo requests of a family.
func openEcho(to netip.Addr) (uintptr, error) {
	create, send := procIcmpCreateFile, procIcmpSendEcho2Ex
	if to.Is6() {
		create, send = procIcmp6CreateFile, procIcmp6SendEcho2
	}
	if absent(create, send, procIcmpCloseHandle) != nil {
		return 0, platform.ErrUnsupported
	}
	file, _, err := create.Call()
	if windows.Handle(file) != windows.InvalidHandle {
		return file, nil
	}
	if p := systemProblem(numberOf(err)); p.Code == platform.Permission || to.Is4() {
		return 0, fmt.Errorf("opening ICMP: %w", p)
	}
	return 0, errNoEcho6
}

func (p *ping) close() { _, _, _ = procIcmpCloseHandle.Call(p.file) }

// send blocks until the answer came or the time is up; it returns how many replies
// there are.
func (p *ping) send() (replies uintptr, err error) {
	if p.to.Is6() {
		return p.send6()
	}
	return p.send4()
}

func (p *ping) send4() (uintptr, error) {
	to, from := p.to.As4(), [4]byte{}
	if p.from.Is4() {
		from = p.from.As4()
	}
	n, _, err := procIcmpSendEcho2Ex.Call(p.file, 0, 0, 0, uintptr(inAddr(from)), uintptr(inAddr(to)),
		uintptr(unsafe.Pointer(&p.payload[0])), uintptr(len(p.payload)), uintptr(unsafe.Pointer(p.options)),
		uintptr(unsafe.Pointer(&p.reply[0])), uintptr(len(p.reply)), uintptr(p.timeout))
	runtime.KeepAlive(p)
	return n, err
}

// inAddr is an IN_ADDR (inaddr.h): the bytes as they are sent, in one number.
func inAddr(b [4]byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func (p *ping) send6() (uintptr, error) {
	to := windows.RawSockaddrInet6{Family: windows.AF_INET6, Addr: p.to.As16(), Scope_id: p.zone}
	from := windows.RawSockaddrInet6{Family: windows.AF_INET6}
	if p.from.Is6() {
		from.Addr, from.Scope_id = p.from.As16(), p.zone
	}
	n, _, err := procIcmp6SendEcho2.Call(p.file, 0, 0, 0, uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&to)),
		uintptr(unsafe.Pointer(&p.payload[0])), uintptr(len(p.payload)), uintptr(unsafe.Pointer(p.options)),
		uintptr(unsafe.Pointer(&p.reply[0])), uintptr(len(p.reply)), uintptr(p.timeout))
	runtime.KeepAlive(p)
	return n, err
}

// answer reads how many replies there are and, where there is none, the error
// number, which then is a status: the sender is in the buffer all the same if
// there was one.
func (p *ping) answer(replies uintptr, err error) (platform.EchoReply, error) {
	e, ok := p.decode()
	if replies == 0 && (!ok || e.Status != numberOf(err)) {
		e, ok = echoed{From: unspecified(p.to), Status: numberOf(err)}, true
	}
	if !ok {
		return platform.EchoReply{}, errEchoNotRead
	}
	return e.reply(p.to, ownAddress)
}

func (p *ping) decode() (echoed, bool) {
	if p.to.Is6() {
		return decodeEcho6(p.reply)
	}
	return decodeEcho4(p.reply, pointerLen)
}

// payload begins with a number that tells this request from any other.
func payload(size int) []byte {
	if size <= 0 {
		size = defaultSize
	}
	b := make([]byte, max(8, min(size, maxSize)))
	n := rand.Uint64()
	for i := range b {
		b[i] = byte(i)
		if i < 8 {
			b[i] = byte(n >> (8 * i))
		}
	}
	return b[:min(size, maxSize)]
}
