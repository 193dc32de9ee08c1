package reset

import "time"

// limits are all thresholds of the judgement, so that a test can move each.
type limits struct {
	copies      time.Duration // between resets of one event in one direction
	baseline    int           // packets that a TTL is compared with
	sooner      float64       // of the round trip: faster than the far end can answer
	leastRTT    time.Duration // below it timing tells nothing
	goesOn      time.Duration // after a reset: not reordering any more
	both        time.Duration // between resets to both ends
	idle        time.Duration // of silence that devices on the way notice
	near        float64       // how near two silences are
	silence     time.Duration // of a server after which a client gives up
	probes      int           // unanswered, before a side gives up
	resent      int           // unanswered, before a side gives up
	race        time.Duration // after a FIN in which a request crosses it
	stuck       time.Duration // of a closed window
	large       int           // bytes of a large segment
	unanswered  time.Duration // after which silence counts
	lossPackets int           // least resent segments of quality.loss
	lossShare   float64       // of the segments with data
	moment      time.Duration // since a side took data: too short for a restart
	burst       time.Duration // in which resets with climbing numbers come
	lateCopy    time.Duration // in which a packet is captured a second time
}

var usual = limits{
	copies: 2 * time.Second, baseline: 3, sooner: 0.5, leastRTT: 3 * time.Millisecond,
	goesOn: 20 * time.Millisecond, both: 300 * time.Millisecond, idle: 30 * time.Second, near: 0.05,
	silence: time.Second, probes: 3, resent: 3, race: 2 * time.Second, stuck: 5 * time.Second,
	large: 1000, unanswered: time.Second, lossPackets: 3, lossShare: 0.02, burst: 2 * time.Second,
	moment: 300 * time.Millisecond, lateCopy: 100 * time.Millisecond,
}

// timeouts are idle limits that devices come with, in seconds (AWS, Azure and
// Google documentation; others from common practice).
var timeouts = []float64{60, 240, 300, 350, 600, 900, 1200, 1800, 3600}
