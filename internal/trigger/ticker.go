package trigger

import (
	"context"
	"log/slog"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Launcher accepts runs.
type Launcher interface {
	Launch(ctx context.Context, l execution.Launch) (execution.Launched, error)
}

// Schedules reads schedules.
type Schedules interface {
	Schedule(ctx context.Context, t ident.Tenant, id ident.Schedule) (Schedule, error)
}

// Ticker starts the runs of schedules.
type Ticker struct {
	Schedules Schedules
	Launcher  Launcher
	Clock     clock.Clock
	Log       *slog.Logger
}

// Tick starts the run that a tick asks for. A tick that comes again finds the run
// of the first one; one of a schedule that is gone does nothing. An error means
// that the scheduler should call again.
func (t *Ticker) Tick(ctx context.Context, tick Tick) error {
	log := t.Log.With("tenantId", string(tick.Tenant), "scheduleId", string(tick.Schedule))
	if tick.Tenant == "" || tick.Schedule == "" || tick.At.IsZero() {
		log.Error("a tick names no schedule or time")
		return nil // it will not be better the next time
	}
	s, err := t.Schedules.Schedule(ctx, tick.Tenant, tick.Schedule)
	if fault.Is(err, fault.NotFound) {
		log.Warn("a tick of a schedule that is gone")
		return nil
	}
	if err != nil {
		return err
	}
	if !s.Timing.Due(s.First, tick.At) {
		return nil
	}
	if s.Timing.Missed(s.First, tick.At, t.Clock.Now()) {
		log.Info("a tick came too late to count", "at", tick.At)
		return nil
	}
	l, err := s.launch(tick)
	if err != nil {
		return err
	}
	launched, err := t.Launcher.Launch(ctx, l)
	if f := fault.Of(err); f != nil && !f.Transient() && f.Kind != fault.Internal {
		// Calling again would not help: the workflow is gone, the tenant suspended or
		// its plan used up.
		log.Warn("a scheduled run was refused", "workflowId", string(s.Workflow), "errorCode", string(f.Code), "error", f.Message)
		return nil
	}
	if err == nil && launched.Repeated {
		log.Info("a tick came again", "executionId", string(launched.ID))
	}
	return err
}

// launch is the run of a tick.
func (s Schedule) launch(tick Tick) (execution.Launch, error) {
	items := []workflow.Item{workflow.EmptyItem()}
	switch {
	case s.Type == typeSchedule:
		items = []workflow.Item{tick.Item(s.Timing.Timezone)}
	case len(s.Input) > 0:
		var err error
		if items, err = workflow.ParseItems(s.Input); err != nil {
			return execution.Launch{}, err
		}
	}
	return execution.Launch{
		Tenant: tick.Tenant, WorkflowID: s.Workflow, Version: s.Version, ID: tick.Execution(),
		Start:   execution.Start{Node: s.Node, Items: items, Mode: "trigger"},
		Trigger: "schedule", TriggeredBy: string(s.ID),
	}, nil
}
