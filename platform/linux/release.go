package linux

import (
	"strconv"
	"strings"
)

const maxRelease = 100

// decodeRelease reads the name of the system in os-release(5).
func decodeRelease(b []byte) string {
	for line := range strings.Lines(string(b)) {
		value, found := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME=")
		if !found {
			continue
		}
		if s, err := strconv.Unquote(value); err == nil {
			value = s
		}
		value = strings.Trim(value, `"'`)
		return value[:min(len(value), maxRelease)]
	}
	return ""
}
