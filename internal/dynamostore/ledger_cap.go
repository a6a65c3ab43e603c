package dynamostore

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// counter is one of the counters that a reservation draws on.
type counter struct {
	key   key
	draw  expression
	never bool  // the call alone is more than the limit
	full  error // what a refusal says
}

// caps are the caps of a workflow as it is now.
func (l *Ledger) caps(ctx context.Context, t, workflowID string) (workflow.Caps, error) {
	if l.Workflows == nil || workflowID == "" {
		return workflow.Caps{}, nil
	}
	wf, _, err := l.Workflows.Workflow(ctx, ident.Tenant(t), ident.Workflow(workflowID), 0)
	if fault.Is(err, fault.NotFound) { // deleted; its runs go on
		return workflow.Caps{}, nil
	}
	if err != nil {
		return workflow.Caps{}, err
	}
	return wf.Settings.Caps, nil
}

// cappedCounters are those of the run, of the runs above it, and of the workflow's
// month. They count whether there is a cap or not: one may be set later.
func (l *Ledger) cappedCounters(ctx context.Context, r usage.Reservation) ([]counter, error) {
	o := r.Estimate.Origin
	t := ident.Tenant(o.Tenant)
	caps, err := l.caps(ctx, o.Tenant, o.WorkflowID)
	if err != nil {
		return nil, err
	}
	run := counter{key: runUsageKey(t, ident.Execution(o.ExecutionID)), full: capReached(r, fault.CodeRunCap,
		"The run has reached a cap of its workflow ("+capText(caps.RunTokens, caps.RunCostMicro, "a run")+")", "Raise the cap, then resume.")}
	month := counter{key: workflowUsageKey(t, r.Period, ident.Workflow(o.WorkflowID)), full: capReached(r, fault.CodeWorkflowCap,
		"The workflow has reached its cap of this month ("+capText(caps.MonthTokens, caps.MonthCostMicro, "a month")+")", "Raise the cap, then resume.")}
	run.take(r.Estimate, caps.RunTokens, caps.RunCostMicro)
	month.take(r.Estimate, caps.MonthTokens, caps.MonthCostMicro)
	out := []counter{run, month}
	for _, above := range r.Estimate.Above {
		c, err := l.aboveCounter(ctx, r, above)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// aboveCounter is that of a run above the call's.
func (l *Ledger) aboveCounter(ctx context.Context, r usage.Reservation, above usage.Above) (counter, error) {
	caps, err := l.caps(ctx, r.Estimate.Origin.Tenant, above.WorkflowID)
	c := counter{key: runUsageKey(ident.Tenant(r.Estimate.Origin.Tenant), ident.Execution(above.ExecutionID)), full: capReached(r, fault.CodeRunCap,
		"The run "+above.ExecutionID+", which this one is part of, has reached with all that it started a cap of its workflow "+
			above.WorkflowID+" ("+capText(caps.RunTokens, caps.RunCostMicro, "a run")+")", "Raise that cap, then resume that run.")}
	c.take(r.Estimate, caps.RunTokens, caps.RunCostMicro)
	return c, err
}

func capReached(r usage.Reservation, code fault.Code, what, then string) error {
	return fault.New(fault.LimitExceeded, code, "%s: this call may use up to %d tokens and %s USD. %s",
		what, r.Estimate.Usage.Total, usage.Dollars(r.Estimate.CostMicro), then)
}

func capText(tokens, costMicro int64, of string) string {
	text := ""
	if tokens > 0 {
		text = strconv.FormatInt(tokens, 10) + " tokens"
	}
	if costMicro > 0 {
		if text != "" {
			text += " and "
		}
		text += usage.Dollars(costMicro) + " USD"
	}
	return text + " " + of
}

// take draws the estimate, within the caps that are set.
func (c *counter) take(e usage.Estimate, tokens, costMicro int64) {
	c.draw.Add("cm", e.Usage.Total)
	c.draw.Add("cc", e.CostMicro)
	c.within("cm", tokens, e.Usage.Total)
	c.within("cc", costMicro, e.CostMicro)
}

func (c *counter) within(name string, limit, amount int64) {
	if limit <= 0 {
		return
	}
	c.never = c.never || amount > limit
	c.draw.If("attribute_not_exists(" + name + ") OR " + name + " <= :room_" + name)
	c.draw.value(":room_"+name, num(limit-amount))
}

// budgetCounter is the tenant's month; a limit below 0 is none.
func budgetCounter(r usage.Reservation, limit int64) counter {
	t, total := ident.Tenant(r.Estimate.Origin.Tenant), r.Estimate.Usage.Total
	c := counter{key: tokensKey(t, r.Period), full: exhausted(limit, r.Estimate)}
	c.draw.Add("cm", total)
	if limit >= 0 {
		c.never = total > limit
		c.draw.If("attribute_not_exists(cm) OR cm <= :room")
		c.draw.value(":room", num(limit-total))
	}
	return c
}

func exhausted(limit int64, e usage.Estimate) error {
	f := fault.New(fault.LimitExceeded, fault.CodeAIBudget,
		"The plan's %d AI tokens of this month do not hold this call, which may use up to %d. Raise the budget or use a credential of your own, then resume.", limit, e.Usage.Total)
	f.RetryAfter = nextMonth(e.At).Sub(e.At)
	return f
}

// correct brings the counters from what a reservation set aside to what became of it.
func (l *Ledger) correct(r usage.Reservation, c change) []types.TransactWriteItem {
	o := r.Estimate.Origin
	t := ident.Tenant(o.Tenant)
	var capped expression
	capped.Add("cm", c.committed)
	capped.Add("cc", c.committedCost)
	writes := []types.TransactWriteItem{
		l.updateWrite(runUsageKey(t, ident.Execution(o.ExecutionID)), capped),
		l.updateWrite(workflowUsageKey(t, r.Period, ident.Workflow(o.WorkflowID)), capped),
	}
	for _, above := range r.Estimate.Above {
		writes = append(writes, l.updateWrite(runUsageKey(t, ident.Execution(above.ExecutionID)), capped))
	}
	if r.Estimate.OwnKey {
		return writes
	}
	var budget expression
	budget.Add("cm", c.committed)
	budget.Add("us", c.used)
	budget.Add("co", c.cost)
	return append(writes, l.updateWrite(tokensKey(t, r.Period), budget))
}

// WorkflowMonth reads what a workflow's AI calls of a month have committed.
func (l *Ledger) WorkflowMonth(ctx context.Context, t ident.Tenant, period string, w ident.Workflow) (usage.Drawn, error) {
	item, err := l.get(ctx, workflowUsageKey(t, period, w))
	return usage.Drawn{Tokens: getNum(item, "cm"), CostMicro: getNum(item, "cc")}, err
}
