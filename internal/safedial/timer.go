package safedial

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// timer calls f after limit and returns what stops it.
func (d *Dialer) timer(limit time.Duration, f func()) (stop func()) {
	c := d.clock
	if _, manual := c.(*clock.Manual); !manual {
		c = clock.Real()
	}
	t := c.AfterFunc(limit, f)
	return func() { t.Stop() }
}
