package check

import (
	"fmt"

	"faultline/platform"
)

// Rejection is what an ICMP error says about a connection attempt.
type Rejection string

// The rejections. NoRejection covers what does not end a connection.
const (
	NoRejection Rejection = ""
	Prohibited  Rejection = "prohibited" // a filter or the machine itself turned it away
	NoRouteTo   Rejection = "no-route"   // a router has no way to the network
	HostAbsent  Rejection = "host"       // a router has no way to the host
	Looping     Rejection = "loop"       // the hop limit ran out
)

type icmpKey struct {
	v6         bool
	kind, code int
}

// icmpMeaning follows RFC 792, RFC 1812 §5.2.7.1 and RFC 4443 §3.1.
var icmpMeaning = map[icmpKey]struct {
	Rejection
	text string
}{
	{false, 3, 0}:  {NoRouteTo, "network unreachable"},
	{false, 3, 1}:  {HostAbsent, "host unreachable"},
	{false, 3, 2}:  {Prohibited, "protocol unreachable"},
	{false, 3, 3}:  {Prohibited, "port unreachable"},
	{false, 3, 5}:  {NoRouteTo, "source route failed"},
	{false, 3, 6}:  {NoRouteTo, "network unknown"},
	{false, 3, 7}:  {NoRouteTo, "host unknown"},
	{false, 3, 8}:  {NoRouteTo, "source host isolated"},
	{false, 3, 9}:  {Prohibited, "network prohibited"},
	{false, 3, 10}: {Prohibited, "host prohibited"},
	{false, 3, 11}: {NoRouteTo, "network unreachable for this service"},
	{false, 3, 12}: {NoRouteTo, "host unreachable for this service"},
	{false, 3, 13}: {Prohibited, "communication prohibited"},
	{false, 3, 14}: {Prohibited, "host precedence violation"},
	{false, 3, 15}: {Prohibited, "precedence cutoff"},
	{false, 11, 0}: {Looping, "time to live exceeded"},
	{true, 1, 0}:   {NoRouteTo, "no route to destination"},
	{true, 1, 1}:   {Prohibited, "communication prohibited"},
	{true, 1, 2}:   {NoRouteTo, "beyond scope of source address"},
	{true, 1, 3}:   {HostAbsent, "address unreachable"},
	{true, 1, 4}:   {Prohibited, "port unreachable"},
	{true, 1, 5}:   {Prohibited, "source address failed policy"},
	{true, 1, 6}:   {NoRouteTo, "reject route to destination"},
	{true, 3, 0}:   {Looping, "hop limit exceeded"},
}

// Rejects returns what an ICMP error means for a connection attempt.
func Rejects(i platform.ICMP) Rejection { return meaning(i).Rejection }

func meaning(i platform.ICMP) struct {
	Rejection
	text string
} {
	return icmpMeaning[icmpKey{i.From.Unmap().Is6(), i.Type, i.Code}]
}

// ICMPText names an ICMP error in the words of its RFC.
func ICMPText(i platform.ICMP) string {
	if i.Broad {
		return "unreachable"
	}
	if t := meaning(i).text; t != "" {
		return t
	}
	return fmt.Sprintf("type %d code %d", i.Type, i.Code)
}
