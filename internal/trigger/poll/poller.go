package poll

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/pace"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Marks keeps where triggers stand.
type Marks interface {
	Mark(ctx context.Context, t ident.Tenant, name string) (execution.Mark, error)
	PutMark(ctx context.Context, t ident.Tenant, m execution.Mark) error
}

// Question is what a service is asked.
type Question struct {
	Execution execution.Ref // the run that would start
	ID        ident.Workflow
	Workflow  *workflow.Workflow
	Node      *workflow.Node
	Cursor    []byte // nil at the first poll
	Now       time.Time
	Timezone  string // the workflow's
	MaxFile   int64  // bytes
	Calls     pace.Rates
}

// Found is what a service has that is new, and where the next poll goes on.
type Found struct {
	Items  []workflow.Item
	Cursor []byte
}

// Service asks services.
type Service interface {
	Ask(ctx context.Context, q Question) (Found, error)
}

// Poller polls.
type Poller struct {
	Schedules trigger.Schedules
	Workflows execution.Workflows
	Limits    execution.Limits
	Marks     Marks
	Launcher  trigger.Launcher
	Service   Service
	Clock     clock.Clock
	Log       *slog.Logger
}

// askFor is how long a service may take, within the function's timeout of a minute.
const askFor = 45 * time.Second

// polling is one poll under way.
type polling struct {
	*Poller
	tick     trigger.Tick
	schedule trigger.Schedule
	mark     execution.Mark
	state    State
	now      time.Time
	log      *slog.Logger
}

// Tick polls for one tick of a schedule. Failures of the service are kept and are
// no errors; an error means that the tick should come again.
func (p *Poller) Tick(ctx context.Context, tick trigger.Tick) error {
	x := &polling{Poller: p, tick: tick, now: p.Clock.Now().UTC()}
	x.log = p.Log.With("tenantId", string(tick.Tenant), "scheduleId", string(tick.Schedule))
	if tick.Tenant == "" || tick.Schedule == "" || tick.At.IsZero() {
		x.log.Error("a tick names no schedule or time")
		return nil // it will not be better the next time
	}
	due, err := x.load(ctx)
	if err != nil || !due {
		return err
	}
	q, err := x.question(ctx)
	if err != nil || q == nil {
		return err
	}
	limited, cancel := clock.WithTimeout(ctx, p.Clock, askFor)
	defer cancel()
	found, err := p.Service.Ask(limited, *q)
	if err != nil {
		return x.fail(ctx, err)
	}
	return x.keep(ctx, *q, found)
}

// load reads the schedule and where the trigger stands; false if there is nothing
// to do.
func (x *polling) load(ctx context.Context) (bool, error) {
	var err error
	x.schedule, err = x.Schedules.Schedule(ctx, x.tick.Tenant, x.tick.Schedule)
	if fault.Is(err, fault.NotFound) {
		x.log.Warn("a tick of a schedule that is gone")
		return false, nil
	}
	if err != nil {
		return false, err
	}
	x.log = x.log.With("workflowId", string(x.schedule.Workflow))
	if x.schedule.Poll == nil {
		x.log.Error("a tick of a schedule that does not poll")
		return false, nil
	}
	if x.mark, err = x.Marks.Mark(ctx, x.tick.Tenant, string(x.schedule.Poll.Mark)); err != nil {
		return false, err
	}
	if x.state, err = Read(x.mark, x.schedule.Poll.Since); err != nil {
		return false, err
	}
	due := x.state.Cursor == nil || x.schedule.Timing.Due(x.schedule.First, x.tick.At) // the first poll has a tick of its own
	return due && !x.now.Before(x.state.NotBefore), nil
}

// question is what the service is asked; nil if it is not to be asked.
func (x *polling) question(ctx context.Context) (*Question, error) {
	t := x.tick.Tenant
	tn, _, err := x.Limits.Limits(ctx, t)
	if err != nil {
		return nil, err
	}
	if tn.Suspended {
		return nil, nil
	}
	wf, _, err := x.Workflows.Workflow(ctx, t, x.schedule.Workflow, x.schedule.Version)
	if fault.Is(err, fault.NotFound) {
		x.log.Warn("a poll of a workflow that is gone")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	n := wf.Node(x.schedule.Node)
	if n == nil || n.Disabled {
		x.log.Warn("a poll of a node that is gone")
		return nil, nil
	}
	return &Question{
		Execution: execution.Ref{Tenant: t, ID: x.execution()}, ID: x.schedule.Workflow, Workflow: wf, Node: n, Cursor: x.state.Cursor, Now: x.now,
		Timezone: trigger.Zone(wf, execution.DefaultTimezone), MaxFile: tn.Plan.MaxFile(), Calls: tn.Plan.Calls(),
	}, nil
}

// execution is the id of the run that this poll may start: one for each tick and
// each place where the trigger has stood.
func (x *polling) execution() ident.Execution {
	return ident.Execution(ident.Derived(ident.PrefixExecution, x.tick.At, string(x.tick.Tenant), x.mark.Name,
		x.state.Since.UTC().Format(time.RFC3339Nano), strconv.FormatInt(x.mark.Rev, 10)))
}

// keep starts the run of what was found, together with the mark; or moves the mark.
func (x *polling) keep(ctx context.Context, q Question, found Found) error {
	next := x.state
	next.Cursor, next.PolledAt, next.NotBefore, next.Failure = found.Cursor, x.now, time.Time{}, nil
	if len(found.Items) == 0 {
		if x.idle(found.Cursor) {
			return nil
		}
		return quiet(x.Marks.PutMark(ctx, x.tick.Tenant, next.mark(x.mark)))
	}
	next.FoundAt = x.now
	moved := next.mark(x.mark)
	launched, err := x.Launcher.Launch(ctx, execution.Launch{
		Tenant: x.tick.Tenant, WorkflowID: x.schedule.Workflow, Version: x.schedule.Version, ID: q.Execution.ID,
		Start:   execution.Start{Node: x.schedule.Node, Items: found.Items, Mode: "trigger"},
		Trigger: "schedule", TriggeredBy: string(x.schedule.ID), Mark: &moved,
	})
	switch f := fault.Of(err); {
	case err == nil:
		if launched.Repeated {
			x.log.Info("a tick came again", "executionId", string(launched.ID))
		}
		return nil
	case errors.Is(err, execution.ErrSuperseded):
		return nil // another poll was faster
	case f.Transient() || f.Kind == fault.Internal:
		return err
	}
	return x.fail(ctx, err) // the plan is used up: what was found stays new
}

// idle reports whether a poll told nothing that must be written down.
func (x *polling) idle(cursor []byte) bool {
	return bytes.Equal(cursor, x.state.Cursor) && x.state.Failure == nil && x.now.Before(x.state.PolledAt.Add(KeepEvery))
}

// fail keeps a failure, for people to see. Faults of the platform are its log's.
func (x *polling) fail(ctx context.Context, err error) error {
	f := fault.Of(err)
	level := slog.LevelWarn
	if f.Kind == fault.Internal {
		level = slog.LevelError
	}
	x.log.Log(ctx, level, "a poll failed", "event", "poll.failed", "node", x.schedule.Node, "errorCode", string(f.Code), "error", err)
	return quiet(x.Marks.PutMark(ctx, x.tick.Tenant, x.state.failed(err, x.now).mark(x.mark)))
}

// quiet passes over that another poll was faster.
func quiet(err error) error {
	if errors.Is(err, execution.ErrSuperseded) {
		return nil
	}
	return err
}
