package node

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"

	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/pace"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// NewCall makes the Call with which a step's node is run, or asked for its
// Effect. Close frees it.
func (e *Env) NewCall(ctx context.Context, t *Type, step walk.Step, inputs [][]workflow.Item) *Call {
	c := &Call{
		Workflow: e.Workflow, Node: step.Node, Inputs: inputs, Sources: step.Sources, RunIndex: step.RunIndex,
		History: e.History, Run: e.Run, Previous: step.State, Services: e.Services,
		Sub: e.Sub, Partial: e.Partial,
	}
	index := step.RunIndex
	if e.History != nil {
		index = e.History.Runs(step.Node.Name) // n8n's count, as expressions see it
	}
	c.params = &resolver{ctx: ctx, call: c, spec: &t.Spec, limit: e.Limits, scope: expr.Scope{
		Workflow: e.Workflow, Node: step.Node, Inputs: inputs, Sources: step.Sources, RunIndex: index,
		History: e.History, ExecutionID: e.Run.ExecutionID, Mode: e.Run.Mode, ResumeURL: e.Run.ResumeURL,
		Timezone: e.Run.Timezone, Now: e.Run.Now, Vars: e.Vars, Pinned: e.Pinned,
	}}
	c.env, c.params.scope.Args = e, e.args
	return c
}

// Close frees what the call's expressions hold.
func (c *Call) Close() { c.params.close() }

// Scope is what the call's expressions see; Code nodes run with it.
func (c *Call) Scope() *expr.Scope { return &c.params.scope }

// Items are the items of the input that counts: the first, or in order v1 the
// first that is not empty.
func (c *Call) Items() []workflow.Item { return walk.Feeding(c.Workflow, c.Inputs) }

// Input returns the items of one input, nil if nothing reached it.
func (c *Call) Input(i int) []workflow.Item {
	if i < 0 || i >= len(c.Inputs) {
		return nil
	}
	return c.Inputs[i]
}

// Continues reports whether the author wants failures passed on as items.
func (c *Call) Continues() bool { return c.Node.OnError != workflow.OnErrorStop }

// EffectOf says what running the step again would do: Safe for nodes without
// side effects, pinned and disabled ones.
func (e *Env) EffectOf(ctx context.Context, step walk.Step) Effect {
	t := e.Registry.Lookup(step.Node.Type, step.Node.TypeVersion)
	if t == nil || t.Effect == nil || step.IsPinned || step.Node.Disabled {
		return Safe
	}
	c := e.NewCall(ctx, t, step, selfPaired(step.Inputs))
	defer c.Close()
	return t.Effect(c)
}

// Each runs f for every item and collects what it gives. A failure ends the run,
// or becomes an error item where the author wants failures passed on.
func (c *Call) Each(ctx context.Context, items []workflow.Item, f func(r *Reader, it workflow.Item) ([]workflow.Item, error)) ([]workflow.Item, error) {
	return c.EachOr(ctx, items, f, func(i int, err error) []workflow.Item { return []workflow.Item{ErrorItem(i, err)} })
}

// EachOr is Each for a node whose failures, where they are passed on, become other
// items than ErrorItem, or none.
func (c *Call) EachOr(ctx context.Context, items []workflow.Item, f func(r *Reader, it workflow.Item) ([]workflow.Item, error), failed func(item int, err error) []workflow.Item) ([]workflow.Item, error) {
	out := make([]workflow.Item, 0, len(items))
	for i := range items {
		if ctx.Err() != nil {
			return nil, TimedOut(ctx)
		}
		r := c.At(i)
		got, err := f(r, items[i])
		if err == nil {
			err = r.Err()
		}
		switch {
		case err == nil:
			out = append(out, got...)
		case c.Continues() && !fault.Of(err).Stops() && !(HeldBack(err) && i == 0):
			out = append(out, failed(i, err)...)
		default:
			return nil, AtItem(i, err)
		}
	}
	return out, nil
}

// EachOrFail is Each for a node of which n8n passes no single failure on: the first
// one ends the run, and where the author wants failures passed on, its input goes on.
func (c *Call) EachOrFail(ctx context.Context, items []workflow.Item, f func(r *Reader, it workflow.Item) ([]workflow.Item, error)) ([]workflow.Item, error) {
	out := make([]workflow.Item, 0, len(items))
	for i := range items {
		if ctx.Err() != nil {
			return nil, TimedOut(ctx)
		}
		r := c.At(i)
		got, err := f(r, items[i])
		if err == nil {
			err = r.Err()
		}
		if err != nil {
			return nil, AtItem(i, err)
		}
		out = append(out, got...)
	}
	return out, nil
}

// HeldBack reports whether a failure is the platform's own pace: the attempt is to
// be repeated, and passing it on would lose the call. Where other calls of the run
// had their effect, it is passed on like any other failure.
func HeldBack(err error) bool { return errors.Is(err, pace.ErrHeldBack) }

// ErrorItem is the item {"error": message} of a failure that is passed on.
func ErrorItem(item int, err error) workflow.Item {
	return workflow.Item{JSON: value.Obj("error", fault.Of(err).Message), Paired: []workflow.Paired{{Item: item}}}
}

// UnpairedError is the error item of a node that does not say which item failed: on
// the error output it stands without the fields of that item.
func UnpairedError(err error) workflow.Item {
	return workflow.Item{JSON: value.Obj("error", fault.Of(err).Message)}
}

// TimedOut is the error of a node run whose context has ended.
func TimedOut(ctx context.Context) error {
	return fault.Wrap(ctx.Err(), fault.Timeout, fault.CodeNodeTimeout, "The node ran out of time.")
}

func panicked(n *workflow.Node, p any) error {
	return fault.Wrap(fmt.Errorf("panic: %v\n%s", p, debug.Stack()), fault.Internal, fault.CodeInternal,
		"The node %q failed by a fault of the platform; it has been logged.", n.Name)
}

// missingService refuses a node type whose door to the outside is not there.
func (t *Type) missingService(s Services, n *workflow.Node) error {
	missing := false
	switch t.Spec.Family {
	case HTTP:
		missing = s.HTTP == nil
	case AI:
		missing = s.AI == nil
	case Code:
		missing = s.Code == nil
	case Data:
		missing = t.Uses != nil && reflect.ValueOf(t.Uses(s)).IsZero()
	}
	if missing {
		return fault.New(fault.Internal, fault.CodeInternal, "The node %q (%s) cannot run in this function.", n.Name, n.Type)
	}
	return nil
}
