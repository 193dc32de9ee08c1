// Package sequence lays a connection out as a sequence diagram: three lanes,
// arrows, quiet times. The command line draws it in text, the window as a
// picture; both from the same rows.
//
// It never judges and never draws.
package sequence

// Lane is a vertical line of the diagram.
type Lane int

// The lanes.
const (
	ClientLane Lane = iota
	BetweenLane
	ServerLane
)

// Row is one line of the diagram: an arrow, a quiet time, or a fold.
type Row struct {
	At       float64 // seconds since the first packet of the stream
	Frame    int     // 0 for quiet times and folds
	From, To Lane
	Title    string // "SYN", "GET /index.html", "RST, ACK": safe to show
	Mark     string // a stable word for what it is to TCP: "retransmission", "keep-alive"; "": nothing of note
	Detail   string // "TTL 53 · seq 413 · 388 B"
	Reset    bool   // drawn in red
	Cause    bool   // the reset that is judged
	Dashed   bool   // did not matter any more: after the end, or ignored
	Copies   int
	Quiet    float64 // seconds of silence; a row of its own
	Folded   int     // packets left out; a row of its own
	Segment  int     // index into the transcript, -1 for none
}

// Diagram is the picture of one event.
type Diagram struct {
	Client, Server string // addresses
	Between        bool   // the middle lane is drawn: somebody there sent
	Rows           []Row
}
