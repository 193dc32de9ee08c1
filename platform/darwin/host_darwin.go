package darwin

import (
	"context"
	"os"
	"os/user"
	"runtime"
	"time"

	"github.com/shirou/gopsutil/v3/host"
	"golang.org/x/sys/unix"

	"faultline/platform"
)

// New returns the live host, without what platform/portable serves.
func New() platform.Host {
	h := platform.Unsupported()
	h.System = system{}
	return h
}

type system struct{}

// Describe reads the versions and the user.
func (system) Describe(ctx context.Context, _ platform.Reading) (platform.SystemFacts, error) {
	facts := platform.SystemFacts{OS: runtime.GOOS, Arch: runtime.GOARCH}
	if err := ctx.Err(); err != nil {
		return facts, platform.AsProblem(err)
	}
	version, _ := unix.Sysctl("kern.osproductversion")
	facts.Release = release(version)
	facts.Kernel, _ = unix.Sysctl("kern.osrelease")
	facts.Elevated = os.Geteuid() == 0
	facts.TimeZone, _ = time.Now().Zone()
	if at, err := host.BootTimeWithContext(ctx); err == nil {
		facts.Booted = time.Unix(int64(at), 0).UTC()
	}
	if u, err := user.Current(); err == nil {
		facts.User = u.Username
	}
	return facts, nil
}

// Mechanisms tells how this host serves the methods that are its own.
func (system) Mechanisms(ctx context.Context, _ platform.Reading) ([]platform.Mechanism, error) {
	if err := ctx.Err(); err != nil {
		return nil, platform.AsProblem(err)
	}
	return []platform.Mechanism{
		{Method: "system.describe", Via: "sysctl kern.osproductversion, kern.osrelease, kern.boottime", State: platform.MechanismWorks, Tried: platform.TriedNever},
	}, nil
}
