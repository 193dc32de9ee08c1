//go:build e2e && linux

package e2e

import (
	"fmt"
)

// holding are machines that hold back what they should send.
func holding() []story {
	return []story{
		fault("firewall.local-out", "own rules ask a program that is not there, about everything", any4,
			legacy("iptables-nft", "-A", "OUTPUT", "-p", "tcp", "--dport", "PORT", "-j", "NFQUEUE", "--queue-num", "7")).
			or("tcp.filtered", "tcp.no-reply"), // where the system counts other packets that it does not send too
		fault("firewall.local-out", "own rules ask a program that is not there, about data", any4,
			legacy("iptables-nft", "-A", "OUTPUT", "-p", "tcp", "--dport", "PORT", "--tcp-flags", "PSH", "PSH", "-j", "NFQUEUE", "--queue-num", "7")).
			or("service.silent").atMost("possible"), // to the system it has left
		fault("firewall.local-out", "own filter drops data alone", any4,
			ruled("chain c { type filter hook output priority 0; tcp dport %[1]d tcp flags & psh == psh drop; }")),
		fault("firewall.local-out", "own traffic control drops data", any4, shaped("tbf", "rate", "8bit", "burst", "60", "limit", "60")).atMost("possible").kept(),
		fault("firewall.local-out", "own traffic control has no room for data", any4, shaped("pfifo", "limit", "0")).atMost("possible"),
		twin("firewall.local-out", "own traffic control passes the first of it", any4, shaped("tbf", "rate", "8bit", "burst", "3000", "limit", "30000")),
	}
}

// tc runs traffic control on the client.
func (s *scene) tc(args ...string) { s.t.Helper(); s.on(s.Client, "tc", args...) }

// shaped has the client's data go through a discipline of its own.
func shaped(discipline ...string) func(s *scene) string {
	return func(s *scene) string {
		url := s.web()
		dev := s.Client.Dev
		s.tc("qdisc", "add", "dev", dev, "root", "handle", "1:", "htb", "default", "1")
		s.tc("class", "add", "dev", dev, "parent", "1:", "classid", "1:1", "htb", "rate", "1gbit")
		s.tc("class", "add", "dev", dev, "parent", "1:", "classid", "1:2", "htb", "rate", "1gbit")
		s.tc(append([]string{"qdisc", "add", "dev", dev, "parent", "1:2"}, discipline...)...)
		s.tc("filter", "add", "dev", dev, "parent", "1:", "protocol", "ip", "prio", "1", "u32",
			"match", "ip", "protocol", "6", "0xff", "match", "ip", "dport", fmt.Sprint(s.Port), "0xffff", "match", "u8", "0x08", "0x08", "at", "33", "flowid", "1:2")
		return url
	}
}
