package clock

import (
	"context"
	"sync"
	"time"
)

// manualTimeout is WithTimeout on a clock that a test advances. The one of clockwork
// waits in Err until the context has ended, and never lets its timer go.
func manualTimeout(parent context.Context, c *Manual, d time.Duration, deadline time.Time) (context.Context, context.CancelFunc) {
	x := &manualContext{Context: parent, deadline: deadline, done: make(chan struct{})}
	timer := c.AfterFunc(d, func() { x.end(context.DeadlineExceeded) })
	stop := context.AfterFunc(parent, func() { x.end(parent.Err()) })
	return x, func() {
		timer.Stop()
		stop()
		x.end(context.Canceled)
	}
}

type manualContext struct {
	context.Context // the parent, for its values
	deadline        time.Time
	done            chan struct{}

	mu  sync.Mutex
	err error
}

func (x *manualContext) end(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err == nil {
		x.err = err
		close(x.done)
	}
}

func (x *manualContext) Deadline() (time.Time, bool) { return x.deadline, true }

func (x *manualContext) Done() <-chan struct{} { return x.done }

func (x *manualContext) Err() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.err
}
