package dynamostore

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/clock"
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

// caps are the caps of the workflow as it is now.
func (l *Ledger) caps(ctx context.Context, e usage.Estimate) (workflow.Caps, error) {
	if l.Workflows == nil || e.Origin.WorkflowID == "" {
		return workflow.Caps{}, nil
	}
	wf, _, err := l.Workflows.Workflow(ctx, ident.Tenant(e.Origin.Tenant), ident.Workflow(e.Origin.WorkflowID), 0)
	if fault.Is(err, fault.NotFound) { // deleted; its runs go on
		return workflow.Caps{}, nil
	}
	if err != nil {
		return workflow.Caps{}, err
	}
	return wf.Settings.Caps, nil
}

// cappedCounters are those of the run and of the workflow's month. They count
// whether there is a cap or not: one may be set later.
func cappedCounters(r usage.Reservation, caps workflow.Caps) []counter {
	o := r.Estimate.Origin
	t := ident.Tenant(o.Tenant)
	run := counter{key: runUsageKey(t, ident.Execution(o.ExecutionID)), full: fault.New(fault.LimitExceeded, fault.CodeRunCap,
		"The run has reached a cap of its workflow (%s): this call may use up to %d tokens and %s USD. Raise the cap, then resume.",
		capText(caps.RunTokens, caps.RunCostMicro, "a run"), r.Estimate.Usage.Total, usage.Dollars(r.Estimate.CostMicro))}
	month := counter{key: workflowUsageKey(t, r.Period, ident.Workflow(o.WorkflowID)), full: fault.New(fault.LimitExceeded, fault.CodeWorkflowCap,
		"The workflow has reached its cap of this month (%s): this call may use up to %d tokens and %s USD. Raise the cap, then resume.",
		capText(caps.MonthTokens, caps.MonthCostMicro, "a month"), r.Estimate.Usage.Total, usage.Dollars(r.Estimate.CostMicro))}
	run.take(r.Estimate, caps.RunTokens, caps.RunCostMicro)
	month.take(r.Estimate, caps.MonthTokens, caps.MonthCostMicro)
	return []counter{run, month}
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
	if r.Estimate.OwnKey {
		return writes
	}
	var budget expression
	budget.Add("cm", c.committed)
	budget.Add("us", c.used)
	budget.Add("co", c.cost)
	return append(writes, l.updateWrite(tokensKey(t, r.Period), budget))
}

const (
	// meetings bounds the tries of a transaction that meets others on a counter: of
	// two that do, DynamoDB cancels one.
	meetings = 10
	// meetingPause is the first pause between them, doubled each time.
	meetingPause = 4 * time.Millisecond
)

// together is transact for the counters that many calls draw on at once.
func (l *Ledger) together(ctx context.Context, writes ...types.TransactWriteItem) (reasons []types.CancellationReason, ok bool, err error) {
	pause := meetingPause
	for range meetings {
		if reasons, ok, err = l.transact(ctx, writes...); !conflicted(err) {
			return reasons, ok, err
		}
		if slept := clock.Sleep(ctx, l.clock, time.Duration(float64(pause)*(0.5+ident.Fraction()))); slept != nil {
			return nil, false, err
		}
		pause *= 2
	}
	return reasons, ok, err
}

// conflicted reports whether a transaction was cancelled for another's sake alone.
func conflicted(err error) bool {
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return false
	}
	for _, reason := range cancelled.CancellationReasons {
		if aws.ToString(reason.Code) == "TransactionConflict" {
			return true
		}
	}
	return false
}

// WorkflowMonth reads what a workflow's AI calls of a month have committed.
func (l *Ledger) WorkflowMonth(ctx context.Context, t ident.Tenant, period string, w ident.Workflow) (usage.Drawn, error) {
	item, err := l.get(ctx, workflowUsageKey(t, period, w))
	return usage.Drawn{Tokens: getNum(item, "cm"), CostMicro: getNum(item, "cc")}, err
}
