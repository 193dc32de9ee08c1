package reset

import (
	"faultline/diag/catalog"
	"faultline/diag/dissect"
)

// Judge judges.
func Judge(in Input) []Event {
	var all []Event
	for _, t := range in.Transcripts {
		for i := range t.Segments {
			s := &t.Segments[i]
			if !s.Has(dissect.RST) {
				continue
			}
			e := Event{Code: "reset.unknown", Party: catalog.NoParty, Confidence: catalog.Possible, Sender: []Sender{ByClient, ByServer}[s.From],
				Stage: StageData, Sequence: Exact, Stream: t.Stream.Number, Segment: i, Frame: s.Frame, When: s.When, Vantage: AtClient, Guessed: true,
				Features: []Feature{{Name: "ttl", Group: Identity, Args: map[string]any{"ttl": s.TTL}, For: []Sender{ByClient}}},
				Untested: []string{"other-end"}}
			for j := max(0, i-3); j < i; j++ {
				e.Before = append(e.Before, j)
			}
			all = append(all, e)
			break
		}
	}
	return all
}
