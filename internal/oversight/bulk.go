package oversight

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

const (
	// maxBulk is how many executions one request acts on.
	maxBulk = 1000
	// bulkTime is how long one request may act; API Gateway ends it after 29 s.
	bulkTime = 20 * time.Second
	// bulkAtOnce is how many executions are acted on together.
	bulkAtOnce = 8
)

// Bulk is one action on all executions that fit a filter.
type Bulk struct {
	Act
	Filter Filter
	DryRun bool
}

// Refusal is an execution that could not be acted on.
type Refusal struct {
	execution.Ref
	Code    fault.Code
	Message string
}

// Done is what a bulk action did, or would do.
type Done struct {
	Matched  []execution.Control // at most maxBulk
	Acted    int
	Refusals []Refusal
	// More says that others fit, or are left: repeat the request.
	More bool
}

// Bulk acts on what fits, at most maxBulk executions. Without a status, cancel
// acts on what is open, resume and retry on what has failed.
func (o *Office) Bulk(ctx context.Context, b Bulk) (Done, error) {
	matched, more, err := o.matching(ctx, b)
	done := Done{Matched: matched, More: more}
	if err != nil || b.DryRun {
		return done, err
	}
	err = o.note(ctx, b.By, b.Filter.Tenant, "executions."+string(b.Action), "bulk", map[string]any{
		"tenant": b.Filter.Tenant, "workflow": b.Filter.WorkflowID, "status": b.Filter.Status, "error": b.Filter.Text, "code": b.Filter.Code,
		"matched": len(matched),
	})
	if err != nil {
		return done, err
	}
	o.actOnAll(ctx, b, &done)
	return done, nil
}

func (o *Office) actOnAll(ctx context.Context, b Bulk, done *Done) {
	var mu sync.Mutex
	end := o.Clock.Now().Add(bulkTime)
	g := errgroup.Group{}
	g.SetLimit(bulkAtOnce)
	for _, c := range done.Matched {
		if o.Clock.Now().After(end) || ctx.Err() != nil {
			done.More = true
			break
		}
		g.Go(func() error {
			_, _, err := o.do(ctx, c.Ref, b.Act)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done.Acted++
				return nil
			}
			f := fault.Of(err)
			if f.Kind == fault.Internal {
				o.Log.Error("a bulk action failed", "tenantId", c.Tenant, "executionId", c.ID, "error", err)
			}
			done.Refusals = append(done.Refusals, Refusal{c.Ref, f.Code, f.Message})
			return nil
		})
	}
	_ = g.Wait()
}

// matching collects what the action is for.
func (o *Office) matching(ctx context.Context, b Bulk) ([]execution.Control, bool, error) {
	statuses, err := b.statuses()
	if err != nil {
		return nil, false, err
	}
	var all []execution.Control
	for _, s := range statuses {
		f := b.Filter
		f.Status = s
		for cursor := ""; ; {
			room := maxBulk - len(all)
			if room == 0 {
				return all, true, nil
			}
			page, next, err := o.List(ctx, f, tenant.Paging{Limit: min(room, 200), Cursor: cursor})
			if err != nil {
				return nil, false, err
			}
			all = append(all, page...)
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	return all, false, nil
}

// statuses are those that the action is for. What waits is cancelled before what
// runs: otherwise each freed slot would start another one.
func (b Bulk) statuses() ([]execution.Status, error) {
	f := b.Filter
	if f == (Filter{}) {
		return nil, fault.New(fault.Invalid, fault.CodeValidation, "Name at least one filter; nothing is done to everything.")
	}
	open := []execution.Status{execution.Queued, execution.Waiting, execution.Running}
	allowed := map[Action][]execution.Status{
		Cancel: open,
		Resume: {execution.Failed},
		Retry:  {execution.Failed, execution.Cancelled, execution.Completed},
	}[b.Action]
	switch {
	case allowed == nil:
		return nil, fault.New(fault.Invalid, fault.CodeValidation, "action must be resume, retry or cancel.")
	case f.Status == "" && b.Action == Cancel:
		return open, f.noError()
	case f.Status == "":
		return []execution.Status{execution.Failed}, nil
	case !slices.Contains(allowed, f.Status):
		return nil, fault.New(fault.Invalid, fault.CodeValidation, "What is %s cannot be the object of %s.", f.Status, b.Action)
	}
	return []execution.Status{f.Status}, f.check()
}

func (f Filter) noError() error {
	if f.Text != "" || f.Code != "" {
		return fault.New(fault.Invalid, fault.CodeValidation, "Only failed executions have an error, and those have ended: they cannot be cancelled.")
	}
	return nil
}
