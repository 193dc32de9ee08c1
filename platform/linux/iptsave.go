package linux

import (
	"slices"
	"strconv"
	"strings"

	"faultline/platform"
)

// decodeSave reads what "iptables-save -c" writes of one family (ip, ip6).
func decodeSave(b []byte, store platform.RuleStore, family string) (chains []platform.RuleChain, cut bool) {
	table, left := "", maxRules
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "*"):
			table = line[1:]
		case strings.HasPrefix(line, ":"):
			chains = append(chains, savedChain(line[1:], store, family, table))
		case strings.HasPrefix(line, "["), strings.HasPrefix(line, "-A "):
			chain, r, ok := savedRule(line)
			i := slices.IndexFunc(chains, func(c platform.RuleChain) bool { return c.Table == table && c.Name == chain })
			if !ok || i < 0 {
				continue
			}
			if left--; left < 0 {
				return chains, true
			}
			chains[i].Rules = append(chains[i].Rules, r)
		}
	}
	return chains, false
}

// The places of the built-in chains among those of a hook
// (linux/netfilter_ipv4.h, NF_IP_PRI_*).
var (
	savedHooks = map[string]string{"PREROUTING": "prerouting", "INPUT": "input", "FORWARD": "forward", "OUTPUT": "output",
		"POSTROUTING": "postrouting"}
	savedPriority = map[string]int{"raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50}
)

const sourceNAT = 100 // NF_IP_PRI_NAT_SRC

// savedChain reads "OUTPUT DROP [12:720]"; a chain of the user's has no policy.
func savedChain(line string, store platform.RuleStore, family, table string) platform.RuleChain {
	f := strings.Fields(line)
	c := platform.RuleChain{Store: store, Family: family, Table: table}
	if len(f) > 0 {
		c.Name = f[0]
	}
	if len(f) < 2 || f[1] == "-" || savedHooks[c.Name] == "" {
		return c
	}
	c.Hook, c.Priority, c.Policy, c.Type = savedHooks[c.Name], savedPriority[table], strings.ToLower(f[1]), "filter"
	if table == "nat" {
		if c.Type = "nat"; c.Hook == "input" || c.Hook == "postrouting" {
			c.Priority = sourceNAT
		}
	}
	if len(f) > 2 {
		c.Packets = savedCount(f[2])
	}
	return c
}

// savedCount reads the packets of "[12:720]".
func savedCount(s string) *uint64 {
	packets, _, _ := strings.Cut(strings.Trim(s, "[]"), ":")
	if n, err := strconv.ParseUint(packets, 10, 64); err == nil {
		return &n
	}
	return nil
}

// savedRule reads "[0:0] -A OUTPUT -p tcp --dport 25 -j DROP".
func savedRule(line string) (chain string, r platform.FilterRule, ok bool) {
	if strings.HasPrefix(line, "[") {
		count, rest, _ := strings.Cut(line, " ")
		r.Packets, line = savedCount(count), rest
	}
	r.Text = shortened(line)
	w := &savedWords{words: splitSaved(line)}
	if w.next() != "-A" {
		return "", r, false
	}
	chain = w.next()
	for !w.over() {
		w.option(&r)
	}
	return chain, r, true
}

const maxRuleText = 300

func shortened(s string) string {
	if len(s) > maxRuleText {
		s = strings.ToValidUTF8(s[:maxRuleText], "")
	}
	return s
}

// splitSaved splits a line at spaces; quotes and backslashes are those of
// xtables_save_string.
func splitSaved(s string) (words []string) {
	var word strings.Builder
	quoted, escaped, begun := false, false, false
	for _, r := range s {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quoted:
			escaped = true
		case r == '"':
			quoted, begun = !quoted, true
		case r == ' ' && !quoted:
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}

// savedWords are the words of a rule that are still to be read.
type savedWords struct{ words []string }

func (w *savedWords) over() bool { return len(w.words) == 0 }

func (w *savedWords) next() string {
	if w.over() {
		return ""
	}
	word := w.words[0]
	w.words = w.words[1:]
	return word
}

// savedFields are the options with one value that are understood.
var savedFields = map[string]string{
	"-s": platform.MatchSource, "-d": platform.MatchDest, "-p": platform.MatchProto, "-i": platform.MatchIn, "-o": platform.MatchOut,
	"--dport": platform.MatchDport, "--sport": platform.MatchSport, "--dports": platform.MatchDport, "--sports": platform.MatchSport,
	"--ctstate": platform.MatchState, "--state": platform.MatchState, "--uid-owner": platform.MatchUID, "--gid-owner": platform.MatchGID,
	"--dst-type": platform.MatchType, "--src-type": platform.MatchSrcType, "--mark": platform.MatchMark,
	"--src-range": platform.MatchSource, "--dst-range": platform.MatchDest,
	"--icmp-type": platform.MatchICMPType, "--icmpv6-type": platform.MatchICMPType,
}

// option reads one option with its values.
func (w *savedWords) option(r *platform.FilterRule) {
	word := w.next()
	not := word == "!"
	if not {
		word = w.next()
	}
	if field, ok := savedFields[word]; ok {
		r.Matches = append(r.Matches, platform.RuleMatch{Field: field, Not: not, Values: savedValues(field, w.next())})
		return
	}
	switch word {
	case "-m":
		w.next() // its options say what it does
	case "--comment":
		r.Comment = shortened(w.next())
	case "--tcp-flags":
		mask, value := savedFlags(w.next()), savedFlags(w.next())
		r.Matches = append(r.Matches, platform.RuleMatch{Field: platform.MatchFlags, Not: not, Values: []string{mask, value}})
	case "--limit":
		w.next()
		r.Matches = append(r.Matches, platform.RuleMatch{Field: platform.MatchLimit})
	case "--limit-burst":
		w.next()
	case "-j", "-g":
		w.target(r, word == "-g")
	default:
		w.skip(r, word)
	}
}

// skip passes an option that is not known, with its values.
func (w *savedWords) skip(r *platform.FilterRule, word string) {
	r.Matches = append(r.Matches, platform.RuleMatch{Field: "other " + strings.TrimLeft(word, "-")})
	for !w.over() && !strings.HasPrefix(w.words[0], "-") && w.words[0] != "!" {
		w.next()
	}
}

// savedValues splits what several values are joined by, and writes ranges with
// a hyphen.
func savedValues(field, s string) (values []string) {
	for _, v := range strings.Split(s, ",") {
		v = strings.ToLower(v)
		switch field {
		case platform.MatchIn, platform.MatchOut:
			v = strings.Replace(s, "+", "*", 1) // a name is what it is
		case platform.MatchSport, platform.MatchDport:
			if low, high, ranged := strings.Cut(v, ":"); ranged {
				v = low + "-" + high
			}
		case platform.MatchMark:
			v = strings.TrimSuffix(v, "/0xffffffff")
		}
		values = append(values, v)
		if field == platform.MatchIn || field == platform.MatchOut {
			break
		}
	}
	return values
}

func savedFlags(s string) string {
	switch s {
	case "ALL":
		return allFlags
	case "NONE":
		return ""
	}
	return strings.ToLower(s)
}

var savedVerdicts = map[string]platform.RuleVerdict{
	"ACCEPT": platform.RuleAccept, "DROP": platform.RuleDrop, "REJECT": platform.RuleReject, "RETURN": platform.RuleReturn,
	"QUEUE": platform.RuleQueue, "NFQUEUE": platform.RuleQueue, "DNAT": platform.RuleDNAT, "REDIRECT": platform.RuleRedirect,
	"SNAT": platform.RuleSNAT, "MASQUERADE": platform.RuleSNAT, "MARK": platform.RuleMark, "CONNMARK": platform.RuleMark, "NOTRACK": platform.RuleNoTrack,
}

// passing are targets after which the next rule is asked.
var passing = []string{"LOG", "NFLOG", "ULOG", "TCPMSS", "CLASSIFY", "DSCP", "TOS", "TTL", "HL", "AUDIT", "CHECKSUM", "SET", "TRACE", "RATEEST", "TEE"}

// target reads what the rule does; all that follows belongs to it.
func (w *savedWords) target(r *platform.FilterRule, going bool) {
	name := w.next()
	rest := w.words
	w.words = nil
	v, known := savedVerdicts[name]
	switch {
	case known:
		r.Verdict, r.To = v, savedTo(v, rest)
	case name == "CT":
		if slices.Contains(rest, "--notrack") {
			r.Verdict = platform.RuleNoTrack
		}
	case slices.Contains(passing, name):
	case going:
		r.Verdict, r.To = platform.RuleGoto, name
	case slices.Contains(ending, name):
		r.Verdict, r.To = platform.RuleOther, name
	default:
		r.Verdict, r.To = platform.RuleJump, name
	}
}

// ending are targets of extensions that may end a packet's way.
var ending = []string{"TPROXY", "SYNPROXY", "NETMAP", "CLUSTERIP", "IDLETIMER", "XLOG", "TARPIT", "DELUDE", "STEAL", "ECHO", "ACCOUNT", "DNPT", "SNPT"}

// savedTo is the value of the option that says where to, or with what.
func savedTo(v platform.RuleVerdict, rest []string) string {
	option := map[platform.RuleVerdict]string{platform.RuleReject: "--reject-with", platform.RuleDNAT: "--to-destination", platform.RuleSNAT: "--to-source",
		platform.RuleRedirect: "--to-ports"}[v]
	i := slices.Index(rest, option)
	switch {
	case option == "" || i < 0 || i+1 >= len(rest):
		return ""
	case v == platform.RuleRedirect:
		return ":" + rest[i+1]
	}
	return rest[i+1]
}
