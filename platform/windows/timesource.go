package windows

// timeTypes are the values of Type below W32Time\Parameters
// (learn.microsoft.com, Windows Time service tools and settings).
var timeTypes = map[string]string{
	"NoSync": "set to keep no time", "NTP": "set to its own servers", "NT5DS": "set to the domain", "AllSync": "set to every source",
}

// States of a service (winsvc.h).
const (
	serviceStopped = 1
	serviceRunning = 4
)

// timeSource says what the Windows Time service is set to do, and whether it
// runs. None of it says that the time is right: the service ends between two
// looks at the clock on a machine outside of a domain, and others may keep the
// time in its place.
func timeSource(kind string, state uint32) string {
	source := "W32Time"
	if words, known := timeTypes[kind]; known {
		source += ", " + words
	}
	switch state {
	case serviceRunning:
		source += ", running"
	case serviceStopped:
		source += ", stopped"
	}
	return source
}
