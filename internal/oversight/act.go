package oversight

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Action is what an operator does to an execution.
type Action string

// The actions.
const (
	Resume Action = "resume"
	Retry  Action = "retry"
	Cancel Action = "cancel"
)

// Act is one action with its options.
type Act struct {
	Action         Action
	UnknownOutcome string // of resume: "", "retry" or "skip"
	By             tenant.Actor
}

// Locate names an execution by its id and, if the caller knows it, its tenant.
// Without the tenant only open and failed executions are found.
func (o *Office) Locate(ctx context.Context, t ident.Tenant, id ident.Execution) (execution.Ref, error) {
	if t != "" {
		return execution.Ref{Tenant: t, ID: id}, nil
	}
	ref, ok, err := o.Index.Find(ctx, id)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, fault.CodeNotFound,
			"No open or failed execution has the id %s. One that has completed or was cancelled is found only with its tenant: ?tenant=…", id)
	}
	return ref, err
}

// Do acts on one execution, and returns the execution that goes on: the same one,
// or the new one of a retry.
func (o *Office) Do(ctx context.Context, ref execution.Ref, a Act) (ident.Execution, execution.Status, error) {
	id, status, err := o.do(ctx, ref, a)
	if err != nil {
		return id, status, err
	}
	return id, status, o.note(ctx, a.By, ref.Tenant, "execution."+string(a.Action), string(ref.ID), map[string]any{"execution": id, "status": status})
}

func (o *Office) do(ctx context.Context, ref execution.Ref, a Act) (ident.Execution, execution.Status, error) {
	switch a.Action {
	case Resume:
		c, err := o.Executions.Resume(ctx, ref, execution.ResumeOptions{UnknownOutcome: a.UnknownOutcome})
		return c.ID, c.Status, err
	case Retry:
		l, err := o.Executions.Retry(ctx, ref, execution.RetryOptions{By: a.By.ID})
		return l.ID, l.Status, err
	case Cancel:
		c, err := o.Executions.Cancel(ctx, ref)
		return c.ID, c.Status, err
	}
	return "", "", fault.New(fault.Invalid, fault.CodeValidation, "action must be resume, retry or cancel.")
}

// note records what an operator did; after says what came of it.
func (o *Office) note(ctx context.Context, by tenant.Actor, t ident.Tenant, action, target string, after any) error {
	return o.Audit.Note(ctx, tenant.NewAudit(o.Clock.Now().UTC(), tenant.Audit{Tenant: t, Actor: by, Action: action, Target: target}, nil, after))
}
