package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// outputsV1 is how many outputs version 1 has.
const outputsV1 = 4

func switchV1() node.Type {
	return node.Type{
		Spec: switchSpec(1),
		Run:  func(ctx context.Context, c *node.Call) (node.Result, error) { return runSwitchOld(ctx, c) },
		Outputs: func(*workflow.Node) int {
			return outputsV1
		},
	}
}

func switchV2() node.Type {
	return node.Type{
		Spec: switchSpec(2),
		Run:  func(ctx context.Context, c *node.Call) (node.Result, error) { return runSwitchOld(ctx, c) },
		Outputs: func(n *workflow.Node) int {
			if mode, _ := n.Parameters.Get("mode"); mode == "expression" {
				v, _ := n.Parameters.Get("outputsAmount")
				if count, ok := v.(float64); ok {
					return int(max(min(count, maxOutputs), 1))
				}
				return outputsV1
			}
			list, _ := value.Path(n.Parameters, "rules", "rules")
			rules, _ := list.([]any)
			return len(rules)
		},
	}
}

func switchSpec(version float64) node.Spec {
	return node.Spec{
		Type: "n8n-nodes-base.switch", Versions: []float64{version}, Name: "Switch",
		Description: "Sends each item to an output by rules, or by an expression that gives its number.",
		Group:       "flow", Family: node.Pure, Inputs: main1,
		Params: []node.Param{
			{Name: "mode", Type: "options", Default: "rules", Description: "By rules or by expression.", Options: []node.Option{{Value: "rules", Name: "Rules"}, {Value: "expression", Name: "Expression"}}},
			{Name: "outputsAmount", Type: "number", Default: 4.0, Description: "How many outputs there are.", Show: map[string][]any{"@version": {2.0}, "mode": {"expression"}}},
			{Name: "output", Type: "number", Default: 0.0, Description: "The number of the output, from 0.", Show: map[string][]any{"mode": {"expression"}}},
			{Name: "dataType", Type: "options", Default: "number", Description: "boolean, dateTime, number or string.", Show: map[string][]any{"mode": {"rules"}}},
			{Name: "value1", Type: "string", Description: "The value that the rules compare.", Show: map[string][]any{"mode": {"rules"}}},
			{Name: "rules", Type: "fixedCollection", Default: map[string]any{}, Description: "The rules: operation, value2 and output.", Show: map[string][]any{"mode": {"rules"}}},
			{Name: "fallbackOutput", Type: "options", Default: -1.0, Description: "The output of items that no rule matches, -1 for none.", Show: map[string][]any{"mode": {"rules"}}},
		},
	}
}

func runSwitchOld(ctx context.Context, c *node.Call) (node.Result, error) {
	s := switcher{c: c}
	if c.Node.TypeVersion == 1 {
		s.make(outputsV1)
	}
	for i, it := range c.Items() {
		if ctx.Err() != nil {
			return node.Result{}, node.TimedOut(ctx)
		}
		r := c.At(i)
		err := s.routeOld(r, it)
		if r.Err() != nil {
			err = r.Err()
		}
		if err := s.failed(i, err); err != nil {
			return node.Result{}, err
		}
	}
	return node.Result{Outputs: s.outs}, nil
}

func (s *switcher) routeOld(r *node.Reader, it workflow.Item) error {
	v2 := s.c.Node.TypeVersion == 2
	typ := s.c.At(0).String("dataType", "number")
	defaults := map[string]any{"operation": defaultsV1[typ]["operation"], "value2": defaultsV1[typ]["value2"], "output": 0.0}
	if r.String("mode", "rules") == "expression" {
		if v2 && r.Item() == 0 {
			s.make(r.Int("outputsAmount", outputsV1))
		}
		return s.send(r.Value("output"), it)
	}
	rules := entries(r, s.c, "rules.rules", defaults)
	if v2 && r.Item() == 0 {
		s.make(len(rules))
	}
	value1, ok, err := s.c.ParamDefined("value1", r.Item())
	if raw, set := s.c.Raw("value1"); !set || raw == nil && typ == "string" {
		value1 = defaultsV1[typ]["value1"]
	} else if !ok {
		value1 = condition.Missing
	}
	if err != nil {
		return err
	}
	for i, e := range rules {
		ok, err := compareV1(typ, e.text("operation"), value1, e.get("value2"))
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if v2 {
			s.outs[i] = append(s.outs[i], it)
			return nil
		}
		return s.send(e.get("output"), it)
	}
	if fallback := r.Number("fallbackOutput", -1); fallback != -1 {
		return s.send(fallback, it)
	}
	return r.Err()
}
