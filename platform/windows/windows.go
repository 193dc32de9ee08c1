// Package windows is the live Windows host. For now it tells what machine
// this is; what platform/portable serves is added in platform/native, and the
// rest answers unsupported.
//
// It never judges what it sees, and never changes a setting of the system.
// It was built, and never yet run on Windows.
package windows

import "fmt"

// firstWindows11 is the build number with which Windows 11 began; its version
// number is still 10.0.
const firstWindows11 = 22000

// release names a system of the client line by its version.
func release(major, minor, build uint32, server bool) string {
	switch {
	case server:
		return fmt.Sprintf("Windows Server, build %d", build)
	case major == 10 && build >= firstWindows11:
		return fmt.Sprintf("Windows 11, build %d", build)
	case major == 10:
		return fmt.Sprintf("Windows 10, build %d", build)
	}
	return fmt.Sprintf("Windows %d.%d, build %d", major, minor, build)
}
