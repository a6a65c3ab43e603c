package flow

import (
	"context"
	"fmt"
	"math"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// maxOutputs bounds what an author may ask for.
const maxOutputs = 256

func switchV3() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.switch", Versions: []float64{3, 3.1, 3.2, 3.3, 3.4}, Name: "Switch",
			Description: "Sends each item to an output by rules, or by an expression that gives its number.",
			Group:       "flow", Family: node.Pure, Inputs: main1,
			Params: []node.Param{
				{Name: "mode", Type: "options", Default: "rules", Description: "By rules or by expression.", Options: []node.Option{{Value: "rules", Name: "Rules"}, {Value: "expression", Name: "Expression"}}},
				{Name: "numberOutputs", Type: "number", Default: 4.0, Description: "How many outputs there are.", Show: map[string][]any{"mode": {"expression"}}},
				{Name: "output", Type: "number", Description: "The number of the output, from 0.", Show: map[string][]any{"mode": {"expression"}}},
				{Name: "rules", Type: "fixedCollection", Default: map[string]any{}, Description: "One rule for each output.", Show: map[string][]any{"mode": {"rules"}}, Fields: []node.Param{
					{Name: "conditions", Type: "filter"}, {Name: "renameOutput", Type: "boolean"}, {Name: "outputKey", Type: "string"},
				}},
				{Name: "looseTypeValidation", Type: "boolean", Default: false, Description: "Whether values are converted to the type of the comparison."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "fallbackOutput (none, extra or an output), ignoreCase, allMatchingOutputs.", Show: map[string][]any{"mode": {"rules"}}},
			},
		},
		Run:     runSwitchV3,
		Outputs: outputsV3,
	}
}

// outputsV3 counts the outputs from the parameters as written.
func outputsV3(n *workflow.Node) int {
	if mode, _ := n.Parameters.Get("mode"); mode == "expression" {
		v, ok := n.Parameters.Get("numberOutputs")
		count, isNumber := v.(float64)
		if !ok || !isNumber {
			count = 4
		}
		return int(max(min(count, maxOutputs), 1))
	}
	list, _ := value.Path(n.Parameters, "rules", "values")
	rules, _ := list.([]any)
	count := len(rules)
	if fallback, _ := value.Path(n.Parameters, "options", "fallbackOutput"); fallback == "extra" {
		count++
	}
	return count
}

func runSwitchV3(ctx context.Context, c *node.Call) (node.Result, error) {
	s := switcher{c: c}
	mode := c.At(0).String("mode", "rules")
	for i, it := range c.Items() {
		if ctx.Err() != nil {
			return node.Result{}, node.TimedOut(ctx)
		}
		r := c.At(i)
		err := s.routeV3(r, mode, it)
		if err == nil {
			err = r.Err()
		}
		if err := s.failed(i, err); err != nil {
			return node.Result{}, err
		}
	}
	if len(s.outs) == 0 {
		s.outs = [][]workflow.Item{{}}
	}
	return node.Result{Outputs: s.outs}, nil
}

// switcher collects the outputs.
type switcher struct {
	c    *node.Call
	outs [][]workflow.Item
}

func (s *switcher) make(n int) {
	s.outs = make([][]workflow.Item, max(min(n, maxOutputs), 0))
	for i := range s.outs {
		s.outs[i] = []workflow.Item{}
	}
}

func (s *switcher) send(output any, it workflow.Item) error {
	n := math.NaN()
	switch output.(type) {
	case float64, string:
		n = node.ToNumber(output)
	}
	if math.IsNaN(n) || output == "" || n != math.Trunc(n) || n < 0 || int(n) >= len(s.outs) {
		return s.noOutput(output, n)
	}
	s.outs[int(n)] = append(s.outs[int(n)], it)
	return nil
}

// noOutput is n8n's error, in its words, for an output that the node does not have.
func (s *switcher) noOutput(output any, n float64) error {
	name, last := node.JSString(output), len(s.outs)-1
	switch {
	case s.c.Node.TypeVersion < 3:
		return node.Errorf("The ouput %s is not allowed. It has to be between 0 and %d!", name, last)
	case n == float64(len(s.outs)):
		return node.WithDetail(node.Errorf("The ouput %s is not allowed. ", name),
			fmt.Sprintf("Output indexes are zero based, if you want to use the extra output use %d", last))
	}
	return node.WithDetail(node.Errorf("The ouput %s is not allowed", name), fmt.Sprintf("It has to be between 0 and %d", last))
}

// failed passes a failure on as an item of the first output, if the author wants that.
func (s *switcher) failed(i int, err error) error {
	if err == nil {
		return nil
	}
	if !s.c.Continues() || len(s.outs) == 0 {
		return node.AtItem(i, err)
	}
	s.outs[0] = append(s.outs[0], node.UnpairedError(err))
	return nil
}

func (s *switcher) routeV3(r *node.Reader, mode string, it workflow.Item) error {
	if mode == "expression" {
		if r.Item() == 0 {
			s.make(r.Int("numberOutputs", 4))
		}
		return s.send(r.Value("output"), it)
	}
	written, _ := s.c.Raw("rules.values")
	rules, _ := written.([]any)
	if len(rules) == 0 {
		return nil
	}
	options := r.Object("options")
	fallback, _ := options.Get("fallbackOutput")
	if r.Item() == 0 {
		s.make(outputsV3(s.c.Node))
	}
	all, _ := options.Get("allMatchingOutputs")
	matched, err := s.matchV3(r, rules, it, node.Truthy(all))
	if err != nil || matched || fallback == nil || fallback == "none" {
		return err
	}
	if fallback == "extra" {
		fallback = float64(len(s.outs) - 1)
	}
	return s.send(fallback, it)
}

// matchV3 evaluates one rule after the other: what follows the match is not
// evaluated, as in n8n.
func (s *switcher) matchV3(r *node.Reader, rules []any, it workflow.Item, all bool) (bool, error) {
	matched := false
	for i := range rules {
		v, err := s.c.ParamAt("rules.values", i, "conditions", r.Item())
		if err != nil {
			return false, err
		}
		ok, err := condition.Pass(v, zone(s.c), r.Item())
		if err != nil {
			return false, err
		}
		if ok {
			matched = true
			s.outs[i] = append(s.outs[i], it)
			if !all {
				return true, nil
			}
		}
	}
	return matched, nil
}
