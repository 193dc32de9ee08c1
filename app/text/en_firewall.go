package text

// firewallWords: packet filters of this computer: verdicts, steps, the check, the verb.
var firewallWords = map[string]string{
	"verdict.firewall.local-out.rule":      "A rule on this computer blocks the connection to {target} before it leaves: “{rule}” in {store}.",
	"verdict.firewall.local-out.namesrule": "A rule on this computer blocks name lookups at {servers} before they leave: “{rule}” in {store}.",
	"verdict.firewall.local-in":            "Answers seem to come in, and this computer drops them before the program gets them: a firewall rule or a security program stops the replies for {target}. An administrator can see which one.",
	"verdict.firewall.local-in.rule":       "A rule on this computer drops what comes in for the connection to {target}: “{rule}” in {store}.",
	"verdict.firewall.local-in.names":      "Answers to name lookups at {servers} seem to come in, and this computer drops them: a firewall rule or a security program stops them. An administrator can see which one.",
	"verdict.firewall.local-in.namesrule":  "A rule on this computer drops the answers to name lookups at {servers}: “{rule}” in {store}.",
	"verdict.agent.blocks":                 "{product} on this computer blocks the connection to {target}: “{rule}” in {store}.",
	"verdict.agent.blocks.names":           "{product} on this computer blocks name lookups at {servers}: “{rule}” in {store}.",
	"verdict.local.os-blocked":             "The system did not let this program open a connection to {target}; nothing left this computer. A security setting of the system for programs, users or services forbids it.",

	"callout.firewall.local-in": "Stopped here: replies dropped by a rule",
	"callout.agent.blocks":      "Stopped here: a security program or VPN",
	"callout.local.os-blocked":  "Stopped here: the system forbids it",

	"step.firewall.rule":          "Look at the rule “{rule}” in {store}, and change it if it is not meant.",
	"step.firewall.replies":       "Allow answers to connections that this computer opened (established connections) in its firewall, for {target} at least.",
	"step.firewall.replies.names": "Allow the answers of the name servers {servers} in the firewall of this computer.",
	"step.agent.ask":              "Look in {product} whether it blocks this, and allow it there if you may. A VPN may block everything until it is connected.",
	"step.agent.allow":            "Allow connections to {target} in {product}.",
	"step.agent.allow.names":      "Allow name lookups at {servers} in {product}.",
	"step.os.allow":               "Look for what forbids it: settings of the service or container, AppArmor, SELinux, a sandbox, or a program that filters connections.",

	"rejected.rules.block.yes":     "The rules that were read stop it.",
	"rejected.rules.block.no":      "The rules that were read let it pass.",
	"rejected.replies.dropped.yes": "This computer drops what comes in.",
	"rejected.replies.dropped.no":  "Nothing that came in was dropped by this computer.",

	"check.firewall.rules":          "Firewall of this computer",
	"check.firewall.rules.none":     "no rules",
	"check.firewall.rules.rules":    "{n} {n|rule|rules}",
	"check.firewall.rules.products": "{n} {n|rule|rules}; of {products}",
	"check.firewall.rules.unread":   "rules of {stores} could not be read",
}
