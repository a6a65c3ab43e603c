package ai

import (
	"context"
	"fmt"
	"strings"

	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// sub reads the parameters of a node that hangs on the one that runs: a model, a
// parser, a tool. Its expressions see one item of the running node: the first, or
// for what is read for each item, that one.
type sub struct {
	ctx  context.Context
	c    *node.Call
	node *workflow.Node
	item int
	err  error
}

func newSub(ctx context.Context, c *node.Call, n *workflow.Node) *sub {
	return &sub{ctx: ctx, c: c, node: n}
}

// value returns a parameter with its expressions evaluated, nil if it is not set.
func (s *sub) value(name string) any {
	steps := []any{}
	for step := range strings.SplitSeq(name, ".") {
		steps = append(steps, step)
	}
	raw, ok := value.Path(s.node.Parameters, steps...)
	if !ok || s.err != nil {
		return nil
	}
	scope := *s.c.Scope()
	scope.Node = s.node
	e := expr.NewEvaluator(s.ctx, &scope, expr.Limits{})
	defer e.Close()
	v, err := e.Resolve(raw, s.item)
	if err != nil {
		s.err = err
	}
	return v
}

func (s *sub) text(name, def string) string {
	v := s.value(name)
	if o, ok := v.(*value.Object); ok {
		if _, locator := o.Get("__rl"); locator {
			v, _ = o.Get("value")
		}
	}
	if v == nil {
		return def
	}
	return node.Text(v)
}

func (s *sub) flag(name string, def bool) bool {
	if v := s.value(name); v != nil {
		return node.Truthy(v)
	}
	return def
}

// number reads an optional number; nil if it is not set.
func (s *sub) number(name string) *float64 {
	v := s.value(name)
	if v == nil || v == "" {
		return nil
	}
	n := node.ToNumber(v)
	if n != n && s.err == nil {
		s.err = node.Errorf("The parameter %q of %q must be a number.", name, s.node.Name)
	}
	return &n
}

func (s *sub) objects(name string) []*value.Object {
	var out []*value.Object
	list, _ := s.value(name).([]any)
	for _, x := range list {
		if o, ok := x.(*value.Object); ok {
			out = append(out, o)
		}
	}
	return out
}

// problem is the first error, with the sub-node's name.
func (s *sub) problem() error {
	if s.err == nil {
		return nil
	}
	f := *fault.Of(s.err)
	f.Message = fmt.Sprintf("In %q: %s", s.node.Name, f.Message)
	return &f
}

// kind is a node type without its package: "lmChatOpenAi".
func kind(n *workflow.Node) string { return n.Type[strings.LastIndexByte(n.Type, '.')+1:] }

// unsupported says that a sub-node cannot be used.
func unsupported(n *workflow.Node, what string) error {
	return fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "%s %q (%s) is not supported.", what, n.Name, n.Type)
}
