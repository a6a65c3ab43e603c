package execution

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// deadlineOf is when the execution's time is up by its workflow's setting
// executionTimeout; zero if it has none. The time runs from the first advance, or
// from the last resume by somebody, through waits, hand-overs and repairs. (In n8n
// each wait begins it anew, so that a loop with a wait has no end.)
func deadlineOf(c Control, wf *workflow.Workflow) time.Time {
	from := c.StartedAt
	if c.TimedFrom.After(from) {
		from = c.TimedFrom
	}
	limit := wf.Settings.ExecutionTimeout
	if limit <= 0 || limit > longestWait.Seconds() || from.IsZero() {
		return time.Time{}
	}
	return from.Add(time.Duration(limit * float64(time.Second)))
}

// overtime reports whether nothing of the execution may start any more. A node that
// runs is not interrupted: what it does to others would be of unknown outcome. n8n's
// timeout "takes effect after the current node finishes", too. Source: n8n's
// documentation, "Configure workflow timeouts".
func overtime(c Control, wf *workflow.Workflow, now time.Time) bool {
	d := deadlineOf(c, wf)
	return !d.IsZero() && !now.Before(d)
}

// timedOut ends an execution whose time is up.
func (t *turn) timedOut(ctx context.Context) (Directive, error) {
	return t.fail(ctx, &Failure{
		Code: fault.CodeExecutionTimeout,
		Message: "The execution ran longer than the " + value.FormatNumber(t.state.wf.Settings.ExecutionTimeout) +
			" seconds that its workflow allows (settings, executionTimeout). Raise the limit, then resume.",
	})
}

// untilDeadline is the time, or the execution's deadline if that comes first.
func (t *turn) untilDeadline(at time.Time) time.Time {
	if d := deadlineOf(t.control, t.state.wf); !d.IsZero() && d.Before(at) {
		return d
	}
	return at
}
