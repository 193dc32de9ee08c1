package check

import (
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// witness is what a conversation is judged beside: the target and the clock.
type witness struct {
	target diag.Target
	clock  platform.ClockFacts
}

// judgeSession reads the handshake and the certificates of one conversation.
func judgeSession(w witness, t Talked) (out []diag.Finding) {
	if guessed(w.target) && t.Talk.Received > 0 {
		return nil // it answers, and TLS was only our guess
	}
	if f, ok := brokenHandshake(t); ok {
		out = append(out, f)
	}
	if tls := t.Talk.TLS; tls != nil && len(tls.Chain) > 0 {
		out = append(out, certificateFaults(w, t, *tls)...)
	}
	return out
}

// brokenHandshake names why no session came about.
func brokenHandshake(talked Talked) (f diag.Finding, broken bool) {
	t := talked.Talk
	at, p := stopped(t)
	f = diag.Finding{Direct: true}
	switch {
	case t.TLS != nil && t.TLS.Alert != "":
		f.Code, f.Args = alertCode(*t.TLS), diag.Args{"alert": t.TLS.Alert}
		if f.Code == "tls.alert" && nothingCommon(t.TLS.Alert) {
			f.Direct, f.Args["offered"] = false, true
		}
	case at != platform.StageTLS:
		return f, false
	case t.TLS != nil && t.TLS.NotTLS || p.Code == platform.Malformed:
		f.Code, f.Args = "tls.not-tls", diag.Args{"first": looksLike(t.First)}
		f.Direct = t.TLS != nil && t.TLS.NotTLS
	case unread(t):
		f.Code, f.Args = "service.not-reading", diag.Args{"seconds": lastWait(t)}
	case t.End == platform.EndTimeout:
		f.Code, f.Args = "tls.stalled", diag.Args{"seconds": lastWait(t)}
		f.Direct, f.Party = taken(t) != platform.No, lostOnTheWay(t)
	case t.End == platform.EndReset && talked.byItself() == platform.EndReset:
		f.Code = "service.resets" // whatever is said, so that no name is to blame
	case t.End == platform.EndReset && talked.byItself() == "":
		f.Code = "tls.reset"
	case t.End == platform.EndFIN, t.End == platform.EndReset:
		f.Code = "service.closes"
	default:
		return f, false
	}
	return f, true
}

// alertCode follows RFC 8446 §6.2. Servers that want a certificate of the
// client also refuse with the general alerts.
func alertCode(t platform.TLSFacts) catalog.Code {
	switch t.Alert {
	case "protocol_version":
		return "tls.version"
	case "certificate_required":
		return "tls.client-certificate"
	case "bad_certificate", "handshake_failure", "certificate_unknown", "access_denied":
		if t.ClientCertificate {
			return "tls.client-certificate"
		}
	}
	return "tls.alert"
}

// looksLike names what a peer speaks that does not speak TLS.
func looksLike(b []byte) string {
	switch line := firstLine(b); {
	case len(line) >= 5 && line[:5] == "HTTP/":
		return "http"
	case len(line) >= 4 && line[:4] == "SSH-":
		return "ssh"
	}
	return "other"
}

// nothingCommon reports whether an alert says that nothing that was offered is
// accepted (RFC 8446 §6.2). A program that offers kinds of encryption that this
// one does not, Diffie-Hellman over a finite field or X448 for one, may be
// accepted all the same.
func nothingCommon(alert string) bool {
	return alert == "handshake_failure" || alert == "insufficient_security"
}

func lastWait(t platform.Talk) time.Duration {
	return t.Stages[len(t.Stages)-1].Waited
}

func certificateFaults(w witness, t Talked, tls platform.TLSFacts) (out []diag.Finding) {
	leaf := tls.Chain[0]
	if tls.Trusted == platform.No && !datesExplain(w, tls) {
		args := diag.Args{"issuer": leaf.Issuer, "subject": leaf.Subject, "self": platform.TriOf(leaf.SelfSigned).String()}
		if tls.Unfit {
			args["unfit"] = true
		}
		out = append(out, diag.Finding{Code: "tls.untrusted", Direct: true, Args: args})
		if inspected(tls) != "" {
			out = append(out, intercepted(tls, false))
		}
		if tls.Incomplete && (tls.Kin == platform.Yes || tls.Kin == platform.Unknown && saysIntermediate(tls.Chain[len(tls.Chain)-1].Issuer)) {
			// Which certificate is missing only its authority could tell for sure.
			out = append(out, diag.Finding{Code: "tls.incomplete-chain", Args: diag.Args{"issuer": tls.Chain[len(tls.Chain)-1].Issuer, "subject": leaf.Subject}})
		}
	}
	if tls.NameMatches == platform.No {
		out = append(out, diag.Finding{Code: "tls.wrong-name", Direct: true, Args: diag.Args{"names": namesOf(leaf)}})
	}
	if f, ok := outOfDates(w, t, tls.Chain); ok {
		out = append(out, f)
	}
	if tls.Version == "TLS 1.0" || tls.Version == "TLS 1.1" {
		// RFC 8996: current programs refuse both, though we do not.
		out = append(out, diag.Finding{Code: "tls.version", Args: diag.Args{"version": tls.Version}})
	}
	return out
}

// saysIntermediate reports whether an authority calls itself one below a root:
// its certificate is the server's to send, whatever the root.
func saysIntermediate(issuer string) bool {
	return namesProduct(issuer, []string{"intermediate", "issuing", "sub ca", "subca"})
}

func namesOf(c platform.Certificate) []string {
	if len(c.Names) > 0 {
		return c.Names
	}
	return []string{c.Subject}
}

// outOfDates finds the first certificate whose dates do not hold. With a clock
// that nothing keeps right, a peer whose date fits the certificate speaks for
// a wrong clock here.
func outOfDates(w witness, t Talked, chain []platform.Certificate) (f diag.Finding, out bool) {
	now := w.clock.Wall
	if now.IsZero() {
		return f, false
	}
	for _, c := range chain {
		if within(c, now) || c.SelfSigned && len(chain) > 1 {
			continue
		}
		if other := peerDate(t); !other.IsZero() && within(c, other) && w.clock.Synced != platform.Yes {
			return diag.Finding{Code: "tls.wrong-clock", Args: diag.Args{
				"clock": now, "other": other, "from": c.NotBefore, "until": c.NotAfter}}, true
		}
		f = diag.Finding{Code: "tls.expired", Direct: true, Args: diag.Args{
			"until": c.NotAfter, "from": c.NotBefore, "subject": c.Subject, "issuer": c.Issuer}}
		if now.Before(c.NotBefore) {
			f.Code = "tls.not-yet-valid"
		}
		return f, true
	}
	return f, false
}

// datesExplain reports whether the verifier's refusal may be due to the dates
// of a certificate above the leaf, which are judged by themselves.
func datesExplain(w witness, tls platform.TLSFacts) bool {
	for _, c := range tls.Chain[1:] {
		if !c.SelfSigned && !w.clock.Wall.IsZero() && !within(c, w.clock.Wall) && !tls.Incomplete {
			return true
		}
	}
	return false
}

func within(c platform.Certificate, t time.Time) bool {
	return !t.Before(c.NotBefore) && !t.After(c.NotAfter)
}

func peerDate(t Talked) time.Time {
	if h := t.Reply().HTTP; h != nil {
		return h.Date
	}
	return time.Time{}
}

// clockSkew is how far two clocks may be apart before it is worth a note.
const clockSkew = 5 * time.Minute

// judgeClock compares this machine's clock with what keeps it, else with the
// peer's.
func judgeClock(w witness, t Talked) (value platform.Tri, note *diag.Finding) {
	other := peerDate(t)
	if w.clock.Wall.IsZero() {
		return platform.Unknown, nil
	}
	by := w.clock.Wall.Sub(other).Abs()
	switch {
	case w.clock.Synced == platform.Yes:
		return platform.Yes, nil
	case other.IsZero():
		return platform.Unknown, nil
	case by <= clockSkew:
		return platform.Yes, nil
	}
	return platform.No, &diag.Finding{Code: "clock.skewed", Args: diag.Args{"by": by}}
}
