package windows

import (
	"context"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

var (
	procTCPStatistics  = iphlpapi.NewProc("GetTcpStatisticsEx")
	procTCPStatistics2 = iphlpapi.NewProc("GetTcpStatisticsEx2")
	procIPStatistics   = iphlpapi.NewProc("GetIpStatisticsEx")
	procICMPStatistics = iphlpapi.NewProc("GetIcmpStatisticsEx")
)

type counters struct{}

// statistics is one structure of counters for one family.
type statistics struct {
	group  string
	proc   *windows.LazyProc
	family uintptr
	size   int
	fields []counterField
}

func allStatistics() []statistics {
	tcp, size, fields := procTCPStatistics2, tcp2StatsSize, tcp2Fields
	if tcp.Find() != nil {
		tcp, size, fields = procTCPStatistics, tcpStatsSize, tcpFields
	}
	return []statistics{
		{"Ip", procIPStatistics, windows.AF_INET, ipStatsSize, ipFields},
		{"Ip6", procIPStatistics, windows.AF_INET6, ipStatsSize, ip6Fields()},
		{"Tcp", tcp, windows.AF_INET, size, fields},
		{"Tcp", tcp, windows.AF_INET6, size, fields},
		{"Icmp", procICMPStatistics, windows.AF_INET, icmpStatsSize, icmpFields(3)},
		{"Icmp6", procICMPStatistics, windows.AF_INET6, icmpStatsSize, icmpFields(1)},
	}
}

// Read reads the counters of both families; one that is not installed has none.
func (counters) Read(ctx context.Context, _ platform.Reading) (platform.CounterFacts, error) {
	facts := platform.CounterFacts{Values: make(map[string]uint64)}
	if err := ended(ctx); err != nil {
		return facts, err
	}
	if procIPStatistics.Find() != nil {
		return facts, platform.ErrUnsupported
	}
	for _, s := range allStatistics() {
		b, err := s.read()
		if err != nil {
			if s.group == "Ip" {
				return facts, err
			}
			continue
		}
		decodeStats(b, s.group, s.fields, facts.Values)
	}
	return facts, nil
}

func (s statistics) read() ([]byte, error) {
	if s.proc.Find() != nil {
		return nil, platform.ErrUnsupported
	}
	b := make([]byte, s.size)
	if r, _, _ := s.proc.Call(uintptr(unsafe.Pointer(&b[0])), s.family); r != 0 {
		return nil, fmt.Errorf("reading counters: %w", systemProblem(uint32(r)))
	}
	return b, nil
}
