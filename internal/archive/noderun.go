package archive

import (
	"encoding/json"

	"github.com/automatelanka/automatelanka/internal/stamp"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// exportedNode is a node run in an export.
type exportedNode struct {
	Node       string               `json:"node"`
	Index      int                  `json:"runIndex"`
	Status     workflow.RunStatus   `json:"status"`
	Attempts   int                  `json:"attempts"`
	StartedAt  string               `json:"startedAt"`
	DurationMs float64              `json:"durationMs"`
	Usage      *workflow.TokenUsage `json:"tokenUsage,omitempty"`
	CostMicro  int64                `json:"costMicroUsd,omitempty"`
	Error      *workflow.NodeError  `json:"error,omitempty"`
	Logs       []string             `json:"logs,omitempty"`
	Outputs    []json.RawMessage    `json:"outputs"` // items in n8n's terms; null where the output fed nothing
}

func nodeRun(r *workflow.NodeRun) (json.RawMessage, error) {
	x := exportedNode{
		Node: r.Node, Index: r.Index, Status: r.Status, Attempts: r.Attempts, StartedAt: stamp.Of(r.StartedAt),
		DurationMs: float64(r.Duration.Microseconds()) / 1000, Usage: r.Usage, CostMicro: r.CostMicro, Error: r.Error, Logs: r.Logs,
		Outputs: []json.RawMessage{},
	}
	for _, items := range r.Outputs {
		if items == nil {
			x.Outputs = append(x.Outputs, json.RawMessage("null"))
			continue
		}
		x.Outputs = append(x.Outputs, workflow.AppendItems(nil, items))
	}
	return stamp.Marshal(x)
}
