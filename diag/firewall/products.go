package firewall

import (
	"slices"
	"strings"

	"faultline/platform"
)

// Product is a program that keeps rules in the packet filter.
type Product struct {
	Name string
	// Agent: a security program, a VPN's kill switch or a container engine, and
	// not a firewall that the machine's administrator sets.
	Agent bool
	// What its tables, chains and comments are called: whole, or by their
	// beginning where that ends in a star. All in small letters.
	tables, chains, comments []string
}

// products are told by the names that they give what they make, as their sources
// and manuals have them.
var products = []Product{
	{Name: "ufw", chains: []string{"ufw-*", "ufw6-*"}},
	{Name: "firewalld", tables: []string{"firewalld"}, chains: []string{"input_zones*", "forward_zones*", "in_public*", "input_direct", "output_direct"}},
	{Name: "Shorewall", chains: []string{"shorewall", "fw2net", "net2fw", "fw-net", "net-fw", "sfilter"}},
	{Name: "FireHOL", chains: []string{"firehol*", "in_world*", "out_world*"}},
	{Name: "CSF", chains: []string{"localinput", "localoutput", "logdropout", "logdropin", "denyout", "denyin"}},
	{Name: "Docker", Agent: true, tables: []string{"docker-bridges"}, chains: []string{"docker", "docker-*", "docker_*"}},
	{Name: "Podman", Agent: true, tables: []string{"netavark"}, chains: []string{"netavark*", "cni-*"}},
	{Name: "libvirt", Agent: true, tables: []string{"libvirt_network"}, chains: []string{"libvirt_*"}},
	{Name: "Kubernetes", Agent: true, tables: []string{"kube-proxy"}, chains: []string{"kube-*"}},
	{Name: "Calico", Agent: true, chains: []string{"cali-*", "cali*"}},
	{Name: "Cilium", Agent: true, chains: []string{"cilium_*", "old_cilium_*"}},
	{Name: "fail2ban", Agent: true, tables: []string{"f2b-table"}, chains: []string{"f2b-*", "fail2ban-*"}},
	{Name: "CrowdSec", Agent: true, tables: []string{"crowdsec", "crowdsec6"}, chains: []string{"crowdsec*"}, comments: []string{"crowdsec*"}},
	{Name: "SSHGuard", Agent: true, tables: []string{"sshguard"}, chains: []string{"sshguard*"}},
	{Name: "OpenSnitch", Agent: true, tables: []string{"opensnitch"}, chains: []string{"opensnitch*"}, comments: []string{"opensnitch*"}},
	{Name: "Portmaster", Agent: true, tables: []string{"portmaster"}, chains: []string{"portmaster*"}},
	{Name: "Mullvad VPN", Agent: true, tables: []string{"mullvad", "mullvad*"}},
	{Name: "NordVPN", Agent: true, tables: []string{"nordvpn*"}, chains: []string{"nordvpn*"}, comments: []string{"nordvpn*"}},
	{Name: "Proton VPN", Agent: true, tables: []string{"protonvpn*", "proton_vpn*", "proton-vpn*"}, chains: []string{"protonvpn*", "proton_*"}, comments: []string{"proton*"}},
	{Name: "IVPN", Agent: true, tables: []string{"ivpn*"}, chains: []string{"ivpn-*"}},
	{Name: "ExpressVPN", Agent: true, tables: []string{"expressvpn*"}, chains: []string{"evpn.*", "expressvpn*"}},
	{Name: "Private Internet Access", Agent: true, tables: []string{"piavpn*"}, chains: []string{"piavpn.*"}},
	{Name: "Windscribe", Agent: true, tables: []string{"windscribe*"}, chains: []string{"windscribe_*"}},
	{Name: "Surfshark", Agent: true, tables: []string{"surfshark*"}, chains: []string{"surfshark*"}},
	{Name: "WireGuard (wg-quick)", Agent: true, tables: []string{"wg-quick-*"}, comments: []string{"wg-quick(8) rule for *"}},
	{Name: "Tailscale", Agent: true, chains: []string{"ts-input", "ts-forward", "ts-output", "ts-postrouting"}},
	{Name: "AmneziaVPN", Agent: true, tables: []string{"amnvpn*"}, chains: []string{"amnvpn.*"}},
	{Name: "Cloudflare WARP", Agent: true, tables: []string{"cloudflare-warp"}},
}

// Products lists the programs whose tables or chains are there.
func Products(set platform.RuleSet) (found []Product) {
	for _, p := range products {
		if slices.ContainsFunc(set.Chains, func(c platform.RuleChain) bool { return p.keeps(c) }) {
			found = append(found, p)
		}
	}
	return found
}

func (p Product) keeps(c platform.RuleChain) bool {
	return named(p.tables, c.Table) || named(p.chains, c.Name) ||
		slices.ContainsFunc(c.Rules, func(r platform.FilterRule) bool { return named(p.comments, r.Comment) })
}

func named(patterns []string, name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		start, wild := strings.CutSuffix(pattern, "*")
		return name == pattern || wild && strings.HasPrefix(name, start)
	})
}

// Product tells who keeps what blocks: by the table, the rule's comment, or the
// chains that led to it. The default of a chain belongs to the program that
// manages the machine's firewall, when its chains hang there.
func (b Blocker) Product() (Product, bool) {
	for _, p := range products {
		switch {
		case named(p.tables, b.Chain.Table),
			b.Rule != nil && named(p.comments, b.Rule.Comment),
			slices.ContainsFunc(b.Through, func(name string) bool { return named(p.chains, name) }),
			b.Rule == nil && !p.Agent && slices.ContainsFunc(b.Chain.Rules, func(r platform.FilterRule) bool { return named(p.chains, r.To) }):
			return p, true
		}
	}
	return Product{}, false
}

// Words are the rule's own, or those of the chain's default.
func (b Blocker) Words() string {
	switch {
	case b.Rule == nil:
		return "policy " + b.Chain.Policy
	case b.Rule.Text == "":
		return string(b.Rule.Verdict)
	}
	return b.Rule.Text
}

// Store names where a rule is kept, as an administrator would look it up.
func (b Blocker) Store() string {
	return string(b.Chain.Store) + " " + b.Chain.Family + " " + b.Chain.Table + " " + b.Chain.Name
}
