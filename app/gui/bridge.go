//go:build cgo || !darwin

package gui

import (
	"sync"
	"sync/atomic"
	"time"

	"faultline/diag"
)

// bridge is the one place where another goroutine reaches the window: events
// of a session are gathered, and handed over at most ten times a second.
type bridge struct {
	do    func(func()) // runs a function where the window lives
	every time.Duration
	mu    sync.Mutex
	queue []diag.Event
	busy  atomic.Bool // what was handed over is not taken in yet
	wake  func()      // ends a doze; nil while awake
}

// atMost is how often the window is updated.
const atMost = 100 * time.Millisecond

func newBridge(do func(func())) *bridge { return &bridge{do: do, every: atMost} }

// note takes an event of a session; it never blocks.
func (b *bridge) note(e diag.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, e)
}

func (b *bridge) take() []diag.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	batch := b.queue
	b.queue = nil
	return batch
}

// follow hands what was noted to step until the work is done, and then calls
// end. Both run where the window lives.
func (b *bridge) follow(done <-chan struct{}, step func([]diag.Event), end func()) {
	go func() {
		beat := time.NewTicker(b.every)
		defer beat.Stop()
		for {
			select {
			case <-beat.C:
				b.hand(step)
			case <-done:
				b.do(func() { step(b.take()); end() })
				return
			}
		}
	}()
}

// hand gives what was gathered, unless the window still works on the last.
func (b *bridge) hand(step func([]diag.Event)) {
	if !b.busy.CompareAndSwap(false, true) {
		return
	}
	b.do(func() {
		defer b.busy.Store(false)
		step(b.take())
	})
}

// nap is how long the toolkit's loop rests at a time in a doze.
const nap = 100 * time.Millisecond

// doze slows the toolkit's loop down, or ends that. It looks for events 60
// times a second whether anything happens or not, which costs one percent of a
// core all day; a window that has not the focus needs no such haste.
func (b *bridge) doze(yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if yes == (b.wake != nil) {
		return
	}
	if !yes {
		b.wake()
		b.wake = nil
		return
	}
	woken := make(chan struct{})
	b.wake = func() { close(woken) }
	go b.rest(woken)
}

// rest takes one nap after the other where the window lives, until it is woken.
// A loop that has ended takes none any more.
func (b *bridge) rest(woken <-chan struct{}) {
	rested := make(chan struct{}, 1)
	for {
		b.do(func() { time.Sleep(nap); rested <- struct{}{} })
		select {
		case <-woken:
			return
		case <-rested:
		}
		select {
		case <-woken:
			return
		default:
		}
	}
}

// later runs a function where the window lives after some time.
func (b *bridge) later(d time.Duration, f func()) { time.AfterFunc(d, func() { b.do(f) }) }
