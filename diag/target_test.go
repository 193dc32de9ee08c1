package diag

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// targetFlags are the flags of a target in short.
func targetFlags(t Target) string {
	var s []string
	for _, f := range []struct {
		on   bool
		name string
	}{{t.Bare, "bare"}, {t.TLS, "tls"}, {t.HTTP, "http"}, {t.Greeting, "greeting"}, {t.RootPath, "root"}, {t.Rooted, "rooted"}} {
		if f.on {
			s = append(s, f.name)
		}
	}
	return strings.Join(s, " ")
}

func TestParseTarget(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     string // String()
		given    string
		scheme   string
		flags    string
	}{
		// Bare hosts and ports.
		{"single label", "intranet", "intranet", "intranet", "", "bare root"},
		{"dotted name", "www.example.com", "www.example.com", "www.example.com", "", "bare root"},
		{"upper case", "WWW.Example.COM", "www.example.com", "WWW.Example.COM", "", "bare root"},
		{"trailing dot", "www.example.com.", "www.example.com.", "www.example.com.", "", "bare root rooted"},
		{"trailing dot and port", "www.example.com.:8080", "www.example.com.:8080", "www.example.com.:8080", "", "root rooted"},
		{"dots at the end", "intranet...", "intranet", "intranet", "", "bare root"},
		{"underscore", "_dc._tcp.corp.example", "_dc._tcp.corp.example", "_dc._tcp.corp.example", "", "bare root"},
		{"hyphens three and four", "r3---sn-abc.example.com", "r3---sn-abc.example.com", "r3---sn-abc.example.com", "", "bare root"},
		{"name that begins with a digit", "3com.example", "3com.example", "3com.example", "", "bare root"},
		{"host and port", "db01:9999", "db01:9999", "db01:9999", "", "root"},
		{"port 443 of a name", "example.com:443", "example.com:443", "example.com:443", "", "tls root"},
		{"port 443 of an address", "192.0.2.7:443", "192.0.2.7:443", "192.0.2.7:443", "", "root"},
		{"port 80 by itself", "example.com:80", "example.com:80", "example.com:80", "", "root"},
		{"port 22 by itself", "example.com:22", "example.com:22", "example.com:22", "", "greeting root"},
		{"port 587 by itself", "example.com:587", "example.com:587", "example.com:587", "", "greeting root"},
		{"port 993 by itself", "example.com:993", "example.com:993", "example.com:993", "", "tls root"},
		{"port with zeros", "host:0443", "host:443", "host:443", "", "tls root"},
		{"empty port", "host:", "host", "host", "", "bare root"},
		{"port and dot", "host:8080.", "host:8080", "host:8080", "", "root"},
		{"host space port", "host 8080", "host:8080", "host:8080", "", "root"},
		{"SQL Server's comma", "sql01,1433", "sql01:1433", "sql01:1433", "", "root"},
		{"name like a scheme", "redis:6379", "redis:6379", "redis:6379", "", "root"},
		{"path without scheme", "intranet/x", "intranet", "intranet", "", "bare"},

		// Addresses.
		{"IPv4", "192.0.2.7", "192.0.2.7", "192.0.2.7", "", "bare root"},
		{"IPv4 and dot", "192.0.2.7.", "192.0.2.7", "192.0.2.7.", "", "bare root"},
		{"IPv4 and prefix", "192.0.2.7/24", "192.0.2.7", "192.0.2.7", "", "bare"},
		{"IPv6", "2001:DB8::1", "[2001:db8::1]", "2001:DB8::1", "", "bare root"},
		{"IPv6 in brackets", "[2001:db8::1]", "[2001:db8::1]", "[2001:db8::1]", "", "bare root"},
		{"IPv6 and port", "[2001:db8::1]:8443", "[2001:db8::1]:8443", "[2001:db8::1]:8443", "", "root"},
		{"IPv6 in a URL", "https://[2001:db8::1]/", "[2001:db8::1]:443", "https://[2001:db8::1]", "https", "tls http root"},
		{"loopback", "::1", "[::1]", "::1", "", "bare root"},
		{"IPv4-mapped", "::ffff:192.0.2.7", "192.0.2.7", "::ffff:192.0.2.7", "", "bare root"},
		{"zone", "fe80::1%eth0", "[fe80::1%eth0]", "fe80::1%eth0", "", "bare root"},
		{"zone of Windows", "fe80::1%25", "[fe80::1%25]", "fe80::1%25", "", "bare root"},
		{"zone and port", "[fe80::1%eth0]:22", "[fe80::1%eth0]:22", "[fe80::1%eth0]:22", "", "greeting root"},
		{"zone in a URL", "http://[fe80::1%25eth0]:8080/", "[fe80::1%eth0]:8080", "http://[fe80::1%25eth0]:8080", "http", "http root"},
		{"full-width dots and digits", "１０。0．0。1", "10.0.0.1", "10.0.0.1", "", "bare root"},

		// URLs.
		{"https", "https://intranet", "intranet:443", "https://intranet", "https", "tls http root"},
		{"https with all", "https://intranet:8443/x?y=z#f", "intranet:8443", "https://intranet:8443", "https", "tls http"},
		{"upper-case scheme", "HTTPS://Intranet/", "intranet:443", "HTTPS://Intranet", "https", "tls http root"},
		{"query only", "http://h?token=1", "h:80", "http://h", "http", "http"},
		{"fragment only", "http://h/#top", "h:80", "http://h", "http", "http root"},
		{"ws", "ws://h/", "h:80", "ws://h", "ws", "http root"},
		{"wss", "wss://h/", "h:443", "wss://h", "wss", "tls http root"},
		{"ssh", "ssh://h", "h:22", "ssh://h", "ssh", "greeting root"},
		{"ssh with other port", "ssh://h:2222", "h:2222", "ssh://h:2222", "ssh", "greeting root"},
		{"rdp", "rdp://pc7", "pc7:3389", "rdp://pc7", "rdp", "root"},
		{"ldaps", "ldaps://dc1", "dc1:636", "ldaps://dc1", "ldaps", "tls root"},
		{"smtp", "smtp://mail.example", "mail.example:25", "smtp://mail.example", "smtp", "greeting root"},
		{"ipp", "ipp://printer/ipp/print", "printer:631", "ipp://printer", "ipp", "http"},
		{"mysql", "mysql://db/x", "db:3306", "mysql://db", "mysql", "greeting"},
		{"tcp with port", "tcp://h:22", "h:22", "tcp://h:22", "tcp", "greeting root"},
		{"missing slash", "https:/h/x", "h:443", "https://h", "https", "tls http"},
		{"backslashes", `https:\\h\x`, "h:443", "https://h", "https", "tls http"},
		{"opaque sip", "sip:alice@pbx.example", "pbx.example:5060", "sip://pbx.example", "sip", "root"},
		{"URL in a query", "host:8443/r?u=https://other/", "host:8443", "host:8443", "", ""},
		{"URL in a path", "https://a/r/https://b", "a:443", "https://a", "https", "tls http"},
		{"slash that is full width", "https：／／h／x", "h:443", "https://h", "https", "tls http"},
		{"file URL of a share", "file://nas/x", "nas:445", "file://nas", "file", ""},

		// Databases.
		{"JDBC PostgreSQL", "jdbc:postgresql://db:5433/app?user=u&password=p", "db:5433", "postgresql://db:5433", "postgresql", ""},
		{"JDBC SQL Server", "jdbc:sqlserver://srv:1433;user=sa@srv;password=hunter2", "srv:1433", "sqlserver://srv:1433", "sqlserver", "root"},
		{"JDBC SQL Server instance", `jdbc:sqlserver://srv\prod:1444;x=y`, "srv:1444", "sqlserver://srv:1444", "sqlserver", ""},
		{"JDBC Oracle", "jdbc:oracle:thin:scott/tiger@//ora:1522/svc", "ora:1522", "oracle://ora:1522", "oracle", ""},
		{"JDBC Oracle SID", "jdbc:oracle:thin:@ora:1521:XE", "ora:1521", "oracle://ora:1521", "oracle", "root"},
		{"SQL Server instance", `sql01\PROD`, "sql01:1433", "sql01", "", ""},
		{"SQL Server instance and port", `sql01\PROD,1444`, "sql01:1444", "sql01:1444", "", ""},

		// Shares.
		{"share", `\\nas\public\x`, "nas:445", `\\nas`, "", ""},
		{"share without name", `\\nas`, "nas:445", `\\nas`, "", "root"},
		{"share with slashes", "//nas/public", "nas:445", "//nas", "", ""},
		{"long share", `\\?\UNC\nas\public`, "nas:445", `\\nas`, "", ""},
		{"share over HTTP", `\\dav.example@SSL\DavWWWRoot`, "dav.example:443", `\\dav.example`, "", "tls"},
		{"share over HTTP with port", `\\dav.example@SSL@8443\x`, "dav.example:8443", `\\dav.example:8443`, "", ""},

		// Credentials.
		{"user at host", "root@gw", "gw:22", "gw", "", "greeting root"},
		{"user at host and port", "root@gw:2222", "gw:2222", "gw:2222", "", "root"},
		{"scp", "git@github.example:org/repo.git", "github.example:22", "github.example", "", "greeting"},
		{"URL with user", "ftp://anna@h/", "h:21", "ftp://h", "ftp", "greeting root"},
		{"URL with password", "https://anna:hunter2@h:8443/", "h:8443", "https://h:8443", "https", "tls http root"},
		{"password with at", "https://anna:hunt@er2@h/", "h:443", "https://h", "https", "tls http root"},
		{"domain user", `CORP\anna@gw`, "gw:22", "gw", "", "greeting root"},
		{"at in a query", "https://h:8443/x?mail=anna@example.com", "h:8443", "https://h:8443", "https", "tls http"},
		{"at in a path", "https://h/@anna", "h:443", "https://h", "https", "tls http"},

		// Pasted text.
		{"spaces", " \t intranet \r\n", "intranet", "intranet", "", "bare root"},
		{"quotes", `"intranet:8443"`, "intranet:8443", "intranet:8443", "", "root"},
		{"angle brackets", "<https://intranet:8443/>", "intranet:8443", "https://intranet:8443", "https", "tls http root"},
		{"square brackets", "[https://intranet]", "intranet:443", "https://intranet", "https", "tls http root"},
		{"Markdown", "[wiki](https://wiki/start)", "wiki:443", "https://wiki", "https", "tls http"},
		{"comma", "intranet,", "intranet", "intranet", "", "bare root"},
		{"sentence with URL", "Can't open https://intranet:8443/x, help", "intranet:8443", "https://intranet:8443", "https", "tls http"},
		{"sentence with port", "db01:5432 does not answer.", "db01:5432", "db01:5432", "", "root"},
		{"sentence with address", "cannot ping 192.0.2.7.", "192.0.2.7", "192.0.2.7", "", "bare root"},
		{"sentence with name", "wiki.example.com is down, e.g. today", "wiki.example.com", "wiki.example.com", "", "bare root"},
		{"sentence with it twice", "https://a/x and https://a/y", "a:443", "https://a", "https", "tls http"},
		{"sentence with signature", "https://a/ broke, anna@example.com", "a:443", "https://a", "https", "tls http root"},
		{"Chinese sentence", "无法打开https://intranet:8443/x，请帮忙", "intranet:8443", "https://intranet:8443", "https", "tls http"},
		{"full-width colon", "intranet：8443", "intranet:8443", "intranet:8443", "", "root"},
		{"invisible characters", "\u200eintra\u200bnet\ufeff:8443", "intranet:8443", "intranet:8443", "", "root"},
		{"bidi override", "\u202eintranet\u202c", "intranet", "intranet", "", "bare root"},

		// Names in other scripts.
		{"IDN", "münchen.example", "münchen.example", "münchen.example", "", "bare root"},
		{"IDN upper case", "MÜNCHEN.example:8080", "münchen.example:8080", "MÜNCHEN.example:8080", "", "root"},
		{"IDN decomposed", "mu\u0308nchen.example", "münchen.example", "münchen.example", "", "bare root"},
		{"punycode", "xn--mnchen-3ya.example", "münchen.example", "xn--mnchen-3ya.example", "", "bare root"},
		{"sharp s", "straße.example", "straße.example", "straße.example", "", "bare root"},
		{"Chinese", "例子.测试", "例子.测试", "例子.测试", "", "bare root"},
		{"ideographic dots", "例子。测试", "例子.测试", "例子.测试", "", "bare root"},
		{"symbol is not shown", "i❤.example", "xn--i-7iq.example", "xn--i-7iq.example", "", "bare root"},
		{"joiner is not shown", "نامه\u200cای.example", "xn--mgba3gch31f060k.example", "xn--mgba3gch31f060k.example", "", "bare root"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseTarget(c.in)
			if err != nil {
				t.Fatalf("ParseTarget(%q): %v", c.in, err)
			}
			if got.String() != c.want || got.Given != c.given || got.Scheme != c.scheme || targetFlags(got) != c.flags {
				t.Errorf("ParseTarget(%q)\n got %q given %q scheme %q flags %q\nwant %q given %q scheme %q flags %q",
					c.in, got, got.Given, got.Scheme, targetFlags(got), c.want, c.given, c.scheme, c.flags)
			}
		})
	}
}

func TestParseTargetErrors(t *testing.T) {
	for _, c := range []struct{ name, in, code, text string }{
		{"empty", "", TargetEmpty, ""},
		{"spaces", " \n\u3000", TargetEmpty, ""},
		{"only invisible", "\u200b\ufeff", TargetEmpty, ""},
		{"10 kB", strings.Repeat("a.", 5000), TargetTooLong, ""},
		{"NUL", "intranet\x00", ControlCharacters, ""},
		{"escape", "\x1b[31mhost", ControlCharacters, ""},
		{"not UTF-8", "host\xff", ControlCharacters, ""},
		{"only punctuation", "\"'", NoHost, ""},
		{"only a path", "/etc/hosts", NoHost, ""},
		{"Windows path", `C:\Users\anna`, NoHost, ""},
		{"local file", "file:///etc/hosts", NoHost, ""},
		{"local file, short", "file:/etc/hosts", NoHost, ""},
		{"URL without host", "https://", NoHost, ""},
		{"only a port", ":443", NoHost, ""},
		{"sentence without host", "the internet is broken", NoHost, ""},
		{"two URLs", "https://a/ and https://b/", SeveralTargets, ""},
		{"URL and port", "https://a/ works, b:8080 does not", SeveralTargets, ""},
		{"list of hosts", "mongodb://a:1,b:2/db", SeveralTargets, ""},
		{"list of hosts without ports", "postgresql://a,b/db", SeveralTargets, ""},
		{"mail address", "mailto:anna@example.com", MailAddress, ""},
		{"unknown scheme", "gopher://h/", SchemeUnknown, "gopher"},
		{"unknown scheme in a sentence", "open gopher://h/ please", SchemeUnknown, "gopher"},
		{"port 0", "host:0", PortRange, "0"},
		{"port 70000", "host:70000", PortRange, "70000"},
		{"port that is a word", "host:http", PortNumber, "http"},
		{"negative port", "host:-1", PortNumber, "-1"},
		{"no port for tcp", "tcp://host", PortNeeded, "tcp"},
		{"empty label", "a..b", NameInvalid, "a..b"},
		{"leading dot", ".a", NameInvalid, ".a"},
		{"looks like an option", "--help", NameInvalid, "--help"},
		{"exclamation mark", "a!b", NameInvalid, "a!b"},
		{"broken punycode", "xn--a\u00e4", NameInvalid, "xn--aä"},
		{"percent", "m%C3%BCnchen.example", NameInvalid, "m%C3%BCnchen.example"},
		{"long name", strings.Repeat("abcdefg.", 32) + "com", NameTooLong, ""},
		{"long label", strings.Repeat("a", 64) + ".com", LabelTooLong, strings.Repeat("a", 64) + ".com"},
		{"long IDN label", strings.Repeat("ü", 60) + ".example", LabelTooLong, strings.Repeat("ü", 60) + ".example"},
		{"hexadecimal IPv4", "0x7f.1", AddressOdd, "0x7f.1"},
		{"short IPv4", "127.1", AddressOdd, "127.1"},
		{"octal IPv4", "0177.0.0.1", AddressOdd, "0177.0.0.1"},
		{"decimal IPv4", "http://2130706433/", AddressOdd, "2130706433"},
		{"IPv4 out of range", "999.1.1.1", AddressOdd, "999.1.1.1"},
		{"five numbers", "1.2.3.4.5", AddressOdd, "1.2.3.4.5"},
		{"full-width odd IPv4", "１２７.1", AddressOdd, "127.1"},
		{"unspecified IPv4", "0.0.0.0:80", AddressUnspecified, "0.0.0.0"},
		{"unspecified IPv6", "::", AddressUnspecified, "::"},
		{"unspecified mapped", "::ffff:0.0.0.0", AddressUnspecified, "::ffff:0.0.0.0"},
		{"multicast IPv4", "224.0.0.1", AddressMulticast, "224.0.0.1"},
		{"multicast IPv6", "[ff02::1]:80", AddressMulticast, "[ff02::1]"},
		{"broadcast", "255.255.255.255", AddressBroadcast, "255.255.255.255"},
		{"link-local without a zone", "http://[fe80::1]:80/", AddressZoneless, "[fe80::1]"},
		{"link-local alone", "fe80::1", AddressZoneless, "fe80::1"},
		{"zone of a global address", "2001:db8::1%eth0", AddressZone, "2001:db8::1%eth0"},
		{"long zone", "fe80::1%" + strings.Repeat("25", 20) + "e", AddressZone, "fe80::1%" + strings.Repeat("25", 20) + "e"},
		{"empty zone", "fe80::1%", AddressZone, "fe80::1%"},
		{"zone with a path", `fe80::1%a'b`, AddressZone, "fe80::1%a'b"},
		{"IPv6 and port without brackets", "2001:db8:1:2:3:4:5:6:443", AddressInvalid, "2001:db8:1:2:3:4:5:6:443"},
		{"open bracket", "[2001:db8::1", AddressInvalid, "[2001:db8::1"},
		{"name in brackets", "[intranet]:80", AddressInvalid, "[intranet]"},
		{"slash in a password", "https://anna:hun/ter2@h/", CredentialsUnclear, ""},
		{"digits and slash in a password", "https://anna:12/34@h/", CredentialsUnclear, ""},
		{"space in a password", "https://anna:hun ter2@h/", PortNumber, ""},
		{"bad port after credentials", "https://anna:hunter2@h:70000/", PortRange, ""},
		{"escaped at", "https://anna%3Ahunter2%40h/", NameInvalid, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseTarget(c.in)
			var te *TargetError
			if !errors.As(err, &te) {
				t.Fatalf("ParseTarget(%q) = %+v, %v, want code %s", c.in, got, err, c.code)
			}
			text, _ := te.Args["text"].(string)
			if te.Code != c.code || c.code != NameTooLong && text != c.text {
				t.Errorf("ParseTarget(%q): got %s %q, want %s %q", c.in, te.Code, text, c.code, c.text)
			}
		})
	}
}

func TestTargetFields(t *testing.T) {
	got, err := ParseTarget("MÜNCHEN.example.")
	if err != nil {
		t.Fatal(err)
	}
	if got.Host != "xn--mnchen-3ya.example" || got.Unicode != "münchen.example" || !got.Rooted {
		t.Errorf("got %+v, want the name in both forms, rooted", got)
	}
	if got.Port != 0 || !slices.Equal(got.Ports, []uint16{443, 80}) {
		t.Errorf("got port %d of %v, want 0 of 443 and 80", got.Port, got.Ports)
	}
	got.Ports[0] = 1
	if again, _ := ParseTarget("a"); again.Ports[0] != 443 {
		t.Error("changing one target's ports changed another's")
	}
}

func TestTargetErrorText(t *testing.T) {
	for code, text := range targetEnglish {
		if text == "" || text != strings.TrimRight(text, ".") {
			t.Errorf("%s: got %q, want a text without a period", code, text)
		}
	}
	_, err := ParseTarget("a!" + strings.Repeat("\u200c", 300))
	if got := err.Error(); !strings.Contains(got, `\u200c`) || len([]rune(got)) > maxQuoted+len(targetEnglish[NameInvalid])+4 {
		t.Errorf("got %q, want the joiners escaped and bounded", got)
	}
	_, err = ParseTarget("gopher://h")
	if got, want := err.Error(), `"gopher": the scheme is not known; write host:port instead`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestServices(t *testing.T) {
	for _, s := range services {
		t.Run(s.name, func(t *testing.T) {
			if schemes[s.name] != s {
				t.Error("the scheme stands in the table twice")
			}
			got, err := ParseTarget(strings.ToUpper(s.name) + "://host:7/")
			if err != nil || got.Scheme != s.name || got.Port != 7 {
				t.Errorf("got %+v, %v, want scheme %s, port 7", got, err, s.name)
			}
			if s.talk&greets != 0 && s.talk&encrypted != 0 {
				t.Error("the server greets and is silent until TLS begins")
			}
		})
	}
}
