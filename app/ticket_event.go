package app

import "faultline/app/text"

// TicketOf is the text for whoever acts on one event of a report of captures.
func (r Report) TicketOf(e *Reset, w *text.Words) string {
	r.Verdict = Verdict{
		Code: e.Code, Party: e.Party, Who: e.Who, Confidence: e.Confidence, Summary: e.Summary, Rejected: e.Rejected, Untested: e.Untested, Next: e.Next,
	}
	return captureTicket(&r, e, w)
}
