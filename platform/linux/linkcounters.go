package linux

import "faultline/platform"

// Numbers of linux/if_link.h, linux/rtnetlink.h, linux/pkt_sched.h and
// linux/ethtool_netlink.h.
const (
	linkStats64     = 23
	linkCarrierDown = 48
	statsWords      = 24 // of struct rtnl_link_stats64, as far as it is read here

	qdiscBody    = 20 // struct tcmsg
	qdiscKind    = 1
	qdiscOptions = 2
	rootHandle   = 0xffffffff

	bucketParams = 1 // TCA_TBF_PARMS, TCA_HTB_PARMS
	bucketRate64 = 4 // TCA_TBF_RATE64
	bucketCeil64 = 7 // TCA_HTB_CEIL64
	rateSpec     = 12
	rateOffset   = 8 // of the rate within struct tc_ratespec

	modesGet     = 4 // ETHTOOL_MSG_LINKMODES_GET
	modesHead    = 1
	modesSpeed   = 5
	modesDuplex  = 6
	headIndex    = 1
	speedUnknown = 0xffffffff
)

// decodeLinkCounters reads what the body of RTM_NEWLINK says of counters.
func decodeLinkCounters(b []byte) (platform.LinkCounters, bool) {
	l, ok := decodeLink(b)
	if !ok {
		return platform.LinkCounters{}, false
	}
	c := platform.LinkCounters{Link: l.Index, Name: l.Name}
	for t, v := range attributes(b[linkBody:]) {
		switch t {
		case linkStats64:
			stats(&c, v)
		case linkCarrierDown:
			c.CarrierLost = uint64(number(v))
		}
	}
	return c, true
}

// stats reads struct rtnl_link_stats64: words of 64 bits, of which older
// kernels send fewer.
func stats(c *platform.LinkCounters, b []byte) {
	word := func(i int) uint64 {
		if len(b) < 8*(i+1) || i >= statsWords {
			return 0
		}
		return host.Uint64(b[8*i:])
	}
	c.RxPackets, c.TxPackets, c.RxBytes, c.TxBytes = word(0), word(1), word(2), word(3)
	c.RxErrors, c.TxErrors, c.RxDropped, c.TxDropped = word(4), word(5), word(6), word(7)
	c.Collisions, c.RxCRC = word(9), word(12)
}

// shaper is a limit that this machine put on what it sends.
type shaper struct {
	Link  int
	Class uint32 // the queueing discipline's handle
	Kind  string
	Rate  int64 // bits per second; 0: its classes tell
}

// decodeShaper reads the body of RTM_NEWQDISC; only those at the root limit the
// whole link.
func decodeShaper(b []byte) (s shaper, ok bool) {
	if len(b) < qdiscBody || host.Uint32(b[12:]) != rootHandle {
		return s, false
	}
	s.Link, s.Class = int(int32(host.Uint32(b[4:]))), host.Uint32(b[8:])
	for t, v := range attributes(b[qdiscBody:]) {
		switch t {
		case qdiscKind:
			s.Kind = text(v)
		case qdiscOptions:
			s.Rate = bucketRate(v, bucketRate64, 0)
		}
	}
	return s, s.Link > 0 && (s.Kind == "tbf" && s.Rate > 0 || s.Kind == "htb")
}

// decodeCeiling reads how fast a class at the top of a hierarchy may become at
// most (RTM_NEWTCLASS).
func decodeCeiling(b []byte, under uint32) (rate int64, ok bool) {
	if len(b) < qdiscBody {
		return 0, false
	}
	if parent := host.Uint32(b[12:]); parent != rootHandle && parent != under {
		return 0, false
	}
	for t, v := range attributes(b[qdiscBody:]) {
		if t == qdiscOptions {
			rate = bucketRate(v, bucketCeil64, rateSpec)
		}
	}
	return rate, rate > 0
}

// bucketRate reads a rate of tbf or htb in bits per second: at an offset within
// the parameters, or in an attribute of its own where 32 bits do not hold it.
func bucketRate(options []byte, wide uint16, at int) (rate int64) {
	for t, v := range attributes(options) {
		switch {
		case t == bucketParams && len(v) >= at+rateSpec && rate == 0:
			rate = int64(host.Uint32(v[at+rateOffset:])) * 8
		case t == wide && len(v) >= 8:
			if n := host.Uint64(v); n < 1<<56 {
				rate = int64(n) * 8
			}
		}
	}
	return rate
}

// decodeModes reads the speed and the duplex of an adapter from ethtool's
// answer.
func decodeModes(b []byte) (link int, speed int64, duplex string) {
	for t, v := range attributes(b[min(genericHead, len(b)):]) {
		switch t {
		case modesHead:
			for t, v := range attributes(v) {
				if t == headIndex {
					link = number(v)
				}
			}
		case modesSpeed:
			if n := number(v); n != speedUnknown && n > 0 {
				speed = int64(n) * 1_000_000
			}
		case modesDuplex:
			if len(v) > 0 {
				duplex = map[byte]string{0: "half", 1: "full"}[v[0]]
			}
		}
	}
	return link, speed, duplex
}
