package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/firewall"
	"faultline/platform"
)

// FirewallRules reads what the packet filters of this machine are told to do, and
// again at the end, as their counters move.
var FirewallRules = add(diag.Spec[platform.RuleSet]{
	ID: "firewall.rules", Layer: catalog.Firewall, Timeout: 4 * time.Second, Start: diag.OnTrouble, Again: true,
	Probe: func(ctx context.Context, e *diag.Env) (platform.RuleSet, error) {
		return e.Host.Firewall.Rules(ctx, platform.RuleAsk{Seq: e.Reading().Seq})
	},
	Same: func(_, _ platform.RuleSet) bool { return true }, // counters move
	Tell: tellRules,
})

func tellRules(set platform.RuleSet) (string, diag.Args) {
	rules, names := 0, []string(nil)
	for _, c := range set.Chains {
		rules += len(c.Rules)
	}
	for _, p := range firewall.Products(set) {
		names = append(names, p.Name)
	}
	switch {
	case len(set.Unread) > 0:
		return "unread", diag.Args{"stores": set.Unread}
	case len(set.Chains) == 0:
		return "none", nil
	case len(names) == 0:
		return "rules", diag.Args{"n": rules}
	}
	return "products", diag.Args{"n": rules, "products": names}
}
