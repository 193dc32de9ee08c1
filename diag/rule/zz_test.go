package rule_test

import (
	"fmt"
	"os"
	"testing"
)

func TestZZ(t *testing.T) {
	c := caseNamed(t, os.Getenv("ZZ"))
	r := c.run(t, c.lines)
	fmt.Printf("%+v\n", r.Verdict)
	for _, f := range r.Judgement.Findings {
		fmt.Printf("F %+v\n", f)
	}
	for _, f := range r.Judgement.Claims {
		fmt.Printf("C %+v\n", f)
	}
}
