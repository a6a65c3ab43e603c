package nodes

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/trigger/poll"
)

// Poller asks the services of triggers with the services of one function. It
// implements poll.Service.
type Poller struct {
	registry *node.Registry
	services node.Services
	clock    clock.Clock
}

var _ poll.Service = (*Poller)(nil)

// NewPoller makes a Poller over all node types.
func NewPoller(s node.Services, c clock.Clock) *Poller {
	return &Poller{registry: Registry(), services: s, clock: c}
}

// Ask asks the service of a trigger.
func (p *Poller) Ask(ctx context.Context, q poll.Question) (poll.Found, error) {
	services, tenant := p.services, string(q.Execution.Tenant)
	if services.Blobs != nil {
		services.Blobs = node.OwnBlobs(services.Blobs, tenant)
	}
	found, err := node.Poll(ctx, &node.Env{
		Workflow: q.Workflow, Registry: p.registry, Services: services, Clock: p.clock,
		Run: node.RunInfo{
			Tenant: tenant, WorkflowID: string(q.ID), ExecutionID: string(q.Execution.ID), Mode: "trigger",
			Timezone: q.Timezone, Now: q.Now, Attempt: 1, MaxFile: q.MaxFile,
		},
	}, q.Node, q.Cursor)
	return poll.Found(found), err
}
