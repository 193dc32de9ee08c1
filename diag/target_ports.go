package diag

// talk is how a conversation begins.
type talk uint8

const (
	encrypted talk = 1 << iota // with TLS
	web                        // HTTP is spoken
	greets                     // the server speaks first on the open connection
)

// service is what a scheme stands for.
type service struct {
	name string
	port uint16
	talk talk
}

// services are the schemes that are understood. Of several with one port the
// first says what is usual on it. Ports are IANA's, or else what the software
// listens on by default.
var services = []service{
	{"http", 80, web},
	{"https", 443, encrypted | web},
	{"ws", 80, web},
	{"wss", 443, encrypted | web},
	{"dav", 80, web},
	{"davs", 443, encrypted | web},
	{"git+http", 80, web},
	{"git+https", 443, encrypted | web},
	{"winrm", 5985, web},

	{"ssh", 22, greets},
	{"sftp", 22, greets},
	{"scp", 22, greets},
	{"git+ssh", 22, greets},
	{"ssh+git", 22, greets},
	{"svn+ssh", 22, greets},
	{"telnet", 23, 0},
	{"rdp", 3389, 0}, // the client speaks first, and not yet TLS ([MS-RDPBCGR] 1.3.1.1)
	{"vnc", 5900, greets},

	{"smb", 445, 0},
	{"cifs", 445, 0},
	{"file", 445, 0},
	{"nfs", 2049, 0},
	{"afp", 548, 0},
	{"ftp", 21, greets},
	{"ftps", 990, encrypted},
	{"rsync", 873, greets},
	{"git", 9418, 0},
	{"svn", 3690, greets},

	{"smtp", 25, greets},
	{"submission", 587, greets},
	{"smtps", 465, encrypted},
	{"submissions", 465, encrypted},
	{"imap", 143, greets},
	{"imaps", 993, encrypted},
	{"pop3", 110, greets},
	{"pop", 110, greets},
	{"pop3s", 995, encrypted},
	{"pops", 995, encrypted},
	{"nntp", 119, greets},
	{"nntps", 563, encrypted},

	{"ldap", 389, 0},
	{"ldaps", 636, encrypted},
	{"kerberos", 88, 0},
	{"dns", 53, 0},

	{"mssql", 1433, 0},
	{"sqlserver", 1433, 0},
	{"oracle", 1521, 0},
	{"mysql", 3306, greets},
	{"mariadb", 3306, greets},
	{"postgresql", 5432, 0},
	{"postgres", 5432, 0},
	{"redis", 6379, 0},
	{"rediss", 6379, encrypted},
	{"mongodb", 27017, 0},
	{"cassandra", 9042, 0},
	{"memcached", 11211, 0},

	{"amqp", 5672, 0},
	{"amqps", 5671, encrypted},
	{"mqtt", 1883, 0},
	{"mqtts", 8883, encrypted},
	{"kafka", 9092, 0},
	{"nats", 4222, greets},
	{"xmpp", 5222, 0},
	{"irc", 6667, 0},
	{"ircs", 6697, encrypted},

	{"sip", 5060, 0},
	{"sips", 5061, encrypted},
	{"rtsp", 554, 0},
	{"rtmp", 1935, 0},
	{"ipp", 631, web},
	{"ipps", 631, encrypted | web},
	{"lpd", 515, 0},
	{"socket", 9100, 0}, // a printer, as CUPS writes it

	{"tcp", 0, 0}, // says nothing; the port must be given
}

// schemes are the services by name, customs by port.
var schemes, customs = byName(services), byPort(services)

func byName(all []service) map[string]service {
	m := make(map[string]service, len(all))
	for _, s := range all {
		m[s.name] = s
	}
	return m
}

func byPort(all []service) map[uint16]service {
	m := make(map[uint16]service, len(all))
	for _, s := range all {
		if _, taken := m[s.port]; !taken {
			m[s.port] = s
		}
	}
	return m
}
