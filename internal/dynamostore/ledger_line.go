package dynamostore

import (
	"context"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// descent is what a ledger must know of a run. It never changes.
type descent struct {
	workflow ident.Workflow
	parent   ident.Execution // "" of one that no other run started
}

// keptDescents is of how many runs a ledger remembers that.
const keptDescents = 4096

func newDescents() *lru.Cache[execution.Ref, descent] {
	kept, err := lru.New[execution.Ref, descent](keptDescents)
	if err != nil {
		panic(err) // the size is a constant
	}
	return kept
}

// descent reads what a run descends from. Each read that succeeds is kept, so that
// who tries again after one that failed gets on.
func (l *Ledger) descent(ctx context.Context, ref execution.Ref) (descent, error) {
	if known, ok := l.descents.Get(ref); ok {
		return known, nil
	}
	c, err := l.Runs.Load(ctx, ref)
	if err != nil {
		return descent{}, err
	}
	d := descent{c.WorkflowID, c.Parent.ID}
	l.descents.Add(ref, d)
	return d, nil
}

// above are the runs that the estimate's run was started by, the nearest first. A
// run that is not stored, or was removed since, ends the row.
func (l *Ledger) above(ctx context.Context, e usage.Estimate) ([]usage.Above, error) {
	if e.Origin.ExecutionID == "" {
		return nil, nil
	}
	ref := execution.Ref{Tenant: ident.Tenant(e.Origin.Tenant), ID: ident.Execution(e.Origin.ExecutionID)}
	d, err := l.descent(ctx, ref)
	var out []usage.Above
	for err == nil && d.parent != "" && len(out) < execution.MaxDepth {
		ref.ID = d.parent
		if d, err = l.descent(ctx, ref); err == nil {
			out = append(out, usage.Above{ExecutionID: string(ref.ID), WorkflowID: string(d.workflow)})
		}
	}
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return out, err
}
