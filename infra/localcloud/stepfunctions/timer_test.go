package stepfunctions

import (
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// lateClock moves on by itself between the moment a duration is computed and the
// making of its timer, as a test that advances a clock may do.
type lateClock struct {
	*clock.Manual
	moves int
}

func (c *lateClock) NewTimer(d time.Duration) clock.Timer {
	if c.moves > 0 {
		c.moves--
		c.Advance(20 * time.Second)
	}
	return c.Manual.NewTimer(d)
}

func TestTimersRingInTimeThoughTheClockMovesMeanwhile(t *testing.T) {
	c := &lateClock{Manual: clock.NewManual(epoch), moves: 2}
	rang := make(chan *timer, 10)
	ts := newTimers(c, func(t *timer) { rang <- t })
	ts.add(&timer{at: epoch.Add(60 * time.Second), token: 1})
	ts.start()
	defer ts.stop()
	if err := c.BlockUntilContext(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	c.Advance(20 * time.Second) // 60 in all
	select {
	case x := <-rang:
		if x.token != 1 {
			t.Errorf("timer %d rang", x.token)
		}
	case <-clock.Real().After(clocktest.Hang):
		t.Fatal("the timer did not ring")
	}
}

func TestTimersRingInOrderAndNotAfterRemoval(t *testing.T) {
	c := clock.NewManual(epoch)
	rang := make(chan uint64, 10)
	ts := newTimers(c, func(t *timer) { rang <- t.token })
	var all []*timer
	for i := range uint64(5) {
		x := &timer{at: epoch.Add(time.Duration(5-i) * time.Second), token: i}
		all = append(all, x)
		ts.add(x)
	}
	ts.remove(all[2], all[2])
	ts.start()
	defer ts.stop()
	for _, want := range []uint64{4, 3, 1, 0} {
		if err := c.BlockUntilContext(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Second)
		if want == 1 {
			if err := c.BlockUntilContext(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			c.Advance(time.Second) // the removed one's second
		}
		if got := <-rang; got != want {
			t.Fatalf("timer %d rang, wanted %d", got, want)
		}
	}
}
