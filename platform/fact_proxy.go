package platform

// ProxyAsk asks which proxy a program of this user would take to a web server.
type ProxyAsk struct {
	Scheme string `json:"scheme" redact:"plain"` // http or https
	Host   string `json:"host" redact:"host"`    // name or address of the target
	Port   uint16 `json:"port"`
}

// ProxyFacts are the settings that name a proxy, in the order in which
// programs take them. The first that says anything of the target counts.
type ProxyFacts struct {
	Sources []ProxySource `json:"sources,omitempty"`
	// OtherUser: this process runs as another user than the one who is logged
	// on, whose own settings were not read.
	OtherUser bool `json:"other_user,omitempty"`
}

// ProxySource is what one place says of the target.
type ProxySource struct {
	From  string `json:"from" redact:"plain"` // environment, gnome, kde, /etc/environment, windows, policy, winhttp
	Proxy *Proxy `json:"proxy,omitempty"`     // the one for the target's scheme
	// Bypassed: a proxy is set, and an exception sends this target directly.
	Bypassed bool `json:"bypassed,omitempty"`
	// Script is the address of a script that chooses (PAC), without
	// credentials. Where the system ran it for us, Proxy or Bypassed is its
	// choice; else neither is there, and what it would choose is not known.
	Script string `json:"script,omitempty" redact:"text"`
	// Discovers: the script is to be found by WPAD.
	Discovers bool `json:"discovers,omitempty"`
	// Services: only services take it, and no program of a user.
	Services bool `json:"services,omitempty"`
}

// Proxy is one proxy. Credentials that its setting holds are dropped.
type Proxy struct {
	Scheme         string `json:"scheme" redact:"plain"` // http, https, socks5
	Host           string `json:"host" redact:"host"`
	Port           uint16 `json:"port"`
	HasCredentials bool   `json:"has_credentials,omitempty"`
}

// How a ProxyHop is asked.
const (
	ProxyConnect = "connect" // HTTP CONNECT (RFC 9110 §9.3.6)
	ProxyForward = "forward" // HTTP with the target in absolute form (RFC 9112 §3.2.2)
	ProxySOCKS5  = "socks5"  // RFC 1928, without authentication; the proxy looks names up
)

// ProxyHop is the proxy that a conversation goes through, whose address is the
// conversation's To: how it is asked, and for what.
type ProxyHop struct {
	How  string `json:"how" redact:"plain"`
	Host string `json:"host" redact:"host"` // the target
	Port uint16 `json:"port"`
	// SignIn has the proxy given the sign-in of this session, as the user's
	// programs give it unasked; nil: none is given. SOCKS knows none.
	SignIn *ProxySignIn `json:"sign_in,omitempty"`
}

// ProxySignIn is a sign-in with what the session holds, a ticket or the answer
// to a challenge, and never with a password.
type ProxySignIn struct {
	Scheme string `json:"scheme" redact:"plain"` // Negotiate (RFC 4559) or NTLM
	Host   string `json:"host" redact:"host"`    // the proxy's name, to which a ticket is made out
}

// ProxyReply is how a proxy answered CONNECT or the request of SOCKS.
type ProxyReply struct {
	Status int    `json:"status,omitempty"`              // HTTP
	Auth   string `json:"auth,omitempty" redact:"plain"` // the scheme that Proxy-Authenticate names: of several the session's before others
	Server string `json:"server,omitempty" redact:"text"`
	// SOCKS is the reply field of RFC 1928 §6 plus one, so that 1 is success;
	// 0: no such reply came.
	SOCKS int `json:"socks,omitempty"`
	// SignedIn is the scheme of the sign-in that was given before this reply;
	// "": none was, or not to its end.
	SignedIn string `json:"signed_in,omitempty" redact:"plain"`
}
