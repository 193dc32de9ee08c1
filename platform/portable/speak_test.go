package portable

import (
	"bytes"
	"net"
	"testing"
	"time"

	"faultline/platform"
)

const (
	ldapAnswer = "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x33\x04\x00\x04\x00"
	rdpAnswer  = "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x03\x00\x08\x00\x05\x00\x00\x00"
	mysqlHello = "\x0b\x00\x00\x00\x0a8.0.36\x00abc"
	mysqlNo    = "\x10\x00\x00\x00\xff\x6a\x04#HY000Host no"
	pgNo       = "E\x00\x00\x00\x16SFATAL\x00C53300\x00Mno\x00\x00"
)

// smbAnswer is a NEGOTIATE response.
func smbAnswer(status byte, dialect string) string {
	b := append([]byte("\xfeSMB\x40\x00\x00\x00"), status, 0, 0, 0)
	b = append(b, make([]byte, smbHeader-len(b))...)
	b = append(b, "\x41\x00\x01\x00"+dialect...)
	return "\x00\x00\x00" + string(byte(len(b))) + string(b)
}

// heardTests are first answers and what they say.
var heardTests = []struct {
	name  string
	speak platform.Protocol
	bytes string
	want  platform.Spoken
}{
	{"SSH", platform.SSH, "SSH-2.0-OpenSSH_9.6p1 Debian-1\r\n", platform.Spoken{Protocol: "SSH", Code: "2.0", Software: "OpenSSH_9.6p1"}},
	{"SSH behind lines", platform.SSH, "hello\r\n\nSSH-2.0-x\n", platform.Spoken{Protocol: "SSH", Code: "2.0", Software: "x"}},
	{"SMTP", platform.SMTP, "220-a\r\n220 b\r\n", platform.Spoken{Protocol: "SMTP", Code: "220", Text: "a"}},
	{"SMTP refuses", platform.SMTP, "554 no\r\n", platform.Spoken{Protocol: "SMTP", Code: "554", Text: "no"}},
	{"SMTP says a number", platform.SMTP, "421\r\n", platform.Spoken{Protocol: "SMTP", Code: "421"}},
	{"IMAP", platform.IMAP, "* ok ready\r\n", platform.Spoken{Protocol: "IMAP", Code: "OK", Text: "ready"}},
	{"IMAP says bye", platform.IMAP, "* BYE no\r\n", platform.Spoken{Protocol: "IMAP", Code: "BYE", Text: "no"}},
	{"POP3", platform.POP3, "+OK\r\n", platform.Spoken{Protocol: "POP3", Code: "+OK"}},
	{"POP3 refuses", platform.POP3, "-ERR [SYS/TEMP] x\r\n", platform.Spoken{Protocol: "POP3", Code: "-ERR", Text: "[SYS/TEMP] x"}},
	{"VNC", platform.VNC, "RFB 003.008\n", platform.Spoken{Protocol: "VNC", Code: "003.008"}},
	{"SMB", platform.SMB, smbAnswer(0, "\x11\x03"), platform.Spoken{Protocol: "SMB", Software: "SMB 3.1.1"}},
	{"SMB refuses", platform.SMB, smbAnswer(0xbb, "\x00\x00"), platform.Spoken{Protocol: "SMB", Code: "0x000000bb"}},
	{"SMB1", platform.SMB, "\x00\x00\x00\x20\xffSMBr", platform.Spoken{Protocol: "SMB", Software: "SMB1"}},
	{"RDP fails to negotiate", platform.RDP, rdpAnswer, platform.Spoken{Protocol: "RDP", Code: "failure 5"}},
	{"RDP of old", platform.RDP, "\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00", platform.Spoken{Protocol: "RDP"}},
	{"LDAP", platform.LDAP, ldapAnswer, platform.Spoken{Protocol: "LDAP", Code: "51"}},
	{"LDAP entry", platform.LDAP, "\x30\x09\x02\x01\x01\x64\x04\x04\x00\x30\x00", platform.Spoken{Protocol: "LDAP", Code: "0"}},
	{"LDAP in the long form", platform.LDAP, "\x30\x84\x00\x00\x00\x0c\x02\x01\x01\x65\x07\x0a\x01\x01\x04\x00\x04\x00", platform.Spoken{Protocol: "LDAP", Code: "1"}},
	{"PostgreSQL without TLS", platform.PostgreSQL, "N", platform.Spoken{Protocol: "PostgreSQL", Code: "N"}},
	{"PostgreSQL refuses", platform.PostgreSQL, pgNo, platform.Spoken{Protocol: "PostgreSQL", Code: "53300", Text: "no"}},
	{"PostgreSQL refuses as of old", platform.PostgreSQL, "Esorry, too many clients\n\x00", platform.Spoken{Protocol: "PostgreSQL", Text: "sorry, too many clients"}},
	{"MySQL", platform.MySQL, mysqlHello, platform.Spoken{Protocol: "MySQL", Software: "8.0.36"}},
	{"MySQL refuses", platform.MySQL, mysqlNo, platform.Spoken{Protocol: "MySQL", Code: "1130", Text: "Host no"}},
	{"SQL Server", platform.MSSQL, "\x04\x01\x00\x1a\x00\x00\x01\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff\x0f\x00\x07\xd0\x00\x00\x00", platform.Spoken{Protocol: "SQL Server", Software: "15.0.2000"}},
	{"Redis", platform.Redis, "+PONG\r\n", platform.Spoken{Protocol: "Redis", Code: "PONG"}},
	{"Redis refuses", platform.Redis, "-DENIED protected\r\n", platform.Spoken{Protocol: "Redis", Code: "DENIED", Text: "protected"}},
	{"MQTT", platform.MQTT, "\x20\x02\x00\x05", platform.Spoken{Protocol: "MQTT", Code: "5"}},
	{"AMQP", platform.AMQP, "\x01\x00\x00\x00\x00\x00\x05\x00\x0a\x00\x0a\x00", platform.Spoken{Protocol: "AMQP", Code: "start"}},
	{"AMQP of another version", platform.AMQP, "AMQP\x00\x01\x00\x00", platform.Spoken{Protocol: "AMQP", Code: "1.0.0"}},
	{"HTTP/2", platform.HTTP2, "\x00\x00\x00\x04\x00\x00\x00\x00\x00", platform.Spoken{Protocol: "HTTP/2"}},
}

func TestHeard(t *testing.T) {
	for _, tt := range heardTests {
		t.Run(tt.name, func(t *testing.T) {
			hear := tongues[tt.speak].hear
			for n := range len(tt.bytes) {
				if _, state := hear([]byte(tt.bytes[:n])); state == foreign {
					t.Fatalf("first %d bytes: got foreign, want that more is waited for", n)
				}
			}
			if got, state := hear([]byte(tt.bytes)); state != wholly || got != tt.want {
				t.Errorf("got %+v in state %d, want %+v whole", got, state, tt.want)
			}
		})
	}
}

func TestHeardForeign(t *testing.T) {
	for _, other := range heardTests {
		for p, tongue := range tongues {
			if p == platform.SSH || p == other.speak { // lines before the banner may be anything
				continue
			}
			got, state := tongue.hear([]byte(other.bytes))
			mail := map[platform.Protocol]string{platform.SMTP: "reply", platform.FTP: "reply", platform.NNTP: "reply", platform.POP3: "sign", platform.Redis: "sign"}
			if state == wholly && (mail[p] == "" || mail[p] != mail[other.speak]) {
				t.Errorf("%s heard as %s: got %+v, want nothing", other.name, p, got)
			}
		}
	}
}

func TestRecognize(t *testing.T) {
	for _, tt := range []struct {
		name, bytes string
		want        platform.Protocol
	}{
		{"HTTP", "HTTP/1.1 400 Bad Request\r\n", platform.HTTP},
		{"TLS alert", "\x15\x03\x01\x00\x02\x02\x46", platform.TLS},
		{"rsync", "@RSYNCD: 31.0\n", platform.Rsync},
		{"SMTP by its words", "220 a ESMTP\r\n", platform.SMTP},
		{"FTP by its words", "220 (vsFTPd 3.0.5)\r\n", platform.FTP},
		{"reply of nobody", "220 ready\r\n", ""},
		{"text", "hello\n", ""},
		{"zeros", "\x00\x00\x00\x00\x00\x00\x00\x00", ""},
		{"nothing", "", ""},
		{"SSH", "SSH-2.0-x\r\n", platform.SSH},
		{"MySQL", mysqlHello, platform.MySQL},
		{"SMB", smbAnswer(0, "\x11\x03"), platform.SMB},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := recognize([]byte(tt.bytes)); got.Protocol != tt.want {
				t.Errorf("got %+v, want %q", got, tt.want)
			}
		})
	}
}

func TestSpeak(t *testing.T) {
	type handler = func(*net.TCPConn)
	greet := func(words string, next handler) handler {
		return func(c *net.TCPConn) { c.Write([]byte(words)); next(c) }
	}
	short, long := 200*time.Millisecond, patience
	for _, tt := range []struct {
		name   string
		speak  platform.Protocol
		handle handler
		wait   time.Duration
		end    platform.TalkEnd
		code   platform.ProblemCode
		want   *platform.Spoken
	}{
		{"greeting", platform.SSH, greet("SSH-2.0-x\r\n", holdTCP), long, "local", "", &platform.Spoken{Protocol: "SSH", Code: "2.0", Software: "x"}},
		{"last words", platform.SSH, greet("Not allowed at this time\r\n", fin), long, "fin", "other", &platform.Spoken{Text: "Not allowed at this time"}},
		{"closed", platform.SSH, fin, long, "fin", "other", nil},
		{"silence", platform.Redis, holdTCP, short, "timeout", "timeout", nil},
		{"half a greeting", platform.SMTP, greet("220 he", holdTCP), short, "timeout", "timeout", &platform.Spoken{Text: "220 he"}},
		{"another protocol", platform.MySQL, greet("SSH-2.0-x\r\n", holdTCP), long, "error", "malformed", &platform.Spoken{Protocol: "SSH", Code: "2.0", Software: "x"}},
		{"no end", platform.SSH, forever("x"), long, "error", "malformed", nil},
		{"PING", platform.Redis, say("+PONG\r\n", holdTCP), long, "local", "", &platform.Spoken{Protocol: "Redis", Code: "PONG"}},
		{"first answer only", platform.PostgreSQL, say("N", fin), long, "local", "", &platform.Spoken{Protocol: "PostgreSQL", Code: "N"}},
		{"second answer", platform.PostgreSQL, say("N", say(pgNo, fin)), long, "local", "", &platform.Spoken{Protocol: "PostgreSQL", Code: "53300", Text: "no"}},
		{"no TLS after all", platform.PostgreSQL, say("S", say("junk junk", fin)), long, "local", "", &platform.Spoken{Protocol: "PostgreSQL", Code: "S"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := talk(t, Talker(), tt.wait, platform.TalkAsk{To: serve(t, tt.handle), Speak: tt.speak})
			last := got.Stages[len(got.Stages)-1]
			var code platform.ProblemCode
			if last.Problem != nil {
				code = last.Problem.Code
			}
			if last.Name != platform.StageReply || got.End != tt.end || code != tt.code {
				t.Errorf("got stage %s, end %s, problem %q, want reply, %s, %q", last.Name, got.End, code, tt.end, tt.code)
			}
			switch {
			case got.Spoken == nil || tt.want == nil:
				if got.Spoken != tt.want {
					t.Errorf("Spoken: got %+v, want %+v", got.Spoken, tt.want)
				}
			case *got.Spoken != *tt.want:
				t.Errorf("Spoken: got %+v, want %+v", *got.Spoken, *tt.want)
			}
		})
	}
}

func TestSpeakRejectsAsk(t *testing.T) {
	to := serve(t, holdTCP)
	for name, q := range map[string]platform.TalkAsk{
		"unknown":     {To: to, Speak: "gopher"},
		"beside HTTP": {To: to, Speak: platform.SSH, HTTP: get},
	} {
		if _, err := Talker().Talk(t.Context(), q); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

func FuzzHeard(f *testing.F) {
	for _, tt := range heardTests {
		f.Add([]byte(tt.bytes))
	}
	f.Add([]byte("\x30\x84\xff\xff\xff\xff\x02"))
	f.Add([]byte("E\xff\xff\xff\xff\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		for p, tongue := range tongues {
			said, state := tongue.hear(b)
			bounded(t, p, said)
			if state != wholly && said.Protocol != "" && said.Protocol != p {
				t.Errorf("%s: got %+v of no whole answer", p, said)
			}
		}
		bounded(t, "anything", recognize(b))
		said, _ := hearPgStartup(b)
		bounded(t, "PostgreSQL", said)
		if !bytes.Equal(b, before) {
			t.Error("the bytes were changed")
		}
	})
}

func bounded(t *testing.T, p platform.Protocol, s platform.Spoken) {
	t.Helper()
	for _, text := range []string{s.Software, s.Code, s.Text} {
		if len(text) > maxSpoken || text != printable(text, maxSpoken) {
			t.Errorf("%s: got %q, want it bounded and printable", p, text)
		}
	}
}
