package rule_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"faultline/platform/tape"
)

func TestZZ(t *testing.T) {
	f := os.Getenv("ZZ")
	raw, err := os.ReadFile(f)
	if err != nil {
		t.Skip()
	}
	c := &replayed{name: f}
	c.lines, err = tape.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c.start(t)
	r := c.run(t, c.lines)
	for _, x := range r.Judgement.Findings {
		fmt.Printf("F %+v\n", x)
	}
	for _, x := range r.Judgement.Claims {
		fmt.Printf("C %+v\n", x)
	}
	fmt.Printf("V %+v\n", r.Verdict)
}
