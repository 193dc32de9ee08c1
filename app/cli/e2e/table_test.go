//go:build e2e && linux

package e2e

import (
	"fmt"
	"strings"

	"faultline/platform/linux/netlab"
)

// table is the accuracy of the runs as a document.
func table(all []told) string {
	var b strings.Builder
	right, second := 0, 0
	for _, r := range all {
		if r.story.allows(r.report.Verdict.Code, r.user != netlab.Root) {
			right++
		}
		if r.story.allows(r.report.Verdict.Code, r.user != netlab.Root) && r.report.Verdict.Code != r.story.want[0] {
			second++
		}
	}
	fmt.Fprintf(&b, `# Accuracy

Written by %s. Each story is one state of a small
network of namespaces, drawn from the seed %d, told by the real program. A near
miss differs in one fact from what yields the code.

%d runs, %d with a verdict that the story allows. In %d of these it is not the
story's first choice but one that it allows beside that, because the two cannot
be told apart from one end or the state is hostile; such rows say so.

| about | kind | story | user | clutter | verdict | confidence | seconds | packets |
|---|---|---|---|---|---|---|---|---|
`, "`go test -tags e2e ./app/cli/e2e -accuracy`", seed, len(all), right, second)
	for _, r := range all {
		kind := "fault"
		if r.story.near {
			kind = "near miss"
		}
		clutter := ""
		if r.clutter {
			clutter = "yes"
		}
		mark := ""
		if !r.story.allows(r.report.Verdict.Code, r.user != netlab.Root) {
			mark = " (wrong: " + string(r.story.want[0]) + ")"
		}
		v := r.report.Verdict
		if mark == "" && v.Code != r.story.want[0] {
			mark = " (allowed beside " + string(r.story.want[0]) + ")"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s%s | %s | %.2f | %d |\n", r.story.of, kind, r.story.name, who(r.user), clutter,
			v.Code, mark, v.Confidence, r.report.Seconds, r.wire.packets)
	}
	return b.String()
}
