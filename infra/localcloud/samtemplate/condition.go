package samtemplate

import (
	"bytes"

	"gopkg.in/yaml.v3"
)

// holds evaluates a named condition; an unknown name is a fault.
func (t *template) holds(name string, from *yaml.Node) bool {
	if known, ok := t.decided[name]; ok {
		return known
	}
	node, ok := t.conditions[name]
	if !ok {
		t.fault(from, "there is no condition %s", name)
		return false
	}
	if t.busy["condition "+name] {
		t.fault(node, "the condition %s depends on itself", name)
		return false
	}
	t.busy["condition "+name] = true
	result := t.test(node)
	delete(t.busy, "condition "+name)
	t.decided[name] = result
	return result
}

// test evaluates a condition's expression.
func (t *template) test(node *yaml.Node) bool {
	name, arg := intrinsic(node)
	if name == "" && node.Kind == yaml.MappingNode && len(node.Content) == 2 && node.Content[0].Value == "Condition" {
		name, arg = "Condition", node.Content[1]
	}
	switch name {
	case "Condition":
		return t.holds(arg.Value, node)
	case "Fn::Equals":
		args := t.arguments(name, arg, 2)
		return bytes.Equal(asText(args[0]), asText(args[1]))
	case "Fn::Not":
		if arg.Kind == yaml.SequenceNode && len(arg.Content) == 1 {
			return !t.test(arg.Content[0])
		}
		t.fault(node, "Fn::Not takes a list of one condition")
		return false
	case "Fn::And", "Fn::Or":
		return t.testAll(name, arg)
	}
	t.fault(node, "this is not a condition")
	return false
}

func asText(v *value) []byte {
	if v.kind == scalar {
		return []byte(v.text)
	}
	return v.json()
}

func (t *template) testAll(name string, arg *yaml.Node) bool {
	if arg.Kind != yaml.SequenceNode || len(arg.Content) < 2 || len(arg.Content) > 10 {
		t.fault(arg, "%s takes a list of 2 to 10 conditions", name)
		return false
	}
	all, any := true, false
	for _, n := range arg.Content {
		result := t.test(n)
		all, any = all && result, any || result
	}
	if name == "Fn::And" {
		return all
	}
	return any
}

// choose is Fn::If; the branch that is not taken is not evaluated.
func (t *template) choose(arg, node *yaml.Node) *value {
	if arg.Kind != yaml.SequenceNode || len(arg.Content) != 3 {
		t.fault(node, "Fn::If takes a condition's name and two values")
		return &value{at: t.at(node)}
	}
	if t.holds(arg.Content[0].Value, arg.Content[0]) {
		return t.resolve(arg.Content[1])
	}
	return t.resolve(arg.Content[2])
}
