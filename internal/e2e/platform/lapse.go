package platform

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// The steps in which Lapse lets time pass: one each millisecond at most.
const (
	idleStep = 50 * time.Millisecond
	busyStep = 5 * time.Millisecond
)

// Lapse lets the time of a manual clock pass, some fifty times as fast as real time,
// until it is stopped. While functions run (busy) it goes slower, and a machine that is
// slow makes its steps rarer: on a clock that merely ran fast, as Scaled does, a busy
// machine would time functions out that do their work.
func Lapse(c *clock.Manual, busy func() bool) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	tick := clock.Real().NewTicker(time.Millisecond)
	go func() {
		defer close(ended)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.Chan():
			}
			if busy() {
				c.Advance(busyStep)
			} else {
				c.Advance(idleStep)
			}
		}
	}()
	return func() { close(done); <-ended }
}
