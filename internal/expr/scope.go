package expr

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Scope is all that the expressions of one node run may see.
type Scope struct {
	Workflow *workflow.Workflow
	Node     *workflow.Node
	Inputs   [][]workflow.Item
	Sources  []workflow.Source
	RunIndex int
	History  workflow.History
	// ExecutionID, Mode (manual, webhook, trigger) and ResumeURL are $execution's.
	ExecutionID, Mode, ResumeURL string
	Timezone                     string // IANA name
	Now                          time.Time
	Vars                         *value.Object
	// Pinned are the nodes pinned in this test run; expressions may refer to them
	// although they have not run. Nil outside test runs.
	Pinned map[string][]workflow.Item
	// Extra are variables that only some parameters have: $response, $request and
	// $pageCount while an HTTP request goes through pages.
	Extra map[string]any
	// Args are what a model gave for the parameters of a tool: $fromAI. Nil: they are
	// looked for in the item.
	Args *value.Object
	// CustomData keeps what $execution.customData sets; nil drops it.
	CustomData *value.Object
}
