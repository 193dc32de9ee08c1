// Package darwin is the live macOS host. For now it tells what machine this
// is; what platform/portable serves is added in platform/native, and the rest
// answers unsupported.
//
// It never judges what it sees, and never changes a setting of the system.
// It was built, and never yet run on macOS.
package darwin

import "strings"

// maxVersion bounds what the system may say of its version.
const maxVersion = 40

// release names a system by its product version.
func release(version string) string {
	version = strings.TrimSpace(version)
	if version == "" {
		return "macOS"
	}
	return "macOS " + version[:min(len(version), maxVersion)]
}
