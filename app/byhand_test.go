package app

import (
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"faultline/platform"
	"faultline/platform/tape"
)

var (
	addr4 = netip.MustParseAddr("10.0.3.7")
	addr6 = netip.MustParseAddr("2001:db8::7")
)

func TestByHand(t *testing.T) {
	https := platform.TalkAsk{
		To: netip.AddrPortFrom(addr4, 8443), TLS: &platform.TLSAsk{ServerName: "intranet.test"},
		HTTP: &platform.HTTPAsk{Method: "HEAD", Host: "intranet.test:8443", Path: "/"},
	}
	tests := []struct {
		name, goos, method string
		ask                any
		want               string
	}{
		{"tcp", "linux", "dialer.tcp", platform.DialAsk{To: netip.AddrPortFrom(addr4, 8443)}, "nc -vz -w 3 10.0.3.7 8443"},
		{"tcp v6", "darwin", "dialer.tcp", platform.DialAsk{To: netip.AddrPortFrom(addr6, 22)}, "nc -vz -w 3 2001:db8::7 22"},
		{"tcp windows", "windows", "dialer.tcp", platform.DialAsk{To: netip.AddrPortFrom(addr4, 8443)}, "Test-NetConnection 10.0.3.7 -Port 8443"},
		{"dns", "linux", "dns.exchange", platform.DNSAsk{Server: netip.AddrPortFrom(addr4, 53), Name: "a.test", Type: "AAAA", Transport: "udp"}, "dig @10.0.3.7 a.test. AAAA"},
		{"dns tcp", "darwin", "dns.exchange", platform.DNSAsk{Server: netip.AddrPortFrom(addr4, 5353), Name: "a.test.", Type: "A", Transport: "tcp"}, "dig @10.0.3.7 -p 5353 +tcp a.test. A"},
		{"dns windows", "windows", "dns.exchange", platform.DNSAsk{Server: netip.AddrPortFrom(addr4, 53), Name: "a.test", Type: "A", Transport: "tcp"}, "Resolve-DnsName -DnsOnly -NoHostsFile -TcpOnly -Name a.test -Type A -Server 10.0.3.7"},
		{"route", "linux", "routes.to", platform.RouteAsk{Dst: addr4, Src: addr6}, "ip route get 10.0.3.7 from 2001:db8::7"},
		{"large ping windows", "windows", "echo.send", platform.EchoAsk{To: addr4, Size: 1472, DF: true}, "ping -n 3 -f -l 1472 10.0.3.7"},
		{"https", "linux", "talker.talk", https, "curl -sv -o /dev/null -I --resolve intranet.test:8443:10.0.3.7 https://intranet.test:8443/"},
		{"https windows", "windows", "talker.talk", https, "curl.exe -sv -o NUL -I --resolve intranet.test:8443:10.0.3.7 https://intranet.test:8443/"},
		{"tls", "linux", "talker.talk", platform.TalkAsk{To: netip.AddrPortFrom(addr6, 993), TLS: &platform.TLSAsk{ServerName: "a.test"}}, "openssl s_client -connect '[2001:db8::7]:993' -servername a.test </dev/null"},
		{"http literal", "linux", "talker.talk", platform.TalkAsk{To: netip.AddrPortFrom(addr6, 80), HTTP: &platform.HTTPAsk{Method: "GET", Host: "[2001:db8::7]", Path: "/"}}, "curl -sv -o /dev/null 'http://[2001:db8::7]:80/'"},
		{"through a proxy", "linux", "talker.talk", platform.TalkAsk{To: netip.AddrPortFrom(addr4, 3128), TLS: https.TLS, HTTP: https.HTTP,
			Proxy: &platform.ProxyHop{How: platform.ProxyConnect, Host: "intranet.test", Port: 8443}},
			"curl -sv -o /dev/null --proxy http://10.0.3.7:3128 https://intranet.test:8443/"},
		{"greeting", "linux", "talker.talk", platform.TalkAsk{To: netip.AddrPortFrom(addr4, 22), Speak: platform.SSH}, "nc -v -w 5 10.0.3.7 22 </dev/null"},
		{"Redis", "linux", "talker.talk", platform.TalkAsk{To: netip.AddrPortFrom(addr4, 6379), Speak: platform.Redis}, "redis-cli -h 10.0.3.7 -p 6379 ping"},
		{"PostgreSQL", "darwin", "talker.talk", platform.TalkAsk{To: netip.AddrPortFrom(addr6, 5432), Speak: platform.PostgreSQL}, "pg_isready -h 2001:db8::7 -p 5432"},
		{"LDAP", "linux", "talker.talk", platform.TalkAsk{To: netip.AddrPortFrom(addr6, 389), Speak: platform.LDAP}, "ldapsearch -x -s base -b '' -H 'ldap://[2001:db8::7]:389' supportedLDAPVersion"},
		{"quoted", "linux", "names.system", platform.NameAsk{Name: "a b;rm"}, "getent ahosts 'a b;rm'"},
		{"quote in it", "linux", "names.system", platform.NameAsk{Name: "a'b"}, `getent ahosts 'a'\''b'`},
		{"quote in it, windows", "windows", "names.system", platform.NameAsk{Name: "a'$(b)"}, "Resolve-DnsName -Name 'a''$(b)'"},
		{"option", "linux", "names.system", platform.NameAsk{Name: "-rf"}, ""},
		{"control character", "linux", "names.system", platform.NameAsk{Name: "a\x1b[2J"}, ""},
		{"quote of PowerShell", "windows", "names.system", platform.NameAsk{Name: "a‘b"}, ""},
		{"empty", "linux", "names.system", platform.NameAsk{}, ""},
		{"unknown system", "plan9", "links.all", platform.Reading{}, ""},
		{"unknown method", "linux", "nothing.here", platform.Reading{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ByHand(tt.goos, tape.Say(tt.method, tt.ask, nil, nil)); got != tt.want {
				t.Errorf("ByHand: got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestByHandOfEveryQuestion: what one system has a command for, each has.
func TestByHandOfEveryQuestion(t *testing.T) {
	for method := range onLinux {
		for _, goos := range []string{"darwin", "windows"} {
			if shells[goos].commands[method] == nil && (goos != "windows" || method != "datagrams.send") {
				t.Errorf("%s on %s: got no command, want one", method, goos)
			}
		}
	}
}

// FuzzByHand has a shell split the command: the name must arrive as one word.
func FuzzByHand(f *testing.F) {
	for _, name := range []string{"a.test", "a'b", "$(id)", "`id`", "a;b", "a\nb", `a\`, `"`, "*", "~", "!!", "#", "-x", "a b"} {
		f.Add(name)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Skip("no POSIX shell here")
	}
	fake := f.TempDir()
	script := "#!" + sh + "\nprintf '%s\\n' \"$#\" \"$@\"\n"
	if err := os.WriteFile(filepath.Join(fake, "getent"), []byte(script), 0o700); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		ask, err := json.Marshal(platform.NameAsk{Name: name})
		if err != nil {
			t.Skip("no JSON carries it")
		}
		command := ByHand("linux", tape.Line{Method: "names.system", Ask: ask})
		if command == "" {
			return
		}
		run := exec.Command(sh, "-c", command)
		run.Env, run.Dir = []string{"PATH=" + fake}, fake
		out, err := run.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
		got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if want := []string{"2", "ahosts", name}; !slices.Equal(got, want) {
			t.Errorf("%s: got words %q, want %q", command, got, want)
		}
	})
}
