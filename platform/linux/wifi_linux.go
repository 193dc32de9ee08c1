package linux

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

// genericFamily is the number of a generic netlink family; 0 where the kernel
// does not know it.
func genericFamily(ctx context.Context, name string) uint16 {
	bodies, err := ask(ctx, unix.NETLINK_GENERIC, genericControl, unix.NLM_F_REQUEST, familyRequest(name))
	if err != nil || len(bodies) == 0 {
		return 0
	}
	return decodeFamily(bodies[0])
}

// wirelessLinks lists the Wi-Fi adapters. nl80211 is asked and not
// /sys/class/net, which shows the namespace in which it was mounted; the older
// ioctl SIOCGIWNAME is missing on kernels without wireless extensions. A kernel
// without Wi-Fi does not know the family, and has no such adapter.
func wirelessLinks(ctx context.Context) (family uint16, found []wifiLink) {
	if family = genericFamily(ctx, "nl80211"); family == 0 {
		return 0, nil
	}
	bodies, _ := dump(ctx, unix.NETLINK_GENERIC, family, []byte{wifiGet, 0, 0, 0})
	for _, b := range bodies {
		if w := decodeWireless(b); w.Index > 0 {
			found = append(found, w)
		}
	}
	return family, found
}

// wireless returns the indexes of the wireless adapters.
func wireless(ctx context.Context) map[int]bool {
	found := make(map[int]bool)
	_, all := wirelessLinks(ctx)
	for _, w := range all {
		found[w.Index] = true
	}
	return found
}

// Wireless tells of each adapter in station mode how far it got.
func (links) Wireless(ctx context.Context, _ platform.Reading) ([]platform.Wireless, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	family, all := wirelessLinks(ctx)
	if len(all) == 0 {
		return nil, nil
	}
	switches := killSwitches(rfkillPath)
	var out []platform.Wireless
	for _, w := range all {
		l, ok := linkOfIndex(ctx, w.Index)
		if !ok || !w.station() {
			continue
		}
		s := platform.Wireless{Link: w.Index, Name: w.Name, State: w.state(l.Up, switches[w.Phy])}
		if s.State == platform.WirelessJoined {
			s.Signal = signalOf(ctx, family, w.Index)
		}
		out = append(out, s)
	}
	return out, nil
}

// signalOf asks how strong the access point is heard.
func signalOf(ctx context.Context, family uint16, index int) int {
	ask := attribute([]byte{wifiStation, 0, 0, 0}, wifiIndex, host.AppendUint32(nil, uint32(index)))
	bodies, _ := dump(ctx, unix.NETLINK_GENERIC, family, ask)
	for _, b := range bodies {
		if s := decodeSignal(b); s != 0 {
			return s
		}
	}
	return 0
}

const rfkillPath = "/sys/class/rfkill"

// killSwitches reads which radios are switched off, by the name of the radio.
func killSwitches(dir string) map[string]killSwitch {
	found := make(map[string]killSwitch)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		read := func(name string) string {
			b, _ := readFile(filepath.Join(dir, e.Name(), name))
			return strings.TrimSpace(string(b))
		}
		if read("type") == "wlan" {
			found[read("name")] = killSwitch{soft: read("soft") == "1", hard: read("hard") == "1"}
		}
	}
	return found
}
