package linux

import (
	"context"
	"errors"
	"fmt"
	"os"

	"faultline/platform"
)

// The counters of the namespace that the calling thread is in; /proc/net is
// that of the process's first thread.
const countersPath = "/proc/thread-self/net/"

type counters struct{}

// Read reads the chosen counters.
func (counters) Read(ctx context.Context, _ platform.Reading) (platform.CounterFacts, error) {
	facts := platform.CounterFacts{Values: make(map[string]uint64)}
	if err := ended(ctx); err != nil {
		return facts, err
	}
	for _, file := range []struct {
		name   string
		decode func([]byte, map[string]uint64)
	}{{"snmp", decodePairs}, {"netstat", decodePairs}, {"snmp6", decodeColumn}} {
		b, err := readFile(countersPath + file.name)
		if errors.Is(err, os.ErrNotExist) {
			continue // a kernel without IPv6 has no snmp6
		}
		if err != nil {
			return facts, fmt.Errorf("reading counters: %w", problem(err))
		}
		file.decode(b, facts.Values)
	}
	return facts, nil
}
