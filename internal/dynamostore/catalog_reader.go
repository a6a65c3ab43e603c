package dynamostore

import (
	"context"
	"fmt"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The bounds of the versions that one instance keeps parsed. A parsed workflow
// takes some ten times the bytes of its JSON.
const (
	maxVersions     = 2000
	maxVersionBytes = 16 << 20
)

// Workflows reads versions of workflows for those who run them. Versions never
// change, so they are kept parsed; which one is current is read each time.
type Workflows struct {
	catalog *Catalog
	flights singleflight.Group

	mu    sync.Mutex
	parts *lru.LRU[versionID, parsed]
	bytes int
}

var _ execution.Workflows = (*Workflows)(nil)

type versionID struct {
	tenant   ident.Tenant
	workflow ident.Workflow
	number   int
}

type parsed struct {
	workflow *workflow.Workflow
	bytes    int
}

// NewWorkflows returns a reader with an empty cache.
func NewWorkflows(c *Catalog) *Workflows {
	w := &Workflows{catalog: c}
	parts, err := lru.NewLRU(maxVersions, func(_ versionID, p parsed) { w.bytes -= p.bytes })
	if err != nil {
		panic(err) // only for a size below 1
	}
	w.parts = parts
	return w
}

// Workflow returns a version, and its number; version 0 is the current one, also by
// the id that the workflow was imported with: those that name it may have come first.
// Its ID is the one that it has here. What does not exist is fault.NotFound. The
// workflow is shared and must not be changed.
func (w *Workflows) Workflow(ctx context.Context, t ident.Tenant, id ident.Workflow, version int) (*workflow.Workflow, int, error) {
	if t == "" {
		return nil, 0, fault.New(fault.Internal, fault.CodeInternal, "No tenant was given.")
	}
	if version <= 0 {
		h, err := w.head(ctx, t, id)
		if err != nil {
			return nil, 0, err
		}
		id, version = h.ID, h.Version
	}
	v := versionID{t, id, version}
	if p, ok := w.cached(v); ok {
		return p, version, nil
	}
	flight := w.flights.DoChan(fmt.Sprint(v), func() (any, error) { return w.read(context.WithoutCancel(ctx), v) })
	select {
	case r := <-flight:
		if r.Err != nil {
			return nil, 0, r.Err
		}
		return r.Val.(*workflow.Workflow), version, nil
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
}

func (w *Workflows) head(ctx context.Context, t ident.Tenant, id ident.Workflow) (catalog.Head, error) {
	h, err := w.catalog.Head(ctx, t, id)
	if !fault.Is(err, fault.NotFound) || ident.Valid(ident.PrefixWorkflow, string(id)) {
		return h, err
	}
	here, missing := w.catalog.Imported(ctx, t, string(id))
	switch {
	case missing == nil:
		return w.catalog.Head(ctx, t, here)
	case fault.Is(missing, fault.NotFound):
		return h, err
	}
	return h, missing
}

func (w *Workflows) cached(v versionID) (*workflow.Workflow, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.parts.Get(v)
	return p.workflow, ok
}

func (w *Workflows) read(ctx context.Context, v versionID) (*workflow.Workflow, error) {
	raw, err := w.catalog.Source(ctx, v.tenant, v.workflow, v.number)
	if err != nil {
		return nil, err
	}
	wf, err := workflow.Parse(raw)
	if err != nil {
		return nil, err
	}
	wf.ID = string(v.workflow) // the JSON has the id that it had in n8n
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.parts.Contains(v) {
		return wf, nil
	}
	w.parts.Add(v, parsed{wf, len(raw)})
	w.bytes += len(raw)
	for w.bytes > maxVersionBytes && w.parts.Len() > 1 {
		w.parts.RemoveOldest()
	}
	return wf, nil
}
