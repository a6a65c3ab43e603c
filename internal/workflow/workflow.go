// Package workflow is what a workflow is: nodes and connections in n8n's JSON
// format, the items that flow between nodes, and the history of a run.
package workflow

import (
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Workflow is one version of a workflow. It is not changed after parsing.
type Workflow struct {
	ID          string
	Name        string
	Active      bool
	Nodes       []*Node // in the order of the JSON
	Connections Connections
	Settings    Settings
	PinData     map[string][]Item // by node name; used in test runs only
	StaticData  *value.Object
	Raw         *value.Object // the JSON as it came, unknown fields included

	byName   map[string]*Node
	incoming map[string][][]Origin
	problems []fault.Field
}

// Node is one step of a workflow.
type Node struct {
	ID               string
	Name             string // unique in the workflow; connections and expressions refer to it
	Type             string // n8n's name, for example n8n-nodes-base.httpRequest
	TypeVersion      float64
	Position         [2]float64
	Parameters       *value.Object
	Credentials      map[string]CredentialRef // by credential type
	Disabled         bool
	OnError          OnError
	RetryOnFail      bool
	MaxTries         int // 0: not set
	WaitBetweenTries int // milliseconds; -1: not set
	ExecuteOnce      bool
	AlwaysOutputData bool
	WebhookID        string
	Notes            string
	Raw              *value.Object // the node's JSON, unknown fields included
}

// CredentialRef names a credential as the workflow's author chose it.
type CredentialRef struct {
	ID   string
	Name string
}

// OnError says what a node's failure does.
type OnError string

// The three ways. The old continueOnFail is ContinueRegular.
const (
	OnErrorStop            OnError = "stopWorkflow"
	OnErrorContinueRegular OnError = "continueRegularOutput"
	OnErrorContinueError   OnError = "continueErrorOutput"
)

// Connections leads from a node's name, connection type ("main", "ai_tool", …)
// and output number to the inputs that it feeds.
type Connections map[string]map[string][][]Target

// Target is one end of a connection: an input of a node.
type Target struct {
	Node  string
	Type  string // connection type at the target, "main" for data
	Index int    // input number
}

// Settings are the workflow's own settings; zero values mean not set.
type Settings struct {
	ExecutionOrder   string  // "v1", or "" and "v0" for the legacy order
	Timezone         string  // IANA name, or "" and "DEFAULT" for the tenant's
	ExecutionTimeout float64 // seconds that a run may take, waits included; 0 for none
	ErrorWorkflow    string
	CallerPolicy     string // which workflows may run it; "none" for none
	Parallel         bool   // "parallelBranches": independent branches may run at the same time
	Caps             Caps
}

// Node returns the node of that name, or nil.
func (w *Workflow) Node(name string) *Node { return w.byName[name] }
