package text

// stepsName: steps about names.
var stepsName = map[string]string{
	"step.dns.set":            "Set the name servers, in the settings of the adapter or of the DHCP server.",
	"step.dns.vpn":            "Connect the VPN again, if the name servers are reached through it.",
	"step.dns.servers":        "Check that {servers} {servers|answers|answer} on port 53, over UDP and TCP.",
	"step.dns.spelling":       "Compare the name letter by letter with where it came from.",
	"step.dns.internal":       "Connect the VPN or the company network, if the name is an internal one, and check again.",
	"step.dns.record":         "Check the record of {name} in its zone.",
	"step.dns.address-record": "Give {name} an address record (A or AAAA).",
	"step.dns.log":            "Look in the log of the name servers for {name}: its delegation, its zone's servers, DNSSEC.",
	"step.dns.allow":          "Check for whom {servers} {servers|answers|answer}, and let this computer's network in.",
	"step.dns.udp":            "Let UDP port 53 pass between this computer and {servers}.",
	"step.dns.first":          "Repair {server}, or take it out of the list of name servers.",
	"step.dns.encryption":     "In the settings of the network adapter, let the name servers be asked without encryption too (\"encrypted preferred\"), and try again.",
	"step.dns.https":          "Let this computer reach the name servers over HTTPS (port 443), or do without encrypted DNS in this network.",
	"step.dns.load":           "Check the load of the name servers, and the servers that they ask in turn.",
	"step.hosts.look":         "Open {path} and find the line for {name}.",
	"step.hosts.correct":      "Remove the line for {name}, or correct its address. Administrator rights are needed.",
}
