package linux

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

const (
	rulesPatience = 3e9 // three seconds, for each of the tools
	maxListing    = 16 << 20
	// maxRuleSet keeps the answer below what a record holds.
	maxRuleSet = 700 << 10

	// The files name the tables of iptables-legacy that are in use (ip_tables.c).
	legacyPath4 = "/proc/thread-self/net/ip_tables_names"
	legacyPath6 = "/proc/thread-self/net/ip6_tables_names"

	listTables = unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_GETTABLE
)

// The tools and where they are; PATH is not searched.
var (
	nftPaths     = []string{"/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft"}
	nftSavePaths = map[string][]string{
		"ip":  {"/usr/sbin/iptables-nft-save", "/sbin/iptables-nft-save", "/usr/bin/iptables-nft-save"},
		"ip6": {"/usr/sbin/ip6tables-nft-save", "/sbin/ip6tables-nft-save", "/usr/bin/ip6tables-nft-save"},
	}
	legacySavePaths = map[string][]string{
		"ip":  {"/usr/sbin/iptables-legacy-save", "/sbin/iptables-legacy-save", "/usr/sbin/iptables-save", "/sbin/iptables-save"},
		"ip6": {"/usr/sbin/ip6tables-legacy-save", "/sbin/ip6tables-legacy-save", "/usr/sbin/ip6tables-save", "/sbin/ip6tables-save"},
	}
)

type firewall struct{}

// Rules asks the kernel whether there are tables, and the tools that keep them
// what is in them.
func (firewall) Rules(ctx context.Context, _ platform.RuleAsk) (platform.RuleSet, error) {
	set := platform.RuleSet{UID: os.Geteuid(), GID: os.Getegid()}
	if err := ended(ctx); err != nil {
		return set, err
	}
	tables, err := nftTableCount(ctx)
	if err != nil {
		return set, fmt.Errorf("listing the tables of the packet filter: %w", problem(err))
	}
	if tables > 0 {
		if err := readNFT(ctx, &set); err != nil {
			return set, err
		}
	}
	for family, path := range map[string]string{"ip": legacyPath4, "ip6": legacyPath6} {
		if b, err := readFile(path); err == nil && strings.TrimSpace(string(b)) != "" {
			readLegacy(ctx, &set, family)
		}
	}
	if err := ended(ctx); err != nil {
		return set, err
	}
	fit(&set)
	return set, nil
}

// nftTableCount is how many tables nftables holds; without CAP_NET_ADMIN it is
// not told (net/netfilter/nfnetlink.c).
func nftTableCount(ctx context.Context) (int, error) {
	if !capable(unix.CAP_NET_ADMIN) {
		return 0, unix.EPERM
	}
	bodies, err := dump(ctx, unix.NETLINK_NETFILTER, listTables, []byte{unix.AF_UNSPEC, 0, 0, 0})
	return len(bodies), err
}

func readNFT(ctx context.Context, set *platform.RuleSet) error {
	path := executable(nftPaths)
	if path == "" {
		set.Unread = append(set.Unread, string(platform.NFTables))
		return nil
	}
	listing, err := listingOf(ctx, path, "-j", "-a", "list", "ruleset")
	if err != nil {
		return fmt.Errorf("listing the rules of nftables: %w", err)
	}
	t, err := decodeNFT(listing)
	if err != nil {
		return err
	}
	for family, paths := range nftSavePaths {
		if tool := executable(paths); tool != "" && t.hasForeign(family) {
			if saved, err := listingOf(ctx, tool, "-c"); err == nil {
				chains, _ := decodeSave(saved, platform.NFTables, family)
				t.readForeign(family, chains)
			}
		}
	}
	if words, err := listingOf(ctx, path, "-a", "list", "ruleset"); err == nil {
		annotate(t.set.Chains, words)
	}
	set.Chains, set.Sets, set.Cut = append(set.Chains, t.set.Chains...), t.set.Sets, set.Cut || t.set.Cut
	set.Via = append(set.Via, string(platform.NFTables))
	return nil
}

// readLegacy reads the older filter of the kernel, which nft does not show. The
// tool of that name writes its own in its first line.
func readLegacy(ctx context.Context, set *platform.RuleSet, family string) {
	store := platform.LegacyIPTables
	path := executable(legacySavePaths[family])
	saved, err := []byte(nil), error(nil)
	if path != "" {
		saved, err = listingOf(ctx, path, "-c")
	}
	head, _, _ := strings.Cut(string(saved), "\n")
	if path == "" || err != nil || strings.Contains(head, "nft-save") {
		set.Unread = append(set.Unread, string(store))
		return
	}
	chains, cut := decodeSave(saved, store, family)
	set.Chains, set.Cut = append(set.Chains, chains...), set.Cut || cut
	set.Via = append(set.Via, string(store)+" "+family)
}

func executable(paths []string) string {
	for _, path := range paths {
		if unix.Access(path, unix.X_OK) == nil {
			return path
		}
	}
	return ""
}

func listingOf(ctx context.Context, path string, args ...string) ([]byte, error) {
	ctx, cancel := bounded(ctx, rulesPatience)
	defer cancel()
	out, err := output(ctx, maxListing, path, args...)
	if stop := ended(ctx); stop != nil && err != nil {
		return nil, stop
	}
	if err != nil {
		return nil, fmt.Errorf("running %s: %w", path, problem(err))
	}
	return out, nil
}

// fit leaves out what a record could not hold, and says so: first the groups, then
// the words, then everything.
func fit(set *platform.RuleSet) {
	for _, less := range []func(){
		func() {},
		func() {
			for i := range set.Sets {
				set.Sets[i].Values, set.Sets[i].Cut = nil, true
			}
		},
		func() {
			for i := range set.Chains {
				for j := range set.Chains[i].Rules {
					set.Chains[i].Rules[j].Text = ""
				}
			}
		},
		func() { set.Chains, set.Sets, set.Cut = nil, nil, true },
	} {
		less()
		if b, err := json.Marshal(set); err == nil && len(b) <= maxRuleSet {
			return
		}
	}
}
