package reset

import (
	"slices"
	"time"

	"faultline/diag/catalog"
)

// untriggered reports whether nothing came for the sender in the second before.
func (r *ruling) untriggered() bool {
	j := r.other().last
	return j < 0 || r.g.When-r.t.Segments[j].When > int64(time.Second)
}

// known reports whether the silence is as long as a device's limit is.
func (r *ruling) known() bool {
	return !r.masked[FeatureIdle] && slices.ContainsFunc(timeouts, func(t float64) bool {
		return r.e.Idle > t-max(2, r.limits.near*t) && r.e.Idle < t+max(2, r.limits.near*t)
	})
}

// idled tells a silence that something on the way did not bear.
func (r *ruling) idled(sure catalog.Confidence) {
	r.e.Args["idle"] = time.Duration(r.e.Idle * float64(time.Second))
	r.tell("reset.idle-timeout", catalog.Internet, sure)
	r.e.Party = catalog.Internet
	r.e.Sender = ByUnknown
	r.e.Untested = append(r.e.Untested, OpenDevice)
}
