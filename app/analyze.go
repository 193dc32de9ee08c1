package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"faultline/diag/pcapfilter"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// Captures says what is to be analyzed. Files is required.
type Captures struct {
	Files    []string // paths; "-" is Stdin
	Stdin    io.Reader
	Vantage  reset.Vantage  // reset.Guess: guess, and say so
	Filter   string         // only packets that match, see package pcapfilter; "": all
	Since    time.Time      // only packets from then on; zero: all
	Skip     time.Duration  // not the packets of so long after the first one
	Stream   int            // only the stream of this number; negative: all
	Streams  bool           // the report lists every stream, not only those with trouble
	Progress func(Progress) // called from one goroutine; must not block

	filter *pcapfilter.Filter
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
	both     bool // the two files are of the same traffic
	joined   *joined
}

// Analyze makes a reading. The error is that of a filter that cannot be read.
func Analyze(c Captures) (*Reading, error) { return newReading(c, false) }

// Compare makes a reading of two captures of the same traffic, Files: the
// client's, then the server's. Of Captures, Vantage, Stream, Since and Skip are
// not looked at. The error is that of a filter that cannot be read, or of another
// number of files.
func Compare(c Captures) (*Reading, error) {
	if len(c.Files) != 2 {
		return nil, errTwoFiles
	}
	c.Vantage, c.Stream, c.Since, c.Skip = reset.Guess, -1, time.Time{}, 0
	return newReading(c, true)
}

var errTwoFiles = errors.New("two captures are needed: the client's and the server's")

func newReading(c Captures, both bool) (*Reading, error) {
	if c.Filter != "" {
		f, err := pcapfilter.Parse(c.Filter)
		if err != nil {
			return nil, err // it says what it is about
		}
		c.filter = f
	}
	return &Reading{captures: c, both: both, done: make(chan struct{})}, nil
}

// Start begins to read and returns at once. When ctx ends, what was read
// until then stays.
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

// Analyses waits for the end and returns one analysis for each file, in the
// order of the files. Of one that could not be read at all only Problem says
// anything.
func (r *Reading) Analyses() []*Analysis {
	<-r.done
	return r.analyses
}

func (r *Reading) run(ctx context.Context) {
	defer close(r.done)
	defer r.cancel()
	if r.both {
		defer func() {
			if why := recover(); why != nil {
				r.analyses, r.joined = []*Analysis{broken(r.captures.Files[0], why), broken(r.captures.Files[1], why)}, nil
			}
		}()
		r.compare(ctx)
		return
	}
	for _, name := range r.captures.Files {
		r.analyses = append(r.analyses, r.read(ctx, name))
	}
}

// broken is what stands of a file that met a bug of this program: captures are
// anybody's, and others may be read, or shown in the window, beside it.
func broken(name string, why any) *Analysis {
	return &Analysis{File: name, Flows: nothing(), Problem: &CaptureError{"reading", name, fmt.Errorf("internal error: %v", why)}}
}

// nothing is what a capture without packets shows.
func nothing() *tcpflow.Report { return tcpflow.New(tcpflow.Settings{}).Finish() }

// read goes through one file twice. A user who ends the first pass waits for
// no second one.
func (r *Reading) read(ctx context.Context, name string) (a *Analysis) {
	defer func() {
		if why := recover(); why != nil {
			a = broken(name, why)
		}
	}()
	a = &Analysis{File: name, Flows: nothing(), Canceled: ctx.Err() != nil}
	if a.Canceled {
		return a
	}
	x, err := openCapture(ctx, name, &r.captures)
	if err != nil {
		a.unopened(ctx, err)
		return a
	}
	defer x.close()
	x.follow(ctx, a)
	if a.Canceled {
		return a
	}
	a.choose(r.captures.Stream)
	if r.captures.Stream >= 0 && len(a.Troubled) == 0 && a.Problem == nil {
		a.Flows = nothing() // what is there was not asked for
		a.Problem = &CaptureError{"stream", name, fmt.Errorf("no stream %d", r.captures.Stream)}
		return a
	}
	if !r.captures.Streams {
		a.Flows.Keep(a.closely)
	}
	if len(a.Troubled) > 0 {
		x.transcribe(ctx, a)
		a.judge(r.captures.Vantage)
	}
	return a
}
