package nodes

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/pace"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// Runner runs the steps of executions with the node types of a registry and the
// services of one function. It implements execution.Nodes.
type Runner struct {
	registry *node.Registry
	services node.Services
	clock    clock.Clock
}

var _ execution.Nodes = (*Runner)(nil)

// NewRunner makes a Runner over all node types.
func NewRunner(s node.Services, c clock.Clock) *Runner {
	return &Runner{registry: Registry(), services: s, clock: c}
}

// Family says in which function the step's node runs. A trigger that only hands on
// what started the run needs none.
func (r *Runner) Family(s walk.Step) node.Family {
	if r.registry.Lookup(s.Node.Type, s.Node.TypeVersion).HandsOn(s.Inputs) {
		return node.Pure
	}
	return r.registry.FamilyOf(s.Node)
}

// Safe reports whether running the step again does no harm.
func (r *Runner) Safe(s execution.Stepping) bool { return r.effect(s) != node.Unsafe }

// effect asks the node type; one that does not say has no effect.
func (r *Runner) effect(s execution.Stepping) node.Effect {
	typ := r.registry.Lookup(s.Step.Node.Type, s.Step.Node.TypeVersion)
	if typ == nil || typ.Effect == nil {
		return node.Safe
	}
	c := r.env(s).NewCall(context.Background(), typ, s.Step, s.Step.Inputs)
	defer c.Close()
	return typ.Effect(c)
}

// Execute runs the step once.
func (r *Runner) Execute(ctx context.Context, s execution.Stepping) execution.Stepped {
	ctx = pace.With(ctx, pace.Caller{Tenant: s.Info.Tenant, Rates: s.Info.Calls})
	out := node.Execute(ctx, r.env(s), s.Step)
	return execution.Stepped{
		Run: *out.Run, Wait: out.Result.Wait, Respond: out.Result.Respond, Err: out.Err, Soft: out.Soft,
		Ask: out.Result.Ask, Partial: out.Result.Partial,
	}
}

// Retry says whether and when a failed attempt is repeated.
func (r *Runner) Retry(s execution.Stepping, out execution.Stepped, safe bool) (bool, time.Duration) {
	effect := node.Unsafe
	if safe {
		effect = node.Safe
	}
	return node.Retry(s.Step.Node, node.Attempt{
		Err: out.Err, Number: s.Info.Attempt, Effect: effect, Soft: out.Soft, Jitter: ident.Fraction(),
	})
}

func (r *Runner) env(s execution.Stepping) *node.Env {
	services := r.services
	if services.Blobs != nil {
		services.Blobs = node.OwnBlobs(services.Blobs, s.Info.Tenant)
	}
	return &node.Env{
		Workflow: s.Workflow, Registry: r.registry, History: s.History,
		Services: services, Run: s.Info, Clock: r.clock, Sub: s.Sub, Partial: s.Partial,
	}
}
