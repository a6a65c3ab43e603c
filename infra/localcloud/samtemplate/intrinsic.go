package samtemplate

import (
	"encoding/base64"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// resolve evaluates a node and the intrinsic functions in it.
func (t *template) resolve(node *yaml.Node) *value {
	if name, arg := intrinsic(node); name != "" {
		return t.call(name, arg, node)
	}
	return t.structure(node, t.resolve)
}

// literal reads a node in which intrinsic functions are not allowed.
func (t *template) literal(node *yaml.Node) *value {
	if name, _ := intrinsic(node); name != "" {
		t.fault(node, "%s cannot stand here", name)
		return &value{at: t.at(node)}
	}
	return t.structure(node, t.literal)
}

func (t *template) structure(node *yaml.Node, each func(*yaml.Node) *value) *value {
	at := t.at(node)
	switch node.Kind {
	case yaml.ScalarNode:
		if node.Tag == "!!null" {
			return &value{at: at}
		}
		return &value{at: at, kind: scalar, text: node.Value, quoted: node.Tag == "!!str"}
	case yaml.SequenceNode:
		out := listValue(at, nil)
		for _, n := range node.Content {
			if v := each(n); v.kind != none {
				out.items = append(out.items, v)
			}
		}
		return out
	case yaml.MappingNode:
		out := mapValue(at)
		for key, n := range pairs(node) {
			if key.Value == "<<" {
				t.fault(key, "YAML merge keys are not supported")
				continue
			}
			if v := each(n); v.kind != none {
				out.set(key.Value, v)
			}
		}
		return out
	}
	t.fault(node, "this form of YAML is not supported")
	return &value{at: at}
}

// intrinsic tells whether a node is a call of an intrinsic function, as a tag
// (!Ref x) or as a mapping ({Ref: x}), and returns its long name and argument.
func intrinsic(node *yaml.Node) (string, *yaml.Node) {
	if node.Tag != "" && node.Tag[0] == '!' && !strings.HasPrefix(node.Tag, "!!") {
		name := node.Tag[1:]
		if name != "Ref" && name != "Condition" {
			name = "Fn::" + name
		}
		plain := *node
		plain.Tag = ""
		if plain.Kind == yaml.ScalarNode {
			plain.Tag = "!!str"
		}
		return name, &plain
	}
	if node.Kind == yaml.MappingNode && len(node.Content) == 2 {
		key := node.Content[0].Value
		if key == "Ref" || strings.HasPrefix(key, "Fn::") {
			return key, node.Content[1]
		}
	}
	return "", nil
}

func (t *template) call(name string, arg, node *yaml.Node) *value {
	at := t.at(node)
	switch name {
	case "Ref":
		return t.ref(arg.Value, node)
	case "Fn::GetAtt":
		return t.getAtt(arg, node)
	case "Fn::Sub":
		return t.sub(arg, node)
	case "Fn::Join":
		return t.join(arg, node)
	case "Fn::Select":
		return t.selectFrom(arg, node)
	case "Fn::Split":
		args := t.arguments(name, arg, 2)
		return splitText(at, text(args[1]), text(args[0]))
	case "Fn::FindInMap":
		return t.findInMap(arg, node)
	case "Fn::If":
		return t.choose(arg, node)
	case "Fn::Base64":
		return textValue(at, base64.StdEncoding.EncodeToString([]byte(text(t.resolve(arg)))))
	case "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition":
		return &value{at: at, kind: scalar, text: strconv.FormatBool(t.test(node))}
	case "Fn::ImportValue":
		t.fault(node, "Fn::ImportValue is not supported: there are no other stacks here; pass a parameter")
	default:
		t.fault(node, "the intrinsic function %s is not supported", name)
	}
	return &value{at: at}
}

// arguments resolves the list of n arguments of a function; missing ones are empty.
func (t *template) arguments(name string, arg *yaml.Node, n int) []*value {
	out := make([]*value, n)
	if arg.Kind != yaml.SequenceNode || len(arg.Content) != n {
		t.fault(arg, "%s takes a list of %d", name, n)
		for i := range out {
			out[i] = &value{at: t.at(arg)}
		}
		return out
	}
	for i, node := range arg.Content {
		out[i] = t.resolve(node)
	}
	return out
}

func (t *template) join(arg, node *yaml.Node) *value {
	args := t.arguments("Fn::Join", arg, 2)
	var parts []string
	for _, item := range args[1].items {
		parts = append(parts, text(item))
	}
	return textValue(t.at(node), strings.Join(parts, text(args[0])))
}

func (t *template) selectFrom(arg, node *yaml.Node) *value {
	args := t.arguments("Fn::Select", arg, 2)
	i, err := strconv.Atoi(text(args[0]))
	if err != nil || i < 0 || i >= len(args[1].items) {
		t.fault(node, "Fn::Select: there is no item %s in a list of %d", text(args[0]), len(args[1].items))
		return &value{at: t.at(node)}
	}
	return args[1].items[i]
}

func splitText(at Position, s, sep string) *value {
	out := listValue(at, nil)
	if sep == "" {
		return out
	}
	for _, part := range strings.Split(s, sep) {
		out.items = append(out.items, textValue(at, part))
	}
	return out
}

func (t *template) findInMap(arg, node *yaml.Node) *value {
	args := t.arguments("Fn::FindInMap", arg, 3)
	found := t.mappings
	for _, a := range args {
		found = found.get(text(a))
		if found == nil {
			t.fault(node, "Fn::FindInMap: the mappings have no %s", text(a))
			return &value{at: t.at(node)}
		}
	}
	return found
}

func text(v *value) string {
	if v == nil {
		return ""
	}
	return v.text
}
