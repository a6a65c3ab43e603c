// Package node is what a node type is: a spec (names, versions, parameters,
// family) and a function that runs it. Documentation, JSON schema and the
// catalogue come from the spec. Execute runs one step with all that n8n's node
// settings ask for.
package node

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/dedupe"
	"github.com/automatelanka/automatelanka/internal/pace"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Family says in which function a node runs.
type Family string

// The families. Pure nodes have no side effects and run inside advance.
const (
	Pure Family = "pure"
	HTTP Family = "http"
	AI   Family = "ai"
	Code Family = "code"
	Data Family = "data"
)

// Type is one node type. Run is called once per node run, with all its items; it
// must not change them, because other nodes see the same ones. A trigger without
// Run hands on the items that started the run. One n8n type may be several Types
// with different versions.
type Type struct {
	Spec Spec
	Run  func(ctx context.Context, c *Call) (Result, error)
	// Effect says what running the node again would do; nil for nodes without side effects.
	Effect func(c *Call) Effect
	// Poll asks a trigger's service what is new since the cursor that the poll before
	// gave; nil for all other types. Such a type's Run is for runs by hand: it gives
	// what the service has at present.
	Poll func(ctx context.Context, c *Call, cursor []byte) (Polled, error)
	// Family is the family of a node, where its parameters decide; nil: Spec.Family.
	Family func(n *workflow.Node) Family
	// Uses are the services that the type needs where it runs in the family Data, of all
	// that there are; nil for types that never do (see Doors).
	Uses func(all Services) Services
	// Outputs is how many outputs a node has, where its parameters decide (Switch);
	// nil: as many as Spec.Outputs.
	Outputs func(n *workflow.Node) int
}

// Effect classes a node run for the rule of the unknown outcome.
type Effect string

// Safe calls change nothing (GET); Keyed ones carry an idempotency key that the
// service honours; Unsafe ones would happen twice.
const (
	Safe   Effect = "safe"
	Keyed  Effect = "keyed"
	Unsafe Effect = "unsafe"
)

// Spec describes a node type to people and machines.
type Spec struct {
	Type     string    // n8n's name
	Versions []float64 // supported typeVersions, ascending
	// AnyVersion says that n8n has one class for all versions, which runs nodes of
	// versions that never were; workflows that a model wrote have them.
	AnyVersion  bool
	Name        string // display name
	Description string
	Group       string // trigger, transform, flow, output, ai
	Family      Family
	Trigger     bool
	Inputs      []string // names of the inputs; triggers have none
	Outputs     []string // names of the outputs, where they are fixed
	Credentials []string // credential types it can use
	Params      []Param
	// Tool says that AI nodes may use the node as a tool although it calls nothing;
	// those that do call may always be.
	Tool bool
	// Part are the resources that the type serves of one of which another type serves the
	// rest: a registry makes one of both.
	Part []string
	// ToolOf is the type that AI nodes run where they use this one as a tool: AsTool.
	ToolOf string
	// Load reads the parameters when they are first asked for, where there are too
	// many files of them to read all at start; nil: they are Params.
	Load func() []Param
}

// Parameters are the parameters, read if they were not.
func (s *Spec) Parameters() []Param {
	if s.Load != nil {
		return s.Load()
	}
	return s.Params
}

// Param is one parameter of a node type.
type Param struct {
	Name        string
	Type        string // string, number, boolean, options, collection, fixedCollection, json, filter, assignment, resourceLocator
	Required    bool
	Default     any
	Description string
	Options     []Option
	Fields      []Param          // of collections
	Show        map[string][]any // visible if each named parameter ("@version" for the version) has one of the values
}

// Option is one choice of an options parameter.
type Option struct {
	Value       string
	Name        string
	Description string
}

// Call is one run of a node: its parameters, its items and what it may use.
type Call struct {
	Workflow *workflow.Workflow
	Node     *workflow.Node
	Inputs   [][]workflow.Item
	Sources  []workflow.Source
	RunIndex int
	History  workflow.History
	Run      RunInfo
	Previous *value.Object // State of this node's previous run, nil in the first
	Services Services
	// Sub are the results of the workflows that the node run asked for, in its order;
	// nil before.
	Sub []SubResult
	// Partial is what the node run kept when it last asked for workflows (Result.Partial).
	Partial []byte

	env    *Env
	params *resolver
	stored atomic.Int32 // files that the node run has put into the store
}

// RunInfo is what a node may know of the execution it runs in.
type RunInfo struct {
	Tenant      string
	WorkflowID  string
	ExecutionID string
	Mode        string // manual, webhook, trigger
	ResumeURL   string
	Timezone    string // IANA name
	Now         time.Time
	Attempt     int        // from 1
	MaxFile     int64      // bytes that a file may have, by the tenant's plan; 0: DefaultMaxFile
	Tool        bool       // an AI agent runs the node as a tool: it cannot wait for people
	Calls       pace.Rates // how often services may be called, by the tenant's plan
}

// Result is what a node run gives.
type Result struct {
	Outputs [][]workflow.Item // nil: nothing at all, as if the node had not run
	State   *value.Object
	// Sources are further places that items may be paired with, numbered after the
	// node's own inputs: a loop gives items that came in at an earlier run.
	Sources []workflow.Source
	// Wait, if set, suspends the run after this node run; its outputs then count when it wakes.
	Wait *Wait
	// Respond, if set, answers the webhook that started the run.
	Respond *Response
	Usage   *workflow.TokenUsage
	// CostMicro is what the run cost in millionths of a US dollar, platform excluded.
	CostMicro int64
	Logs      []string
	// Ask, if set, asks for runs of other workflows first: the rest of the result
	// counts for nothing, and the node is run again when they have ended. A node that
	// pays for its work keeps it in Partial until then; it is kept over failures and
	// resumes too. Only nodes of the families Pure and AI may ask.
	Ask     *SubRuns
	Partial []byte
}

// Wait asks to go on later.
type Wait struct {
	Until   time.Time // zero: only by the resume URL
	Webhook bool      // an HTTP call of the resume URL wakes it
}

// Response is the answer to the HTTP request that started a run.
type Response struct {
	Status  int
	Headers map[string]string
	Body    []byte
}

// Services are the doors to the outside that a node may use. Those that a
// function does not offer are nil, and Execute refuses the node types that need them.
type Services struct {
	HTTP        HTTPDoer
	AI          AIProvider
	Embedder    Embedder
	Meter       Meter
	Tokenizer   Tokenizer
	Code        CodeRunner
	Credentials CredentialSource
	Blobs       Blobs
	Postgres    SQLDriver
	MySQL       SQLDriver
	Redis       RedisDriver
	Mail        Mailer
	Mailboxes   Mailboxes
	Remotes     Remotes
	Tables      Tables
	PDF         PDFReader
	Pictures    Pictures
	Files       FileSpace
	DataTables  *datatable.Desk
	Seen        *dedupe.Desk
}
