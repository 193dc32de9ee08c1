package windows

import (
	"context"
	"fmt"
	"strconv"

	"golang.org/x/sys/windows/registry"

	"faultline/platform"
)

const servicesKey = `SYSTEM\CurrentControlSet\Services\`

// wantedSettings are the numbers below the key of a service. One that is absent
// is the system's default, which is left out, as it differs between releases.
var wantedSettings = []struct{ key, value string }{
	{`Tcpip\Parameters`, "IPEnableRouter"}, {`Tcpip\Parameters`, "EnablePMTUDiscovery"}, {`Tcpip\Parameters`, "EnablePMTUBHDetect"},
	{`Tcpip\Parameters`, "MaxUserPort"}, {`Tcpip\Parameters`, "TcpTimedWaitDelay"}, {`Tcpip\Parameters`, "TcpMaxDataRetransmissions"},
	{`Tcpip\Parameters`, "KeepAliveTime"}, {`Tcpip\Parameters`, "KeepAliveInterval"}, {`Tcpip\Parameters`, "Tcp1323Opts"},
	{`Tcpip\Parameters`, "DefaultTTL"}, {`Tcpip6\Parameters`, "DisabledComponents"},
}

type settings struct{}

// Read reads the chosen settings from the registry.
func (settings) Read(ctx context.Context, _ platform.Reading) (platform.SettingFacts, error) {
	facts := platform.SettingFacts{Values: make(map[string]string)}
	if err := ended(ctx); err != nil {
		return facts, err
	}
	for _, w := range wantedSettings {
		k, err := registry.OpenKey(registry.LOCAL_MACHINE, servicesKey+w.key, registry.QUERY_VALUE)
		if err == registry.ErrNotExist {
			continue
		}
		if err != nil {
			return facts, fmt.Errorf("reading settings: %w", systemProblem(numberOf(err)))
		}
		if n, _, err := k.GetIntegerValue(w.value); err == nil {
			facts.Values[w.key+`\`+w.value] = strconv.FormatUint(n, 10)
		}
		k.Close()
	}
	return facts, nil
}
