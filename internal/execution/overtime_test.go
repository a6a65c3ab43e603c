package execution

import (
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

func TestTheTimeOfARunBeginsWithItsFirstAdvance(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	wf := func(limit float64) *workflow.Workflow {
		return &workflow.Workflow{Settings: workflow.Settings{ExecutionTimeout: limit}}
	}
	for name, c := range map[string]struct {
		control Control
		limit   float64
		now     time.Time
		want    bool
	}{
		"no limit":                  {Control{StartedAt: start}, 0, start.Add(time.Hour), false},
		"not begun":                 {Control{CreatedAt: start}, 10, start.Add(time.Hour), false},
		"in time":                   {Control{StartedAt: start}, 10, start.Add(9 * time.Second), false},
		"over":                      {Control{StartedAt: start}, 10, start.Add(10 * time.Second), true},
		"over, after a hand-over":   {Control{StartedAt: start, Generation: 3, Hops: 2, QueuedAt: start.Add(9 * time.Second)}, 10, start.Add(10 * time.Second), true},
		"resumed":                   {Control{StartedAt: start, TimedFrom: start.Add(time.Hour)}, 10, start.Add(time.Hour + 9*time.Second), false},
		"resumed, and over":         {Control{StartedAt: start, TimedFrom: start.Add(time.Hour)}, 10, start.Add(time.Hour + 10*time.Second), true},
		"resumed before it began":   {Control{StartedAt: start, TimedFrom: start.Add(-time.Hour)}, 10, start.Add(9 * time.Second), false},
		"longer than any run":       {Control{StartedAt: start}, 1e300, start.AddDate(100, 0, 0), false},
		"fractions of a second too": {Control{StartedAt: start}, 0.5, start.Add(500 * time.Millisecond), true},
	} {
		if got := overtime(c.control, wf(c.limit), c.now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
