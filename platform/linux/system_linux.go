package linux

import (
	"context"
	"os"
	"os/user"
	"runtime"
	"strings"
	"time"

	psutil "github.com/shirou/gopsutil/v3/host"
	"golang.org/x/sys/unix"

	"faultline/platform"
)

type system struct{}

// Describe reads uname(2), os-release(5) and when the system started.
func (system) Describe(ctx context.Context, _ platform.Reading) (platform.SystemFacts, error) {
	facts := platform.SystemFacts{OS: runtime.GOOS, Arch: runtime.GOARCH}
	if err := ended(ctx); err != nil {
		return facts, err
	}
	facts.Release, facts.Kernel, facts.TimeZone = release(), kernel(), timeZone()
	facts.Elevated = capable(unix.CAP_NET_ADMIN) && capable(unix.CAP_NET_RAW)
	if at, err := psutil.BootTimeWithContext(ctx); err == nil {
		facts.Booted = time.Unix(int64(at), 0).UTC()
	}
	if u, err := user.Current(); err == nil {
		facts.User = u.Username
	}
	return facts, nil
}

func release() string {
	for _, path := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if b, err := readFile(path); err == nil {
			return decodeRelease(b)
		}
	}
	return ""
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// timeZone is the name in the zone database where /etc/localtime tells it,
// else the abbreviation in use.
func timeZone() string {
	if path, err := os.Readlink("/etc/localtime"); err == nil {
		if _, name, found := strings.Cut(path, "zoneinfo/"); found {
			return name
		}
	}
	name, _ := time.Now().Zone()
	return name
}

// capable says that the calling thread has a capability now.
func capable(capability int) bool {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if unix.Capget(&head, &sets[0]) != nil {
		return false
	}
	return sets[capability/32].Effective&(1<<(capability%32)) != 0
}
