package workflow

import (
	"maps"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Item is one unit of data between nodes.
type Item struct {
	JSON   *value.Object
	Binary map[string]Binary
	// Paired are the items of the node's inputs from which this one came; nil if unknown.
	Paired []Paired
	// Error is set on items of an error output.
	Error string
}

// EmptyItem is the item {"json": {}} that n8n starts runs with.
func EmptyItem() Item { return Item{JSON: value.NewObject(0)} }

// WithFile are the item's files and one more, or another one of that name; the item's own
// map stays as it is.
func (it Item) WithFile(name string, f Binary) map[string]Binary {
	files := make(map[string]Binary, len(it.Binary)+1)
	maps.Copy(files, it.Binary)
	files[name] = f
	return files
}

// Paired points to an item of one of the node's inputs in the same node run.
type Paired struct {
	Item  int
	Input int
}

// PairedWithAll are n items of the first input as origins.
func PairedWithAll(n int) []Paired {
	out := make([]Paired, n)
	for i := range out {
		out[i].Item = i
	}
	return out
}

// Binary is a file that travels with an item. Small ones ride in Data (base64
// in JSON); larger ones are in the blob store under Ref.
type Binary struct {
	MimeType  string
	FileName  string
	Extension string
	FileType  string
	Size      int64 // bytes
	Data      []byte
	Ref       string
}

// Source says where the items of one input of a node run came from. The zero
// Source (Node "") is the start of the run.
type Source struct {
	Node   string
	Output int
	Run    int
}

// RunStatus is the state of one node run.
type RunStatus string

// The statuses of a node run.
const (
	RunPending   RunStatus = "pending"
	RunRunning   RunStatus = "running"
	RunCompleted RunStatus = "completed"
	RunFailed    RunStatus = "failed"
	RunSkipped   RunStatus = "skipped"
	RunCancelled RunStatus = "cancelled"
)

// NodeRun is one finished run of one node: what a checkpoint keeps.
type NodeRun struct {
	Node    string // name
	Index   int    // run index, from 0
	Status  RunStatus
	Outputs [][]Item // one slot per output; a nil slot fed nothing
	Sources []Source // one per input
	// State is what a node keeps for its own next run (loops); nil for most.
	State     *value.Object
	Error     *NodeError
	Attempts  int
	StartedAt time.Time
	Duration  time.Duration
	InItems   int
	OutItems  int
	InBytes   int
	OutBytes  int
	Usage     *TokenUsage
	CostMicro int64    // millionths of a US dollar
	Logs      []string // console.log of code nodes
	Sub       *SubRuns // of the workflows that it ran; nil if it ran none
	Pinned    bool     // the outputs came from pinData
}

// Given are the items of the first output that was given anything; of a nil run, none.
func (r *NodeRun) Given() []Item {
	if r == nil {
		return nil
	}
	for _, items := range r.Outputs {
		if len(items) > 0 {
			return items
		}
	}
	return nil
}

// NodeError is the failure of a node run, as tenants see it.
type NodeError struct {
	Code    fault.Code
	Message string
	Detail  string // a second line: what to do, or the other side's answer
	Item    int    // the item that failed, -1 if none in particular
	Line    int    // the line of a code node, 0 if none
	// Child is the run of another workflow whose failure this is; "" for a failure of its own.
	Child string
}

// SubRuns is what the workflows that a node run ran took, with all that they ran
// in turn. It comes beside the node run's own usage and cost, and is counted for
// the runs that it belongs to.
type SubRuns struct {
	Count     int   // of the node run itself
	Tokens    int64 // AI tokens
	CostMicro int64 // millionths of a US dollar
}

// TokenUsage is what AI calls of a node run used.
type TokenUsage struct {
	Model      string
	Prompt     int64
	Completion int64
	Total      int64
	Cached     int64
}

// Add adds the tokens of another call; the model stays.
func (u *TokenUsage) Add(o TokenUsage) {
	u.Prompt += o.Prompt
	u.Completion += o.Completion
	u.Total += o.Total
	u.Cached += o.Cached
}

// History is what has run so far in one execution; expressions and nodes read it.
type History interface {
	// Runs returns how often the node has run.
	Runs(node string) int
	// Run returns one run of a node, or nil.
	Run(node string, index int) *NodeRun
}

// Failed reports whether the run ended the workflow (a failure that the node's
// settings passed on counts as completed).
func (r *NodeRun) Failed() bool { return r.Status == RunFailed }
