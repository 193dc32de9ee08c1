//go:build linux

package netlab

import (
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// pingFrom sends one echo request by a ping socket, as an ordinary user would.
func pingFrom(n *Node, to netip.Addr) error {
	network, any, kind := "udp4", "0.0.0.0", icmp.Type(ipv4.ICMPTypeEcho)
	if to.Is6() {
		network, any, kind = "udp6", "::", ipv6.ICMPTypeEchoRequest
	}
	var c *icmp.PacketConn
	err := n.Do(func() (err error) {
		c, err = icmp.ListenPacket(network, any)
		return err
	})
	if err != nil {
		return err
	}
	defer c.Close()
	msg := icmp.Message{Type: kind, Body: &icmp.Echo{ID: 1, Seq: 1, Data: []byte("lab")}}
	raw, err := msg.Marshal(nil)
	if err != nil {
		return err
	}
	if _, err := c.WriteTo(raw, &net.UDPAddr{IP: to.AsSlice()}); err != nil {
		return err
	}
	if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	_, _, err = c.ReadFrom(make([]byte, 512))
	return err
}
