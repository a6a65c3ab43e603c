package execution

import (
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// platformCost is what the run took of the platform itself since it began or was
// last resumed: each ending adds its part.
func (t *turn) platformCost() int64 {
	if t.Platform == nil || t.state == nil {
		return 0
	}
	from := max(t.control.ResumedAt, 1)
	w := usage.Work{Machines: t.guard.Generation - from + 1}
	history := t.state.walker.History()
	for _, n := range t.state.wf.Nodes {
		family := t.Nodes.Family(walk.Step{Node: n})
		for i := range history.Runs(n.Name) {
			run := history.Run(n.Name, i)
			if run == nil || run.Pinned || t.control.ResumedAt > 0 && run.StartedAt.Before(t.control.QueuedAt) {
				continue
			}
			if family == node.Pure {
				if run.Sub == nil { // what it waited for is the sub-workflows' own cost
					w.Pure += run.Duration
				}
				continue
			}
			w.Tasks = append(w.Tasks, usage.Task{Family: string(family), Attempts: run.Attempts, Duration: run.Duration})
		}
	}
	return t.Platform.Cost(w)
}
