package pcapfilter

import (
	"errors"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		filter string
		word   string
		at     int // character
		want   string
	}{
		{"foo", "foo", 1, "here come host, net, port"},
		{"tcp and foo", "foo", 9, "here come host, net, port"},
		{"tcp foo", "foo", 5, "here come and, or, or the end"},
		{"tcp and", "", 8, "here come host"},
		{"(tcp or udp", "", 12, "closing parenthesis"},
		{"tcp)", ")", 4, "here come and, or"},
		{"()", ")", 2, "here come host"},
		{"ether host 02:00:00:00:00:01", "ether", 1, "here come host"},
		{"greater 100", "greater", 1, "here come host"},
		{"TCP", "TCP", 1, "here come host"},
		{"host intranet", "intranet", 6, "names are not resolved"},
		{"host", "", 5, "address is wanted"},
		{"host 10", "10", 6, "address is wanted"},
		{"host 10.0.0.300", "10.0.0.300", 6, "address is wanted"},
		{"host 10.0.0.1/8", "10.0.0.1", 6, "before a network comes net"},
		{"src 10.0.0.0/8", "10.0.0.0", 5, "before a network comes net"},
		{"host 2001:db8::/32", "2001:db8::", 6, "before a network comes net"},
		{"host 1:2:3", "1:2:3", 6, "no address"},
		{"10.0.0.1", "10.0.0.1", 1, "before it comes one of host"},
		{"tcp and 80", "80", 9, "before it comes one of host"},
		{"vlan 5 or 6", "6", 11, "before it comes one of host"},
		{"net 10.0.0.1/8", "10.0.0.1", 5, "beyond its mask"},
		{"net 10.1.0.0 mask 255.0.0.0", "10.1.0.0", 5, "beyond its mask"},
		{"net 10.0.0.0/33", "33", 14, "at most 32 bits"},
		{"net 10.0.0.0 mask x", "x", 19, "a mask is wanted"},
		{"net 10.0.0.0.0", "10.0.0.0.0", 5, "a network is wanted"},
		{"net 2001:db8::1/32", "2001:db8::1", 5, "beyond its mask"},
		{"net ::/129", "129", 8, "at most 128 bits"},
		{"ip6 host 10.0.0.1", "10.0.0.1", 10, "after ip6"},
		{"ip6 net 10", "10", 9, "after ip6"},
		{"ip host ::1", "::1", 9, "after ip "},
		{"tcp host 10.0.0.1", "tcp", 1, "before an address"},
		{"tcp src 10.0.0.1", "tcp", 1, "before an address"},
		{"ip port 80", "ip", 1, "before port come"},
		{"tcp proto 6", "tcp", 1, "before proto come"},
		{"port http", "http", 6, "a number is wanted"},
		{"port 65536", "65536", 6, "at most 65535"},
		{"port 080", "080", 6, "no number"},
		{"port 0b11", "0b11", 6, "a number is wanted"},
		{"port 99999999999", "99999999999", 6, "no number"},
		{"portrange 1-70000", "1-70000", 11, "a range of ports"},
		{"portrange 70000", "70000", 11, "at most 65535"},
		{`proto \foo`, "foo", 7, `here come a number, \icmp`},
		{"proto 256", "256", 7, "at most 255"},
		{"vlan 4096", "4096", 6, "at most 4095"},
		{"tcp[13] & 4", "", 12, "here come !="},
		{"tcp[0:3] = 1", "3", 7, "1, 2 or 4"},
		{"tcp[13 = 2", "=", 8, "here come ]"},
		{"tcp[foo] = 2", "foo", 5, "a number is wanted"},
		{"tcp[13] = 2 and 3", "3", 17, "before it comes"},
		{"port (80 or tcp)", "tcp", 13, "a number is wanted"},
		{"tcp = 2", "=", 5, "here come and, or"},
		{"tcp , udp", ",", 5, "here come and, or"},
		{"tcp and é", "é", 9, "here come host"},
		{"é and foo", "é", 1, "here come host"},
		{"src", "", 4, "address is wanted"},
		{strings.Repeat("(", 100) + "tcp" + strings.Repeat(")", 100), "(", 65, "too much"},
		{strings.Repeat("not ", 100) + "tcp", "not", 257, "too much"},
		{strings.Repeat("tcp or ", 1000) + "tcp", "", 7004, "at most 4096"},
	} {
		_, err := Parse(c.filter)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: got %v want an error", c.filter, err)
			continue
		}
		if e.Word != c.word || e.Character() != c.at || !strings.Contains(e.Want, c.want) {
			t.Errorf("%q: got %q at %d: %s\nwant %q at %d: %s", c.filter, e.Word, e.Character(), e.Want, c.word, c.at, c.want)
		}
	}
}

func TestErrorText(t *testing.T) {
	for filter, want := range map[string]string{
		"tcp and foo": `reading the filter: "foo" at character 9: here come host, `,
		"tcp and":     "reading the filter: it ends at character 8: here come host, ",
		"tcp \x1b[2J": `reading the filter: "\x1b" at character 5: here come and, `,
	} {
		if _, err := Parse(filter); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q:\ngot  %v\nwant %s…", filter, err, want)
		}
	}
}

func TestEmptySelectsAll(t *testing.T) {
	for _, filter := range []string{"", " \t\n"} {
		f, err := Parse(filter)
		if err != nil || !f.Match(1, nil) || !f.Match(147, []byte{1}) {
			t.Errorf("%q: got %v, want a filter that selects all", filter, err)
		}
	}
}

// TestTooShort has tcpdump's rule that a packet too short to be asked is
// never selected.
func TestTooShort(t *testing.T) {
	for _, filter := range []string{"tcp", "not tcp", "host 10.0.0.1", "not host 10.0.0.1"} {
		f, err := Parse(filter)
		if err != nil || f.Match(1, make([]byte, 13)) || f.Match(1, append(make([]byte, 12), 8, 0, 0x45)) {
			t.Errorf("%q: got %v, or a packet too short that was selected", filter, err)
		}
	}
}

// FuzzParse reads hostile filters, and matches with those that are sound.
func FuzzParse(f *testing.F) {
	for _, filter := range filters {
		f.Add(filter)
	}
	g := newGenerator(9)
	for range 20 {
		f.Add(g.expression(3))
	}
	frames := g.capture(30, true)
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := Parse(text)
		if err == nil {
			for i, p := range frames {
				filter.Match([]uint16{1, 101, 113, 276, 0}[i%5], p)
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.At > len(text) || e.Want == "" || !strings.HasPrefix(strings.TrimPrefix(text[e.At:], `\`), e.Word) {
			t.Errorf("%q: got %#v", text, err)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	f, err := Parse("host 10.0.0.1 and tcp[tcpflags] & tcp-rst != 0")
	if err != nil {
		b.Fatal(err)
	}
	frames := newGenerator(1).capture(256, false)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f.Match(1, frames[i%len(frames)])
	}
}
