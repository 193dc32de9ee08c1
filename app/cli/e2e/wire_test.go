//go:build e2e && linux

package e2e

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"golang.org/x/sys/unix"

	"faultline/platform/linux/netlab"
)

// ordinaryTTL is above what a trace sends with and below what any system
// starts with.
const ordinaryTTL = 32

// wire counts what a machine sends, on all its adapters but loopback.
type wire struct {
	fd   int
	stop chan struct{}
	done sync.WaitGroup

	packets int
	acks    int                    // of them those that only acknowledge: how many is up to what the other end sends
	syns    map[netip.AddrPort]int // with an ordinary TTL
	to      map[netip.Addr]int     // whom it sent to, or looked for on the link
}

// tap begins to count. A socket of the network layer (SOCK_DGRAM) sees every
// adapter and says of each packet whether it leaves (packet(7)).
func tap(t testing.TB, n *netlab.Node) *wire {
	t.Helper()
	w := &wire{stop: make(chan struct{}), syns: map[netip.AddrPort]int{}, to: map[netip.Addr]int{}}
	err := n.Do(func() (err error) {
		proto := int(binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL)))
		w.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, proto)
		return err
	})
	if err != nil {
		t.Fatalf("opening a packet socket in %s: %v", n.Name, err)
	}
	for _, err := range []error{
		unix.SetsockoptInt(w.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20),
		unix.SetsockoptTimeval(w.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 50_000}),
	} {
		if err != nil {
			t.Fatalf("setting up a packet socket: %v", err)
		}
	}
	w.done.Go(w.read)
	return w
}

// close ends the counting once nothing is left to read.
func (w *wire) close() {
	close(w.stop)
	w.done.Wait()
	unix.Close(w.fd)
}

func (w *wire) stopped() bool {
	select {
	case <-w.stop:
		return true
	default:
		return false
	}
}

func (w *wire) read() {
	buf := make([]byte, 1<<16)
	var over <-chan time.Time // where others go on sending, nothing is ever left
	for {
		select {
		case <-over:
			return
		default:
		}
		if over == nil && w.stopped() {
			over = time.After(200 * time.Millisecond)
		}
		n, from, err := unix.Recvfrom(w.fd, buf, 0)
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.ENETDOWN) {
			continue
		}
		if err != nil && w.stopped() {
			return
		}
		if err != nil {
			continue
		}
		at, ok := from.(*unix.SockaddrLinklayer)
		if ok && at.Pkttype == unix.PACKET_OUTGOING && at.Ifindex != 1 {
			w.count(binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, at.Protocol)), buf[:n])
		}
	}
}

func (w *wire) count(proto uint16, raw []byte) {
	first := map[uint16]gopacket.LayerType{unix.ETH_P_IP: layers.LayerTypeIPv4, unix.ETH_P_IPV6: layers.LayerTypeIPv6, unix.ETH_P_ARP: layers.LayerTypeARP}[proto]
	if first == 0 {
		return
	}
	p := gopacket.NewPacket(raw, first, gopacket.NoCopy)
	var dst netip.Addr
	ttl := 0
	switch l := p.Layer(first).(type) {
	case *layers.ARP:
		if l.Operation == layers.ARPRequest {
			dst, _ = netip.AddrFromSlice(l.DstProtAddress)
		}
	case *layers.IPv4:
		dst, _ = netip.AddrFromSlice(l.DstIP.To4())
		ttl = int(l.TTL)
	case *layers.IPv6:
		dst, _ = netip.AddrFromSlice(l.DstIP)
		ttl = int(l.HopLimit)
		// The kernel's own neighbor discovery: whom it looks for counts, and
		// what it answers is nobody's wish.
		if p.Layer(layers.LayerTypeICMPv6NeighborAdvertisement) != nil {
			return
		}
		if s, ok := p.Layer(layers.LayerTypeICMPv6NeighborSolicitation).(*layers.ICMPv6NeighborSolicitation); ok {
			dst, _ = netip.AddrFromSlice(s.TargetAddress)
		}
	}
	if !dst.IsValid() || dst.IsMulticast() {
		return // group membership and router discovery of the kernel
	}
	w.packets++
	w.to[dst]++
	tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	switch {
	case !ok:
	case tcp.SYN && !tcp.ACK && ttl >= ordinaryTTL:
		w.syns[netip.AddrPortFrom(dst, uint16(tcp.DstPort))]++
	case tcp.ACK && !tcp.SYN && !tcp.FIN && !tcp.RST && len(tcp.Payload) == 0:
		w.acks++
	}
}

// many reports whether more was sent than a share of what is allowed, in percent,
// and twice that with what only acknowledges.
func (w *wire) many(percent int) bool {
	most := mostPackets * percent / 100
	return w.packets-w.acks > most || w.packets > 2*most
}

// mostSYNs returns the port that met the most connection attempts.
func (w *wire) mostSYNs() (to netip.AddrPort, n int) {
	for p, c := range w.syns {
		if c > n {
			to, n = p, c
		}
	}
	return to, n
}
