package linux

import (
	"encoding/binary"
	"net/netip"

	"faultline/platform"
)

// Numbers of linux/netfilter/nf_tables.h that golang.org/x/sys does not have, or
// that are clearer here beside each other.
const (
	nftNew      = 0
	nftChainMsg = 3
	nftRuleMsg  = 6
	nftOwner    = 2 // NFT_TABLE_F_OWNER: the table goes with the socket that made it

	batchBegin = 0x10
	batchEnd   = 0x11

	// Before everything that rules may do, so that all of it is told.
	traceBefore = -400

	hookPrerouting = 0
	hookOutput     = 3

	familyIP  = 2  // NFPROTO_IPV4
	familyIP6 = 10 // NFPROTO_IPV6

	metaTrace = 12 // NFT_META_NFTRACE
	metaProto = 16 // NFT_META_L4PROTO

	traceTable, traceChain, traceHandle, traceKind, traceVerdict = 1, 2, 3, 4, 5
	traceID, traceNetwork, traceTransport, tracePolicy           = 6, 8, 9, 16
	kindPolicy, kindRule                                         = 1, 3
)

// traceRules is the batch that sets up the tracing of one TCP connection: a table
// with two chains, one for what leaves and one for what comes back.
func traceRules(table string, q platform.FlowAsk) []byte {
	family := byte(familyIP)
	if q.To.Addr().Unmap().Is6() {
		family = familyIP6
	}
	seq := uint32(0)
	var all []byte
	add := func(kind uint16, flags uint16, family byte, id uint16, attrs []byte) {
		seq++
		head := binary.BigEndian.AppendUint16([]byte{family, 0}, id)
		all = append(all, request(kind, flags, seq, append(head, attrs...))...)
	}
	const subsystem, create, appending = 10 << 8, 0x401 | 4, 0x800 // NLM_F_REQUEST|CREATE|ACK, NLM_F_APPEND
	add(batchBegin, 1, 0, 10, nil)
	add(subsystem|nftNew, create, family, 0, join(name(1, table), big32(2, nftOwner)))
	for _, c := range []struct {
		name string
		hook uint32
		back bool
	}{{"sent", hookOutput, false}, {"came", hookPrerouting, true}} {
		hook := join(big32(1, c.hook), big32(2, uint32(0xffffffff&int64(traceBefore))))
		add(subsystem|nftChainMsg, create, family, 0, join(name(1, table), name(3, c.name), nest(4, hook), name(7, "filter")))
		add(subsystem|nftRuleMsg, create|appending, family, 0, join(name(1, table), name(2, c.name), nest(4, traceMatch(q, c.back))))
	}
	add(batchEnd, 1, 0, 10, nil)
	return all
}

// traceMatch are the expressions: TCP, the far address, both ports, and the mark
// that has the kernel tell.
func traceMatch(q platform.FlowAsk, back bool) []byte {
	far := q.To.Addr().Unmap().WithZone("")
	at := map[[2]bool]uint32{{true, false}: 16, {true, true}: 12, {false, false}: 24, {false, true}: 8}[[2]bool{far.Is4(), back}]
	to, from := uint32(2), uint32(0) // offsets of the ports: the far one is the destination
	if back {
		to, from = 0, 2
	}
	const network, transport = 1, 2
	return join(
		expression("meta", join(big32(2, metaProto), big32(1, 1))), equals([]byte{6}),
		field(network, at, far.AsSlice()),
		field(transport, to, binary.BigEndian.AppendUint16(nil, q.To.Port())),
		field(transport, from, binary.BigEndian.AppendUint16(nil, q.LocalPort)),
		expression("immediate", join(big32(1, 1), nest(2, attribute(nil, 1, []byte{1})))),
		expression("meta", join(big32(2, metaTrace), big32(3, 1))))
}

// field compares a part of a header.
func field(base, offset uint32, value []byte) []byte {
	return join(expression("payload", join(big32(1, 1), big32(2, base), big32(3, offset), big32(4, uint32(len(value))))), equals(value))
}

func equals(value []byte) []byte {
	return expression("cmp", join(big32(1, 1), big32(2, 0), nest(3, attribute(nil, 1, value))))
}

func expression(kind string, data []byte) []byte { return nest(1, join(name(1, kind), nest(2, data))) }

func name(kind uint16, s string) []byte { return attribute(nil, kind, append([]byte(s), 0)) }

func big32(kind uint16, v uint32) []byte {
	return attribute(nil, kind, binary.BigEndian.AppendUint32(nil, v))
}

func nest(kind uint16, inner []byte) []byte { return attribute(nil, kind|1<<15, inner) }

func join(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// traceReader gathers what the kernel tells of the packets of one connection. It
// names the packet with the first event of each only; later ones bear its number.
type traceReader struct {
	ask  platform.FlowAsk
	own  string // our table, whose rules are no finding
	ids  map[uint32]bool
	back map[uint32]bool
	hits platform.RuleHits
}

var nftFamilies = map[byte]string{1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}

// traceEvent is what one message tells.
type traceEvent struct {
	hit                platform.RuleHit
	id, kind           uint32
	network, transport []byte // headers of the packet, with its first event
}

// decodeTrace reads the body of a message of type NFT_MSG_TRACE.
func decodeTrace(body []byte) (e traceEvent, ok bool) {
	if len(body) < 4 {
		return e, false
	}
	e.hit.Family = nftFamilies[body[0]]
	for k, v := range attributes(body[4:]) {
		switch k {
		case traceTable:
			e.hit.Table = text(v)
		case traceChain:
			e.hit.Chain = text(v)
		case traceHandle:
			if len(v) == 8 {
				e.hit.Handle = int(binary.BigEndian.Uint64(v))
			}
		case traceKind:
			e.kind = bigNumber(v)
		case traceVerdict:
			e.hit.Verdict = verdictOf(v)
		case tracePolicy:
			e.hit.Verdict = codeVerdict(bigNumber(v))
		case traceID:
			e.id = bigNumber(v)
		case traceNetwork:
			e.network = v
		case traceTransport:
			e.transport = v
		}
	}
	if e.kind == kindPolicy {
		e.hit.Handle = 0
	}
	return e, true
}

// take keeps what an event tells of a packet of the connection.
func (r *traceReader) take(body []byte) {
	e, ok := decodeTrace(body)
	if !ok {
		return
	}
	r.identify(e.id, e.network, e.transport)
	decides := (e.kind == kindRule || e.kind == kindPolicy) && e.hit.Verdict != ""
	if !r.ids[e.id] || e.hit.Table == r.own || !decides {
		return
	}
	if e.hit.Reply = r.back[e.id]; len(r.hits.Hits) >= r.ask.Limit {
		r.hits.Lost++
		return
	}
	r.hits.Hits = append(r.hits.Hits, e.hit)
}

// identify tells by its headers whether a packet is one of the connection's.
func (r *traceReader) identify(id uint32, network, transport []byte) {
	src, dst, ok := endpoints(network)
	if !ok || len(transport) < 4 {
		return
	}
	far := r.ask.To.Addr().Unmap().WithZone("")
	sport, dport := binary.BigEndian.Uint16(transport), binary.BigEndian.Uint16(transport[2:])
	switch {
	case dst == far && dport == r.ask.To.Port() && sport == r.ask.LocalPort:
		r.ids[id] = true
	case src == far && sport == r.ask.To.Port() && dport == r.ask.LocalPort:
		r.ids[id], r.back[id] = true, true
	}
}

func endpoints(network []byte) (src, dst netip.Addr, ok bool) {
	switch {
	case len(network) >= 20 && network[0]>>4 == 4:
		return address(network[12:16]), address(network[16:20]), true
	case len(network) >= 40 && network[0]>>4 == 6:
		return address(network[8:24]), address(network[24:40]), true
	}
	return src, dst, false
}

func bigNumber(b []byte) uint32 {
	if len(b) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

func verdictOf(nested []byte) platform.RuleVerdict {
	for k, v := range attributes(nested) {
		if k == 1 { // NFTA_VERDICT_CODE
			return codeVerdict(bigNumber(v))
		}
	}
	return ""
}

// codeVerdict: NF_DROP and NF_ACCEPT; what only leads on is left out.
func codeVerdict(code uint32) platform.RuleVerdict {
	switch code {
	case 0:
		return platform.RuleDrop
	case 1:
		return platform.RuleAccept
	}
	return ""
}
