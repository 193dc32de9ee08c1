package windows

import (
	"strings"
	"testing"
)

func TestOtherThan(t *testing.T) {
	const long = "Maximilian.Mustermann-Meier"
	for _, c := range []struct {
		name         string
		session      account
		user, domain string
		want         bool
	}{
		{"the same", account{"CORP", "alice"}, "alice", "CORP", false},
		{"in other letters", account{"corp", "Alice"}, "alice", "CORP", false},
		{"another name", account{"CORP", "alice"}, "admin", "CORP", true},
		{"of the same name in another domain", account{"CORP", "alice"}, "alice", "PC-7", true},
		{"a domain that is not told", account{"CORP", "alice"}, "alice", "", false},
		{"a name that is not told", account{"CORP", "alice"}, "", "CORP", false},
		{"the session of services", account{}, "LOCAL SERVICE", "NT AUTHORITY", false},
		{"longer than a session keeps", account{"AzureAD", long[:20]}, long, "AzureAD", false},
		{"longer, and another", account{"AzureAD", strings.ToUpper(long[:19]) + "x"}, long, "AzureAD", true},
	} {
		asked := 0
		got := c.session.otherThan(c.user, func() string { asked++; return c.domain })
		if got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
		if c.user != "" && c.session.name != "" && !sameName(c.user, c.session.name) && asked > 0 {
			t.Errorf("%s: the domain was asked for, which the names had told", c.name)
		}
	}
}
