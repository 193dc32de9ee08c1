package linux

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"faultline/platform"
)

const (
	maxRules    = 2000 // of all chains; a node of a cluster has tens of thousands
	maxElements = 2000 // of one group
	maxInline   = 64   // values written into a rule
)

// nftTables is what "nft -j list ruleset" says, as far as packets are judged by it
// (libnftables-json(5)).
type nftTables struct {
	set platform.RuleSet
	// foreign are the chains that hold what only the iptables tool can read.
	foreign map[int]bool
	maps    map[string]nftGroup // named maps, by family, table and name
	left    int
}

type nftGroup struct {
	Family, Table, Name string
	Elem                []json.RawMessage
}

type nftChain struct {
	Family, Table, Name, Type, Hook, Policy string
	Prio                                    int
	Dev                                     json.RawMessage
}

type nftRule struct {
	Family, Table, Chain, Comment string
	Handle                        int
	Expr                          []map[string]json.RawMessage
}

// decodeNFT reads the listing. What it does not understand of a rule stays in it
// as a match or a verdict that is not known.
func decodeNFT(b []byte) (*nftTables, error) {
	var listing struct{ Nftables []map[string]json.RawMessage }
	if err := json.Unmarshal(b, &listing); err != nil {
		return nil, &platform.Problem{Code: platform.Malformed, Text: "nft: " + err.Error()}
	}
	t := &nftTables{foreign: map[int]bool{}, maps: map[string]nftGroup{}, left: maxRules}
	for _, o := range listing.Nftables {
		t.group(o)
		t.chain(o)
	}
	for _, o := range listing.Nftables {
		var r nftRule
		if raw, ok := o["rule"]; ok && json.Unmarshal(raw, &r) == nil {
			t.rule(r)
		}
	}
	return t, nil
}

func (t *nftTables) group(o map[string]json.RawMessage) {
	var g nftGroup
	if raw, ok := o["map"]; ok && json.Unmarshal(raw, &g) == nil {
		t.maps[groupKey(g.Family, g.Table, g.Name)] = g
	}
	g = nftGroup{}
	if raw, ok := o["set"]; !ok || json.Unmarshal(raw, &g) != nil {
		return
	}
	values, whole := scalars(g.Elem, maxElements)
	t.set.Sets = append(t.set.Sets, platform.RuleGroup{Family: g.Family, Table: g.Table, Name: g.Name, Values: values, Cut: !whole})
}

func groupKey(family, table, name string) string { return family + "\x00" + table + "\x00" + name }

func (t *nftTables) chain(o map[string]json.RawMessage) {
	var c nftChain
	if raw, ok := o["chain"]; ok && json.Unmarshal(raw, &c) == nil {
		t.set.Chains = append(t.set.Chains, platform.RuleChain{
			Store: platform.NFTables, Family: c.Family, Table: c.Table, Name: c.Name, Type: c.Type, Hook: c.Hook,
			Priority: c.Prio, Policy: c.Policy, Devices: devices(c.Dev),
		})
	}
}

// devices reads one name or a list of them.
func devices(raw json.RawMessage) (names []string) {
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}
	}
	_ = json.Unmarshal(raw, &names)
	return names
}

func (t *nftTables) rule(r nftRule) {
	i := slices.IndexFunc(t.set.Chains, func(c platform.RuleChain) bool {
		return c.Family == r.Family && c.Table == r.Table && c.Name == r.Chain
	})
	if i < 0 {
		return
	}
	d := &ruleDecoder{tables: t, rule: platform.FilterRule{Handle: r.Handle, Comment: r.Comment}, of: r}
	for _, e := range r.Expr {
		for word, raw := range e {
			d.statement(word, raw)
		}
	}
	all := d.split
	if len(all) == 0 || d.rule.Verdict != "" {
		all = append(all, d.rule)
	}
	if t.left -= len(all); t.left < 0 {
		t.set.Cut = true
		return
	}
	t.foreign[i] = t.foreign[i] || d.foreign
	t.set.Chains[i].Rules = append(t.set.Chains[i].Rules, all...)
}

// ruleDecoder reads the statements of one rule in their order.
type ruleDecoder struct {
	tables  *nftTables
	of      nftRule
	rule    platform.FilterRule
	split   []platform.FilterRule // one for each choice of a verdict map
	foreign bool
}

// harmless statements neither match nor end anything.
var harmless = []string{"log", "ct helper", "ct timeout", "ct expectation", "set", "map", "dup", "flow", "secmark", "last"}

var nftVerdicts = map[string]platform.RuleVerdict{
	"accept": platform.RuleAccept, "drop": platform.RuleDrop, "return": platform.RuleReturn, "queue": platform.RuleQueue,
	"notrack": platform.RuleNoTrack, "masquerade": platform.RuleSNAT,
}

func (d *ruleDecoder) statement(word string, raw json.RawMessage) {
	if v, ok := nftVerdicts[word]; ok {
		d.rule.Verdict = v
		return
	}
	switch word {
	case "match":
		d.match(raw)
	case "counter":
		d.counter(raw)
	case "jump", "goto":
		var to struct{ Target string }
		_ = json.Unmarshal(raw, &to)
		d.rule.Verdict, d.rule.To = platform.RuleVerdict(word), to.Target
	case "reject":
		d.rule.Verdict, d.rule.To = platform.RuleReject, rejectWords(raw)
	case "vmap":
		d.verdictMap(raw)
	case "limit":
		var l struct{ Inv bool }
		_ = json.Unmarshal(raw, &l)
		d.add(platform.RuleMatch{Field: platform.MatchLimit, Not: l.Inv})
	case "dnat", "snat", "redirect":
		d.rule.Verdict, d.rule.To = platform.RuleVerdict(word), translation(raw)
	case "mangle":
		d.mangle(raw)
	case "xt":
		d.extension(raw)
	case "continue":
	default:
		d.other(word)
	}
}

// other is a statement that is not known: it may match or not, or end the way.
func (d *ruleDecoder) other(word string) {
	switch {
	case slices.Contains(harmless, word):
	case word == "fwd" || word == "tproxy" || word == "synproxy":
		d.rule.Verdict = platform.RuleOther
	default:
		d.add(platform.RuleMatch{Field: "other " + word})
	}
}

func (d *ruleDecoder) add(m platform.RuleMatch) { d.rule.Matches = append(d.rule.Matches, m) }

func (d *ruleDecoder) counter(raw json.RawMessage) {
	var c struct{ Packets *uint64 }
	if json.Unmarshal(raw, &c) == nil {
		d.rule.Packets = c.Packets
	}
}

// mangle: of what rules change in a packet, only the mark is looked at by others.
func (d *ruleDecoder) mangle(raw json.RawMessage) {
	var m struct {
		Key struct{ Meta struct{ Key string } }
	}
	if json.Unmarshal(raw, &m) == nil && m.Key.Meta.Key == "mark" {
		d.rule.Verdict = platform.RuleMark
	}
}

// extension is a match or target of iptables that nft cannot read.
func (d *ruleDecoder) extension(raw json.RawMessage) {
	d.foreign = true
	var x struct{ Type, Name string }
	_ = json.Unmarshal(raw, &x)
	if x.Type == "target" {
		d.rule.Verdict, d.rule.To = platform.RuleOther, x.Name
		return
	}
	if x.Name != "comment" {
		d.add(platform.RuleMatch{Field: "other " + x.Name})
	}
}

func rejectWords(raw json.RawMessage) string {
	var r struct{ Type, Expr string }
	_ = json.Unmarshal(raw, &r)
	return strings.TrimSpace(r.Type + " " + r.Expr)
}

// translation is where a packet is sent instead: an address, a port or both; ""
// when it cannot be told.
func translation(raw json.RawMessage) string {
	var to struct{ Addr, Port json.RawMessage }
	if json.Unmarshal(raw, &to) != nil {
		return ""
	}
	addr, ok1 := scalar(to.Addr)
	port, ok2 := scalar(to.Port)
	if len(to.Addr) > 0 && !ok1 || len(to.Port) > 0 && !ok2 {
		return ""
	}
	return joinTranslation(addr, port)
}

func joinTranslation(addr, port string) string {
	switch {
	case port == "":
		return addr
	case strings.Contains(addr, ":"):
		return "[" + addr + "]:" + port
	}
	return addr + ":" + port
}

// verdictMap makes a rule of each choice.
func (d *ruleDecoder) verdictMap(raw json.RawMessage) {
	var m struct{ Key, Data json.RawMessage }
	if json.Unmarshal(raw, &m) != nil {
		d.rule.Verdict = platform.RuleOther
		return
	}
	choices, whole := d.choices(m.Data)
	for _, c := range choices {
		one := &ruleDecoder{tables: d.tables, of: d.of, rule: d.rule}
		one.rule.Matches = slices.Clone(d.rule.Matches)
		one.condition("==", m.Key, c[0])
		var verdict map[string]json.RawMessage
		_ = json.Unmarshal(c[1], &verdict)
		for word, raw := range verdict {
			one.statement(word, raw)
		}
		d.split = append(d.split, one.rule)
	}
	if !whole {
		d.add(platform.RuleMatch{Field: "other vmap"})
		d.rule.Verdict = platform.RuleOther
	}
}

// choices are the pairs of key and verdict of a map that is written in the rule,
// or named there.
func (d *ruleDecoder) choices(raw json.RawMessage) (pairs [][2]json.RawMessage, whole bool) {
	var inline struct{ Set []json.RawMessage }
	elements := []json.RawMessage(nil)
	var name string
	if json.Unmarshal(raw, &name) == nil {
		g, ok := d.tables.maps[groupKey(d.of.Family, d.of.Table, strings.TrimPrefix(name, "@"))]
		if !ok {
			return nil, false
		}
		elements = g.Elem
	} else if json.Unmarshal(raw, &inline) == nil {
		elements = inline.Set
	}
	for _, e := range elements {
		var pair []json.RawMessage
		if json.Unmarshal(e, &pair) != nil || len(pair) != 2 || len(pairs) == maxInline {
			return pairs, false
		}
		pairs = append(pairs, [2]json.RawMessage{pair[0], pair[1]})
	}
	return pairs, true
}

// scalars are the values of a list; whole is false when some are left out.
func scalars(raw []json.RawMessage, most int) (values []string, whole bool) {
	whole = true
	for _, e := range raw {
		v, ok := scalar(e)
		if !ok || len(values) == most {
			whole = false
			continue
		}
		values = append(values, v)
	}
	return values, whole
}

// scalar is one value, a range or a prefix, as text.
func scalar(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 {
		return "", false
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, text != ""
	}
	var number uint64
	if json.Unmarshal(raw, &number) == nil {
		return strconv.FormatUint(number, 10), true
	}
	var made struct {
		Range  []json.RawMessage
		Prefix *struct {
			Addr string
			Len  int
		}
		Elem *struct{ Val json.RawMessage }
	}
	if json.Unmarshal(raw, &made) != nil {
		return "", false
	}
	switch {
	case made.Elem != nil:
		return scalar(made.Elem.Val)
	case made.Prefix != nil:
		return made.Prefix.Addr + "/" + strconv.Itoa(made.Prefix.Len), true
	case len(made.Range) == 2:
		low, ok1 := scalar(made.Range[0])
		high, ok2 := scalar(made.Range[1])
		return low + "-" + high, ok1 && ok2
	}
	return "", false
}
