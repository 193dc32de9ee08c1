package check

import (
	"net/netip"
	"testing"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// ended is a conversation that came to its end in the reply.
func ended(end platform.TalkEnd, problem *platform.Problem, first string, said *platform.Spoken) platform.Talk {
	return platform.Talk{
		End: end, First: []byte(first), Received: int64(len(first)), Spoken: said,
		Stages: []platform.Stage{{Name: platform.StageConnect}, {Name: platform.StageReply, Problem: problem, Waited: 7 * time.Second}},
	}
}

var (
	timedOut  = &platform.Problem{Code: platform.Timeout}
	malformed = &platform.Problem{Code: platform.Malformed}
	byPeer    = &platform.Problem{Code: platform.Other, Text: "closed by peer"}
)

// whole is an answer that was understood.
func whole(p platform.Protocol, code, text string) platform.Talk {
	return ended(platform.EndLocal, nil, "x", &platform.Spoken{Protocol: p, Code: code, Text: text})
}

func TestJudgeSpoken(t *testing.T) {
	web := func(status int) *platform.Talk {
		return &platform.Talk{HTTP: &platform.HTTPFacts{Status: status}, End: platform.EndLocal}
	}
	for _, tt := range []struct {
		name, target string
		talk         Talked
		code         catalog.Code // "": no fault
		direct       bool
		proof        string // of ok
	}{
		{"SSH", "ssh://h.example", Talked{Talk: whole("SSH", "2.0", "")}, "", false, "spoken"},
		{"SMTP refuses", "smtp://h.example", Talked{Talk: whole("SMTP", "554", "")}, "service.denied", true, ""},
		{"SMTP refuses, and was asked once", "smtp://h.example", Talked{Talk: whole("SMTP", "554", "")}, "service.denied", false, ""},
		{"SMTP for now", "smtp://h.example", Talked{Talk: whole("SMTP", "421", "")}, "service.error", true, ""},
		{"FTP set up wrongly", "ftp://h.example", Talked{Talk: whole("FTP", "500", "OOPS")}, "service.error", true, ""},
		{"IMAP says bye", "imap://h.example", Talked{Talk: whole("IMAP", "BYE", "no")}, "service.denied", true, ""},
		{"IMAP is unavailable", "imap://h.example", Talked{Talk: whole("IMAP", "BYE", "[unavailable] x")}, "service.error", true, ""},
		{"POP3 for now", "pop3://h.example", Talked{Talk: whole("POP3", "-ERR", "[SYS/TEMP]")}, "service.error", true, ""},
		{"POP3 refuses", "pop3://h.example", Talked{Talk: whole("POP3", "-ERR", "no")}, "service.denied", true, ""},
		{"MySQL blocked", "mysql://h.example", Talked{Talk: whole("MySQL", "1129", "")}, "service.denied", true, ""},
		{"MySQL full", "mysql://h.example", Talked{Talk: whole("MySQL", "1040", "")}, "service.error", true, ""},
		{"Redis with a password", "redis://h.example", Talked{Talk: whole("Redis", "NOAUTH", "")}, "", false, "spoken"},
		{"Redis loads", "redis://h.example", Talked{Talk: whole("Redis", "LOADING", "")}, "service.error", true, ""},
		{"PostgreSQL starts", "postgresql://h.example", Talked{Talk: whole("PostgreSQL", "57P03", "")}, "service.error", true, ""},
		{"PostgreSQL without a line", "postgresql://h.example", Talked{Talk: whole("PostgreSQL", "28000", "no pg_hba.conf entry")}, "service.denied", false, ""},
		{"PostgreSQL without the user", "postgresql://h.example", Talked{Talk: whole("PostgreSQL", "28000", "no such role")}, "", false, "spoken"},
		{"PostgreSQL without the database", "postgresql://h.example", Talked{Talk: whole("PostgreSQL", "3D000", "")}, "", false, "spoken"},
		{"LDAP unbound", "ldap://h.example", Talked{Talk: whole("LDAP", "1", "")}, "", false, "spoken"},
		{"LDAP unavailable", "ldap://h.example", Talked{Talk: whole("LDAP", "52", "")}, "service.error", true, ""},
		{"RDP wants more", "rdp://h.example", Talked{Talk: whole("RDP", "failure 5", "")}, "", false, "spoken"},
		{"SMB without a dialect", "smb://h.example", Talked{Talk: whole("SMB", "0xc00000bb", "")}, "service.denied", true, ""},
		{"MQTT wants a user", "mqtt://h.example", Talked{Talk: whole("MQTT", "5", "")}, "", false, "spoken"},

		{"another protocol than the scheme's", "ssh://h.example", Talked{Talk: whole("SMTP", "220", "")}, "service.error", false, ""},
		{"another protocol than the port's", "h.example:22", Talked{Talk: whole("SMTP", "220", "")}, "", false, "other"},
		{"HTTP on the port of SSH", "h.example:22", Talked{Talk: ended(platform.EndTimeout, timedOut, "", nil), Other: web(403)}, "", false, "other"},
		{"nothing on the port of SSH", "h.example:22", Talked{Talk: ended(platform.EndTimeout, timedOut, "", nil), Other: web(0)}, "service.silent", true, ""},
		{"text on the port of SSH", "h.example:22", Talked{Talk: ended(platform.EndFIN, byPeer, "Wed Nov 25\n", &platform.Spoken{Text: "Wed Nov 25"})}, "", false, "banner"},
		{"text for ssh, then closed", "ssh://h.example", Talked{Talk: ended(platform.EndFIN, byPeer, "bye\n", &platform.Spoken{Text: "bye"})}, "service.closes", true, ""},
		{"SSH has its limits", "ssh://h.example", Talked{Talk: ended(platform.EndFIN, byPeer, "Exceeded", &platform.Spoken{Text: "Exceeded MaxStartups"})}, "service.error", true, ""},
		{"SSH allows nobody", "h.example:22", Talked{Talk: ended(platform.EndFIN, byPeer, "Not", &platform.Spoken{Text: "Not allowed at this time"})}, "service.denied", true, ""},
		{"bytes of nothing", "ssh://h.example", Talked{Talk: ended(platform.EndError, malformed, "x", &platform.Spoken{})}, "service.error", false, ""},
		{"stops within its banner", "ssh://h.example", Talked{Talk: ended(platform.EndTimeout, timedOut, "SSH-2", &platform.Spoken{Text: "SSH-2"})}, "service.silent", false, ""},
		{"banner of a port of its own", "h.example:2222", Talked{Talk: whole("SSH", "2.0", "")}, "", false, "spoken"},
		{"refusal on a port of its own", "h.example:2525", Talked{Talk: whole("SMTP", "554", "no ESMTP")}, "service.denied", false, ""},
		{"SSH for a web page", "http://h.example", Talked{Talk: whole("SSH", "2.0", "")}, "service.error", false, ""},
		{"HTTP/2 for a web page", "http://h.example", Talked{Talk: whole("HTTP/2", "", "")}, "", false, "spoken"},
		{"SSH on the port of the web", "h.example:80", Talked{Talk: whole("SSH", "2.0", "")}, "", false, "other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target, err := diag.ParseTarget(tt.target)
			if err != nil {
				t.Fatal(err)
			}
			tt.talk.To = netip.AddrPortFrom(netip.MustParseAddr("192.0.2.7"), target.Ports[0])
			if tt.direct && tt.code != "service.silent" {
				tt.talk.Confirm = new(tt.talk.Talk) // it was given twice
			}
			f, fault := judgeService(target, tt.talk)
			if !fault {
				f.Code = ""
			}
			if f.Code != tt.code || fault && f.Direct != tt.direct {
				t.Errorf("got %q, direct %v, want %q, direct %v", f.Code, f.Direct, tt.code, tt.direct)
			}
			if got, _ := answers(target, tt.talk, fault).Args["proof"].(string); got != tt.proof {
				t.Errorf("proof: got %q, want %q", got, tt.proof)
			}
		})
	}
}

func TestSlow(t *testing.T) {
	asked := func(first, shake, rtt time.Duration, sentAgain int) platform.Talk {
		return platform.Talk{
			HTTP: &platform.HTTPFacts{Status: 200}, First: []byte("HTTP"), FirstIn: first, End: platform.EndLocal,
			TCP: &platform.TCPInfo{Retransmits: sentAgain},
			Stages: []platform.Stage{{Name: platform.StageConnect, Waited: rtt}, {Name: platform.StageTLS, Waited: shake},
				{Name: platform.StageReply, Waited: first + time.Second}},
		}
	}
	const rtt = 30 * time.Millisecond
	late, quick := asked(3*time.Second, 60*time.Millisecond, rtt, 0), asked(time.Second, 60*time.Millisecond, rtt, 0)
	for _, tt := range []struct {
		name  string
		first platform.Talk
		again *platform.Talk
		want  bool
	}{
		{"twice late", late, &late, true},
		{"once late", late, &quick, false},
		{"late the second time", quick, &late, false},
		{"not asked again", late, nil, false},
		{"packets were lost", late, new(asked(3*time.Second, 0, rtt, 1)), false},
		{"a long way", asked(3*time.Second, 0, 400*time.Millisecond, 0), new(asked(3*time.Second, 0, 400*time.Millisecond, 0)), false},
		{"a slow handshake", late, new(asked(3*time.Second, time.Second, rtt, 0)), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := slow(Talked{Talk: tt.first, Confirm: tt.again}); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if _, got := slow(Talked{Talk: tt.first, Confirm: tt.again, Behind: true}); got {
				t.Error("behind HEAD, and not asked alone: got slow, want nothing told")
			}
		})
	}
}

func TestBehind(t *testing.T) {
	for _, tt := range []struct {
		status int
		server string
		want   platform.Tri
	}{
		{502, "", platform.Yes}, {504, "", platform.Yes}, {503, "nginx", platform.Unknown}, {500, "nginx", platform.No},
		{522, "cloudflare", platform.Yes}, {522, "", platform.Unknown}, {501, "", platform.No}, {528, "cloudflare", platform.No},
	} {
		if got := behind(platform.HTTPFacts{Status: tt.status, Server: tt.server}); got != tt.want {
			t.Errorf("%d from %q: got %v, want %v", tt.status, tt.server, got, tt.want)
		}
	}
}

func TestUnreadWindow(t *testing.T) {
	for _, tt := range []struct {
		name string
		tcp  *platform.TCPInfo
		end  platform.TalkEnd
		want bool
	}{
		{"no room, nothing under way", &platform.TCPInfo{Unsent: 90}, platform.EndTimeout, true},
		{"under way and not acknowledged", &platform.TCPInfo{Unsent: 90, Unacked: 1}, platform.EndTimeout, false},
		{"all left", &platform.TCPInfo{}, platform.EndTimeout, false},
		{"the system does not tell", nil, platform.EndTimeout, false},
		{"closed", &platform.TCPInfo{Unsent: 90}, platform.EndFIN, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := unread(platform.Talk{TCP: tt.tcp, End: tt.end}); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
