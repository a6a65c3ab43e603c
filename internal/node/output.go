package node

import (
	"slices"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// selfPaired copies the inputs with each item pointing to itself, so that a node
// that hands an item on says where it came from.
func selfPaired(inputs [][]workflow.Item) [][]workflow.Item {
	out := make([][]workflow.Item, len(inputs))
	for i, in := range inputs {
		if in == nil {
			continue
		}
		paired := make([]workflow.Paired, len(in))
		items := make([]workflow.Item, len(in))
		for j := range in {
			paired[j] = workflow.Paired{Item: j, Input: i}
			items[j] = in[j]
			items[j].Paired = paired[j : j+1 : j+1]
		}
		out[i] = items
	}
	return out
}

func cloneItems(items []workflow.Item) []workflow.Item {
	if items == nil {
		return []workflow.Item{}
	}
	return slices.Clone(items)
}

func firstOnly(inputs [][]workflow.Item) [][]workflow.Item {
	out := make([][]workflow.Item, len(inputs))
	for i, in := range inputs {
		out[i] = in[:min(len(in), 1)]
	}
	return out
}

// pair fills in where items came from if the node did not say and it is plain:
// one input item, or as many as came out.
func (x *execution) pair() {
	outs := x.out.Result.Outputs
	if len(x.inputs) != 1 {
		return
	}
	in := len(x.inputs[0])
	same := len(outs) == 1 && len(outs[0]) == in
	for _, out := range outs {
		for i := range out {
			if out[i].Paired != nil {
				continue
			}
			switch {
			case in == 1:
				out[i].Paired = []workflow.Paired{{}}
			case same:
				out[i].Paired = []workflow.Paired{{Item: i}}
			default:
				return
			}
		}
	}
}

// firstEmpty reports whether the first output has no item: what alwaysOutputData looks at.
func firstEmpty(outs [][]workflow.Item) bool { return len(outs) == 0 || len(outs[0]) == 0 }

// alwaysOutput puts one empty item, paired with all that came in, on the first output.
func (x *execution) alwaysOutput() {
	it := workflow.EmptyItem()
	for i, in := range x.arrived {
		for j := range in {
			it.Paired = append(it.Paired, workflow.Paired{Item: j, Input: i})
		}
	}
	outs := x.out.Result.Outputs
	if len(outs) == 0 {
		outs = make([][]workflow.Item, 1)
	}
	outs[0] = []workflow.Item{it}
	x.out.Result.Outputs = outs
}

// softFailure reports whether the first item of the first output is an error item.
func softFailure(outs [][]workflow.Item) bool {
	if firstEmpty(outs) {
		return false
	}
	if outs[0][0].JSON == nil {
		return outs[0][0].Error != ""
	}
	_, ok := outs[0][0].JSON.Get("error")
	return ok
}

// errorItems gives the items that carry only an error their json.
func errorItems(outs [][]workflow.Item) {
	for _, out := range outs {
		for i := range out {
			if out[i].JSON == nil {
				out[i].JSON = value.NewObject(1)
				if out[i].Error != "" {
					out[i].JSON.Set("error", out[i].Error)
				}
			}
		}
	}
}

// routeErrors moves error items to the error output, the one after the node's
// own, with the fields of the input item that they belong to.
func (x *execution) routeErrors() {
	own := x.typ.outputs(x.step.Node)
	outs := make([][]workflow.Item, own+1)
	copy(outs, x.out.Result.Outputs)
	failed := []workflow.Item{}
	for i := range own {
		good := []workflow.Item{}
		for _, it := range outs[i] {
			if isErrorItem(it) {
				failed = append(failed, x.withInput(it))
			} else {
				good = append(good, it)
			}
		}
		outs[i] = good
	}
	outs[own] = failed
	x.out.Result.Outputs = outs
}

// isErrorItem is n8n's test: an error of its own, or json that is nothing but
// an error (and a message).
func isErrorItem(it workflow.Item) bool {
	if it.Error != "" {
		return true
	}
	e, _ := it.JSON.Get("error")
	if !Truthy(e) {
		return false
	}
	m, _ := it.JSON.Get("message")
	return it.JSON.Len() == 1 || (it.JSON.Len() == 2 && Truthy(m))
}

// withInput adds the fields of the item's input item below its own.
func (x *execution) withInput(it workflow.Item) workflow.Item {
	if len(it.Paired) == 0 || it.JSON == nil || x.step.Start {
		return it
	}
	p := it.Paired[0]
	if p.Input >= len(x.inputs) || p.Item >= len(x.inputs[p.Input]) || p.Item < 0 || p.Input < 0 {
		return it
	}
	merged := x.inputs[p.Input][p.Item].JSON.Shallow()
	for k, v := range it.JSON.All() {
		merged.Set(k, v)
	}
	it.JSON = merged
	return it
}

// outputs is how many outputs the node has, without the error output.
func (t *Type) outputs(n *workflow.Node) int {
	if t.Outputs != nil {
		return max(t.Outputs(n), 1)
	}
	return max(len(t.Spec.Outputs), 1)
}
