package linux

import (
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"faultline/platform"
	"faultline/platform/platformtest"
)

func TestContract(t *testing.T) { platformtest.Run(t, New()) }

// asUser marks the run of this test program that a test started as an
// ordinary user, within the namespace of a client.
const asUser = "PLATFORM_LINUX_AS_USER"

// nobody is a number that no rights belong to.
const nobody = 65534

// TestAsUser runs the contract, and TestUser, as an ordinary user within the
// lab: with ping sockets closed and open to everybody.
func TestAsUser(t *testing.T) {
	l := newLab(t)
	l.in(l.router, func() { nft(t, chain("forward", "tcp dport 91 reject with icmpx admin-prohibited")) })
	program := copyOfThis(t)
	for name, groups := range map[string]string{"ping closed": "1 0", "ping open": "0 2147483647"} {
		t.Run(name, func(t *testing.T) {
			inNamespace(t, l.client, func() {
				setting(t, "net/ipv4/ping_group_range", groups)
				cmd := exec.CommandContext(within(t, time.Minute), program, "-test.run=^(TestContract|TestUser|TestFirewallNeedsRights)$", "-test.short", "-test.v")
				cmd.Dir, cmd.Env = "/", append(os.Environ(), asUser+"="+name)
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		})
	}
}

// copyOfThis puts this test program where every user may run it.
func copyOfThis(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "platform-linux")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	path := filepath.Join(dir, "test")
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestUser is what must work, or be denied, without any right.
func TestUser(t *testing.T) {
	mode := os.Getenv(asUser)
	if mode == "" {
		t.Skip("runs within TestAsUser")
	}
	facts, err := system{}.Describe(t.Context(), platform.Reading{})
	if err != nil || facts.Elevated {
		t.Errorf("got %+v, %v want an ordinary user", facts, err)
	}
	d, err := dialer{}.TCP(within(t, time.Second), platform.DialAsk{To: port(serverIP, 91)})
	if err != nil || d.Ended != platform.DialICMP || d.ICMP.From.String() != nearIP {
		t.Errorf("got %+v, %v want who rejected the connection", d, err)
	}
	all, err := links{}.All(t.Context(), platform.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range all {
		if link.Name == "c0" {
			n, err := neighbors{}.Resolve(within(t, time.Second), platform.NeighborAsk{Addr: netip.MustParseAddr(nearIP), Link: link.Index})
			if err != nil || n.Confirmed != platform.Yes {
				t.Errorf("got %+v, %v want a confirmed neighbor", n, err)
			}
		}
	}
	want := map[string]string{"ping closed": platform.MechanismDenied, "ping open": platform.MechanismWorks}[mode]
	if got := echoMechanism(); got.State != want {
		t.Errorf("%s: got %+v want %s", mode, got, want)
	}
}
