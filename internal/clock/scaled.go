package clock

import (
	"context"
	"time"

	"github.com/jonboulle/clockwork"
)

// Scaled returns a clock that starts at the present and runs speed times as fast
// as the wall clock: a timer of one minute at speed 60 fires after one second.
// A speed of 1 or less is the wall clock.
func Scaled(speed float64) Clock {
	if speed <= 1 {
		return Real()
	}
	return &scaled{Clock: clockwork.NewRealClock(), start: time.Now(), speed: speed}
}

// scaled stretches now and shrinks durations; everything else is the real clock.
type scaled struct {
	clockwork.Clock
	start time.Time
	speed float64
}

func (s *scaled) shrink(d time.Duration) time.Duration {
	if d <= 0 {
		return d
	}
	return max(time.Duration(float64(d)/s.speed), 1)
}

func (s *scaled) Now() time.Time {
	return s.start.Add(time.Duration(float64(time.Since(s.start)) * s.speed))
}

func (s *scaled) Since(t time.Time) time.Duration        { return s.Now().Sub(t) }
func (s *scaled) Until(t time.Time) time.Duration        { return t.Sub(s.Now()) }
func (s *scaled) Sleep(d time.Duration)                  { s.Clock.Sleep(s.shrink(d)) }
func (s *scaled) After(d time.Duration) <-chan time.Time { return s.Clock.After(s.shrink(d)) }

func (s *scaled) NewTicker(d time.Duration) clockwork.Ticker { return s.Clock.NewTicker(s.shrink(d)) }

func (s *scaled) NewTimer(d time.Duration) clockwork.Timer {
	return &scaledTimer{Timer: s.Clock.NewTimer(s.shrink(d)), clock: s}
}

func (s *scaled) AfterFunc(d time.Duration, f func()) clockwork.Timer {
	return &scaledTimer{Timer: s.Clock.AfterFunc(s.shrink(d), f), clock: s}
}

// scaledTimer keeps Reset in scaled time too.
type scaledTimer struct {
	clockwork.Timer
	clock *scaled
}

func (t *scaledTimer) Reset(d time.Duration) bool { return t.Timer.Reset(t.clock.shrink(d)) }

// WithTimeout is context.WithTimeout on the clock c: the context ends with
// context.DeadlineExceeded after d of c's time, and its Deadline is a time of c.
func WithTimeout(parent context.Context, c Clock, d time.Duration) (context.Context, context.CancelFunc) {
	now := c.Now()
	deadline := now.Add(d)
	if sooner, ok := parent.Deadline(); ok && sooner.After(now) && sooner.Before(deadline) {
		deadline = sooner
	}
	switch c := c.(type) {
	case *scaled:
		ctx, cancel := context.WithTimeout(parent, c.shrink(d))
		return &scaledContext{ctx, deadline}, cancel
	case *Manual:
		return manualTimeout(parent, c, d, deadline)
	}
	return clockwork.WithTimeout(parent, c, d)
}

// scaledContext tells its deadline on the clock that its holder has: by then the wall
// clock is far behind that one.
type scaledContext struct {
	context.Context
	deadline time.Time
}

func (c *scaledContext) Deadline() (time.Time, bool) { return c.deadline, true }
