package catalog

import "faultline/platform"

// What would make an open rival decidable.
const (
	NeedLocalFirewall Need = "local-firewall"         // the rules and counters of this machine
	NeedBeyond        Need = "control-beyond-gateway" // anything beyond the gateway that answers
	NeedResetTTL      Need = "reset-ttl"              // the reset's TTL against the target's
	NeedClock         Need = "second-clock"           // a second witness of the time
	NeedLargePackets  Need = "large-packets"          // full-sized packets on the same way
	NeedResolvers     Need = "resolvers-agree"        // every configured name server's answer
	NeedResolverLife  Need = "resolver-control"       // whether the name server answers anything
	NeedRouterControl Need = "control-beyond-router"  // another host behind the same router
	NeedChain         Need = "issuer"                 // the issuer's own certificate
	NeedControlName   Need = "control-name"           // another name on the same way
	NeedGateway       Need = "gateway-answers"        // whether the next hop answers
	NeedRouteMeant    Need = "route-meant"            // where the target is meant to be
	NeedAddressAlone  Need = "address-alone"          // the same, without the other machine
	NeedTaken         Need = "request-taken"          // whether the far machine acknowledged what was sent
	NeedOtherWay      Need = "other-way"              // whether the target answers by another route
	NeedProxySignIn   Need = "proxy-sign-in"          // what the target answers to who signs in to the proxy
	NeedVPN           Need = "vpn-needed"             // whether the target is reached through the VPN
	NeedInside        Need = "inside-tunnel"          // whether anything within the tunnel answers
	NeedReplies       Need = "replies-dropped"        // whether this machine drops the replies
	NeedDirectReply   Need = "direct-reply"           // what the target answers without the proxy
	NeedPrograms      Need = "programs"               // what the programs of other users hold
	NeedLossControl   Need = "loss-control"           // packets that the target's own system answers
	NeedNameRule      Need = "name-rule"              // a rule that says which name server the name belongs to
	NeedImprobable    Need = "improbable-port"        // whether an improbable port opens too
)

// NeedMorePackets asks for enough packets to see a small loss.
const NeedMorePackets Need = "more-packets"

// NeedSteady asks for the adapters counters once more.
const NeedSteady Need = "steady-link"

// The rivals that many codes share.
var (
	byFirewall = Rival{"firewall.local-out", LocalDropped, platform.No, NeedLocalFirewall}
	byReplies  = Rival{"firewall.local-in", RepliesDropped, platform.No, NeedLocalFirewall}
	byUplink   = Rival{"gateway.no-upstream", BeyondGateway, platform.Yes, NeedBeyond}
	byMTU      = Rival{"mtu.black-hole", LargePacketsPass, platform.Yes, NeedLargePackets}
	byLoss     = Rival{"path.silent", RequestTaken, platform.Yes, NeedTaken}
	byFilter   = Rival{"dns.filtered", AddressMeant, platform.Yes, NeedControlName}
	byClock    = Rival{"tls.wrong-clock", ClockRight, platform.Yes, NeedClock}
	byPath     = Rival{"tcp.refused-on-path", ResetTTLDiffers, platform.No, NeedResetTTL}
	byView     = Rival{"dns.split-view", ResolversAgree, platform.Yes, NeedResolvers}
	// A route is wrong once the target answers by another one; until then the
	// target itself may be dead.
	byTarget = Rival{"tcp.no-reply", OtherWay, platform.Yes, NeedOtherWay}
	byPortal = Rival{"portal.captive", ControlSame, platform.No, NeedControlName}
	// A device that answers for the target leaves the window closed until the
	// target itself is reached.
	byAnswerer = Rival{"tcp.answered-on-path", ImprobablePortOpen, platform.No, NeedImprobable}
)
