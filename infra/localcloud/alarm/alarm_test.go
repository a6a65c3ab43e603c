package alarm_test

import (
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/alarm"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// jumping advances once, after the time was read for the first time.
type jumping struct {
	*clock.Manual
	by time.Duration
}

func (j *jumping) Now() time.Time {
	now := j.Manual.Now()
	j.Manual.Advance(j.by)
	j.by = 0
	return now
}

func TestTimeJumps(t *testing.T) {
	for by, more := range map[time.Duration]time.Duration{0: time.Minute, 40 * time.Second: 20 * time.Second, time.Hour: 0} {
		manual := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
		rang := make(chan struct{})
		alarm.At(&jumping{manual, by}, manual.Now().Add(time.Minute), func() { close(rang) })
		manual.Advance(more)
		select {
		case <-rang:
		case <-clock.Real().After(clocktest.Hang):
			t.Errorf("after a jump of %s the alarm did not ring at its time", by)
		}
	}
}
