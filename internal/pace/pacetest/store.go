// Package pacetest is a pace.Store in memory, and the suite that every store runs.
package pacetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/pace"
)

// Store keeps buckets in memory and counts how often it is written.
type Store struct {
	Clock clock.Clock

	mu     sync.Mutex
	full   map[pace.Bucket]int64
	holds  map[pace.Bucket]map[string]time.Time
	writes int
}

// Writes is how many writes a database would have had.
func (s *Store) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// Take implements pace.Store.
func (s *Store) Take(_ context.Context, b pace.Bucket, a pace.Ask) (pace.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.full == nil {
		s.full = map[pace.Bucket]int64{}
	}
	next, grant := pace.Advance(s.full[b], s.Clock.Now().UnixMicro(), a)
	s.full[b] = next
	if grant.Tokens > 0 {
		grant.Holds = s.holds[b]
	}
	return grant, nil
}

// Hold implements pace.Store.
func (s *Store) Hold(_ context.Context, b pace.Bucket, credential string, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.holds == nil {
		s.holds = map[pace.Bucket]map[string]time.Time{}
	}
	if s.holds[b] == nil {
		s.holds[b] = map[string]time.Time{}
	}
	if s.holds[b][credential].Before(until) {
		s.holds[b][credential] = until
	}
	return nil
}

// Conformance is what every store must do. The clock must be the store's.
func Conformance(t *testing.T, s pace.Store, c *clock.Manual) {
	t.Helper()
	ctx := t.Context()
	rate := pace.Rate{PerSecond: 10, Burst: 5}
	take := func(b pace.Bucket, n int, most time.Duration) pace.Grant {
		t.Helper()
		g, err := s.Take(ctx, b, pace.Ask{Tokens: n, Rate: rate, MaxWait: most})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	a := pace.Bucket{Tenant: "ten_a", Host: "one.example"}
	for i, want := range []int{3, 2, 0} { // of a burst of five
		if g := take(a, 3, 0); g.Tokens != want || want == 0 && g.Wait != 100*time.Millisecond {
			t.Errorf("take %d gave %+v, want %d", i, g, want)
		}
	}
	if g := take(a, 3, time.Second); g.Tokens != 1 || g.Wait != 100*time.Millisecond {
		t.Errorf("the next token to come: %+v", g)
	}
	if g := take(a, 1, time.Second); g.Tokens != 1 || g.Wait != 200*time.Millisecond {
		t.Errorf("the one after it: %+v", g)
	}
	for _, b := range []pace.Bucket{{Tenant: "ten_b", Host: "one.example"}, {Tenant: "ten_a"}, {Host: "one.example"}, {Tenant: "ten_a", Host: "two.example"}} {
		if g := take(b, 5, 0); g.Tokens != 5 {
			t.Errorf("%+v is not a bucket of its own: %+v", b, g)
		}
	}
	c.Advance(400 * time.Millisecond)
	if g := take(a, 5, 0); g.Tokens != 2 {
		t.Errorf("after 400 ms, two of them promised: %+v", g)
	}
	c.Advance(time.Hour)
	if g := take(a, 50, 0); g.Tokens != 5 {
		t.Errorf("a full bucket gave %+v", g)
	}
	until := c.Now().Add(20 * time.Second).UTC()
	for _, at := range []time.Time{until, until.Add(-10 * time.Second)} {
		if err := s.Hold(ctx, a, "cred_x", at); err != nil {
			t.Fatal(err)
		}
	}
	c.Advance(time.Second)
	if g := take(a, 1, 0); g.Tokens != 1 || !g.Holds["cred_x"].Equal(until) || len(g.Holds) != 1 {
		t.Errorf("the hold is not seen: %+v", g)
	}
	c.Advance(-5 * time.Hour) // a clock that was wrong was put right
	for i, want := range []int{5, 0} {
		if g := take(a, 50, 0); g.Tokens != want {
			t.Errorf("take %d after the clock was put back gave %+v, want %d", i, g, want)
		}
	}
}
