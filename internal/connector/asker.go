package connector

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/pace"
	"github.com/automatelanka/automatelanka/internal/trigger/poll"
)

// Asker asks the services of triggers, with the services of one function. It
// implements poll.Service, and knows no node types but the connectors' and those it is
// given: a function that only polls stays small.
type Asker struct {
	registry *node.Registry
	services node.Services
	clock    clock.Clock
}

var _ poll.Service = (*Asker)(nil)

// NewAsker makes an Asker over all connectors, and other types that poll.
func NewAsker(s node.Services, c clock.Clock, others ...[]node.Type) *Asker {
	return &Asker{registry: node.NewRegistry(append(others, Types())...), services: s, clock: c}
}

// Ask asks the service of a trigger.
func (a *Asker) Ask(ctx context.Context, q poll.Question) (poll.Found, error) {
	services, tenant := a.services, string(q.Execution.Tenant)
	if services.Blobs != nil {
		services.Blobs = node.OwnBlobs(services.Blobs, tenant)
	}
	ctx = pace.With(ctx, pace.Caller{Tenant: tenant, Rates: q.Calls})
	found, err := node.Poll(ctx, &node.Env{
		Workflow: q.Workflow, Registry: a.registry, Services: services, Clock: a.clock,
		Run: node.RunInfo{
			Tenant: tenant, WorkflowID: string(q.ID), ExecutionID: string(q.Execution.ID), Mode: "trigger",
			Timezone: q.Timezone, Now: q.Now, Attempt: 1, MaxFile: q.MaxFile,
		},
	}, q.Node, q.Cursor)
	return poll.Found(found), err
}
