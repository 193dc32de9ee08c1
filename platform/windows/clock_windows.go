package windows

import (
	"context"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"faultline/platform"
)

type clock struct{}

// Now reads the clock. Whether it is kept right no documented call tells, so
// that it stays unknown; the source says what is set up for it.
func (clock) Now(ctx context.Context, _ platform.Reading) (platform.ClockFacts, error) {
	if err := ended(ctx); err != nil {
		return platform.ClockFacts{}, err
	}
	return platform.ClockFacts{Wall: time.Now().Round(0), Source: timeSource(timeType(), serviceState("W32Time"))}, nil
}

func timeType() string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, servicesKey+`W32Time\Parameters`, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer k.Close()
	kind, _, _ := k.GetStringValue("Type")
	return kind
}

// serviceState is the state of a service; 0 where it cannot be asked for.
func serviceState(name string) uint32 {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return 0
	}
	defer windows.CloseServiceHandle(manager)
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0
	}
	service, err := windows.OpenService(manager, wide, windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return 0
	}
	defer windows.CloseServiceHandle(service)
	var status windows.SERVICE_STATUS
	if windows.QueryServiceStatus(service, &status) != nil {
		return 0
	}
	return status.CurrentState
}
