package execution

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// triggerError is the Trigger of the runs of error workflows.
const triggerError = "error"

// typeErrorTrigger is the node with which error workflows begin.
const typeErrorTrigger = "n8n-nodes-base.errorTrigger"

// AlarmAfter is how long after a failure sweep looks whether its error workflow
// was started: long enough for advance to have done it.
const AlarmAfter = time.Minute

// alarmTries is how long a plan's limits may keep an error workflow from starting.
const alarmTries = time.Hour

// Alarm starts error workflows: the one that the settings of a failed execution's
// workflow name, or the workflow itself if it has an error trigger, as n8n does.
//
// The failure and that its alarm is due are one write (Settlement.Alarm). Advance
// raises it at once; if it dies first, sweep does. The run's id is derived from the
// execution and its generation, so that both together make one run.
type Alarm struct {
	Desk  *Desk
	Store Alarms
	Clock clock.Clock
	Log   *slog.Logger
	// URL is where people see an execution.
	URL func(ref Ref) string
}

// Alarms is the store of alarms that are due.
type Alarms interface {
	// Quiet notes that nothing is due any more for the failure of a generation.
	Quiet(ctx context.Context, ref Ref, gen int) error
}

// alarmOf is the workflow to start when a run of wf fails; "" for none. Test runs
// start none, and neither do runs of error workflows.
func alarmOf(wf *workflow.Workflow, c Control) ident.Workflow {
	switch {
	case c.Test || c.Trigger == triggerError:
		return ""
	case wf.Settings.ErrorWorkflow != "":
		return ident.Workflow(wf.Settings.ErrorWorkflow)
	case ErrorTrigger(wf) != nil:
		return c.WorkflowID
	}
	return ""
}

// ErrorTrigger is the enabled error trigger of a workflow; nil if it has none.
func ErrorTrigger(wf *workflow.Workflow) *workflow.Node {
	for _, n := range wf.Nodes {
		if n.Type == typeErrorTrigger && !n.Disabled {
			return n
		}
	}
	return nil
}

// Raise starts the error workflow of a failed execution. It can be repeated. What
// may pass is an error; what will not is logged, and is over.
func (a *Alarm) Raise(ctx context.Context, c Control) error {
	err := a.raise(ctx, c)
	if f := fault.Of(err); err != nil && (f.Transient() || f.Kind == fault.LimitExceeded) && a.Clock.Now().Sub(c.FinishedAt) < alarmTries {
		return err
	}
	if err != nil {
		a.Log.Warn("an error workflow was not started", "event", "workflow.alarm.failed", "tenantId", c.Tenant, "executionId", c.ID, "error", err)
	}
	return a.Store.Quiet(ctx, c.Ref, c.Generation)
}

func (a *Alarm) raise(ctx context.Context, c Control) error {
	wf, _, err := a.Desk.Workflows.Workflow(ctx, c.Tenant, c.WorkflowID, c.Version)
	if err != nil {
		return err
	}
	target := alarmOf(wf, c)
	if target == "" {
		return nil
	}
	other, version, err := a.Desk.Workflows.Workflow(ctx, c.Tenant, target, 0)
	if err != nil {
		return err
	}
	if other.ID != "" { // it may be named by the id that it had elsewhere
		target = ident.Workflow(other.ID)
	}
	first := ErrorTrigger(other)
	if first == nil {
		return fault.New(fault.Invalid, fault.CodeValidation, "The error workflow %s has no Error Trigger.", target)
	}
	_, err = a.Desk.Launch(ctx, Launch{
		Tenant: c.Tenant, WorkflowID: target, Version: version, Trigger: triggerError, TriggeredBy: string(c.ID),
		ID:    ident.Execution(ident.Derived(ident.PrefixExecution, c.FinishedAt, triggerError, string(c.Tenant), string(c.ID), strconv.Itoa(c.Generation))),
		Start: Start{Node: first.Name, Mode: "trigger", Items: []workflow.Item{{JSON: a.report(wf, c)}}},
	})
	return err
}

// report is what n8n's error trigger gives.
func (a *Alarm) report(wf *workflow.Workflow, c Control) *value.Object {
	var f Failure
	if c.Error != nil {
		f = *c.Error
	}
	cause := value.Obj("message", f.Message, "name", string(f.Code))
	if f.Node != "" {
		cause.Set("node", value.Obj("name", f.Node, "type", f.Type, "id", f.NodeID))
	}
	run := value.Obj("id", string(c.ID), "url", a.URL(c.Ref))
	if c.Trigger == "retry" {
		run.Set("retryOf", c.TriggeredBy)
	}
	run.Set("error", cause)
	run.Set("lastNodeExecuted", f.Node)
	run.Set("mode", modeOf(c.Trigger))
	return value.Obj("execution", run, "workflow", value.Obj("id", string(c.WorkflowID), "name", wf.Name))
}

// modeOf is n8n's word for what started a run.
func modeOf(trigger string) string {
	switch trigger {
	case "api":
		return "manual"
	case "webhook", "form", "chat":
		return "webhook"
	case "retry":
		return "retry"
	}
	return "trigger"
}
