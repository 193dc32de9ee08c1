package platform

// Protocol names what is spoken on a connection, in the words of its
// specification.
type Protocol string

// The protocols that a conversation can begin with (TalkAsk.Speak).
const (
	SSH        Protocol = "SSH"
	SMTP       Protocol = "SMTP"
	IMAP       Protocol = "IMAP"
	POP3       Protocol = "POP3"
	FTP        Protocol = "FTP"
	NNTP       Protocol = "NNTP"
	VNC        Protocol = "VNC"
	SMB        Protocol = "SMB"
	RDP        Protocol = "RDP"
	LDAP       Protocol = "LDAP"
	PostgreSQL Protocol = "PostgreSQL"
	MySQL      Protocol = "MySQL"
	MSSQL      Protocol = "SQL Server"
	Redis      Protocol = "Redis"
	MQTT       Protocol = "MQTT"
	AMQP       Protocol = "AMQP"
	HTTP2      Protocol = "HTTP/2" // with prior knowledge (RFC 9113 §3.3)
)

// The protocols that are only recognized.
const (
	HTTP  Protocol = "HTTP"
	TLS   Protocol = "TLS"
	Rsync Protocol = "rsync"
)

// Spoken is what the peer's first words say, in typed form. Every part of it is
// the peer's own and hostile: bounded and printable, and no more.
type Spoken struct {
	// Protocol is what the peer speaks, whatever was expected; "": not known.
	Protocol Protocol `json:"protocol,omitempty" redact:"plain"`
	// Software is what the peer says that it is, as "OpenSSH_9.6"; "": nothing.
	Software string `json:"software,omitempty" redact:"text"`
	// Code is the peer's answer in its protocol's terms: the number of a reply
	// or error ("220", "1130", "57P03", "0xc00000bb"), or its first word
	// ("NOAUTH", "BYE", "pong").
	Code string `json:"code,omitempty" redact:"plain"`
	// Text is what it says beside the code, at most 100 characters.
	Text string `json:"text,omitempty" redact:"text"`
}
