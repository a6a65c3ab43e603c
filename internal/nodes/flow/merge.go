package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// maxProduct bounds how many items all combinations of two inputs may give.
const maxProduct = 100_000

func mergeV2() node.Type {
	s := mergeSpec(2, 2.1)
	s.Params = append([]node.Param{
		{Name: "mode", Type: "options", Default: "append", Description: "append, combine or chooseBranch."},
		{Name: "combinationMode", Type: "options", Default: "mergeByFields", Description: "mergeByFields, mergeByPosition or multiplex.", Show: map[string][]any{"mode": {"combine"}}},
		{Name: "chooseBranchMode", Type: "options", Default: "waitForBoth", Description: "waitForBoth.", Show: map[string][]any{"mode": {"chooseBranch"}}},
		{Name: "output", Type: "options", Default: "input1", Description: "input1, input2 or empty.", Show: map[string][]any{"mode": {"chooseBranch"}}},
	}, s.Params...)
	return node.Type{Spec: s, Run: runMerge}
}

func mergeV3() node.Type {
	s := mergeSpec(3, 3.1, 3.2)
	s.Params = append([]node.Param{
		{Name: "mode", Type: "options", Default: "append", Description: "append, combine, combineBySql or chooseBranch."},
		{Name: "combineBy", Type: "options", Default: "combineByFields", Description: "combineByFields, combineByPosition or combineAll.", Show: map[string][]any{"mode": {"combine"}}},
		{Name: "query", Type: "string", Default: "SELECT * FROM input1 LEFT JOIN input2 ON input1.name = input2.id", Description: "One SELECT in SQLite's dialect over the tables input1, input2, …", Show: map[string][]any{"mode": {"combineBySql"}}},
		{Name: "numberInputs", Type: "number", Default: 2.0, Description: "How many inputs there are."},
		{Name: "advanced", Type: "boolean", Default: false, Description: "Whether the fields have other names in the second input."},
		{Name: "fieldsToMatchString", Type: "string", Default: "", Description: "The fields to match, by comma."},
		{Name: "chooseBranchMode", Type: "options", Default: "waitForAll", Description: "waitForAll.", Show: map[string][]any{"mode": {"chooseBranch"}}},
		{Name: "output", Type: "options", Default: "specifiedInput", Description: "specifiedInput or empty.", Show: map[string][]any{"mode": {"chooseBranch"}}},
		{Name: "useDataOfInput", Type: "number", Default: 1.0, Description: "The input whose items go on, from 1.", Show: map[string][]any{"mode": {"chooseBranch"}}},
	}, s.Params...)
	return node.Type{
		Spec: s, Run: runMerge,
		Family: func(n *workflow.Node) node.Family {
			if mode, _ := value.Path(n.Parameters, "mode"); mode == "combineBySql" {
				return node.Data // where the SQL engine is
			}
			return node.Pure
		},
		Uses: func(s node.Services) node.Services { return node.Services{Tables: s.Tables} },
	}
}

func mergeSpec(versions ...float64) node.Spec {
	return node.Spec{
		Type: "n8n-nodes-base.merge", Versions: versions, Name: "Merge",
		Description: "Brings the items of several branches together, once all have arrived.",
		Group:       "transform", Family: node.Pure, Inputs: []string{"input 1", "input 2"}, Outputs: main1,
		Params: []node.Param{
			{Name: "mergeByFields", Type: "fixedCollection", Default: map[string]any{"values": []any{map[string]any{"field1": "", "field2": ""}}}, Description: "The pairs of fields to match: field1, field2."},
			{Name: "joinMode", Type: "options", Default: "keepMatches", Description: "keepMatches, keepNonMatches, keepEverything, enrichInput1 or enrichInput2."},
			{Name: "outputDataFrom", Type: "options", Default: "both", Description: "both, input1 or input2."},
			{Name: "options", Type: "collection", Default: map[string]any{}, Description: "clashHandling, disableDotNotation, fuzzyCompare, includeUnpaired, multipleMatches."},
		},
	}
}

// merger is one run of a Merge node.
type merger struct {
	c     *node.Call
	r     *node.Reader
	in    [][]workflow.Item // as many as the node has inputs, none nil
	clash clash
}

func runMerge(ctx context.Context, c *node.Call) (node.Result, error) {
	r := c.At(0)
	m := merger{c: c, r: r, clash: clashOf(r.Object("options"))}
	inputs := 2
	if c.Node.TypeVersion >= 3 {
		inputs = min(max(r.Int("numberInputs", 2), 1), maxOutputs)
	}
	for i := range inputs {
		items := c.Input(i)
		if items == nil {
			items = []workflow.Item{}
		}
		m.in = append(m.in, items)
	}
	outs, err := m.run(ctx)
	if err == nil {
		err = r.Err()
	}
	return node.Result{Outputs: outs}, err
}

func (m *merger) run(ctx context.Context) ([][]workflow.Item, error) {
	mode := m.r.String("mode", "append")
	if mode == "combine" {
		if m.c.Node.TypeVersion >= 3 {
			mode = m.r.String("combineBy", "combineByFields")
		} else {
			mode = m.r.String("combinationMode", "mergeByFields")
		}
	}
	switch mode {
	case "append":
		out := []workflow.Item{}
		for _, in := range m.in {
			out = append(out, in...)
		}
		return [][]workflow.Item{out}, nil
	case "chooseBranch":
		return m.choose()
	case "multiplex", "combineAll":
		return m.product(ctx)
	case "mergeByPosition":
		return m.positionV2()
	case "combineByPosition":
		return m.positionV3()
	case "mergeByFields", "combineByFields":
		return m.byFields(ctx)
	case "combineBySql":
		return m.query(ctx)
	}
	return nil, node.Errorf("The mode %q of Merge is not known.", mode)
}

func (m *merger) choose() ([][]workflow.Item, error) {
	switch output := m.r.String("output", ""); output {
	case "input1":
		return m.in[:1], nil
	case "input2":
		return m.in[1:2], nil
	case "specifiedInput":
		n := m.r.Int("useDataOfInput", 1)
		if n < 1 || n > len(m.in) {
			return nil, node.WithDetail(node.Errorf("Input %d doesn't exist", n), "The node has only "+node.Text(float64(len(m.in)))+" inputs.")
		}
		return m.in[n-1 : n], nil
	case "empty":
		it := workflow.EmptyItem()
		for _, in := range m.in[:min(2, len(m.in))] {
			for _, x := range in {
				it.Paired = append(it.Paired, x.Paired...)
			}
		}
		return [][]workflow.Item{{it}}, nil
	default:
		return nil, node.Errorf("The output %q of Merge is not known.", output)
	}
}

// product combines every item of the first input with every one of the second.
func (m *merger) product(ctx context.Context) ([][]workflow.Item, error) {
	a, b := m.in[0], m.in[len(m.in)-1]
	if len(m.in) > 1 {
		b = m.in[1]
	}
	if m.clash.resolve == "preferInput1" {
		a, b = b, a
	}
	if m.clash.resolve == "addSuffix" {
		a, b = suffixed(a, "1"), suffixed(b, "2")
	}
	if len(a)*len(b) > maxProduct {
		return nil, node.Errorf("All combinations of %d and %d items are more than %d.", len(a), len(b), maxProduct)
	}
	out := make([]workflow.Item, 0, len(a)*len(b))
	for _, x := range a {
		if ctx.Err() != nil {
			return nil, node.TimedOut(ctx)
		}
		for _, y := range b {
			out = append(out, m.clash.items(x, y))
		}
	}
	return [][]workflow.Item{out}, nil
}

func (m *merger) option(name string) any {
	v, _ := m.r.Object("options").Get(name)
	return v
}

// positionV2 merges the items of two inputs by their place.
func (m *merger) positionV2() ([][]workflow.Item, error) {
	a, b := m.in[0], m.in[1]
	if len(a) == 0 || len(b) == 0 {
		return [][]workflow.Item{append(append([]workflow.Item{}, a...), b...)}, nil
	}
	if m.clash.resolve == "preferInput1" {
		a, b = b, a
	}
	if m.clash.resolve == "addSuffix" {
		a, b = suffixed(a, "1"), suffixed(b, "2")
	}
	n := min(len(a), len(b))
	out := make([]workflow.Item, 0, max(len(a), len(b)))
	for i := range n {
		out = append(out, m.clash.items(a[i], b[i]))
	}
	if node.Truthy(m.option("includeUnpaired")) {
		out = append(append(out, a[n:]...), b[n:]...)
	}
	return [][]workflow.Item{out}, nil
}

// positionV3 merges the items of all inputs by their place, the preferred input last.
func (m *merger) positionV3() ([][]workflow.Item, error) {
	preferred := m.clash.preferred(len(m.in))
	if preferred < 0 {
		return nil, node.Errorf("The preferred input of the clash handling does not exist.")
	}
	inputs := append([][]workflow.Item{}, m.in...)
	if m.clash.resolve == "addSuffix" {
		for i, in := range inputs {
			inputs[i] = suffixed(in, node.Text(float64(i+1)))
		}
	}
	n := len(m.in[preferred])
	for _, in := range inputs {
		if node.Truthy(m.option("includeUnpaired")) {
			n = max(n, len(in))
		} else {
			n = min(n, len(in))
		}
	}
	out := make([]workflow.Item, 0, n)
	for i := range n {
		var parts []workflow.Item
		for _, in := range append(inputs, m.in[preferred]) {
			if i < len(in) {
				parts = append(parts, in[i])
			}
		}
		out = append(out, m.clash.items(workflow.Item{JSON: value.NewObject(4)}, parts...))
	}
	return [][]workflow.Item{out}, nil
}
