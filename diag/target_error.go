package diag

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The codes of a TargetError.
const (
	TargetEmpty        = "empty"
	TargetTooLong      = "too-long"
	ControlCharacters  = "control-characters"
	NoHost             = "no-host"
	SeveralTargets     = "several-targets"
	MailAddress        = "mail-address"
	CredentialsUnclear = "credentials-unclear"
	SchemeUnknown      = "scheme-unknown"
	PortNumber         = "port-number"
	PortRange          = "port-range"
	PortNeeded         = "port-needed"
	NameInvalid        = "name-invalid"
	NameTooLong        = "name-too-long"
	LabelTooLong       = "label-too-long"
	AddressInvalid     = "address-invalid"
	AddressOdd         = "address-odd"
	AddressZone        = "address-zone"
	AddressZoneless    = "address-zoneless"
	AddressUnspecified = "address-unspecified"
	AddressMulticast   = "address-multicast"
	AddressBroadcast   = "address-broadcast"
)

// targetEnglish says each code in English, with what to write instead.
var targetEnglish = map[string]string{
	TargetEmpty:        "nothing was given; write a host name, an address or a URL",
	TargetTooLong:      "the text is longer than 2048 bytes; write only the host name, the address or the URL",
	ControlCharacters:  "the text holds control characters; type the host name by hand",
	NoHost:             "no host is named; write a host name, an address or a URL",
	SeveralTargets:     "more than one target is named; write one at a time",
	MailAddress:        "a mail address is not a host; write its mail server, as in smtp://mail.example.com",
	CredentialsUnclear: "it is not clear where a password ends and the host begins; write only the host and the port",
	SchemeUnknown:      "the scheme is not known; write host:port instead",
	PortNumber:         "the port is not a number; write host:port with a number from 1 to 65535",
	PortRange:          "the port is out of range; write a number from 1 to 65535",
	PortNeeded:         "the scheme implies no port; write host:port",
	NameInvalid:        "that cannot be a host name; it has letters, digits, hyphens and dots",
	NameTooLong:        "the host name is longer than 253 characters",
	LabelTooLong:       "a part of the host name between two dots is longer than 63 characters",
	AddressInvalid:     "that is not an address; write IPv6 with a port as [address]:port",
	AddressOdd:         "systems differ in reading this form of an address; write four decimal numbers from 0 to 255 without leading zeros",
	AddressZone:        "the zone does not fit; only link-local IPv6 addresses have one, as in fe80::1%eth0",
	AddressZoneless:    "a link-local address belongs to an adapter; write it with its name, as in fe80::1%eth0",
	AddressUnspecified: "this is the address of no host; write the address of the machine itself",
	AddressMulticast:   "this address is a multicast group, not one host",
	AddressBroadcast:   "this address is every host of the network, not one",
}

// maxQuoted bounds, in runes, what an error quotes.
const maxQuoted = 80

// TargetError says why a text names no target. Args hold "text", the offending
// part, escaped and bounded; or nothing, when the text may hold credentials.
type TargetError struct {
	Code string
	Args Args
}

// Error says it in English.
func (e *TargetError) Error() string {
	if text, ok := e.Args["text"].(string); ok {
		return `"` + text + `": ` + targetEnglish[e.Code]
	}
	return targetEnglish[e.Code]
}

// targetError makes the error; text "" is not quoted.
func targetError(code, text string) *TargetError {
	if text == "" {
		return &TargetError{Code: code}
	}
	return &TargetError{Code: code, Args: Args{"text": quotable(text)}}
}

// quotable escapes what does not print and bounds the rest.
func quotable(s string) string {
	q := strconv.Quote(s)
	q = q[1 : len(q)-1]
	if utf8.RuneCountInString(q) <= maxQuoted {
		return q
	}
	return string([]rune(q)[:maxQuoted-1]) + "…"
}

// mayHoldCredentials reports whether a text can hold a user name or a
// password, in which case no part of it is safe to quote.
func mayHoldCredentials(s string) bool {
	return strings.Contains(s, "@") || strings.Contains(s, "%40")
}
