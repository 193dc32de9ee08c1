package windows

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v3/host"
	"golang.org/x/sys/windows"

	"faultline/platform"
)

// workstation is VER_NT_WORKSTATION of winnt.h; the other product types are
// servers.
const workstation = 1

// New returns the live host, without what platform/portable serves.
func New() platform.Host {
	h := platform.Unsupported()
	h.System = system{}
	h.Dialer = dialer{}
	h.Echo = echo{}
	h.Datagrams = datagrams{}
	h.Sockets = sockets{}
	h.Clock = clock{}
	h.Counters = counters{}
	h.Proxies = proxies{}
	h.Logs = logs{}
	h.Settings = believing{settings{}}
	h.Links, h.Neighbors, h.Routes, h.Names = links{}, neighbors{h.Neighbors}, routes{}, names{}
	return h
}

type system struct{}

// Describe reads the version, the user and the token of this process.
func (system) Describe(ctx context.Context, _ platform.Reading) (platform.SystemFacts, error) {
	facts := platform.SystemFacts{OS: runtime.GOOS, Arch: runtime.GOARCH}
	if err := ctx.Err(); err != nil {
		return facts, platform.AsProblem(err)
	}
	v := windows.RtlGetVersion()
	facts.Release = release(v.MajorVersion, v.MinorVersion, v.BuildNumber, v.ProductType != workstation)
	facts.Kernel = fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
	if faked("system.describe", "release") {
		facts.Release, facts.Kernel = "Wine", ""
	}
	facts.Elevated = windows.GetCurrentProcessToken().IsElevated() && !faked("system.describe", "elevated")
	facts.TimeZone, _ = time.Now().Zone()
	if at, err := host.BootTimeWithContext(ctx); err == nil {
		facts.Booted = time.Unix(int64(at), 0).UTC()
	}
	facts.User = userName()
	return facts, nil
}

// Mechanisms tells how this host serves the methods that are its own.
func (system) Mechanisms(ctx context.Context, _ platform.Reading) ([]platform.Mechanism, error) {
	if err := ctx.Err(); err != nil {
		return nil, platform.AsProblem(err)
	}
	rows := slices.Concat(systemRows(), linkRows(), neighborRows(), routeRows(), nameRows(),
		transportRows(), proxyRows(), wirelessRows(), logRows())
	if underWine() {
		rows = withMadeUp(rows)
	}
	return rows, nil
}

func systemRows() []platform.Mechanism {
	return []platform.Mechanism{
		{Method: "system.describe", Via: "RtlGetVersion, process token, GetTickCount64", State: platform.MechanismWorks, Tried: platform.TriedNever},
	}
}
