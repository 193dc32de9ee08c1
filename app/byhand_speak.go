package app

import "faultline/platform"

// speakPOSIX asks a service in its own protocol by the program that is usual
// for it; "" where listening shows as much, or nothing is.
func speakPOSIX(c *command, q platform.TalkAsk) string {
	host := q.To.Addr().String()
	switch q.Speak {
	case platform.Redis:
		return c.words("redis-cli -h", host) + " -p " + port(q.To) + " ping"
	case platform.PostgreSQL:
		return c.words("pg_isready -h", host) + " -p " + port(q.To)
	case platform.LDAP:
		return c.words("ldapsearch -x -s base -b '' -H", "ldap://"+q.To.String()) + " supportedLDAPVersion"
	}
	return ""
}
