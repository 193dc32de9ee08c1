package linux

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"faultline/platform"
)

// Numbers of linux/inet_diag.h and net/tcp_states.h.
const (
	sockDiagByFamily = 20 // SOCK_DIAG_BY_FAMILY
	diagRequest      = 56 // struct inet_diag_req_v2
	diagMessage      = 72 // struct inet_diag_msg
	diagFilter       = 1  // INET_DIAG_REQ_BYTECODE
	diagTCP          = 6  // IPPROTO_TCP
	diagUDP          = 17 // IPPROTO_UDP
	diagV6Only       = 11 // INET_DIAG_SKV6ONLY, of listeners and closed sockets

	bytecodeGE = 2 // INET_DIAG_BC_S_GE
	bytecodeLE = 3 // INET_DIAG_BC_S_LE

	tcpClose     = 7
	tcpCloseWait = 8
	tcpListen    = 10
	tcpBound     = 13 // TCP_BOUND_INACTIVE: asked for since Linux 6.8, and closed
	everyState   = 1<<(tcpBound+1) - 2
)

// connectionStates name the states that a connection can be in.
var connectionStates = map[int]string{
	1: platform.Established, 2: platform.SynSent, 3: platform.SynReceived, 4: platform.FinWait1, 5: platform.FinWait2,
	6: platform.TimeWait, tcpCloseWait: platform.CloseWait, 9: platform.LastAck, 11: platform.Closing, 12: platform.SynReceived,
}

// socketRow is one TCP or UDP socket as the kernel lists it: a UDP socket that is
// connected to nobody is in the state tcpClose.
type socketRow struct {
	State         int
	Local, Remote netip.AddrPort
	Link          int
	Queue, Limit  int // of a listener
	UID           int
	Inode         int // 0: no program holds it
	V6Only        platform.Tri
}

// owned reports whether the port cannot be used by any other socket: the
// kernel hands out one that a connection has, and no other.
func (r socketRow) owned() bool {
	return r.State == tcpListen || r.State == tcpBound || r.State == tcpClose
}

// socketRequest asks for the sockets of a protocol and a family in the states of a mask
// whose local port lies in a range. The filter is a program for the kernel: an
// operation is its code, where to go on when it holds, and where when it does
// not, beyond the end being no; the port follows in the same form.
func socketRequest(protocol, family, states int, low, high uint16) []byte {
	b := make([]byte, diagRequest)
	b[0], b[1] = byte(family), byte(protocol)
	host.PutUint32(b[4:], uint32(states))
	var filter []byte
	operation := func(code, yes byte, no uint16) {
		filter = host.AppendUint16(append(filter, code, yes), no)
	}
	operation(bytecodeGE, 8, 20)
	operation(0, 0, low)
	operation(bytecodeLE, 8, 12)
	operation(0, 0, high)
	return attribute(b, diagFilter, filter)
}

// decodeSocket reads one inet_diag_msg with its attributes.
func decodeSocket(b []byte) (r socketRow, ok bool) {
	if len(b) < diagMessage {
		return r, false
	}
	size := map[byte]int{2: 4, 10: 16}[b[0]] // AF_INET, AF_INET6
	if size == 0 {
		return r, false
	}
	r = socketRow{
		State: int(b[1]), Link: number(b[40:]), UID: number(b[64:]), Inode: number(b[68:]),
		Local:  netip.AddrPortFrom(address(b[8:8+size]), binary.BigEndian.Uint16(b[4:])),
		Remote: netip.AddrPortFrom(address(b[24:24+size]), binary.BigEndian.Uint16(b[6:])),
	}
	if r.State == tcpListen {
		r.Queue, r.Limit = number(b[56:]), number(b[60:])
	}
	for kind, value := range attributes(b[diagMessage:]) {
		if kind == diagV6Only && len(value) > 0 {
			r.V6Only = platform.TriOf(value[0] != 0)
		}
	}
	return r, true
}

// decodePair reads two numbers, as ip_local_port_range holds them.
func decodePair(b []byte) (low, high int, ok bool) {
	f := strings.Fields(string(b))
	if len(f) != 2 {
		return 0, 0, false
	}
	low, err1 := strconv.Atoi(f[0])
	high, err2 := strconv.Atoi(f[1])
	return low, high, err1 == nil && err2 == nil && 0 < low && low <= high && high <= 65535
}

// decodeReserved counts the ports of ip_local_reserved_ports ("8080,9000-9010")
// between low and high.
func decodeReserved(b []byte, low, high int) (n int) {
	for part := range strings.SplitSeq(strings.TrimSpace(string(b)), ",") {
		first, last, several := strings.Cut(part, "-")
		from, err := strconv.Atoi(first)
		to := from
		if several && err == nil {
			to, err = strconv.Atoi(last)
		}
		if err == nil {
			n += max(min(to, high)-max(from, low)+1, 0)
		}
	}
	return min(n, high-low+1)
}

// decodeFileLimit reads the soft limit in the row "Max open files" of
// /proc/PID/limits; 0 when there is none.
func decodeFileLimit(b []byte) int {
	for line := range bytes.Lines(b) {
		if rest, found := bytes.CutPrefix(line, []byte("Max open files")); found {
			if f := strings.Fields(string(rest)); len(f) > 0 {
				n, _ := strconv.ParseUint(f[0], 10, 31)
				return int(n)
			}
		}
	}
	return 0
}

// decodeFileUse reads file-nr (proc_sys_fs(5)): allocated, unused, the limit.
func decodeFileUse(b []byte) (open, limit int) {
	f := strings.Fields(string(b))
	if len(f) != 3 {
		return 0, 0
	}
	n, err1 := strconv.ParseUint(f[0], 10, 63)
	all, err2 := strconv.ParseUint(f[2], 10, 63)
	if err1 != nil || err2 != nil {
		return 0, 0
	}
	return int(n), int(min(all, 1<<53))
}

// socketOf reads the target of a link in /proc/PID/fd: "socket:[4711]".
func socketOf(link string) (inode int, ok bool) {
	rest, found := strings.CutPrefix(link, "socket:[")
	digits, closed := strings.CutSuffix(rest, "]")
	if !found || !closed {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return int(n), err == nil
}

// programName is what /proc/PID/comm says, in one line without control
// characters.
func programName(b []byte) string {
	line, _, _ := strings.Cut(string(b[:min(len(b), 64)]), "\n")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, ""))
}
