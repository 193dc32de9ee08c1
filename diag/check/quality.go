package check

import (
	"math"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

const (
	// Rule C5: three losses at least, and more than one in a hundred is sure.
	fewestLost = 3
	leastLoss  = 0.01
	// fewestDelays is how many answers latency and jitter are judged by.
	fewestDelays = 20
	// highLatency is above what any way on the ground takes (half around the
	// earth and back in fiber: 200 ms); a conversation suffers from it (ITU-T
	// G.114: 150 ms one way).
	highLatency = 300 * time.Millisecond
	// highJitter is more than speech programs even out.
	highJitter = 100 * time.Millisecond
)

// lossBounds is the interval in which the true share lies in 95 of 100 cases
// (Wilson's score interval).
func lossBounds(lost, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.96
	p, m := float64(lost)/float64(n), float64(n)
	mid, half := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, (mid-half)/(1+z*z/m)), min(1, (mid+half)/(1+z*z/m))
}

// Loses reports whether packets get lost: echoes and segments of connections.
func (q Echoed) Loses() bool {
	low, _ := lossBounds(q.Lost(), q.Sent)
	return q.Lost() >= fewestLost && low > leastLoss && q.Repeats > 0 && len(q.RTTs) > 0
}

func (q Echoed) sorted() []time.Duration { return slices.Sorted(slices.Values(q.RTTs)) }

func (q Echoed) median() time.Duration {
	if len(q.RTTs) == 0 {
		return 0
	}
	return q.sorted()[len(q.RTTs)/2]
}

// spread is over how long a time eight of ten answers lie. A machine that is slow
// once in a while is none that varies.
func (q Echoed) spread() time.Duration {
	if len(q.RTTs) == 0 {
		return 0
	}
	all := q.sorted()
	return all[len(all)*9/10] - all[len(all)/10]
}

func judgeQuality(v diag.View, all []Echoed) (j diag.Judgement) {
	for _, q := range all {
		tell := func(code catalog.Code, direct bool, args diag.Args) {
			args["address"] = q.Addr.String()
			j.Findings = append(j.Findings, diag.Finding{Code: code, Way: diag.WayTo(q.Addr), Direct: direct, Args: args,
				Evidence: []diag.Ref{{Check: "quality.echoes"}, {Check: "talk.target"}}})
		}
		if q.Loses() {
			low, high := lossBounds(q.Lost(), q.Sent)
			tell("quality.loss", q.Repeats > 1, diag.Args{"lost": q.Lost(), "n": q.Sent,
				"low": int(math.Floor(100 * low)), "high": int(math.Ceil(100 * high)), "repeats": q.Repeats})
		}
		if share, ok := q.wouldShow(); ok {
			j.Claims = append(j.Claims, diag.Claim{Name: catalog.LossShows, Way: diag.WayTo(q.Addr), Value: platform.Yes,
				Args: diag.Args{"percent": share}, Evidence: []diag.Ref{{Check: "quality.echoes"}}})
		}
		if len(q.RTTs) < fewestDelays || !q.Long {
			continue
		}
		if m := q.median(); m > highLatency {
			tell("quality.latency", true, diag.Args{"rtt": m, "n": len(q.RTTs), "limit": highLatency})
		}
		if s := q.spread(); s > highJitter {
			tell("quality.jitter", true, diag.Args{"spread": s, "rtt": q.median(), "n": len(q.RTTs), "limit": highJitter})
		}
	}
	return j
}

// wouldShow is the share of loss, in hundredths, that would have shown in 95 of
// 100 series: in that of the echoes, or in connections of a handful of packets
// each. It is not known where something was lost.
func (q Echoed) wouldShow() (percent int, known bool) {
	packets := max(q.Own, 1) * packetsEach
	if len(q.RTTs) > 0 {
		packets = max(packets, 2*q.Sent) // there and back
	}
	return int(math.Ceil(100 * (1 - math.Pow(0.05, 1/float64(packets))))), q.Repeats == 0 && (q.Lost() == 0 || len(q.RTTs) == 0)
}

// packetsEach is how many packets of a short conversation are sent again when
// one is lost: the SYN, the request, and what is said of keys.
const packetsEach = 3
