//go:build linux

package netlab

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"time"
)

// NFT adds the chains of script to a table of their own (family inet) in the
// node's packet filter.
func (w *World) NFT(n *Node, script string) (undo func()) {
	w.t.Helper()
	if _, err := exec.LookPath("nft"); err != nil {
		w.t.Skipf("netlab: needs nft: %v", err)
	}
	table := fmt.Sprintf("lab%d", w.tables.Add(1))
	w.must(n.nft(fmt.Sprintf("table inet %s {\n%s\n}\n", table, script)))
	return func() { w.must(n.nft("delete table inet " + table + "\n")) }
}

func (n *Node) nft(script string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return n.Do(func() error {
		cmd := exec.CommandContext(ctx, "nft", "-f", "-")
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("running nft in %s: %w: %s", n.Name, err, out)
		}
		return nil
	})
}

// Rejection is the answer of a node that refuses a packet, in nft's words.
type Rejection string

// Rejections. Those of ICMP have the same name in both families, where nft
// has one (icmpx); the others exist for IPv4 only.
const (
	WithReset        Rejection = "tcp reset"
	PortUnreachable  Rejection = "icmpx port-unreachable"
	NetUnreachable   Rejection = "icmpx no-route"
	HostUnreachable  Rejection = "icmpx host-unreachable"
	AdminProhibited  Rejection = "icmpx admin-prohibited"
	NetProhibited    Rejection = "icmp net-prohibited"
	HostProhibited   Rejection = "icmp host-prohibited"
	ProtoUnreachable Rejection = "icmp prot-unreachable"
)

// Reject lets a node answer TCP to the port with a rejection: a router for
// what it forwards, server and client for what comes in, and the client also
// for what it sends itself.
func (w *World) Reject(n *Node, port uint16, how Rejection) (undo func()) {
	w.t.Helper()
	return w.NFT(n, w.hooks(n, fmt.Sprintf("tcp dport %d reject with %s;", port, how)))
}

// Drop lets a node lose TCP to the port without a word.
func (w *World) Drop(n *Node, port uint16) (undo func()) {
	w.t.Helper()
	return w.NFT(n, w.hooks(n, fmt.Sprintf("tcp dport %d counter drop;", port)))
}

// DropAll lets a node lose everything to an address, whatever the protocol.
func (w *World) DropAll(n *Node, to netip.Addr) (undo func()) {
	w.t.Helper()
	return w.NFT(n, w.hooks(n, fmt.Sprintf("%s daddr %v counter drop;", word(to), to)))
}

// word is what nft calls the protocol of an address.
func word(a netip.Addr) string {
	if a.Is4() {
		return "ip"
	}
	return "ip6"
}

// RejectAll lets a node answer everything to an address with a rejection,
// which cannot be WithReset.
func (w *World) RejectAll(n *Node, to netip.Addr, how Rejection) (undo func()) {
	w.t.Helper()
	return w.NFT(n, w.hooks(n, fmt.Sprintf("%s daddr %v counter reject with %s;", word(to), to, how)))
}

// MuteICMP lets a node send neither ICMP errors nor echo replies, as the
// silent hops of a trace do. Neighbor discovery goes on.
func (w *World) MuteICMP(n *Node) (undo func()) {
	w.t.Helper()
	return w.NFT(n, `chain c { type filter hook output priority 0; policy accept; meta l4proto icmp drop;
		icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-reply } drop; }`)
}

// LimitICMP lets a node send one ICMP error a second to a host after the first
// few, which is what Linux does by itself (icmp(7)). In this lab no node but
// the client is limited, so that a test does not depend on what ran before it.
func (w *World) LimitICMP(n *Node) (undo func()) {
	w.t.Helper()
	w.must(n.sysctls("ipv4/icmp_ratelimit=1000", "ipv6/icmp/ratelimit=1000"))
	return func() { w.must(n.talk()) }
}

// talk takes the limits of ICMP errors away.
func (n *Node) talk() error {
	return n.sysctls("ipv4/icmp_ratelimit=0", "ipv6/icmp/ratelimit=0")
}

// DropPing lets a node lose echo requests of both families.
func (w *World) DropPing(n *Node) (undo func()) {
	w.t.Helper()
	return w.NFT(n, w.hooks(n, "icmp type echo-request drop; icmpv6 type echo-request drop;"))
}

// hooks puts a rule where the node meets the packets.
func (w *World) hooks(n *Node, rule string) string {
	var b strings.Builder
	for _, hook := range []string{"input", "forward", "output"} {
		if hook == "output" && n != w.Client {
			continue // a server's own answers are not meant
		}
		fmt.Fprintf(&b, "chain %s { type filter hook %s priority 0; policy accept; %s }\n", hook, hook, rule)
	}
	return b.String()
}

// BlackholeResolver lets queries vanish at the resolver's host.
func (w *World) BlackholeResolver() (undo func()) {
	w.t.Helper()
	return w.NFT(w.Resolver, "chain c { type filter hook input priority 0; udp dport 53 drop; tcp dport 53 drop; }")
}

// BreakV6 drops IPv6 to the server behind the first router, so that the
// client believes that it has it.
func (w *World) BreakV6() (undo func()) {
	w.t.Helper()
	return w.NFT(w.Routers[0], "chain c { type filter hook forward priority 0; meta nfproto ipv6 drop; }")
}
