//go:build e2e && linux

package e2e

import (
	"fmt"
	"math/rand/v2"
	"time"

	"faultline/platform/linux/netlab"
)

// thoroughly asks for more than the usual.

// waver changes the delay of the way all the time.
func (s *scene) waver(low, high time.Duration) {
	rng := rand.New(rand.NewPCG(s.Seed, 1))
	done := make(chan struct{})
	s.t.Cleanup(func() { close(done) })
	tick := time.NewTicker(150 * time.Millisecond)
	go func() {
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				s.SetRTT(low + time.Duration(rng.Int64N(int64(high-low))))
			}
		}
	}()
}

// losing says that packets get lost by chance, so that the system repeats what
// we send once.
func (s story) losing() story {
	s = s.or("dns.slow", "inconclusive") // when a question or its answer was lost
	s.lossy = true
	return s
}

// losses are stories of ways that lose packets by chance. What chance does not
// show in a run of this length cannot be told.
func losses() []story {
	var all []story
	for _, percent := range []int{10, 2, 5, 30} {
		share := float64(percent) / 100
		all = append(all,
			fault("quality.loss", fmt.Sprintf("%d %% of packets get lost, HTTPS", percent), pinging(anyF), func(s *scene) string {
				s.Lose(share)
				return s.secure(netlab.TLS{})
			}).or("ok").losing(),
			fault("quality.loss", fmt.Sprintf("%d %% of packets get lost, HTTP", percent), anyF, func(s *scene) string {
				s.Lose(share)
				return s.web()
			}).or("ok").losing())
	}
	return append(all,
		fault("quality.latency", "answers that take half a second", pinging(anyF), func(s *scene) string {
			s.SetRTT(500 * time.Millisecond)
			return s.web()
		}).thoroughly(),
		twin("quality.latency", "answers that take a fifth of a second", netlab.Options{RTT: 200 * time.Millisecond, Ping: netlab.Yes}, func(s *scene) string {
			return s.web()
		}).thoroughly(),
		fault("quality.jitter", "a delay that varies", pinging(any4), func(s *scene) string {
			s.waver(10*time.Millisecond, 200*time.Millisecond)
			return s.web()
		}).thoroughly(),
		twin("quality.jitter", "a steady delay", netlab.Options{RTT: 60 * time.Millisecond, Ping: netlab.Yes}, func(s *scene) string {
			return s.web()
		}).thoroughly(),
		twin("quality.loss", "a server that answers few pings", pinging(anyF), func(s *scene) string {
			s.NFT(s.Server, "chain c { type filter hook input priority 0; icmp type echo-request limit rate over 5/second drop; icmpv6 type echo-request limit rate over 5/second drop; }")
			return s.web()
		}),
		twin("quality.loss", "a way that loses nothing", pinging(anyF), func(s *scene) string { return s.secure(netlab.TLS{}) }),
		twin("quality.latency", "a long way, as it should be", netlab.Options{RTT: 250e6}, func(s *scene) string { return s.web() }),
	)
}
