package check

import (
	"bytes"
	"strings"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// judgeSpoken reads an answer in a protocol of its own. A refusal that was not
// given twice may be due to our own first connection. known is false where
// nothing of the kind came, and the conversation's end decides.
func judgeSpoken(target diag.Target, t Talked) (f diag.Finding, fault, known bool) {
	r := t.Reply()
	want, said := expected(target, t.To.Port())
	got := t.spoke()
	switch {
	case replied(t.Other) && t.Talk.Spoken == nil:
		return f, false, true
	case got == "" && len(r.First) > 0:
		f, fault, known = judgeUnknown(r, want, said)
		f.Direct = f.Direct && t.Confirm != nil
		return f, fault, known
	case got == "" || got == platform.HTTP && sameProtocol(want, got):
		return f, false, false
	case want != "" && !sameProtocol(want, got):
		return otherProtocol(want, got), said, true
	}
	code, direct := refusal(*r.Spoken)
	f = diag.Finding{Code: code, Direct: direct && t.Confirm != nil, Args: saying(*r.Spoken)}
	if !direct {
		f.Args["user"] = "faultline" // made up, and perhaps the reason
	}
	return f, code != "", true
}

// otherProtocol is the finding that something answers, and not in what the
// program in question speaks. That the port is the wrong one is as likely as
// that the service is.
func otherProtocol(want, got platform.Protocol) diag.Finding {
	return diag.Finding{Code: "service.error", Args: diag.Args{"expected": string(want), "protocol": string(got)}}
}

// judgeUnknown reads an answer of no protocol that is known. Where only a port's
// custom says what to expect, it is an answer like any other.
func judgeUnknown(r platform.Talk, want platform.Protocol, said bool) (f diag.Finding, fault, known bool) {
	if code := lastWords(r); code != "" && want == platform.SSH {
		return diag.Finding{Code: code, Direct: true, Args: diag.Args{"protocol": string(want), "said": r.Spoken.Text}}, true, true
	}
	f = diag.Finding{Code: "service.error", Args: diag.Args{"expected": string(want)}}
	switch {
	case want == "" || r.End == platform.EndReset:
		return f, false, false
	case !said:
		return f, false, true
	case r.End == platform.EndFIN || r.HTTP != nil && r.HTTP.Malform == "":
		return f, false, false
	case r.End == platform.EndTimeout:
		f.Code, f.Args = "service.silent", diag.Args{"seconds": lastWait(r)} // it stopped within its first answer
	}
	return f, true, true
}

// lastWords are OpenSSH's when it takes no more callers, or none from this
// address (srclimit.c, sshd.c): a line before it closes.
func lastWords(r platform.Talk) catalog.Code {
	switch {
	case r.Spoken == nil || r.End != platform.EndFIN:
		return ""
	case strings.HasPrefix(r.Spoken.Text, "Not allowed at this time"):
		return "service.denied"
	case strings.HasPrefix(r.Spoken.Text, "Exceeded MaxStartups"):
		return "service.error"
	}
	return ""
}

// saying are the arguments of a protocol's own refusal: its code and its words.
func saying(s platform.Spoken) diag.Args {
	return diag.Args{"protocol": string(s.Protocol), "said": strings.TrimSpace(s.Code + " " + s.Text)}
}

// refusal says what an answer means for a caller; "" is that the service is
// there for it. A wish for a password, for encryption or for another version is
// no refusal.
func refusal(s platform.Spoken) (code catalog.Code, direct bool) {
	switch s.Protocol {
	case platform.SMTP, platform.FTP, platform.NNTP:
		return replyRefuses(s), true
	case platform.IMAP:
		return imapRefuses(s), true
	case platform.POP3:
		return popRefuses(s), true
	case platform.PostgreSQL:
		return pgRefuses(s)
	}
	return refusals[s.Protocol][s.Code], true
}

// refusals are codes that stand for one thing by themselves.
var refusals = map[platform.Protocol]map[string]catalog.Code{
	// MySQL and MariaDB error numbers that come in place of the handshake.
	platform.MySQL: {
		"1040": "service.error", "1203": "service.error", "1226": "service.error", "1053": "service.error", "1135": "service.error",
		"1129": "service.denied", "1130": "service.denied", "9001": "service.error",
	},
	platform.Redis: {
		"DENIED": "service.denied", "LOADING": "service.error", "BUSY": "service.error", "MASTERDOWN": "service.error",
	},
	// RFC 4511 §4.1.9: busy, unavailable.
	platform.LDAP: {"51": "service.error", "52": "service.error"},
	// [MS-ERREF]: not supported (no dialect in common), access denied,
	// insufficient resources, request not accepted, insufficient server resources.
	platform.SMB: {
		"0xc00000bb": "service.denied", "0xc0000022": "service.denied",
		"0xc000009a": "service.error", "0xc00000d0": "service.error", "0xc0000205": "service.error",
	},
	platform.MQTT: {"3": "service.error"}, // server unavailable
}

// replyRefuses reads a reply code: 4yz is for now, 5yz for good (RFC 5321
// §4.2.1, RFC 959 §4.2.1). NNTP says 400 and 502 (RFC 3977 §5.1.1); 500 in
// place of an FTP greeting is a server that is set up wrongly.
func replyRefuses(s platform.Spoken) catalog.Code {
	switch {
	case strings.HasPrefix(s.Code, "4"), s.Code == "500":
		return "service.error"
	case strings.HasPrefix(s.Code, "5"):
		return "service.denied"
	}
	return ""
}

// imapRefuses: BYE turns the caller away (RFC 9051 §7.1.5), UNAVAILABLE for a
// reason that passes (§7.1).
func imapRefuses(s platform.Spoken) catalog.Code {
	switch {
	case s.Code != "BYE":
		return ""
	case strings.HasPrefix(strings.ToUpper(s.Text), "[UNAVAILABLE]"):
		return "service.error"
	}
	return "service.denied"
}

// popRefuses: SYS/TEMP passes, SYS/PERM does not (RFC 3206 §4).
func popRefuses(s platform.Spoken) catalog.Code {
	switch {
	case s.Code != "-ERR":
		return ""
	case strings.HasPrefix(strings.ToUpper(s.Text), "[SYS/"):
		return "service.error"
	}
	return "service.denied"
}

// pgRefuses reads an SQLSTATE (PostgreSQL, appendix A): classes 53 (out of
// something), 57 (starts up, shuts down), 58 and XX (broken). That no line of
// pg_hba.conf fits may be due to the user that was made up, so it is not for
// sure about this computer.
func pgRefuses(s platform.Spoken) (catalog.Code, bool) {
	for _, class := range []string{"53", "57", "58", "XX"} {
		if strings.HasPrefix(s.Code, class) {
			return "service.error", true
		}
	}
	if s.Code == "28000" && strings.Contains(s.Text, "pg_hba") {
		return "service.denied", false
	}
	return "", true
}

// wantsTLS reports whether a web server says that its port is one for HTTPS, in
// the words of nginx, Apache and Go.
func wantsTLS(r platform.Talk) bool {
	for _, words := range []string{"plain HTTP request was sent to HTTPS port", "speaking plain HTTP to an SSL-enabled server port", "sent an HTTP request to an HTTPS server"} {
		if bytes.Contains(r.First, []byte(words)) {
			return true
		}
	}
	return false
}
