package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// executeWorkflow runs another workflow of the tenant: once with all items, or
// once for each, one after the other.
func executeWorkflow() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.executeWorkflow", Versions: []float64{1, 1.1, 1.2, 1.3, 1.4}, Name: "Execute Workflow",
			Description: "Runs another workflow and goes on with the items of its last node. Its runs are executions of their own and do not count as runs of the month; the slot is given back while they last.",
			Group:       "flow", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "source", Type: "options", Default: "database", Description: "database, or parameter for JSON in the node."},
				{Name: "workflowId", Type: "resourceLocator", Description: "The workflow, by id or from the list.", Show: map[string][]any{"source": {"database"}}},
				{Name: "workflowJson", Type: "json", Description: "The workflow itself.", Show: map[string][]any{"source": {"parameter"}}},
				{Name: "workflowInputs", Type: "resourceMapper", Default: map[string]any{"mappingMode": "defineBelow", "value": nil}, Description: "Fields that are set in the items, from version 1.2."},
				{Name: "mode", Type: "options", Default: "once", Description: "once with all items, or for each."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "waitForSubWorkflow (true)."},
			},
		},
		Run: func(_ context.Context, c *node.Call) (node.Result, error) {
			if c.Sub == nil {
				return askForRuns(c)
			}
			return gaveRuns(c)
		},
	}
}

// askForRuns says which runs the node wants.
func askForRuns(c *node.Call) (node.Result, error) {
	items, err := subItems(c)
	if err != nil {
		return node.Result{}, err
	}
	first := c.At(0)
	ask := &node.SubRuns{Detached: !first.Bool("options.waitForSubWorkflow", true), GoOn: c.Continues()}
	if first.String("mode", "once") != "each" {
		run, err := subRun(first, items)
		if err != nil {
			return node.Result{}, err
		}
		ask.Runs = []node.SubRun{run}
		return node.Result{Ask: ask}, nil
	}
	for i := range items {
		run, err := subRun(c.At(i), items[i:i+1])
		if err != nil {
			run.Err = err
		}
		ask.Runs = append(ask.Runs, run)
	}
	return node.Result{Ask: ask}, first.Err()
}

// subRun reads which workflow an item is for.
func subRun(r *node.Reader, items []workflow.Item) (node.SubRun, error) {
	run := node.SubRun{Items: items}
	switch source := r.String("source", "database"); source {
	case "database":
		run.Workflow = strings.TrimSpace(node.Text(r.Locator("workflowId")))
		run.Name = r.String("workflowId.cachedResultName", "")
		if run.Workflow == "" && r.Err() == nil {
			return run, node.Errorf("No workflow is chosen; choose one in the parameter Workflow.")
		}
	case "parameter":
		text := r.Value("workflowJson")
		if o, ok := text.(*value.Object); ok {
			text = string(value.JSON(o))
		}
		run.Inline = []byte(node.Text(text))
		if _, err := value.ParseObject(run.Inline); err != nil && r.Err() == nil {
			return run, node.Errorf("The parameter Workflow JSON holds no workflow: %s", err)
		}
	default:
		return run, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported,
			"The source %q is not supported: import the workflow and choose it, or paste its JSON (source: parameter).", source)
	}
	return run, r.Err()
}

// subItems are the items for the workflow: the node's own, with the fields that
// its inputs set and without those that they remove.
func subItems(c *node.Call) ([]workflow.Item, error) {
	in := c.Items()
	out := make([]workflow.Item, len(in))
	for i := range in {
		r := c.At(i)
		o := in[i].JSON.Shallow()
		if c.Node.TypeVersion >= 1.2 {
			SetInputs(o, r.Object("workflowInputs.value"), r.Object("workflowInputs"))
		}
		if r.Err() != nil {
			return nil, r.Err()
		}
		out[i] = workflow.Item{JSON: o, Binary: in[i].Binary}
	}
	return out, nil
}

// SetInputs sets the values of a resource mapper in an item, in the types that its
// schema names where they can be converted, and removes the fields that it removes.
func SetInputs(o, values, mapper *value.Object) {
	asText := node.Get(mapper, "convertFieldsToString", "") == "true"
	schema, _ := mapper.Get("schema")
	types := map[string]string{}
	var removed []string
	list, _ := schema.([]any)
	for _, x := range list {
		f, _ := x.(*value.Object)
		name := node.Get(f, "displayName", node.Get(f, "id", ""))
		types[node.Get(f, "id", name)] = node.Get(f, "type", "")
		if node.Get(f, "removed", "") == "true" {
			removed = append(removed, name)
		}
	}
	for name, v := range values.All() {
		if !slices.Contains(removed, name) {
			o.Set(name, inputAs(types[name], v, asText))
		}
	}
	for _, name := range removed {
		o.Delete(name)
	}
}

// inputAs converts a value to the type that the called workflow declares.
func inputAs(typ string, v any, asText bool) any {
	text, isText := v.(string)
	switch {
	case v == nil:
	case typ == "string" && !isText && asText:
		return node.Text(v)
	case typ == "number" && isText && strings.TrimSpace(text) != "":
		if n := node.ToNumber(text); n == n {
			return n
		}
	case typ == "boolean" && isText && (text == "true" || text == "false"):
		return text == "true"
	case (typ == "object" || typ == "array") && isText:
		if parsed, err := value.Parse([]byte(text)); err == nil {
			return parsed
		}
	}
	return v
}

// gaveRuns makes the node's items of what its runs gave.
func gaveRuns(c *node.Call) (node.Result, error) {
	items := c.Items()
	detached := !c.At(0).Bool("options.waitForSubWorkflow", true)
	if c.At(0).String("mode", "once") == "each" {
		return gaveEach(c, items, detached)
	}
	got := c.Sub[0]
	switch {
	case got.Err != nil && c.Continues() && !fault.Of(got.Err).Stops():
		it := node.ErrorItem(0, got.Err)
		it.Paired = workflow.PairedWithAll(len(items))
		return one([]workflow.Item{it}, nil)
	case got.Err != nil:
		return node.Result{}, got.Err
	case detached:
		sent, err := subItems(c)
		return one(pairEach(sent), err)
	}
	outs := cleared(got.Outputs)
	for _, out := range outs {
		for i := range out {
			switch p := out[i].Paired; {
			case len(p) > 0 && !slices.ContainsFunc(p, func(p workflow.Paired) bool { return p.Item >= len(items) || p.Input > 0 }):
			case len(out) == len(items):
				out[i].Paired = []workflow.Paired{{Item: i}}
			default:
				out[i].Paired = workflow.PairedWithAll(len(items))
			}
		}
	}
	return node.Result{Outputs: outs}, nil
}

// gaveEach puts what the runs gave one after the other, output by output.
func gaveEach(c *node.Call, items []workflow.Item, detached bool) (node.Result, error) {
	outs := [][]workflow.Item{{}}
	sent, err := subItems(c)
	if err != nil {
		return node.Result{}, err
	}
	for i, got := range c.Sub {
		switch {
		case got.Err != nil && c.Continues() && !fault.Of(got.Err).Stops():
			outs[0] = append(outs[0], node.ErrorItem(i, got.Err))
		case got.Err != nil:
			f := *fault.Of(got.Err)
			f.Message = fmt.Sprintf("Error executing workflow with item at index %d: %s", i, f.Message)
			return node.Result{}, node.AtItem(i, node.Replaced(got.Err, &f))
		case detached:
			outs[0] = append(outs[0], pairEach(sent)[i])
		default:
			for n, out := range cleared(got.Outputs) {
				for len(outs) <= n {
					outs = append(outs, []workflow.Item{})
				}
				for _, it := range out {
					it.Paired = []workflow.Paired{{Item: i}}
					outs[n] = append(outs[n], it)
				}
			}
		}
	}
	return node.Result{Outputs: outs}, nil
}

// cleared copies outputs: the items of a run are kept by others too.
func cleared(outs [][]workflow.Item) [][]workflow.Item {
	if len(outs) == 0 {
		return [][]workflow.Item{{}}
	}
	out := make([][]workflow.Item, len(outs))
	for i := range outs {
		out[i] = append([]workflow.Item{}, outs[i]...)
	}
	return out
}

func pairEach(items []workflow.Item) []workflow.Item {
	for i := range items {
		items[i].Paired = []workflow.Paired{{Item: i}}
	}
	return items
}
