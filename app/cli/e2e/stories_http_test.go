//go:build e2e && linux

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"faultline/platform/linux/netlab"
)

// answering each request by a function of the story's own; false ends the
// connection.
func requests(answer func(c net.Conn, r *http.Request) bool) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(in)
			if err != nil || !answer(c, r) || r.Close {
				return
			}
		}
	}
}

const fineReply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// byMethod answers HEAD in its own way, and the rest well.
func byMethod(head func(c net.Conn) bool) func(net.Conn) {
	return requests(func(c net.Conn, r *http.Request) bool {
		if r.Method == http.MethodHead {
			return head(c)
		}
		_, err := io.WriteString(c, fineReply)
		return err == nil
	})
}

// serial serves one caller at a time, as a program without threads does.
func serial(talk func(net.Conn)) func(s *scene) string {
	return func(s *scene) string {
		var turn sync.Mutex
		return webOf(func(c net.Conn) {
			turn.Lock()
			defer turn.Unlock()
			talk(c)
		})(s)
	}
}

func saying(words ...string) func(net.Conn) bool {
	return func(c net.Conn) bool {
		for i, w := range words {
			if i > 0 {
				time.Sleep(400 * time.Millisecond)
			}
			_, _ = io.WriteString(c, w)
		}
		return true
	}
}

func always(words ...string) func(net.Conn) {
	say := saying(words...)
	return requests(func(c net.Conn, _ *http.Request) bool { return say(c) })
}

// webOf serves the drawn port and asks for it as a web page.
func webOf(talk func(net.Conn)) func(s *scene) string { return speaking("http", talk) }

// trickles sends a head of which two characters come a second.
func trickles(c net.Conn) bool {
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Slow: ")
	for range 30 {
		time.Sleep(500 * time.Millisecond)
		if _, err := io.WriteString(c, "y"); err != nil {
			return false
		}
	}
	return false
}

// onceSlow lets only the first request wait.
func onceSlow(s *scene) string {
	var asked atomic.Bool
	return webOf(requests(func(c net.Conn, _ *http.Request) bool {
		if !asked.Swap(true) {
			time.Sleep(3 * time.Second)
		}
		return saying(fineReply)(c)
	}))(s)
}

// loseData lets the way drop what carries data from the client, after a
// handshake that passes.
func loseData(s *scene) {
	s.Filter(func(pkt []byte) bool {
		to, ok := tcpTo(pkt)
		return ok && to == s.Port && tcpData(pkt) > 0
	})
}

// tcpAt returns where the TCP header of an IP packet begins.
func tcpAt(pkt []byte) int {
	switch {
	case len(pkt) >= 20 && pkt[0]>>4 == 4 && pkt[9] == 6:
		return int(pkt[0]&0xf) * 4
	case len(pkt) >= 40 && pkt[0]>>4 == 6 && pkt[6] == 6:
		return 40
	}
	return 0
}

func tcpTo(pkt []byte) (uint16, bool) {
	at := tcpAt(pkt)
	if at == 0 || len(pkt) < at+20 {
		return 0, false
	}
	return uint16(pkt[at+2])<<8 | uint16(pkt[at+3]), true
}

func tcpData(pkt []byte) int {
	at := tcpAt(pkt)
	return len(pkt) - at - int(pkt[at+12]>>4)*4
}

// closedWindow lets the server announce that it has no room.
func closedWindow(s *scene) {
	s.NFT(s.Server, fmt.Sprintf("chain c { type filter hook output priority 0; tcp sport %d tcp window set 0; }", s.Port))
}

// webs are odd web servers.
func webs() []story {
	slowly := func(d time.Duration, t *netlab.TLS) func(s *scene) string {
		return func(s *scene) string {
			s.Serve(netlab.Service{Delay: d, TLS: t})
			if t != nil {
				return s.URL("https")
			}
			return s.URL("http")
		}
	}
	far := netlab.Options{RTT: 300 * time.Millisecond}
	near := netlab.Options{RTT: 20 * time.Millisecond}
	code := func(n int, header map[string]string) func(s *scene) string {
		return serving(netlab.Service{Status: n, Header: header, Text: "no"})
	}
	return []story{
		fault("service.slow", "every answer takes 2.4 s", near, slowly(2400*time.Millisecond, nil)),
		fault("service.slow", "every answer takes 4 s", near, slowly(4*time.Second, nil)),
		fault("service.slow", "every answer takes 6 s", near, slowly(6*time.Second, nil)),
		fault("service.slow", "every answer inside TLS takes 3 s", near, slowly(3*time.Second, &netlab.TLS{})),
		fault("service.slow", "the head comes in drops", near, webOf(requests(func(c net.Conn, _ *http.Request) bool { return trickles(c) }))).kept(),
		twin("service.slow", "the first answer takes 3 s", near, onceSlow),
		twin("service.slow", "every answer takes 1.5 s", near, slowly(1500*time.Millisecond, nil)),
		twin("service.slow", "2.2 s over 300 ms of way", far, slowly(2200*time.Millisecond, nil)),
		twin("service.slow", "the status line comes in two pieces", anyF, webOf(always("HTTP/1.", "1 200 OK\r\nContent-", "Length: 0\r\n\r\n"))),

		fault("service.not-reading", "the window is closed from the start", near, func(s *scene) string {
			url := s.web()
			closedWindow(s)
			return url
		}),
		fault("service.not-reading", "the window is closed from the start, TLS", near, func(s *scene) string {
			url := s.secure(netlab.TLS{})
			closedWindow(s)
			return url
		}).kept(),
		twin("service.not-reading", "reads all and answers nothing", near, serving(netlab.Service{Does: netlab.SilentAfter}), "service.silent"),

		fault("service.silent", "the way drops the request", near, func(s *scene) string {
			url := s.web()
			loseData(s)
			return url
		}).kept(),
		fault("tls.stalled", "the way drops the ClientHello", near, func(s *scene) string {
			url := s.secure(netlab.TLS{})
			loseData(s)
			return url
		}).kept(),
		fault("service.closes", "closes on one name of many", anyF, func(s *scene) string {
			s.speak(s.Server, requests(func(c net.Conn, r *http.Request) bool {
				return !strings.HasPrefix(r.Host, s.Name) && saying(fineReply)(c)
			}))
			return s.URL("http")
		}).kept(),
		twin("service.closes", "another name of many", anyF, func(s *scene) string {
			s.speak(s.Server, requests(func(c net.Conn, r *http.Request) bool {
				return strings.HasPrefix(r.Host, s.Name) && saying(fineReply)(c)
			}))
			return s.URL("http")
		}),

		twin("service.silent", "HEAD hangs and GET does not", anyF, webOf(byMethod(func(c net.Conn) bool {
			_, _ = io.Copy(io.Discard, c)
			return false
		}))).kept(),
		twin("service.silent", "one caller at a time, and HEAD hangs", anyF, serial(byMethod(func(c net.Conn) bool {
			_, _ = io.Copy(io.Discard, c)
			return false
		}))).kept(),
		twin("service.silent", "one caller at a time", anyF, serial(always(fineReply))),
		twin("service.silent", "one caller at a time, and each waits for 1.5 s", any4, serial(lately(1500*time.Millisecond))),
		fault("service.silent", "one caller at a time, and nobody is answered", anyF, serial(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })),
		twin("service.closes", "HEAD is closed and GET is not", anyF, webOf(byMethod(func(net.Conn) bool { return false }))),
		twin("service.resets", "HEAD is reset and GET is not", anyF, webOf(byMethod(func(c net.Conn) bool {
			_ = c.(*net.TCPConn).SetLinger(0)
			return false
		}))),
		twin("service.error", "HEAD meets 501 and GET does not", anyF, webOf(byMethod(saying("HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n")))),
		twin("service.denied", "HEAD meets 403 and GET does not", anyF, webOf(byMethod(saying("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")))),

		fault("service.denied", "withheld for legal reasons", anyF, code(451, nil)),
		fault("service.error", "status 500 behind TLS", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Status: 500, TLS: &netlab.TLS{}})
			return s.URL("https")
		}),
		fault("service.upstream-down", "Cloudflare does not reach its origin", anyF, code(522, map[string]string{"Server": "cloudflare"})),
		fault("service.upstream-down", "maintenance", anyF, code(503, map[string]string{"Retry-After": "3600", "Server": "nginx"})),
		fault("service.upstream-down", "a load balancer without a machine behind", anyF, code(503, map[string]string{"Server": "awselb/2.0"})),

		twin("service.error", "interim answers first", anyF, webOf(always("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", fineReply))),
		twin("service.error", "a head of 24 kB", anyF, webOf(always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"+strings.Repeat("X-Long: "+strings.Repeat("z", 990)+"\r\n", 24)+"\r\n"))),
		twin("service.error", "lines end in LF only", anyF, webOf(always("HTTP/1.0 200 OK\nServer: old\n\n"))),
		twin("service.error", "lengths that contradict each other", anyF, webOf(always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello"))),
		twin("service.error", "a length that is none", anyF, webOf(always("HTTP/1.1 200 OK\r\nContent-Length: -1\r\nTransfer-Encoding: gzip, chunked\r\n\r\nzz\r\n"))),
		twin("service.error", "answers before it is asked", anyF, webOf(turnsAway("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"))),
		twin("service.error", "HTTP/2 only", anyF, webOf(greets(0, http2Settings))),
		twin("tls.alert", "HTTP/2 only, inside TLS", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.Banner, Text: http2Settings, TLS: &netlab.TLS{ALPN: []string{"h2"}}})
			return s.URL("https")
		}).kept(),
		fault("service.error", "a page without a head", anyF, webOf(always("<html>hello</html>\n"))),
		fault("service.error", "SSH where a web page was asked for", anyF, webOf(greets(0, "SSH-2.0-OpenSSH_9.6\r\n"))),
		fault("service.error", "SMTP where a web page was asked for", anyF, webOf(greets(0, "220 mail.example ESMTP\r\n"))),
		fault("service.error", "bytes of nothing behind TLS", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.NotHTTP, TLS: &netlab.TLS{}})
			return s.URL("https")
		}),
		fault("service.error", "TLS where a web page was asked for in plain", anyF, func(s *scene) string {
			s.secure(netlab.TLS{})
			return s.URL("http")
		}),
		fault("service.error", "a front that says that its port is for TLS", anyF, webOf(always(plainOnTLSPort))),
	}
}
