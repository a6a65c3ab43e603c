package node

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// Polled is what a trigger that polls its service has found.
type Polled struct {
	Items  []workflow.Item // what is new, in the service's order; most have none at the first poll
	Cursor []byte          // JSON, of the node type's own making: where the next poll goes on
}

// HandsOn reports whether a trigger that asks a service when it is run by hand
// need not ask, because the items that started the run are there: those of a poll,
// or those that a person gave.
func (t *Type) HandsOn(inputs [][]workflow.Item) bool {
	if t == nil || t.Poll == nil || len(inputs) == 0 {
		return false
	}
	for _, it := range inputs[0] {
		if it.JSON.Len() > 0 || len(it.Binary) > 0 {
			return true
		}
	}
	return false
}

// Poll asks the service of a trigger what is new since the cursor; without a
// cursor only where to begin. As in Execute, secrets of credentials are taken out
// of what it gives, and a panic is a failure.
func Poll(ctx context.Context, env *Env, n *workflow.Node, cursor []byte) (p Polled, err error) {
	t := env.Registry.Lookup(n.Type, n.TypeVersion)
	if t == nil {
		return p, env.Registry.unsupported(n.Name, n.Type, n.TypeVersion)
	}
	if t.Poll == nil {
		return p, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "The node %q (%s) does not poll a service.", n.Name, n.Type)
	}
	if err := t.missingService(env.Services, n); err != nil {
		return p, err
	}
	step := walk.Step{Node: n, Inputs: [][]workflow.Item{{workflow.EmptyItem()}}, Sources: make([]workflow.Source, 1)}
	c := env.NewCall(ctx, t, step, step.Inputs)
	defer c.Close()
	c.Services = t.Doors(t.familyOf(n), c.Services)
	if c.Services.Credentials != nil {
		w := &watched{source: c.Services.Credentials}
		c.Services.Credentials = w
		defer func() {
			res := Result{Outputs: [][]workflow.Item{p.Items}}
			err = w.hide(&res, err)
		}()
	}
	defer func() {
		if r := recover(); r != nil {
			err = panicked(n, r)
		}
	}()
	if p, err = t.Poll(ctx, c, cursor); err != nil {
		return p, err
	}
	return p, env.fits(n, p.Items)
}

// fits refuses more items than a run may begin with.
func (e *Env) fits(n *workflow.Node, items []workflow.Item) error {
	x := execution{env: e, step: walk.Step{Node: n}}
	x.out.Result.Outputs = [][]workflow.Item{items}
	return x.checkSize()
}
