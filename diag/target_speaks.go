package diag

import "faultline/platform"

// spokenBy is what is spoken behind a scheme, under TLS or not. A scheme that is
// not here is HTTP, or its first words are not known.
var spokenBy = map[string]platform.Protocol{
	"ssh": platform.SSH, "sftp": platform.SSH, "scp": platform.SSH,
	"git+ssh": platform.SSH, "ssh+git": platform.SSH, "svn+ssh": platform.SSH,
	"smtp": platform.SMTP, "submission": platform.SMTP, "smtps": platform.SMTP, "submissions": platform.SMTP,
	"imap": platform.IMAP, "imaps": platform.IMAP,
	"pop3": platform.POP3, "pop": platform.POP3, "pop3s": platform.POP3, "pops": platform.POP3,
	"ftp": platform.FTP, "ftps": platform.FTP,
	"nntp": platform.NNTP, "nntps": platform.NNTP,
	"vnc": platform.VNC,
	"smb": platform.SMB, "cifs": platform.SMB, "file": platform.SMB,
	"rdp":  platform.RDP,
	"ldap": platform.LDAP, "ldaps": platform.LDAP,
	"postgresql": platform.PostgreSQL, "postgres": platform.PostgreSQL,
	"mysql": platform.MySQL, "mariadb": platform.MySQL,
	"mssql": platform.MSSQL, "sqlserver": platform.MSSQL,
	"redis": platform.Redis, "rediss": platform.Redis,
	"mqtt": platform.MQTT, "mqtts": platform.MQTT,
	"amqp": platform.AMQP, "amqps": platform.AMQP,
}
