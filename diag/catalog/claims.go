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
	// DropSeen: the system itself said that it would not send.
	DropSeen Claim = "drop.seen"
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
	// AddressUnused: the system itself does not use the address in question.
	AddressUnused Claim = "address.unused"
	// ChainComplete: the certificates sent lead to a self-signed one.
	ChainComplete Claim = "chain.complete"
)
