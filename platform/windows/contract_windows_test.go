package windows

import (
	"testing"

	"faultline/platform/platformtest"
	"faultline/platform/portable"
)

// TestContract runs what every host must keep to, with the talker that
// platform/native gives this one: its row is here.
func TestContract(t *testing.T) {
	h := New()
	h.Talker = portable.TalkerWith(portable.System{Inform: TCPInfo, Clamp: LimitSegments, Prepare: PrepareTalk, SignIn: SignIn})
	platformtest.Run(t, h)
}
