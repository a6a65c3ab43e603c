package node

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Meter puts the budget before, and the usage log behind, calls of models that a node
// makes itself: those of connectors, and of audio, pictures and files.
type Meter interface {
	// Metered reserves the most that the call may use, has do make it, and settles at
	// what do says. Beside do's error it fails with AI_TOKEN_BUDGET_EXHAUSTED,
	// RUN_CAP_REACHED or WORKFLOW_CAP_REACHED before do is called.
	Metered(ctx context.Context, call ModelCall, do func(context.Context) (ModelUse, error)) (ModelCost, error)
}

// ModelCall is what is known of a call of a model before it is made.
type ModelCall struct {
	Tenant, WorkflowID, ExecutionID, NodeID string
	RunIndex, Item, Attempt                 int
	OwnKey                                  bool // the tenant's own credential
	Model                                   string
	Texts                                   []string // that are sent
	FileTokens                              int64    // the most that files take that are sent
	MaxTokens                               int64    // that the answer may have; 0: not set
	TokenFree                               bool     // paid by units alone
	Units                                   Units    // the most of them
	Timeout                                 time.Duration
}

// Units are what a model is paid for beside tokens, or instead of them: seconds of a
// recording, characters that are spoken, pictures of a size, requests.
type Units struct {
	Of    string // second, character, request, or image with size and quality: "image 1024x1024 hd"
	Count int64
}

// ModelUse is what a call used.
type ModelUse struct {
	// Answered: the model did its work. It is paid for, also where the answer is then
	// of no use.
	Answered bool
	Tokens   workflow.TokenUsage // none: the service did not say
	Units    Units               // none: the service did not say
	Texts    []string            // of the answer; they are counted where the service did not say
}

// ModelCost is what a call used and what that cost.
type ModelCost struct {
	Usage     workflow.TokenUsage
	CostMicro int64
}

// ModelCall is a call of a model for one item of the node run.
func (c *Call) ModelCall(item int) ModelCall {
	return ModelCall{
		Tenant: c.Run.Tenant, WorkflowID: c.Run.WorkflowID, ExecutionID: c.Run.ExecutionID,
		NodeID: c.Node.ID, RunIndex: c.RunIndex, Item: item, Attempt: c.Run.Attempt,
	}
}
