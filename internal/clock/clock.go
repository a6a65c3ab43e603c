// Package clock is the one door through which time enters the program.
//
// Everything that waits, expires or stamps takes a Clock. Production uses Real,
// the local platform may run Scaled (make dev --clock-speed), and tests drive a
// Manual clock, so that no test ever sleeps. A lint rule bans time.Now,
// time.Sleep and time.After everywhere else.
package clock

import (
	"context"
	"time"

	"github.com/jonboulle/clockwork"
)

// Clock tells the time and makes timers. It is clockwork's interface.
type Clock = clockwork.Clock

// Timer is a timer made by a Clock.
type Timer = clockwork.Timer

// Manual is a clock that moves only when a test advances it.
type Manual = clockwork.FakeClock

// Real returns the wall clock.
func Real() Clock { return wall{clockwork.NewRealClock()} }

// wall is the wall clock and nothing else: its times have no reading of the monotonic
// clock, which Go would compare and subtract by. That one may stand still while a
// function's instance is frozen, and leases, cached limits and tokens would outlive
// their time by as long.
type wall struct{ clockwork.Clock }

func (w wall) Now() time.Time                  { return w.Clock.Now().Round(0) }
func (w wall) Since(t time.Time) time.Duration { return w.Now().Sub(t) }
func (w wall) Until(t time.Time) time.Duration { return t.Sub(w.Now()) }

// NewManual returns a clock that stands at start until it is advanced.
func NewManual(start time.Time) *Manual { return clockwork.NewFakeClockAt(start) }

// Sleep waits for d on c, or until ctx ends; it returns ctx's error in that case.
func Sleep(ctx context.Context, c Clock, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := c.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.Chan():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
