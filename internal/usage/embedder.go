package usage

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/ident"
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
	c := &call{m: e.Meter, ctx: context.WithoutCancel(ctx), estimate: e.estimate(req)}
	var err error
	if c.reservation, err = e.Meter.Budget.Reserve(ctx, c.estimate); err != nil {
		c.unreserved(err)
		return node.EmbedReply{}, err
	}
	if err := c.late(); err != nil {
		return node.EmbedReply{}, err
	}
	defer c.lost() // a panic, or a goroutine that is ended
	reply, err := e.Embedder.Embed(ctx, req)
	if err != nil {
		c.failed(err)
		return node.EmbedReply{}, err
	}
	reply.CostMicro = c.settled(reply.Usage, reply.Latency, reply.Counted)
	return reply, nil
}

func (e *MeteredEmbedder) estimate(req node.EmbedRequest) Estimate {
	now := e.Meter.Clock.Now()
	tokens := e.Counter.Texts(req.Model, req.Texts)
	u := workflow.TokenUsage{Model: req.Model, Prompt: tokens, Total: tokens}
	cost, _ := e.Meter.Prices().Cost(u, now)
	return Estimate{
		ID: ident.New("rsv", now), Usage: u, CostMicro: cost, OwnKey: req.APIKey != "" || req.BaseURL != "",
		Origin: Origin{
			Tenant: req.Tenant, WorkflowID: req.WorkflowID, ExecutionID: req.ExecutionID, NodeID: req.NodeID,
			RunIndex: req.RunIndex, Item: req.Item, Attempt: req.Attempt,
		},
		At: now, Expires: now.Add(req.Timeout + grace),
	}
}
