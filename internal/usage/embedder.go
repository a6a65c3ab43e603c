package usage

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// TextCounter counts the tokens of texts, by an upper bound where the model's
// tokenizer is not known.
type TextCounter interface {
	Texts(model string, texts []string) int64
}

// MeteredEmbedder is an embedding service with the budget before it and the log
// behind it, by the rules of Metered: an embedding uses prompt tokens alone, so
// its estimate is the count of its texts.
type MeteredEmbedder struct {
	Embedder node.Embedder // makes the call and fills the reply's usage
	Counter  TextCounter
	Meter    *Metered // whose budget, prices, clock and log count
}

var _ node.Embedder = (*MeteredEmbedder)(nil)

// Embed implements node.Embedder. Beside the service's faults it fails with
// AI_TOKEN_BUDGET_EXHAUSTED, RUN_CAP_REACHED or WORKFLOW_CAP_REACHED before
// anything is sent.
func (e *MeteredEmbedder) Embed(ctx context.Context, req node.EmbedRequest) (node.EmbedReply, error) {
	if req.Timeout <= 0 {
		req.Timeout = defaultTimeout
	}
	c, err := e.Meter.begin(ctx, e.estimate(req))
	if err != nil {
		return node.EmbedReply{}, err
	}
	defer c.lost() // a panic, or a goroutine that is ended
	reply, err := e.Embedder.Embed(ctx, req)
	if err != nil {
		c.failed(err)
		return node.EmbedReply{}, err
	}
	reply.CostMicro = c.settled(reply.Usage, node.Units{}, reply.Latency, reply.Counted)
	return reply, nil
}

func (e *MeteredEmbedder) estimate(req node.EmbedRequest) Estimate {
	tokens := e.Counter.Texts(req.Model, req.Texts)
	return e.Meter.priced(Estimate{
		Usage: workflow.TokenUsage{Model: req.Model, Prompt: tokens, Total: tokens}, OwnKey: req.APIKey != "" || req.BaseURL != "",
		Origin: Origin{
			Tenant: req.Tenant, WorkflowID: req.WorkflowID, ExecutionID: req.ExecutionID, NodeID: req.NodeID,
			RunIndex: req.RunIndex, Item: req.Item, Attempt: req.Attempt,
		},
	}, req.Timeout)
}
