package linux

import (
	"context"

	"golang.org/x/sys/unix"
)

// wireless returns the indexes of the wireless adapters. nl80211 is asked and
// not /sys/class/net, which shows the namespace in which it was mounted; the
// older ioctl SIOCGIWNAME is missing on kernels without wireless extensions.
// A kernel without Wi-Fi does not know the family, and has no such adapter.
func wireless(ctx context.Context) map[int]bool {
	bodies, err := ask(ctx, unix.NETLINK_GENERIC, genericControl, unix.NLM_F_REQUEST, familyRequest("nl80211"))
	if err != nil || len(bodies) == 0 {
		return nil
	}
	family := decodeFamily(bodies[0])
	if family == 0 {
		return nil
	}
	found := make(map[int]bool)
	bodies, _ = dump(ctx, unix.NETLINK_GENERIC, family, []byte{wifiGet, 0, 0, 0})
	for _, b := range bodies {
		found[decodeWireless(b)] = true
	}
	return found
}
