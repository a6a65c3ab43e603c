package connector

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// scope is what the templates of an operation see while they are filled in for
// one item.
type scope struct {
	ctx    context.Context
	c      *node.Call
	op     *operation
	item   int
	params *value.Object  // of the operation, evaluated
	vars   map[string]any // $steps, $response, $value, …
	eval   *expr.Evaluator
	extra  map[string]any // what expressions see of all that
}

func newScope(ctx context.Context, c *node.Call, op *operation, item int) (*scope, error) {
	s := &scope{ctx: ctx, c: c, op: op, item: item, vars: map[string]any{
		"$version": c.Node.TypeVersion, "$resource": op.resource, "$operation": op.def.Value, "$item": float64(item),
		"$steps": value.NewObject(4), "$timezone": c.Run.Timezone,
		"$workflow": value.Obj("id", c.Workflow.ID, "name", c.Workflow.Name),
	}}
	var err error
	if s.params, err = op.read(c, item); err != nil {
		return nil, err
	}
	s.vars["$parameters"] = s.params
	return s, nil
}

func (s *scope) close() {
	if s.eval != nil {
		s.eval.Close()
	}
}

// with sets variables, by name and value in turn.
func (s *scope) with(pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		s.vars[pairs[i].(string)] = pairs[i+1]
	}
}

// variables are those that placeholders and expressions may name.
var variables = map[string]bool{
	"$json": true, "$binary": true, "$item": true, "$version": true, "$resource": true, "$operation": true, "$steps": true, "$response": true,
	"$body": true, "$value": true, "$index": true, "$collected": true, "$credentials": true, "$key": true, "$now": true,
	"$timezone": true, "$workflow": true, "$parameters": true, "$poll": true, "$ask": true,
}

// lookup finds what a placeholder names.
func (s *scope) lookup(p *placeholder) (any, error) {
	name := p.steps[0]
	var v any
	switch name {
	case "$json":
		v = s.json()
	case "$binary":
		v = s.binary()
	case "$key":
		v = s.key()
	case "$now":
		v = s.c.Run.Now.UTC().Format("2006-01-02T15:04:05.000Z")
	default:
		if strings.HasPrefix(name, "$") {
			v = s.vars[name]
		} else {
			v, _ = s.params.Get(name)
		}
	}
	v, ok := value.Reach(v, p.steps[1:]...)
	if !ok {
		return nil, nil
	}
	return s.located(v, p)
}

// located is the value of a resource locator; other values stay.
func (s *scope) located(v any, p *placeholder) (any, error) {
	o := locator(v)
	if o == nil {
		return atMode(v, p), nil
	}
	mode := node.Get(o, "mode", "")
	switch p.at {
	case "@mode":
		return mode, nil
	case "@name":
		return node.Get(o, "cachedResultName", ""), nil
	}
	v, _ = o.Get("value")
	find := s.op.locators[strings.Join(p.steps, ".")][mode]
	text, isText := v.(string)
	if find == nil || !isText || text == "" {
		return v, nil
	}
	m := find.FindStringSubmatch(text)
	if len(m) < 2 {
		return nil, node.Errorf("%q is not a valid %s for the parameter %q.", text, mode, p.steps[len(p.steps)-1])
	}
	return m[1], nil
}

// locator is v if it is a resource locator, else nil. Defaults of n8n's nodes lack
// its mark.
func locator(v any) *value.Object {
	o, ok := v.(*value.Object)
	if !ok {
		return nil
	}
	_, marked := o.Get("__rl")
	_, mode := o.Get("mode")
	_, value := o.Get("value")
	if marked || mode && value && o.Len() == 2 {
		return o
	}
	return nil
}

// atMode is the mode or name of a value that is no locator: there is none.
func atMode(v any, p *placeholder) any {
	if p.at != "" {
		return nil
	}
	return v
}

func (s *scope) input() workflow.Item {
	if items := s.c.Items(); s.item < len(items) {
		return items[s.item]
	}
	return workflow.EmptyItem()
}

func (s *scope) json() *value.Object {
	if o := s.input().JSON; o != nil {
		return o
	}
	return value.NewObject(0)
}

// binary describes the item's files.
func (s *scope) binary() *value.Object {
	o := value.NewObject(2)
	for name, f := range s.input().Binary {
		o.Set(name, describe(f))
	}
	return o
}

func describe(f workflow.Binary) *value.Object {
	return value.Obj("fileName", f.FileName, "mimeType", f.MimeType, "size", float64(f.Size), "extension", f.Extension)
}

// key is the engine's idempotency key of the step under way.
func (s *scope) key() string {
	key := s.c.Key(s.item)
	if id, ok := s.vars["$step"].(string); ok {
		key += id
	}
	return key
}

// evaluate evaluates an expression of the file. It sees the variables of
// placeholders and the operation's parameters as $parameter; data is never
// evaluated.
func (s *scope) evaluate(text string) (any, bool, error) {
	if s.eval == nil {
		s.extra = map[string]any{}
		s.eval = expr.NewEvaluator(s.ctx, &expr.Scope{
			Workflow: s.c.Workflow, Node: s.c.Node, Inputs: s.c.Inputs, Sources: s.c.Sources,
			ExecutionID: s.c.Run.ExecutionID, Mode: s.c.Run.Mode, ResumeURL: s.c.Run.ResumeURL,
			Timezone: s.c.Run.Timezone, Now: s.c.Run.Now, Extra: s.extra,
		}, expr.Limits{})
	}
	s.eval.Refresh()
	clear(s.extra)
	for k, v := range s.vars {
		s.extra[k] = v
	}
	s.extra["$parameter"], s.extra["$key"] = s.plain(), s.key()
	v, ok, err := s.eval.ResolveDefined(text, s.item)
	if err != nil {
		return nil, false, err
	}
	return v, ok, nil
}

// plain are the parameters with the values of resource locators in their place.
func (s *scope) plain() *value.Object {
	out := value.NewObject(s.params.Len())
	for k, v := range s.params.All() {
		if got, err := s.located(v, &placeholder{steps: []string{k}}); err == nil {
			v = got
		}
		out.Set(k, v)
	}
	return out
}
