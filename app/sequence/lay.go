package sequence

import (
	"faultline/app/text"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// Lay lays out the packets around an event of a stream: its opening, what
// surrounds the event, and the end.
func Lay(t *tcpflow.Transcript, e *reset.Event, w *text.Words) Diagram {
	return Diagram{}
}
