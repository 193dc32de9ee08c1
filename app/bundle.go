package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"faultline/diag"
	"faultline/diag/bundle"
	"faultline/diag/catalog"
	"faultline/platform/tape"
)

// Stored is what a bundle says of the run that it keeps.
type Stored struct {
	Tool      string       // name and version of the program that made it
	Code      catalog.Code // its verdict; "" when it holds none
	Truncated bool         // its record ends early
}

// Open makes a session of a bundle file, which may be anybody's: started, it
// judges the recorded run again.
func Open(file io.ReaderAt, size int64, plan diag.Plan) (*Session, Stored, error) {
	b, err := bundle.Open(file, size)
	if err != nil {
		return nil, Stored{}, err
	}
	stored := Stored{Tool: b.Tool, Code: verdictIn(b.Report)}
	calls, err := tape.Read(bytes.NewReader(b.Calls))
	if stored.Truncated = errors.Is(err, tape.ErrTruncated); err != nil && !stored.Truncated {
		return nil, Stored{}, err
	}
	s, err := Replay(calls, plan)
	return s, stored, err
}

// verdictIn reads which verdict a stored report holds.
func verdictIn(report []byte) catalog.Code {
	var r struct{ Verdict struct{ Code catalog.Code } }
	if json.Unmarshal(report, &r) != nil {
		return ""
	}
	return r.Verdict.Code
}

// Save writes the session's record as a bundle file, beside its report and the
// report in words.
func (s *Session) Save(w io.Writer, r Report, summary string) error {
	var calls bytes.Buffer
	if err := tape.Write(&calls, s.Lines()); err != nil {
		return err
	}
	report, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the report: %w", err)
	}
	return bundle.Write(w, bundle.Bundle{
		Tool: "faultline " + r.Tool.Version, Made: r.Started,
		Calls: calls.Bytes(), Report: append(report, '\n'), Summary: []byte(summary),
	})
}
