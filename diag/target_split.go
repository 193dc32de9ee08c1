package diag

import (
	"regexp"
	"strings"
	"unicode"
)

// pieces are the parts of a word; credentials are already gone.
type pieces struct {
	lead       string // what stands before the host and may be shown
	scheme     string
	host, port string
	rest       string // what follows the authority; only looked at, never kept
	implied    uint16 // the port that the form implies
}

// What a form implies.
const (
	sshPort = 22
	sqlPort = 1433
	smbPort = 445
)

var (
	// localFile is a file of this machine.
	localFile = regexp.MustCompile(`^(?i:[a-z]:[/\\]|file:/?[^/\\])`)
	// looseScheme is a scheme with fewer slashes than it needs, or with
	// backslashes; browsers take both.
	looseScheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):[/\\]*(.*)$`)
	// davShare is a share over HTTP as Windows writes it: \\host@SSL@8443.
	davShare = regexp.MustCompile(`^([^@:]+)@(?i:(ssl))?@?(\d*)$`)
	// plainQuery is a path and a query whose "@" cannot end a password.
	plainQuery = regexp.MustCompile(`^/[^?@]*\?[^@]*=`)
)

// splitWord cuts a word into its pieces.
func splitWord(w string) (pieces, *TargetError) {
	if strings.HasPrefix(strings.ToLower(w), "mailto:") {
		return pieces{}, targetError(MailAddress, "")
	}
	if localFile.MatchString(w) {
		return pieces{}, targetError(NoHost, "")
	}
	if isDouble(w) {
		return splitShare(w)
	}
	p, authority := splitScheme(oracle(w))
	return splitAuthority(p, authority)
}

// isDouble reports whether a word begins with two slashes of either kind.
func isDouble(w string) bool { return strings.HasPrefix(w, `\\`) || strings.HasPrefix(w, "//") }

// splitScheme takes the scheme off. The text before it ("jdbc:", "see:", a
// bracket, characters of a language without spaces) is dropped.
func splitScheme(w string) (p pieces, after string) {
	if scheme, after, ok := cutURL(w); ok {
		return pieces{scheme: scheme, lead: scheme + "://"}, after
	}
	m := looseScheme.FindStringSubmatch(w)
	if m == nil || isDigits(authorityOf(m[2])) {
		return pieces{}, w
	}
	if _, known := schemes[strings.ToLower(m[1])]; !known && !isDouble(w[len(m[1])+1:]) {
		return pieces{}, w
	}
	return pieces{scheme: m[1], lead: m[1] + "://"}, m[2]
}

// cutURL finds scheme:// in a word, unless it stands in the path of another.
func cutURL(w string) (scheme, after string, ok bool) {
	before, after, ok := strings.Cut(w, "://")
	if !ok || strings.ContainsAny(before, "/?#") {
		return "", "", false
	}
	scheme = before[len(strings.TrimRightFunc(before, isSchemeRune)):]
	scheme = strings.TrimLeft(scheme, "0123456789+.-")
	if strings.HasPrefix(after, "//") { // file:////server/share
		after = strings.TrimLeft(after, "/")
	}
	return scheme, after, scheme != ""
}

func isSchemeRune(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+.-", r))
}

// oracle writes jdbc:oracle:thin:user/password@//host:1521:sid as a URL.
func oracle(w string) string {
	lower := strings.ToLower(w)
	if !strings.HasPrefix(lower, "jdbc:oracle:") || strings.Contains(w, "://") {
		return w
	}
	w = strings.TrimLeft(w[strings.LastIndexAny(w, "@")+1:], "/")
	host, rest, _ := strings.Cut(w, ":")
	port, _, _ := strings.Cut(rest, ":")
	return "oracle://" + host + ":" + port
}

// authorityOf is what stands before the path, the query or the fragment.
func authorityOf(s string) string {
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		return s[:i]
	}
	return s
}

// splitAuthority reads [user[:password]@]host[\instance][:port] and what
// follows.
func splitAuthority(p pieces, s string) (pieces, *TargetError) {
	if p.scheme == "sqlserver" || p.scheme == "mssql" {
		s, _, _ = strings.Cut(s, ";") // properties, the password among them
	}
	authority := authorityOf(s)
	p.rest = s[len(authority):]
	if passwordMayGoOn(authority, p.rest) {
		return p, targetError(CredentialsUnclear, "")
	}
	at := strings.LastIndexByte(authority, '@')
	authority = authority[at+1:]
	if at >= 0 && p.scheme == "" {
		p.implied = sshPort
	}
	if i := strings.IndexByte(authority, '\\'); i >= 0 {
		p = p.instance(authority[i+1:])
		authority = authority[:i]
	}
	return p.hostPort(authority, at >= 0)
}

// passwordMayGoOn reports whether an unescaped "/", "?" or "#" of a password
// may have been taken for the end of the authority.
func passwordMayGoOn(authority, rest string) bool {
	if i := strings.LastIndexByte(authority, ']'); strings.HasPrefix(authority, "[") && i >= 0 {
		authority = authority[i+1:]
	}
	return strings.Contains(authority, ":") && strings.Contains(rest, "@") && !plainQuery.MatchString(rest)
}

// instance reads what follows server\ in the name of a database instance,
// which may carry the port (name,1435). The name is not kept: CORP\jdoe has
// the same form.
func (p pieces) instance(s string) pieces {
	if s != "" && p.scheme == "" {
		p.implied = sqlPort
	}
	if i := strings.LastIndexAny(s, ":,"); i >= 0 && isDigits(s[i+1:]) {
		p.port = s[i+1:]
	}
	p.rest = `\` + s + p.rest
	return p
}

// hostPort splits host and port. hasUser says that a user stood before them:
// then host:path is how scp and git name a file.
func (p pieces) hostPort(s string, hasUser bool) (pieces, *TargetError) {
	end := strings.LastIndexByte(s, ']') + 1
	if strings.HasPrefix(s, "[") && end == 0 {
		return p, targetError(AddressInvalid, s)
	}
	colons := strings.Count(s[end:], ":")
	if colons > 1 && strings.Contains(s, ",") {
		return p, targetError(SeveralTargets, "")
	}
	if end == 0 && colons > 1 && !(hasUser && p.scheme == "") {
		p.host = s // IPv6 without brackets has no port
		return p, nil
	}
	host, port, found := cutPort(s, end)
	if !found {
		host, port = cutComma(host, p.port)
	}
	p.host, p.port = host, strings.TrimRight(port, ".")
	switch {
	case host == "":
		return p, targetError(NoHost, "")
	case strings.Contains(host, ","):
		return p, targetError(SeveralTargets, "")
	case hasUser && p.scheme == "" && !isDigits(p.port):
		p.port = ""
	}
	return p, nil
}

// cutPort cuts at the first colon after an address in brackets.
func cutPort(s string, end int) (host, port string, found bool) {
	after, port, found := strings.Cut(s[end:], ":")
	return s[:end] + after, port, found
}

// cutComma reads host,1433 as the tools of SQL Server write it.
func cutComma(host, port string) (string, string) {
	if name, number, ok := strings.Cut(host, ","); ok && isDigits(number) {
		return name, number
	}
	return host, port
}

// splitShare reads \\server\share, //server/share and \\?\UNC\server\share.
func splitShare(w string) (pieces, *TargetError) {
	p := pieces{lead: w[:2], implied: smbPort}
	w = w[2:]
	if long := `?\unc\`; strings.HasPrefix(strings.ToLower(w), long) {
		w = w[len(long):]
	}
	server := w
	if i := strings.IndexAny(w, `/\?#`); i >= 0 {
		server, p.rest = w[:i], w[i:]
	}
	if m := davShare.FindStringSubmatch(server); m != nil {
		return p.dav(m[1], m[2] != "", m[3]), nil
	}
	if passwordMayGoOn(server, p.rest) {
		return p, targetError(CredentialsUnclear, "")
	}
	return p.hostPort(server[strings.LastIndexByte(server, '@')+1:], false)
}

// dav is a share that is reached over HTTP.
func (p pieces) dav(host string, tls bool, port string) pieces {
	p.host, p.port, p.implied = host, port, 80
	if tls {
		p.implied = 443
	}
	return p
}
