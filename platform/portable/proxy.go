package portable

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"

	"faultline/platform"
)

// maxProxyHead bounds the head with which a proxy answers CONNECT.
const maxProxyHead = 16 << 10

// tunnels reports whether the proxy is asked before the conversation proper.
func (c *conversation) tunnels() bool {
	return c.ask.Proxy != nil && c.ask.Proxy.How != platform.ProxyForward
}

// proxy asks the proxy for the target. What follows on the connection is the
// target's.
func (c *conversation) proxy() error {
	c.talk.Proxy = &platform.ProxyReply{}
	ask := c.askCONNECT
	if c.ask.Proxy.How == platform.ProxySOCKS5 {
		ask = c.askSOCKS
	}
	if err := ask(); err != nil {
		return err
	}
	c.raw.first = nil
	c.raw.limit += c.raw.received
	return nil
}

func target(hop platform.ProxyHop) string {
	return net.JoinHostPort(hop.Host, strconv.Itoa(int(hop.Port)))
}

func (c *conversation) askCONNECT() error {
	if c.ask.Proxy.SignIn != nil {
		return c.signIn(*c.ask.Proxy.SignIn)
	}
	h, err := c.sendCONNECT("")
	if err != nil {
		return err
	}
	return c.connected(h)
}

// sendCONNECT asks for the target with fields beside, and takes the head of the
// reply.
func (c *conversation) sendCONNECT(fields string) (h head, err error) {
	at := target(*c.ask.Proxy)
	if _, err := fmt.Fprintf(c.raw, "CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: faultline\r\n%s\r\n", at, at, fields); err != nil {
		return h, err
	}
	b, err := readProxyHead(c.raw)
	if err != nil {
		return h, err
	}
	h = parseHead(b)
	c.talk.Proxy.Status, c.talk.Proxy.Auth, c.talk.Proxy.Server = h.facts.Status, h.facts.ProxyAuth, h.facts.Server
	return h, nil
}

// connected reports whether the proxy let through.
func (c *conversation) connected(reply head) error {
	h := reply.facts
	switch {
	case h.Status == 0:
		c.talk.First = bytes.Clone(c.raw.first)
		return malformed("the proxy does not speak HTTP/1")
	case h.Status >= 300 || h.Status < 200:
		return other(fmt.Sprintf("the proxy answered %d", h.Status))
	}
	return nil
}

// readProxyHead reads byte by byte: what follows a head belongs to the target.
func readProxyHead(r io.Reader) ([]byte, error) {
	var b []byte
	for headEnd(b) < 0 {
		if !plausible(b) || len(b) == maxProxyHead {
			return b, nil // no head, as parseHead will say, or none that ends
		}
		var one [1]byte
		if _, err := io.ReadFull(r, one[:]); err != nil {
			return b, err
		}
		b = append(b, one[0])
	}
	return b, nil
}

// The parts of RFC 1928 that are spoken.
const (
	socksVersion = 5
	socksNoAuth  = 0
	socksConnect = 1
	socksIPv4    = 1
	socksName    = 3
	socksIPv6    = 4
	socksNone    = 0xff // no method is acceptable
)

func (c *conversation) askSOCKS() error {
	var method [2]byte
	if err := c.exchange([]byte{socksVersion, 1, socksNoAuth}, method[:]); err != nil {
		return err
	}
	switch {
	case method[0] != socksVersion:
		return malformed("the proxy does not speak SOCKS 5")
	case method[1] == socksNone:
		c.talk.Proxy.Auth = "SOCKS"
		return other("the proxy wants a user name")
	case method[1] != socksNoAuth:
		return malformed("the proxy chose a method that was not offered")
	}
	var reply [4]byte
	if err := c.exchange(socksRequest(*c.ask.Proxy), reply[:]); err != nil {
		return err
	}
	if reply[0] != socksVersion {
		return malformed("the proxy does not speak SOCKS 5")
	}
	if c.talk.Proxy.SOCKS = int(reply[1]) + 1; reply[1] != 0 {
		return other(fmt.Sprintf("the proxy answered %d (SOCKS)", reply[1]))
	}
	return c.skipBound(reply[3])
}

func (c *conversation) exchange(ask, reply []byte) error {
	if _, err := c.raw.Write(ask); err != nil {
		return err
	}
	_, err := io.ReadFull(c.raw, reply)
	return err
}

func socksRequest(hop platform.ProxyHop) []byte {
	b := []byte{socksVersion, socksConnect, 0}
	switch a, err := netip.ParseAddr(hop.Host); {
	case err != nil:
		b = append(append(b, socksName, byte(len(hop.Host))), hop.Host...)
	case a.Is4():
		b = append(append(b, socksIPv4), a.AsSlice()...)
	default:
		b = append(append(b, socksIPv6), a.WithZone("").AsSlice()...)
	}
	return binary.BigEndian.AppendUint16(b, hop.Port)
}

// skipBound reads the address that the proxy bound, which says nothing.
func (c *conversation) skipBound(kind byte) error {
	n := map[byte]int64{socksIPv4: 4, socksIPv6: 16}[kind]
	if kind == socksName {
		var one [1]byte
		if _, err := io.ReadFull(c.raw, one[:]); err != nil {
			return err
		}
		n = int64(one[0])
	}
	_, err := io.CopyN(io.Discard, c.raw, n+2)
	return err
}

// absolute is the request target for a proxy that forwards.
func (c *conversation) absolute(q platform.HTTPAsk) platform.HTTPAsk {
	if hop := c.ask.Proxy; hop != nil && hop.How == platform.ProxyForward {
		q.Path = "http://" + q.Host + q.Path
	}
	return q
}

// checkProxy rejects what could not be asked for.
func checkProxy(hop *platform.ProxyHop) error {
	if hop == nil {
		return nil
	}
	if hop.SignIn != nil && (hop.How == platform.ProxySOCKS5 || hop.SignIn.Scheme == "" || hop.SignIn.Host == "") {
		return other("a sign-in has no scheme, no name, or a proxy that speaks SOCKS")
	}
	known := map[string]bool{platform.ProxyConnect: true, platform.ProxyForward: true, platform.ProxySOCKS5: true}
	if !known[hop.How] || hop.Host == "" || len(hop.Host) > 255 || hop.Port == 0 {
		return other("the proxy is asked for nothing, or in no known way")
	}
	return nil
}
