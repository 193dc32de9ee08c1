package linux

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

const controlSize = 256 // one error with its offender, and a hop limit

// readQueue takes the next ICMP error from a socket's error queue, with the
// bytes that it quotes of our packet; nil when there is none.
func readQueue(fd int, buf []byte) (*platform.ICMP, []byte) {
	oob := make([]byte, controlSize)
	for {
		n, oobn, _, _, err := unix.Recvmsg(fd, buf, oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, nil
		}
		if i := queuedICMP(oob[:oobn]); i != nil {
			return i, buf[:n]
		}
	}
}

func queuedICMP(oob []byte) *platform.ICMP {
	controls, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for _, c := range controls {
		level, kind := c.Header.Level, c.Header.Type
		if level == unix.SOL_IP && kind == unix.IP_RECVERR || level == unix.SOL_IPV6 && kind == unix.IPV6_RECVERR {
			if e, ok := decodeQueued(c.Data); ok {
				return e.icmp()
			}
		}
	}
	return nil
}

// option is one integer option of a socket.
type option struct{ level, name, value int }

func setOptions(fd int, options ...option) error {
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			return fmt.Errorf("setting option %d/%d to %d: %w", o.level, o.name, o.value, problem(err))
		}
	}
	return nil
}

// commonOptions are those of every probe: errors are queued, the hop limit of
// what we send is ttl (0: the system's), that of what comes is told.
func commonOptions(to netip.Addr, ttl int) []option {
	level, errs, hops := unix.SOL_IP, unix.IP_RECVERR, unix.IP_TTL
	if family(to) == unix.AF_INET6 {
		level, errs, hops = unix.SOL_IPV6, unix.IPV6_RECVERR, unix.IPV6_UNICAST_HOPS
	}
	all := []option{{level, errs, 1}}
	if ttl != 0 {
		all = append(all, option{level, hops, ttl})
	}
	return all
}
