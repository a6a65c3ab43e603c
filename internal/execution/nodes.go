package execution

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// Nodes runs steps with the node types and services that a function has.
type Nodes interface {
	// Family says in which function the step's node runs; what is unknown is Pure
	// and fails there.
	Family(step walk.Step) node.Family
	// Safe reports whether running the step again does no harm.
	Safe(s Stepping) bool
	// Execute runs the step. The error, if any, is the failure of the node run.
	Execute(ctx context.Context, s Stepping) Stepped
	// Retry says whether and when a failed attempt is repeated; safe ones may be
	// whatever became of them.
	Retry(s Stepping, out Stepped, safe bool) (again bool, delay time.Duration)
}

// Stepping is one step with all that its node may know.
type Stepping struct {
	Step     walk.Step
	Workflow *workflow.Workflow
	History  workflow.History
	Info     node.RunInfo
	// Sub and Partial: see node.Result's Ask and Partial.
	Sub     []node.SubResult
	Partial []byte
}

// Stepped is what became of a step.
type Stepped struct {
	Run     workflow.NodeRun
	Wait    *node.Wait
	Respond *node.Response
	// Err is why the node failed, also where its settings let the workflow go on;
	// Soft is set if the node gave error items without failing.
	Err  *fault.Error
	Soft bool
	// Ask, if set, is for runs of other workflows; the step has not ended.
	Ask     *node.SubRuns
	Partial []byte
}
