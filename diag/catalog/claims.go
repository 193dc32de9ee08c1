package catalog

// The claims that judges and rules make, and by which rivals are excluded.
const (
	// Answers: the target answers on this way at the deepest layer that the
	// question implies.
	Answers Claim = "answers"
	// TargetAlive: something from the target's own address shows life.
	TargetAlive Claim = "target.alive"
	// GatewayAlive: the next hop answers ARP or neighbor discovery.
	GatewayAlive Claim = "gateway.alive"
	// BeyondGateway: something beyond the next hop answers.
	BeyondGateway Claim = "beyond.gateway.answers"
	// LocalDropped: this machine itself drops or rejects what we send.
	LocalDropped Claim = "local.dropped"
	// DropSeen: the system itself said that it would not send, or the rule that
	// stops it was seen at work.
	DropSeen Claim = "drop.seen"
	// RulesBlock: the rules of this machine's packet filters, as they were read,
	// stop what is sent or what comes back.
	RulesBlock Claim = "rules.block"
	// SearchLeaves: what this machine asks to find a neighbor leaves it.
	SearchLeaves Claim = "neighbor.search.leaves"
	// SearchHeard: an answer to that would not be dropped here.
	SearchHeard Claim = "neighbor.search.heard"
	// RepliesDropped: this machine drops packets that come in.
	RepliesDropped Claim = "replies.dropped"
	// ClockRight: this machine's clock agrees with a second witness.
	ClockRight Claim = "clock.right"
	// ResetTTLDiffers: the reset's TTL differs from that of the target's
	// other packets.
	ResetTTLDiffers Claim = "rst.ttl.differs"
	// ImprobablePortOpen: a port on which nothing listens opens too.
	ImprobablePortOpen Claim = "improbable.port.open"
	// ResolverAnswers: a configured name server answers anything at all.
	ResolverAnswers Claim = "resolver.answers"
	// ResolversAgree: every configured name server that answered says the same.
	ResolversAgree Claim = "resolvers.agree"
	// SystemResolves: the system's own answer holds an address.
	SystemResolves Claim = "system.resolves"
	// SmallExchangeWorks: small packets pass in both directions on this way.
	SmallExchangeWorks Claim = "small.exchange.works"
	// LargePacketsPass: full-sized packets pass on this way.
	LargePacketsPass Claim = "large.packets.pass"
	// Tunnel: the route enters a tunnel, a proxy or a local agent.
	Tunnel Claim = "tunnel"
	// ControlSame: a control name or address meets the same surprise.
	ControlSame Claim = "control.same"
	// Recovered: the decisive probe, repeated, succeeded.
	Recovered Claim = "recovered"
	// RouterHasNoRoute: the router that rejected says that it has no way to
	// the network, rather than to the one host.
	RouterHasNoRoute Claim = "router.no-route"
	// RequestTaken: the far machine acknowledged what we sent it last.
	RequestTaken Claim = "request.taken"
	// AddressMeant: the address is the user's own choice (a literal, the hosts
	// file), and not a name server's, which may answer so to block a name.
	AddressMeant Claim = "address.meant"
	// OtherWay: the target answers when it is asked by another route than the
	// one that the system takes.
	OtherWay Claim = "other.way.answers"
	// TunnelDead: the way leads into a tunnel through which nothing passes.
	TunnelDead Claim = "tunnel.dead"
	// ReplyDropped: this machine's own reverse-path filter drops the replies.
	ReplyDropped Claim = "reply.dropped"
	// VPNNeeded: a tunnel of this machine is what leads to the target.
	VPNNeeded Claim = "vpn.needed"
	// ProxyMade: the proxy made the reply itself, and did not pass it on.
	ProxyMade Claim = "proxy.made"
	// ProxySignsIn: the proxy asks for a sign-in that programs of this user give by
	// themselves, with what the session holds, and this program does not.
	ProxySignsIn Claim = "proxy.signs-in"
	// ControlsDark: two unlike controls beyond the gateway stay silent too.
	ControlsDark Claim = "controls.dark"
	// ShortageSeen: the program, or this machine, has none left of what a
	// connection needs: a port, a descriptor.
	ShortageSeen Claim = "shortage.seen"
	// LossFree: packets to and from the target that no service decides about
	// all came through.
	LossFree Claim = "loss.free"
	// NameWithheld: a name server says that it keeps the name back, or another
	// one gives it an address.
	NameWithheld Claim = "name.withheld"
	// AddressUnused: the system itself does not use the address in question.
	AddressUnused Claim = "address.unused"
	// ChainComplete: the certificates sent lead to a self-signed one.
	ChainComplete Claim = "chain.complete"
	// LinkSteady: no signal was lost and found during the run.
	LinkSteady Claim = "link.steady"
	// LossShows: loss above the share that the claim's arguments tell would have
	// shown. Nothing is excluded by it; the verdict ok says so.
	LossShows Claim = "loss.shows"
)
