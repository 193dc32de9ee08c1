package portable

import (
	"os"
	"slices"
	"testing"
)

func TestHosts(t *testing.T) {
	b, err := os.ReadFile("testdata/hosts/plain.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"localhost": {"127.0.0.1", "::1"}, "LOCALHOST.": {"127.0.0.1", "::1"}, "ip6-localhost": {"::1"},
		"printer": {"192.0.2.7"}, "printer.example": {"192.0.2.7"}, "commented.example": nil, "upstairs": nil, "": nil, "192.0.2.8": nil,
	} {
		var got []string
		for _, a := range Hosts(b, name) {
			got = append(got, a.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q want %q", name, got, want)
		}
	}
}

func FuzzHosts(f *testing.F) {
	f.Add([]byte("127.0.0.1 localhost\n"), "localhost")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		if got := Hosts(b, name); len(got) > maxHosts || len(got) > len(b) {
			t.Errorf("got %d addresses", len(got))
		}
	})
}

// TestHostsEncoded: a file that an editor saved in another encoding.
func TestHostsEncoded(t *testing.T) {
	const lines = "192.0.2.1 first.example\r\n192.0.2.2 second.example\r\n"
	var wide []byte
	for _, c := range []byte(lines) {
		wide = append(wide, c, 0)
	}
	for _, c := range []struct {
		name string
		file []byte
		host string
		want int
	}{
		{"plain, with returns", []byte(lines), "first.example", 1},
		{"byte order mark, first line", []byte("\ufeff" + lines), "first.example", 0},
		{"byte order mark, second line", []byte("\ufeff" + lines), "second.example", 1},
		{"UTF-16, first line", append([]byte{0xff, 0xfe}, wide...), "first.example", 0},
		{"UTF-16, second line", append([]byte{0xff, 0xfe}, wide...), "second.example", 0},
	} {
		if got := Hosts(c.file, c.host); len(got) != c.want {
			t.Errorf("%s: got %v want %d addresses", c.name, got, c.want)
		}
	}
}
