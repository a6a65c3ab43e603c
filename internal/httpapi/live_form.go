package httpapi

import (
	"encoding/json"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/live"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// LiveForms writes live events in the forms of the API's answers.
type LiveForms struct{ Clock clock.Clock }

var _ live.Forms = LiveForms{}

// executionEvent tells how an execution stands.
type executionEvent struct {
	Type        string          `json:"type"`
	Version     int64           `json:"version"`
	ExecutionID ident.Execution `json:"executionId"`
	CancelAsked bool            `json:"cancelAsked,omitempty"`
	Execution
}

// nodeEvent tells how one run of a node stands. Its type is the event's; the node's
// is nodeType.
type nodeEvent struct {
	Type        string          `json:"type"`
	Version     int64           `json:"version"`
	ExecutionID ident.Execution `json:"executionId"`
	WorkflowID  ident.Workflow  `json:"workflowId"`
	NodeType    string          `json:"nodeType"`
	NodeRow
}

// Execution writes execution.updated.
func (f LiveForms) Execution(c execution.Control, version int64) ([]byte, error) {
	return json.Marshal(executionEvent{"execution.updated", version, c.ID, c.CancelAsked, executionOf(c, f.Clock.Now())})
}

// Node writes node.updated: the node's row without what it printed and what the
// other side answered, which may be data.
func (f LiveForms) Node(wf *workflow.Workflow, c execution.Control, n live.Node) ([]byte, error) {
	var row NodeRow
	switch {
	case n.Ended != nil:
		row = rowOf(wf, *n.Ended)
	case n.Claim != nil:
		row = openRow(wf, c, n.Seq)
	default:
		row = retryRow(wf, c, n.Seq)
	}
	row.Logs = nil
	if row.Error != nil {
		row.Error.Detail = ""
	}
	return json.Marshal(nodeEvent{"node.updated", n.Version, c.ID, c.WorkflowID, row.Type, row})
}
