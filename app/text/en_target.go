package text

// targetWords: why what was given names no target.
var targetWords = map[string]string{
	"target.quoted":              "“{text}”: {why}",
	"target.other":               "This names no target. Write a host name, an address or a URL.",
	"target.empty":               "Nothing was given. Write a host name, an address or a URL.",
	"target.too-long":            "The text is longer than 2,048 bytes. Write only the host name, the address or the URL.",
	"target.control-characters":  "The text holds control characters. Type the host name by hand.",
	"target.no-host":             "No host is named. Write a host name, an address or a URL.",
	"target.several-targets":     "More than one target is named. Write one at a time.",
	"target.mail-address":        "A mail address is not a host. Write its mail server, as in smtp://mail.example.com.",
	"target.credentials-unclear": "It is not clear where a password ends and the host begins. Write only the host and the port.",
	"target.scheme-unknown":      "This scheme is not known. Write host:port instead.",
	"target.port-number":         "The port is not a number. Write host:port with a number from 1 to 65535.",
	"target.port-range":          "There is no such port. Write a number from 1 to 65535.",
	"target.port-needed":         "This scheme implies no port. Write host:port.",
	"target.name-invalid":        "That cannot be a host name. A host name has letters, digits, hyphens and dots.",
	"target.name-too-long":       "The host name is longer than 253 characters.",
	"target.label-too-long":      "A part of the host name between two dots is longer than 63 characters.",
	"target.address-invalid":     "That is not an address. Write IPv6 with a port as [address]:port.",
	"target.address-odd":         "Systems differ in reading this form of an address. Write four decimal numbers from 0 to 255 without leading zeros.",
	"target.address-zone":        "The zone does not fit. Only link-local IPv6 addresses have one, as in fe80::1%eth0.",
	"target.address-unspecified": "This is the address of no host. Write the address of the machine itself.",
	"target.address-multicast":   "This address is a multicast group, not one host.",
	"target.address-broadcast":   "This address stands for every host of the network, not one.",
}
