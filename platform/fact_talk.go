package platform

import (
	"net/netip"
	"time"
)

// TalkAsk is one conversation. TLS and HTTP are optional stages; Speak begins
// another protocol in place of HTTP. Send is what is written when both are
// absent, and may be empty to listen for a greeting.
type TalkAsk struct {
	To    netip.AddrPort `json:"to" redact:"addr"` // of the proxy, where there is one
	Proxy *ProxyHop      `json:"proxy,omitempty"`
	TLS   *TLSAsk        `json:"tls,omitempty"`
	HTTP  *HTTPAsk       `json:"http,omitempty"`
	// Speak has no more said than what the peer must answer to anybody: never
	// credentials. It is not asked for beside HTTP.
	Speak Protocol `json:"speak,omitempty" redact:"plain"`
	Send  []byte   `json:"send,omitempty" redact:"bytes"`
	Read  int      `json:"read,omitempty"` // most bytes to take from the peer; 0: 512; negative: none
	MSS   int      `json:"mss,omitempty"`  // no larger segments, either way (TCP_MAXSEG, tcp(7), or a window that holds no more); 0: the system's
	N     int      `json:"n,omitempty"`
}

// TLSAsk asks for a handshake; the peer's certificate is recorded, not enforced.
type TLSAsk struct {
	ServerName string   `json:"server_name,omitempty" redact:"host"` // also the name or address that the certificate must hold
	ALPN       []string `json:"alpn,omitempty" redact:"plain"`
}

// HTTPAsk asks for one request of HTTP/1.1 without credentials or cookies.
type HTTPAsk struct {
	Method string `json:"method" redact:"plain"`
	Host   string `json:"host" redact:"host"` // the Host field, with port where it is not the scheme's own
	Path   string `json:"path" redact:"text"`
	Pad    int    `json:"pad,omitempty"` // bytes of a field without meaning, so that the request fills a segment
}

// Names of a Stage.
const (
	StageConnect = "connect"
	StageProxy   = "proxy" // the proxy is asked for the target
	StageTLS     = "tls"
	StageRequest = "request"
	StageReply   = "reply"
)

// Stage is one step of a conversation. Problem is nil when it was passed; the
// last stage is the one in which the conversation ended.
type Stage struct {
	Name    string        `json:"name" redact:"plain"`
	Waited  time.Duration `json:"waited"`
	Problem *Problem      `json:"problem,omitempty"`
}

// TalkEnd is who or what ended a conversation.
type TalkEnd string

// The ends of a conversation.
const (
	EndFIN     TalkEnd = "fin"     // the peer closed
	EndReset   TalkEnd = "reset"   // the peer, or something in its name, reset
	EndTimeout TalkEnd = "timeout" // we stopped waiting
	EndLocal   TalkEnd = "local"   // we had what we wanted, and closed
	EndError   TalkEnd = "error"   // the problem of the last stage says what
)

// Talk is how a conversation went.
type Talk struct {
	Stages   []Stage       `json:"stages"`
	End      TalkEnd       `json:"end" redact:"plain"`
	Proxy    *ProxyReply   `json:"proxy,omitempty"`
	TLS      *TLSFacts     `json:"tls,omitempty"`
	HTTP     *HTTPFacts    `json:"http,omitempty"`
	First    []byte        `json:"first,omitempty" redact:"bytes"` // the peer's first bytes, at most 512
	Sent     int64         `json:"sent"`                           // bytes of the conversation, as the stream carried them
	Received int64         `json:"received"`
	FirstIn  time.Duration `json:"first_in,omitempty"` // from the end of the request to the first byte of the reply
	Cut      bool          `json:"cut,omitempty"`      // more came than was asked for
	TCP      *TCPInfo      `json:"tcp,omitempty"`
	// Spoken is what First says in a protocol that is known; nil when nothing
	// came, or HTTP did as it was asked for.
	Spoken *Spoken `json:"spoken,omitempty"`
}

// TLSFacts is what a handshake showed.
type TLSFacts struct {
	Version string `json:"version,omitempty" redact:"plain"` // "TLS 1.3"
	Cipher  string `json:"cipher,omitempty" redact:"plain"`
	ALPN    string `json:"alpn,omitempty" redact:"plain"`
	Alert   string `json:"alert,omitempty" redact:"plain"` // RFC 8446 §6.2, as "handshake_failure"
	NotTLS  bool   `json:"not_tls,omitempty"`              // the peer's first bytes are no TLS record
	// ClientCertificate: the server asked for one (RFC 8446 §4.3.2).
	ClientCertificate bool          `json:"client_certificate,omitempty"`
	Chain             []Certificate `json:"chain,omitempty"` // as sent, leaf first, at most ten
	NameMatches       Tri           `json:"name_matches"`    // RFC 9525; unknown when no name was asked for
	// Trusted says whether this machine's own verifier builds a chain to a
	// root that it trusts, at a time at which the leaf is valid: dates are
	// judged from the chain's facts.
	Trusted Tri `json:"trusted"`
	// Why is what the system's verifier said, when it refused.
	Why *Problem `json:"why,omitempty"`
	// Unfit: it would be trusted for another purpose than a server's (RFC 5280
	// §4.2.1.12).
	Unfit bool `json:"unfit,omitempty"`
	// Incomplete: no issuer of the last certificate sent is known here, and
	// it is not self-signed.
	Incomplete bool `json:"incomplete,omitempty"`
	// Kin: a root that is trusted here has the organization of that missing
	// issuer, or its name begins with the same word. So do the intermediates of
	// one authority; unknown where the system does not list its roots.
	Kin Tri `json:"kin,omitzero"`
}

// Certificate is one certificate of a chain.
type Certificate struct {
	Subject    string    `json:"subject" redact:"host"`
	Issuer     string    `json:"issuer" redact:"host"`
	Names      []string  `json:"names,omitempty" redact:"host"` // DNS names and addresses, at most 50
	NotBefore  time.Time `json:"not_before"`
	NotAfter   time.Time `json:"not_after"`
	SelfSigned bool      `json:"self_signed,omitempty"`
	CA         bool      `json:"ca,omitempty"`
	SHA256     string    `json:"sha256" redact:"plain"`
}

// HTTPFacts is what the reply's head showed.
type HTTPFacts struct {
	Status   int       `json:"status"` // 0: no well-formed status line
	Proto    string    `json:"proto,omitempty" redact:"plain"`
	Date     time.Time `json:"date,omitzero"`                    // the peer's clock (RFC 9110 §6.6.1)
	Location string    `json:"location,omitempty" redact:"host"` // host of a redirect, nothing else of it
	Server   string    `json:"server,omitempty" redact:"text"`   // at most 100 characters
	Via      string    `json:"via,omitempty" redact:"text"`      // at most 100 characters
	Length   int64     `json:"length"`                           // announced; -1: not announced
	Auth     string    `json:"auth,omitempty" redact:"plain"`    // the scheme that WWW-Authenticate names
	// ProxyAuth is the scheme that Proxy-Authenticate names; HSTS and the like
	// are not facts.
	ProxyAuth string `json:"proxy_auth,omitempty" redact:"plain"`
	// ProxySignedIn is ProxyReply.SignedIn of a proxy that forwards.
	ProxySignedIn string `json:"proxy_signed_in,omitempty" redact:"plain"`
	Title         string `json:"title,omitempty" redact:"text"`      // of a page, at most 100 characters
	Malform       string `json:"malformed,omitempty" redact:"plain"` // why the head could not be read, or not to its end
}
