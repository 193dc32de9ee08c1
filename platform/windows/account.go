package windows

import (
	"strings"
	"unicode/utf16"
)

// mostSessionName is how much of a user's name a session keeps, in UTF-16 units
// (USERNAME_LENGTH of wtsapi32.h).
const mostSessionName = 20

// sameName compares a user's name with that which a session has of its user.
func sameName(own, ofSession string) bool {
	units := utf16.Encode([]rune(own))
	if len(utf16.Encode([]rune(ofSession))) == mostSessionName && len(units) > mostSessionName {
		own = string(utf16.Decode(units[:mostSessionName]))
	}
	return strings.EqualFold(own, ofSession)
}

// account is a user by the names of both parts; "" where one is not known.
type account struct{ domain, name string }

// otherThan reports whether the session's user is another one. Without both
// names of the session nothing is known of it, as in the session of services.
// The domain is asked for last, and only where the names are the same.
func (session account) otherThan(name string, domain func() string) bool {
	if session.domain == "" || session.name == "" || name == "" {
		return false
	}
	if !sameName(name, session.name) {
		return true
	}
	own := domain()
	return own != "" && !strings.EqualFold(own, session.domain)
}
