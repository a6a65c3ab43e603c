// Package meter counts what AWS would bill for: requests, capacity units, state
// transitions, gigabyte-seconds.
package meter

import "sync"

// Meter counts by name, for example "dynamodb.write_units" or "sqs.requests".
// The zero Meter is ready; all methods are safe for concurrent use.
type Meter struct {
	mu     sync.Mutex
	counts map[string]float64
}

// Add counts n more of name.
func (m *Meter) Add(name string, n float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts == nil {
		m.counts = map[string]float64{}
	}
	m.counts[name] += n
}

// Snapshot returns all counts so far.
func (m *Meter) Snapshot() map[string]float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make(map[string]float64, len(m.counts))
	for k, v := range m.counts {
		out[k] = v
	}
	return out
}
