// Package meter counts what AWS would bill for: requests, capacity units, state
// transitions, gigabyte-seconds.
package meter

import (
	"math"
	"sync"
	"sync/atomic"
)

// Meter counts by name, for example "dynamodb.write_units" or "sqs.requests".
// The zero Meter is ready; all methods are safe for concurrent use.
type Meter struct {
	// counts has a *counter by name. A run counts some hundred times, from all
	// functions at once: with one lock for all they waited for each other.
	counts sync.Map
}

// counter is a float64 in its bits.
type counter struct{ bits atomic.Uint64 }

// Add counts n more of name.
func (m *Meter) Add(name string, n float64) {
	found, ok := m.counts.Load(name)
	if !ok {
		found, _ = m.counts.LoadOrStore(name, &counter{})
	}
	c := found.(*counter)
	for {
		old := c.bits.Load()
		if c.bits.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+n)) {
			return
		}
	}
}

// Snapshot returns all counts so far.
func (m *Meter) Snapshot() map[string]float64 {
	out := map[string]float64{}
	m.counts.Range(func(name, c any) bool {
		out[name.(string)] = math.Float64frombits(c.(*counter).bits.Load())
		return true
	})
	return out
}
