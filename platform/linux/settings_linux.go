package linux

import (
	"context"
	"fmt"
	"os"

	"faultline/platform"
)

// What is below net belongs to the namespace of the thread that reads it
// (net/sysctl_net.c).
const settingsPath = "/proc/sys/"

type settings struct{}

// Read reads the chosen settings; one that this kernel lacks is left out.
func (settings) Read(ctx context.Context, _ platform.Reading) (platform.SettingFacts, error) {
	facts := platform.SettingFacts{Values: make(map[string]string)}
	if err := ended(ctx); err != nil {
		return facts, err
	}
	for _, path := range wantedSettings {
		if b, err := readFile(settingsPath + path); err == nil {
			facts.Values[settingName(path)] = decodeSetting(b)
		}
	}
	const conf = settingsPath + "net/ipv4/conf/"
	names, err := os.ReadDir(conf)
	if err != nil {
		return facts, fmt.Errorf("reading settings: %w", problem(err))
	}
	for _, n := range names[:min(len(names), maxSettingLinks)] {
		l := platform.LinkSettings{Link: n.Name(), Values: make(map[string]string)}
		for _, key := range wantedOfLink {
			if b, err := readFile(conf + l.Link + "/" + key); err == nil {
				l.Values[key] = decodeSetting(b)
			}
		}
		if len(l.Values) > 0 {
			facts.Links = append(facts.Links, l)
		}
	}
	return facts, nil
}
