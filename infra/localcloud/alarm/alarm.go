// Package alarm sets timers for moments rather than for durations.
package alarm

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// jump is how far time may move between reading it and setting a timer before the
// timer counts as wrong.
const jump = 20 * time.Millisecond

// At calls fn, in its own goroutine, when the clock reaches at. A test's clock may be
// advanced by an hour just between the reading of the time and the setting of a
// timer, which would then ring an hour late; At notices and sets it again.
func At(c clock.Clock, at time.Time, fn func()) clock.Timer {
	for {
		now := c.Now()
		t := c.AfterFunc(at.Sub(now), fn)
		if c.Now().Sub(now) < jump || !t.Stop() {
			return t
		}
	}
}
