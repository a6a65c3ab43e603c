package clock_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// TestRealTimesAreOfTheWallClockAlone: what the process noted before its instance was
// frozen is compared by the wall clock, which goes on meanwhile, and not by a
// monotonic one, which may have stood still.
func TestRealTimesAreOfTheWallClockAlone(t *testing.T) {
	now := clock.Real().Now()
	if strings.Contains(now.String(), "m=") {
		t.Fatalf("%s has a reading of the monotonic clock", now)
	}
	// As after a thaw: the wall clock is ahead of what the process has lived through.
	until := now.Add(-time.Minute)
	if clock.Real().Until(until) > -time.Minute || clock.Real().Since(until) < time.Minute {
		t.Errorf("%s until a minute ago", clock.Real().Until(until))
	}
}

// TestTimeoutsRunOnTheScaledClock: at speed 60 a minute's timeout ends after a second,
// and who asks when, asks the same clock.
func TestTimeoutsRunOnTheScaledClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.Scaled(60)
		time.Sleep(time.Minute) // the scaled clock is an hour ahead by now
		began := time.Now()
		ctx, cancel := clock.WithTimeout(t.Context(), c, time.Minute)
		defer cancel()
		end, ok := ctx.Deadline()
		if left := c.Until(end); !ok || left != time.Minute {
			t.Errorf("%s are left", left)
		}
		inner, stop := clock.WithTimeout(ctx, c, time.Hour)
		defer stop()
		if end, _ := inner.Deadline(); c.Until(end) != time.Minute {
			t.Errorf("a context within has %s", c.Until(end))
		}
		<-inner.Done()
		if took := time.Since(began); took != time.Second {
			t.Errorf("it ended after %s of real time", took)
		}
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) || !errors.Is(inner.Err(), context.DeadlineExceeded) {
			t.Errorf("%v, %v", ctx.Err(), inner.Err())
		}
	})
}

// TestTimeoutOfAScaledClockEndsWithItsParent: a real deadline around it counts too.
func TestTimeoutOfAScaledClockEndsWithItsParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.Scaled(60)
		time.Sleep(time.Minute)
		parent, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		began := time.Now()
		ctx, cancel := clock.WithTimeout(parent, c, time.Hour)
		defer cancel()
		if end, _ := ctx.Deadline(); c.Until(end) != time.Hour {
			t.Errorf("%s are left", c.Until(end))
		}
		<-ctx.Done()
		if took := time.Since(began); took != time.Second {
			t.Errorf("it ended after %s", took)
		}
	})
}

// TestTimeoutOfAManualClock ends when the clock is advanced, by a cancel, and with its
// parent; until then it has no error, and asking for it does not wait.
func TestTimeoutOfAManualClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for want, end := range map[error]func(c *clock.Manual, own, parent context.CancelFunc){
			context.DeadlineExceeded: func(c *clock.Manual, _, _ context.CancelFunc) { c.Advance(time.Minute) },
			context.Canceled:         func(_ *clock.Manual, own, _ context.CancelFunc) { own() },
			nil:                      func(c *clock.Manual, _, _ context.CancelFunc) { c.Advance(time.Minute - 1) },
		} {
			c := clock.NewManual(start)
			parent, stop := context.WithCancel(t.Context())
			ctx, cancel := clock.WithTimeout(parent, c, time.Minute)
			inner, done := context.WithCancel(ctx)
			if at, ok := ctx.Deadline(); !ok || !at.Equal(start.Add(time.Minute)) || ctx.Err() != nil || inner.Err() != nil {
				t.Errorf("it ends at %v, and is %v", at, ctx.Err())
			}
			end(c, cancel, stop)
			synctest.Wait()
			if !errors.Is(ctx.Err(), want) || !errors.Is(inner.Err(), want) {
				t.Errorf("%v, and within %v; want %v", ctx.Err(), inner.Err(), want)
			}
			stop()
			<-ctx.Done()
			<-inner.Done()
			cancel()
			done()
		}
	})
}
