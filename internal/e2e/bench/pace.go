package main

import (
	"slices"
	"sync"
	"time"
)

// pacer tells clients when to ask for a run's status: first when most runs have
// lately ended, as the platform's own times of earlier runs tell, then in small steps.
type pacer struct {
	mu    sync.Mutex
	taken [64]time.Duration // what the latest runs took, in no order
	n     int
	first time.Duration
}

// leastStep bounds how often one client asks: timers are no finer.
const leastStep = time.Millisecond

// usual is which part of the latest runs should have ended at the first question.
// Less asks in vain more often, more lets clients stand idle.
const usual = 0.75

// wait is how long a client waits before its question, after so many in vain.
func (p *pacer) wait(asked int64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if asked == 0 {
		return max(p.first, leastStep)
	}
	return max(p.first/4, leastStep)
}

// ended takes note of what a run took.
func (p *pacer) ended(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken[p.n%len(p.taken)] = took
	p.n++
	latest := p.taken
	known := latest[:min(p.n, len(latest))]
	slices.Sort(known)
	p.first = known[int(usual*float64(len(known)-1))]
}
