package usage

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// MeteredCalls puts the budget before, and the log behind, calls of models that nodes
// make themselves, by the rules of Metered.
type MeteredCalls struct {
	Counter TextCounter
	Meter   *Metered // whose budget, prices, clock and log count
}

var _ node.Meter = (*MeteredCalls)(nil)

// Metered implements node.Meter.
func (m *MeteredCalls) Metered(ctx context.Context, req node.ModelCall, do func(context.Context) (node.ModelUse, error)) (node.ModelCost, error) {
	if req.Timeout <= 0 {
		req.Timeout = defaultTimeout
	}
	c, err := m.Meter.begin(ctx, m.estimate(req))
	if err != nil {
		return node.ModelCost{}, err
	}
	defer c.lost() // a panic, or a goroutine that is ended
	began := m.Meter.Clock.Now()
	used, err := do(ctx)
	if err != nil && !used.Answered {
		c.failed(err)
		return node.ModelCost{}, err
	}
	tokens, units, counted := m.used(req, c.estimate, used)
	cost := c.settled(tokens, units, m.Meter.Clock.Since(began), counted)
	return node.ModelCost{Usage: tokens, CostMicro: cost}, err
}

func (m *MeteredCalls) estimate(req node.ModelCall) Estimate {
	u := workflow.TokenUsage{Model: req.Model}
	if !req.TokenFree {
		price, _ := m.Meter.Prices().Find(req.Model, m.Meter.Clock.Now())
		u.Prompt = m.Counter.Texts(req.Model, req.Texts) + req.FileTokens
		if u.Completion = req.MaxTokens; u.Completion <= 0 {
			u.Completion = price.MaxOutput
		}
		u.Total = u.Prompt + u.Completion
	}
	return m.Meter.priced(Estimate{
		Usage: u, Units: req.Units, OwnKey: req.OwnKey,
		Origin: Origin{
			Tenant: req.Tenant, WorkflowID: req.WorkflowID, ExecutionID: req.ExecutionID, NodeID: req.NodeID,
			RunIndex: req.RunIndex, Item: req.Item, Attempt: req.Attempt,
		},
	}, req.Timeout)
}

// used is what the call used by the service's figures, or by ours where it gave none.
func (m *MeteredCalls) used(req node.ModelCall, e Estimate, used node.ModelUse) (workflow.TokenUsage, node.Units, bool) {
	u, units, counted := used.Tokens, used.Units, false
	u.Model = req.Model
	if !req.TokenFree && u.Prompt == 0 && u.Completion == 0 {
		u.Prompt, u.Completion = e.Usage.Prompt, m.Counter.Texts(req.Model, used.Texts)
		counted = true
	}
	u.Total = max(u.Total, u.Prompt+u.Completion)
	if units.Count == 0 && req.Units.Count > 0 {
		units, counted = req.Units, true
	}
	return u, units, counted
}
