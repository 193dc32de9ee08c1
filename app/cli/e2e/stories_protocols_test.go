//go:build e2e && linux

package e2e

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"faultline/diag/catalog"
	"faultline/platform/linux/netlab"
)

// greets speaks first, after a while, and then listens.
func greets(after time.Duration, words string) func(net.Conn) {
	return func(c net.Conn) {
		time.Sleep(after)
		_, _ = io.WriteString(c, words)
		_, _ = io.Copy(io.Discard, c)
	}
}

// turnsAway speaks first and closes.
func turnsAway(words string) func(net.Conn) {
	return func(c net.Conn) { _, _ = io.WriteString(c, words) }
}

// replies answers each write of the caller by the next of words, and then
// listens.
func replies(words ...string) func(net.Conn) {
	return func(c net.Conn) {
		for _, w := range words {
			if _, err := c.Read(make([]byte, 4096)); err != nil {
				return
			}
			_, _ = io.WriteString(c, w)
		}
		_, _ = io.Copy(io.Discard, c)
	}
}

// oneAtATime turns away who comes while another caller is there, or has only
// just gone.
func oneAtATime(full, room string) func(net.Conn) {
	var busy sync.Mutex
	return func(c net.Conn) {
		if !busy.TryLock() {
			_, _ = io.WriteString(c, full)
			return
		}
		defer busy.Unlock()
		_, _ = io.WriteString(c, room)
		_, _ = io.Copy(io.Discard, c)
		time.Sleep(200 * time.Millisecond)
	}
}

// packet puts the header of a MySQL packet, the first of its connection, before
// a body.
func packet(body string) string {
	return string([]byte{byte(len(body)), byte(len(body) >> 8), 0, 0}) + body
}

// mysqlError is an error packet that comes before the handshake.
func mysqlError(code uint16, text string) string {
	return packet("\xff" + string(binary.LittleEndian.AppendUint16(nil, code)) + text)
}

// pgError is an ErrorResponse.
func pgError(state, text string) string {
	body := "SFATAL\x00VFATAL\x00C" + state + "\x00M" + text + "\x00\x00"
	return "E" + string(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))) + body
}

const (
	pgWantsPassword  = "R\x00\x00\x00\x08\x00\x00\x00\x05salt"
	mysqlHandshake   = "\x0a8.0.36\x00\x08\x00\x00\x0012345678\x00\xff\xff\xff\x02\x00\xff\xdf\x15"
	ldapDone         = "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00"
	rdpSelected      = "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x01\x08\x00\x02\x00\x00\x00"
	rdpHybridOnly    = "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x03\x00\x08\x00\x05\x00\x00\x00"
	http2Settings    = "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"
	plainOnTLSPort   = "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 50\r\nConnection: close\r\n\r\nThe plain HTTP request was sent to HTTPS port     "
	ldapBusy         = "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x33\x04\x00\x04\x00"
	ldapWantsBinding = "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x01\x04\x00\x04\x00"
)

// smbAnswer is an SMB2 NEGOTIATE response.
func smbAnswer(status uint32, dialect uint16) string {
	b := append([]byte("\xfeSMB"), make([]byte, 60)...)
	binary.LittleEndian.PutUint32(b[8:], status)
	b = binary.LittleEndian.AppendUint16(b, 65)
	b = append(b, 1, 0)
	b = binary.LittleEndian.AppendUint16(b, dialect)
	b = append(b, make([]byte, 60)...)
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(b)))) + string(b)
}

// speaking serves the drawn port and asks for it by a scheme.
func speaking(scheme string, talk func(net.Conn)) func(s *scene) string {
	return func(s *scene) string {
		s.speak(s.Server, talk)
		return fmt.Sprintf("%s://%s:%d", scheme, s.Name, s.Port)
	}
}

// atPort serves a port of the server and asks for it without a scheme.
func atPort(port uint16, talk func(net.Conn)) func(s *scene) string {
	return func(s *scene) string {
		s.Port = port
		s.speak(s.Server, talk)
		return s.Target()
	}
}

// protocols are services that speak something else than HTTP.
func protocols() []story {
	said := func(of catalog.Code, name, scheme string, talk func(net.Conn)) story {
		return fault(of, name, anyF, speaking(scheme, talk))
	}
	fine := func(name, scheme string, talk func(net.Conn)) story {
		return twin("service.denied", name, anyF, speaking(scheme, talk))
	}
	return []story{
		said("service.denied", "SMTP turns the caller away", "smtp", turnsAway("554 5.7.1 no service for you\r\n")).kept(),
		said("service.error", "SMTP has too many callers", "smtp", turnsAway("421 4.7.0 mail.example too many connections\r\n")).kept(),
		fine("SMTP answers", "smtp", greets(0, "220 mail.example ESMTP\r\n")).kept(),
		fine("SMTP greets after 4 s", "smtp", greets(4*time.Second, "220-wait\r\n220 mail.example ESMTP\r\n")),
		fine("SSH greets after 3 s, behind other lines", "ssh", greets(3*time.Second, "Welcome to the lab\r\nmind the step\r\nSSH-2.0-dropbear_2022.83\r\n")).kept(),
		said("service.denied", "SSH allows no caller from here", "ssh", turnsAway("Not allowed at this time\r\n")),
		said("service.error", "SSH has too many callers", "ssh", turnsAway("Exceeded MaxStartups\r\n")),
		said("service.closes", "SSH closes before its banner", "ssh", turnsAway("")),
		said("service.silent", "SSH accepts and says nothing", "ssh", greets(time.Minute, "")),
		said("service.silent", "SSH stops within its banner", "ssh", greets(0, "SSH-2.0-Op")),
		said("service.error", "HTTP behind ssh", "ssh", turnsAway("HTTP/1.1 400 Bad Request\r\n\r\n")).kept(),
		fine("IMAP answers", "imap", greets(0, "* OK IMAP4rev1 ready\r\n")),
		said("service.denied", "IMAP turns the caller away", "imap", turnsAway("* BYE not from here\r\n")),
		said("service.error", "IMAP is unavailable", "imap", turnsAway("* BYE [UNAVAILABLE] come back later\r\n")),
		fine("POP3 answers", "pop3", greets(0, "+OK ready\r\n")),
		said("service.error", "FTP has too many callers", "ftp", turnsAway("421 Too many users\r\n")),
		twin("service.error", "FTP has room for one caller at a time", anyF, func(s *scene) string {
			return speaking("ftp", oneAtATime("421 Too many users\r\n", "220 ready\r\n"))(s)
		}).kept(),
		fine("FTP answers", "ftp", greets(0, "220-hello\r\n220 ready\r\n")),

		said("service.denied", "MySQL allows no caller from here", "mysql", turnsAway(mysqlError(1130, "Host '10.0.0.1' is not allowed to connect to this MySQL server"))).kept(),
		said("service.denied", "MySQL has blocked the caller", "mysql", turnsAway(mysqlError(1129, "#HY000Host is blocked because of many connection errors"))),
		said("service.error", "MySQL has too many connections", "mysql", turnsAway(mysqlError(1040, "#08004Too many connections"))).kept(),
		fine("MySQL answers", "mysql", greets(0, packet(mysqlHandshake))),
		said("service.error", "PostgreSQL starts up", "postgresql", replies("N", pgError("57P03", "the database system is starting up"))).kept(),
		said("service.error", "PostgreSQL has too many clients", "postgresql", replies(pgError("53300", "sorry, too many clients already"))),
		said("service.denied", "PostgreSQL has no line for the caller", "postgresql", replies("N", pgError("28000", `no pg_hba.conf entry for host "10.0.0.1", user "faultline", database "faultline", no encryption`))).kept(),
		fine("PostgreSQL answers N and wants a password", "postgresql", replies("N", pgWantsPassword)),
		fine("PostgreSQL answers N and does not know the user", "postgresql", replies("N", pgError("28000", `role "faultline" does not exist`))),
		fine("PostgreSQL answers N and then nothing", "postgresql", replies("N")),
		fine("SQL Server answers", "mssql", replies("\x04\x01\x00\x1a\x00\x00\x01\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff\x0f\x00\x07\xd0\x00\x00\x00")),
		said("service.error", "Redis loads its data", "redis", replies("-LOADING Redis is loading the dataset in memory\r\n")),
		said("service.denied", "Redis in protected mode", "redis", turnsAway("-DENIED Redis is running in protected mode\r\n")).kept(),
		fine("Redis with a password", "redis", replies("-NOAUTH Authentication required.\r\n")),
		fine("Redis answers", "redis", replies("+PONG\r\n")),
		said("service.silent", "Redis takes PING and says nothing", "redis", replies()),
		fine("LDAP lets nobody search unbound", "ldap", replies(ldapWantsBinding)),
		fine("LDAP answers", "ldap", replies(ldapDone)),
		said("service.error", "LDAP is busy", "ldap", replies(ldapBusy)),
		fine("RDP answers", "rdp", replies(rdpSelected)),
		fine("RDP wants network level authentication", "rdp", replies(rdpHybridOnly)),
		said("service.closes", "RDP closes on the request", "rdp", func(c net.Conn) { _, _ = c.Read(make([]byte, 100)) }),
		fine("SMB answers", "smb", replies(smbAnswer(0, 0x0311))),
		said("service.denied", "SMB has no dialect in common", "smb", replies(smbAnswer(0xc00000bb, 0))),
		said("service.error", "SMB has no resources", "smb", replies(smbAnswer(0xc000009a, 0))),
		said("service.resets", "SMB resets on the request", "smb", func(c net.Conn) {
			_, _ = c.Read(make([]byte, 100))
			_ = c.(*net.TCPConn).SetLinger(0)
		}),
		fine("MQTT wants to know who calls", "mqtt", replies("\x20\x02\x00\x05")),
		fine("AMQP answers", "amqp", replies("\x01\x00\x00\x00\x00\x00\x20\x00\x0a\x00\x0a\x00\x09")),
		fault("service.error", "IMAP inside TLS asked in plain", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.Banner, Text: "* OK ready\r\n", TLS: &netlab.TLS{}})
			return fmt.Sprintf("imap://%s:%d", s.Name, s.Port)
		}),
		fault("service.error", "Redis inside TLS asked in plain", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.Banner, TLS: &netlab.TLS{}})
			return fmt.Sprintf("redis://%s:%d", s.Name, s.Port)
		}),
		twin("service.denied", "IMAP inside TLS", anyF, func(s *scene) string {
			s.Serve(netlab.Service{Does: netlab.Banner, Text: "* OK ready\r\n", TLS: &netlab.TLS{}})
			return fmt.Sprintf("imaps://%s:%d", s.Name, s.Port)
		}),

		twin("service.error", "HTTP on the port of SSH", anyF, atPort(22, webServer(200, 0))).kept(),
		twin("service.error", "SSH on the port of the web", anyF, atPort(80, greets(0, "SSH-2.0-OpenSSH_9.6\r\n"))),
		twin("service.error", "SSH on the port of PostgreSQL", anyF, atPort(5432, greets(0, "SSH-2.0-OpenSSH_9.6\r\n"))),
		twin("service.error", "a web server on the port of PostgreSQL", anyF, atPort(5432, webServer(200, 0))),
		twin("service.error", "a web server on the port of Redis", anyF, atPort(6379, webServer(404, 0))),
		twin("service.denied", "SSH on a port of its own", anyF, func(s *scene) string {
			s.speak(s.Server, greets(0, "SSH-2.0-OpenSSH_9.6\r\n"))
			return s.Target()
		}),
		fault("service.silent", "nothing is said on the port of SSH", anyF, atPort(22, greets(time.Minute, ""))),
	}
}

// webServer answers each request with a status, after a while.
func webServer(status int, after time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			time.Sleep(after)
			fmt.Fprintf(c, "HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n", status)
			if req.Close {
				return
			}
		}
	}
}
