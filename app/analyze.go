package app

import (
	"context"
	"io"
	"sync"
	"time"

	"faultline/app/text"
	"faultline/diag/reset"
)

// Captures says what is to be analyzed. Files and Now are required.
type Captures struct {
	Files    []string // paths; "-" is Stdin
	Stdin    io.Reader
	Now      func() time.Time
	Vantage  reset.Vantage  // reset.Guess: guess, and say so
	Filter   string         // only packets that match, see package pcapfilter; "": all
	Since    time.Time      // only packets from then on; zero: all
	Last     time.Duration  // only packets of so long before the first one's end; 0: all
	Stream   int            // only the stream of this number; negative: all
	Streams  bool           // the report lists every stream, not only those with trouble
	Progress func(Progress) // called from one goroutine; must not block
}

// Progress is how far the reading has come.
type Progress struct {
	File     string
	Pass     int   // 1: following all streams; 2: looking closely at those with trouble
	Done, Of int64 // bytes; Of is 0 where the size is not known
}

// Reading is the analysis of captures as an object: started once, it can be
// canceled, and its result never changes.
type Reading struct {
	captures Captures
	begin    sync.Once
	cancel   context.CancelFunc
	done     chan struct{}
	analyses []*Analysis
}

// Analyze makes a reading; an error says that the settings make no sense.
func Analyze(c Captures) (*Reading, error) {
	return &Reading{captures: c, done: make(chan struct{})}, nil
}

// Start begins to read and returns at once. When ctx ends, what was read
// until then is judged.
func (r *Reading) Start(ctx context.Context) {
	r.begin.Do(func() {
		ctx, r.cancel = context.WithCancel(ctx)
		go r.run(ctx)
	})
}

// Cancel ends a started reading early; what it found stays.
func (r *Reading) Cancel() {
	if r.cancel != nil {
		r.cancel()
	}
}

// Done is closed when there is a result.
func (r *Reading) Done() <-chan struct{} { return r.done }

// Analyses waits for the end and returns one analysis for each file that could
// be read at all, in the order of the files.
func (r *Reading) Analyses() []*Analysis {
	<-r.done
	return r.analyses
}

// Report waits for the end and tells it in words.
func (r *Reading) Report(w *text.Words, tool Tool) Report {
	return Report{}
}

func (r *Reading) run(context.Context) { close(r.done) }
