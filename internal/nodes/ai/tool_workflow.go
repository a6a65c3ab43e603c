package ai

import (
	"context"
	encoding "encoding/json"
	"errors"
	"strings"

	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/flow"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// errAsks is how a tool says that a workflow has to run first: what it gives comes
// when the agent goes on.
var errAsks = errors.New("the tool runs a workflow")

// workflowTool runs a workflow of the tenant with what the model gives. The run is
// an execution of its own: the agent keeps its conversation and gives its function
// and its slot back until that has ended.
func workflowTool(s *session, r *sub) (*tool, error) {
	t := &tool{name: toolName(r), description: r.text("description", "")}
	if r.node.TypeVersion >= 2.2 {
		t.name = notInNames.ReplaceAllString(r.node.Name, "_")
		t.name = t.name[:min(len(t.name), 64)]
	}
	var err error
	if t.schema, err = workflowSchema(r); err != nil {
		return nil, err
	}
	t.workflow = &subTool{node: r.node, c: s.c}
	t.run = func(context.Context, string) (string, error) { return "", errAsks }
	return t, nil
}

// workflowSchema is what the model gives: the arguments of $fromAI from version 2
// on, the author's own schema, or one text.
func workflowSchema(r *sub) (*value.Object, error) {
	own := r.flag("specifyInputSchema", false)
	switch {
	case r.node.TypeVersion >= 2:
		if args := argumentsOf(r.node.Parameters); len(args.list) > 0 && mapped(r.node) {
			return args.schema(), nil
		}
	case own:
		return authorSchema(r)
	}
	return oneText("input", "What the tool is asked"), nil
}

// mapped reports whether the node says which fields the workflow takes.
func mapped(n *workflow.Node) bool {
	schema, _ := value.Path(n.Parameters, "workflowInputs", "schema")
	list, _ := schema.([]any)
	return len(list) > 0
}

// subTool is a tool that runs a workflow.
type subTool struct {
	node *workflow.Node
	c    *node.Call
}

// ask is the run for one call of the tool. A fault in it is the tool's own, for the model.
func (t *subTool) ask(ctx context.Context, item int, text string) (node.SubRun, error) {
	given, args := t.given(text)
	if args != nil {
		read, err := args.read(text)
		if err != nil {
			return node.SubRun{}, err
		}
		given = read
	}
	e := t.evaluator(ctx, given)
	defer e.Close()
	run, err := t.target(e, item)
	if err != nil {
		return run, err
	}
	o := value.NewObject(4)
	if in, isObject := given.(*value.Object); isObject && !mapped(t.node) {
		o = in.Shallow()
	}
	if _, isText := given.(string); isText || mapped(t.node) {
		o.Set("query", given)
	}
	if err := t.fields(e, item, o); err != nil {
		return run, err
	}
	run.Items = []workflow.Item{{JSON: o}}
	run.LastRun = t.node.TypeVersion < 2
	return run, nil
}

// given is what the model gave, as the called workflow gets it: before version 2 an
// object comes as the field "query", as n8n has it.
func (t *subTool) given(text string) (any, *arguments) {
	own, _ := t.node.Parameters.Get("specifyInputSchema")
	if t.node.TypeVersion >= 2 {
		if args := argumentsOf(t.node.Parameters); len(args.list) > 0 && mapped(t.node) {
			return nil, args
		}
		return argument(text, "input"), nil
	}
	if own == true {
		if o, err := value.ParseObject([]byte(text)); err == nil {
			return value.Obj("query", o), nil
		}
	}
	return argument(text, "input"), nil
}

// evaluator reads the node's parameters: expressions see the agent's items, and
// $fromAI what the model gave.
func (t *subTool) evaluator(ctx context.Context, given any) *expr.Evaluator {
	scope := *t.c.Scope()
	scope.Node = t.node
	scope.Args, _ = given.(*value.Object)
	return expr.NewEvaluator(ctx, &scope, expr.Limits{})
}

// param evaluates a parameter, nil if it is not set.
func (t *subTool) param(e *expr.Evaluator, item int, path ...any) (any, error) {
	raw, ok := value.Path(t.node.Parameters, path...)
	if !ok {
		return nil, nil
	}
	return e.Resolve(raw, item)
}

// target is the workflow to run.
func (t *subTool) target(e *expr.Evaluator, item int) (node.SubRun, error) {
	var run node.SubRun
	source, _ := t.node.Parameters.Get("source")
	if source == "parameter" {
		v, err := t.param(e, item, "workflowJson")
		if err != nil {
			return run, err
		}
		if o, ok := v.(*value.Object); ok {
			v = string(value.JSON(o))
		}
		run.Inline = []byte(node.Text(v))
		if _, err := value.ParseObject(run.Inline); err != nil {
			return run, node.Errorf("The parameter Workflow JSON of %q holds no workflow: %s", t.node.Name, err)
		}
		return run, nil
	}
	v, err := t.param(e, item, "workflowId")
	if err != nil {
		return run, err
	}
	if o, ok := v.(*value.Object); ok {
		run.Name = node.Get(o, "cachedResultName", "")
		v, _ = o.Get("value")
	}
	if run.Workflow = strings.TrimSpace(node.Text(v)); run.Workflow == "" {
		return run, node.Errorf("No workflow is chosen in %q; choose one in the parameter Workflow.", t.node.Name)
	}
	return run, nil
}

// fields sets what the author adds: the inputs of the workflow, and extra fields.
func (t *subTool) fields(e *expr.Evaluator, item int, o *value.Object) error {
	if mapped(t.node) {
		v, err := t.param(e, item, "workflowInputs", "value")
		if err != nil {
			return err
		}
		values, _ := v.(*value.Object)
		mapper, _ := t.node.Parameters.Get("workflowInputs")
		m, _ := mapper.(*value.Object)
		flow.SetInputs(o, values, m)
	}
	v, err := t.param(e, item, "fields", "values")
	if err != nil {
		return err
	}
	list, _ := v.([]any)
	for _, x := range list {
		f, _ := x.(*value.Object)
		if name := node.Get(f, "name", ""); name != "" {
			o.Set(name, extraField(f))
		}
	}
	return nil
}

// extraField is the value of a field of n8n's old Set form.
func extraField(f *value.Object) any {
	typ := node.Get(f, "type", "stringValue")
	v, _ := f.Get(typ)
	text, isText := v.(string)
	switch {
	case typ == "stringValue":
		return node.Text(v)
	case typ == "numberValue" && isText:
		return node.ToNumber(text)
	case typ == "booleanValue" && isText:
		return text == "true"
	case (typ == "objectValue" || typ == "arrayValue") && isText:
		if parsed, err := value.Parse([]byte(text)); err == nil {
			return parsed
		}
	}
	return v
}

// answer is what a run gave, as the model reads it: the first item, or from version
// 2.1 on all items. A failure is told to the model, except one whose outcome is
// unknown: that is for people to decide.
func (t *subTool) answer(got node.SubResult) (string, error) {
	if f := fault.Of(got.Err); f != nil {
		if f.Outcome == fault.Unknown || f.Stops() {
			return "", got.Err
		}
		return "There was an error: \"" + f.Message + "\"", nil
	}
	var items []workflow.Item
	if len(got.Outputs) > 0 {
		items = got.Outputs[0]
	}
	if len(items) == 0 {
		return "There was an error: \"The workflow did not return a response\"", nil
	}
	if t.node.TypeVersion > 2 {
		list := make([]any, len(items))
		for i, it := range items {
			list[i] = it.JSON
		}
		return clipped(list), nil
	}
	if property, _ := t.node.Parameters.Get("responsePropertyName"); t.node.TypeVersion < 1.3 && property != nil {
		if v, ok := items[0].JSON.Get(node.Text(property)); ok {
			return node.Text(v), nil
		}
	}
	return clipped(items[0].JSON), nil
}

// clipped is a value as indented JSON, as far as a model may read it.
func clipped(v any) string {
	var b strings.Builder
	enc := encoding.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	_ = enc.Encode(encoding.RawMessage(value.JSON(v)))
	return cut(strings.TrimSpace(b.String()))
}
