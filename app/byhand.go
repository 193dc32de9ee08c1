package app

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"

	"faultline/platform"
	"faultline/platform/tape"
)

// ByHand returns the command that a technician would type on that operating
// system to see what a recorded call saw; "" when there is none. Names and
// addresses come from the network: what cannot be quoted safely gives no
// command at all.
func ByHand(goos string, line tape.Line) string {
	s, known := shells[goos]
	if !known {
		return ""
	}
	made := s.commands[line.Method]
	if made == nil {
		return ""
	}
	c := &command{shell: s, safe: true}
	text := made(c, line.Ask)
	if !c.safe {
		return ""
	}
	return text
}

// A shell is how commands are written on one operating system.
type shell struct {
	quote    func(string) string
	commands map[string]func(c *command, ask json.RawMessage) string
}

// A command is being written; safe turns false for good when a word cannot be
// written so that every shell reads it as one word and no option.
type command struct {
	shell shell
	safe  bool
}

// words joins a fixed beginning with arguments that others chose.
func (c *command) words(fixed string, args ...string) string {
	parts := []string{fixed}
	for _, arg := range args {
		parts = append(parts, c.word(arg))
	}
	return strings.Join(parts, " ")
}

func (c *command) word(arg string) string {
	if arg == "" || strings.HasPrefix(arg, "-") || !printable(arg) {
		c.safe = false
		return ""
	}
	if plain(arg) {
		return arg
	}
	return c.shell.quote(arg)
}

// printable admits ASCII only: PowerShell takes several other characters for
// quotes, and a terminal takes control characters for commands.
func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func plain(s string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-"
	return strings.Trim(s, allowed) == ""
}

func quotePOSIX(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func quotePowerShell(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// say is a command that needs nothing of the ask.
func say(text string) func(*command, json.RawMessage) string {
	return func(*command, json.RawMessage) string { return text }
}

// of is a command that is written from an ask of type Q.
func of[Q any](write func(c *command, q Q) string) func(*command, json.RawMessage) string {
	return func(c *command, ask json.RawMessage) string {
		var q Q
		if json.Unmarshal(ask, &q) != nil {
			c.safe = false
			return ""
		}
		return write(c, q)
	}
}

func port(a netip.AddrPort) string { return strconv.Itoa(int(a.Port())) }

// curl writes the request that a conversation made, to the same address.
func curl(c *command, fixed string, q platform.TalkAsk) string {
	scheme, host := "http", q.To.Addr().String()
	if q.TLS != nil {
		scheme = "https"
		if q.TLS.ServerName != "" {
			host = q.TLS.ServerName
		}
	}
	if q.HTTP != nil && q.HTTP.Host != "" {
		host = withoutPort(q.HTTP.Host)
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + a.String() + "]"
	}
	path := "/"
	if q.HTTP != nil {
		path = q.HTTP.Path
		if q.HTTP.Method == "HEAD" {
			fixed += " -I"
		}
	}
	if literal(host) {
		return c.words(fixed, scheme+"://"+host+":"+port(q.To)+path)
	}
	return fixed + " " + c.words("--resolve", host+":"+port(q.To)+":"+bracketed(q.To.Addr()), scheme+"://"+host+":"+port(q.To)+path)
}

func withoutPort(host string) string {
	if a, err := netip.ParseAddrPort(host); err == nil {
		return a.Addr().String()
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return a.String()
	}
	name, _, _ := strings.Cut(host, ":")
	return name
}

func literal(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}

func bracketed(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

// proxied writes a conversation through a proxy, whose address is the ask's.
func proxied(c *command, fixed string, q platform.TalkAsk) string {
	kind, scheme := "http", "http"
	if q.Proxy.How == platform.ProxySOCKS5 {
		kind = "socks5h"
	}
	if q.Proxy.How == platform.ProxyConnect && q.TLS == nil {
		fixed += " -p"
	}
	if q.TLS != nil {
		scheme = "https"
	}
	host := q.Proxy.Host
	if a, err := netip.ParseAddr(host); err == nil {
		host = bracketed(a)
	}
	return fixed + " " + c.words("--proxy", kind+"://"+q.To.String(), scheme+"://"+host+":"+strconv.Itoa(int(q.Proxy.Port))+"/")
}
