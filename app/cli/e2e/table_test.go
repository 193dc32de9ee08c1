//go:build e2e && linux

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"faultline/diag/catalog"
	"faultline/platform/linux/netlab"
)

// right reports whether the verdict of a run is one that its story allows.
func (r told) right() bool { return r.story.allows(r.report.Verdict.Code, r.user != netlab.Root) }

// table is the accuracy of the runs as a document.
func table(all []told) string {
	var b strings.Builder
	right, first, proven := 0, 0, 0
	for _, r := range all {
		switch {
		case r.right() && r.report.Verdict.Code == r.story.want[0]:
			first++
			fallthrough
		case r.right():
			right++
		case r.report.Verdict.Confidence == "proven":
			proven++
		}
	}
	fmt.Fprintf(&b, `# Accuracy

Written by %s. Each story is one state of a small network of namespaces, drawn
from the seed %d in %d worlds and told by the real program, as root and as an
ordinary user, some of it among clutter. A near miss differs in one fact from
what yields the code.

%d runs of %d stories: %d with a verdict that the story allows, %d of them with
its first choice; the others are allowed beside it because the two cannot be
told apart from one end or the state is hostile. Wrong and said as proven: %d.

`, "`make accuracy`", seed, *draws, len(all), len(grouped(all, told.name)), right, first, proven)
	confusion(&b, all)
	each(&b, all)
	return b.String()
}

func (r told) name() string {
	return fmt.Sprintf("%s\x00%v\x00%s", r.story.of, r.story.near, r.story.name)
}

// grouped gathers runs by a key.
func grouped(all []told, key func(told) string) map[string][]told {
	groups := map[string][]told{}
	for _, r := range all {
		groups[key(r)] = append(groups[key(r)], r)
	}
	return groups
}

// confusion says of each code how what it really was came out.
func confusion(b *strings.Builder, all []told) {
	b.WriteString("## Confusion matrix\n\nA row for what it really was, with what was told and how often; what the row names itself comes first.\n\n| really | runs | told |\n|---|---|---|\n")
	groups := grouped(all, func(r told) string { return string(r.story.want[0]) })
	for _, code := range slices.Sorted(maps.Keys(groups)) {
		fmt.Fprintf(b, "| %s | %d | %s |\n", code, len(groups[code]), counts(groups[code], catalog.Code(code)))
	}
}

// counts lists the verdicts of runs: the expected one first, then the most
// frequent. What the story does not allow is in bold type.
func counts(runs []told, expected catalog.Code) string {
	n, wrong := map[catalog.Code]int{}, map[catalog.Code]bool{}
	for _, r := range runs {
		n[r.report.Verdict.Code]++
		wrong[r.report.Verdict.Code] = wrong[r.report.Verdict.Code] || !r.right()
	}
	codes := slices.SortedFunc(maps.Keys(n), func(a, c catalog.Code) int {
		switch {
		case a == expected:
			return -1
		case c == expected:
			return 1
		case n[a] != n[c]:
			return n[c] - n[a]
		}
		return strings.Compare(string(a), string(c))
	})
	var parts []string
	for _, code := range codes {
		part := fmt.Sprintf("%s %d", code, n[code])
		if wrong[code] {
			part = "**" + part + "**"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// each is a row for each story.
func each(b *strings.Builder, all []told) {
	b.WriteString("\n## Stories\n\n| about | kind | story | runs | told | confidence | most seconds | most packets |\n|---|---|---|---|---|---|---|---|\n")
	groups := grouped(all, told.name)
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		runs := groups[name]
		s, kind := runs[0].story, "fault"
		if s.near {
			kind = "near miss"
		}
		sure, most, packets := map[string]bool{}, 0.0, 0
		for _, r := range runs {
			sure[r.report.Verdict.Confidence] = true
			most, packets = max(most, r.report.Seconds), max(packets, r.wire.packets)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %d | %s | %s | %.2f | %d |\n", s.of, kind, s.name, len(runs),
			counts(runs, s.want[0]), strings.Join(slices.Sorted(maps.Keys(sure)), ", "), most, packets)
	}
}
