package samtemplate

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ref resolves what Ref gives for a name: a pseudo parameter, a parameter's
// value, or the physical id of a resource.
func (t *template) ref(name string, node *yaml.Node) *value {
	at := t.at(node)
	if strings.HasPrefix(name, "AWS::") {
		return t.pseudo(name, node)
	}
	if v, ok := t.parameters[name]; ok {
		return v
	}
	r := t.find(name, node)
	if r == nil {
		return &value{at: at}
	}
	kind, ok := t.load.kinds[r.typ]
	if !ok || kind.ref == nil {
		t.fault(node, "Ref of a resource of type %s is not supported", r.typ)
		return &value{at: at}
	}
	return textValue(at, kind.ref(t.identity(r)))
}

func (t *template) pseudo(name string, node *yaml.Node) *value {
	at, o := t.at(node), t.load.opts
	switch name {
	case "AWS::NoValue":
		return &value{at: at}
	case "AWS::Region":
		return textValue(at, o.Region)
	case "AWS::AccountId":
		return textValue(at, o.AccountID)
	case "AWS::Partition":
		return textValue(at, "aws")
	case "AWS::URLSuffix":
		return textValue(at, urlSuffix)
	case "AWS::StackName":
		return textValue(at, t.stackName)
	case "AWS::StackId":
		return textValue(at, stackARN(o, t.stackName))
	case "AWS::NotificationARNs":
		return listValue(at, nil)
	}
	t.fault(node, "there is no pseudo parameter %s", name)
	return &value{at: at}
}

// find returns the resource of a logical id, also those that SAM generates; it
// reports those that do not exist, or not under these parameters.
func (t *template) find(id string, node *yaml.Node) *resource {
	r := t.byID[id]
	if r == nil {
		r = t.generated(id)
	}
	if r == nil {
		t.fault(node, "there is no parameter or resource %s", id)
		return nil
	}
	if r.condition != "" && !t.holds(r.condition, r.node) {
		t.fault(node, "the resource %s does not exist: its condition %s is false", id, r.condition)
		return nil
	}
	return r
}

// generated finds the resources that the SAM transform adds: the role of a
// function or state machine, the URL of a function, and the implicit HTTP API.
func (t *template) generated(id string) *resource {
	if owner, ok := strings.CutSuffix(id, "Role"); ok {
		if r := t.byID[owner]; r != nil && strings.HasPrefix(r.typ, "AWS::Serverless::") {
			return &resource{id: id, typ: "AWS::IAM::Role", at: r.at, node: r.node, condition: r.condition}
		}
	}
	if owner, ok := strings.CutSuffix(id, "Url"); ok {
		if r := t.byID[owner]; r != nil && r.typ == "AWS::Serverless::Function" {
			return &resource{id: id, typ: "AWS::Lambda::Url", at: r.at, node: r.node, condition: r.condition}
		}
	}
	if id == implicitAPI {
		return &resource{id: id, typ: "AWS::Serverless::HttpApi"}
	}
	return nil
}

// getAtt resolves Fn::GetAtt, given as "Id.Attribute" or as a list of two.
func (t *template) getAtt(arg, node *yaml.Node) *value {
	id, attr, ok := strings.Cut(arg.Value, ".")
	if arg.Kind == yaml.SequenceNode && len(arg.Content) == 2 {
		id, attr, ok = arg.Content[0].Value, text(t.resolve(arg.Content[1])), true
	}
	if !ok {
		t.fault(node, "Fn::GetAtt takes a resource and an attribute")
		return &value{at: t.at(node)}
	}
	return t.attribute(id, attr, node)
}

func (t *template) attribute(id, attr string, node *yaml.Node) *value {
	at := t.at(node)
	r := t.find(id, node)
	if r == nil {
		return &value{at: at}
	}
	if output, ok := strings.CutPrefix(attr, "Outputs."); ok && slices.Contains(stackTypes, r.typ) {
		return t.output(r, output, node)
	}
	kind, ok := t.load.kinds[r.typ]
	if !ok || kind.attributes[attr] == nil {
		t.fault(node, "the resource %s (%s) has no attribute %s here", id, r.typ, attr)
		return &value{at: at}
	}
	return textValue(at, kind.attributes[attr](t.identity(r)))
}

// output resolves an output of a nested stack.
func (t *template) output(r *resource, name string, node *yaml.Node) *value {
	child := t.child(r)
	if child == nil {
		return &value{at: t.at(node)}
	}
	out, ok := child.outputs[name]
	if !ok {
		t.fault(node, "the nested stack %s has no output %s", r.id, name)
		return &value{at: t.at(node)}
	}
	return child.outputValue(name, out)
}

func (t *template) outputValue(name string, node *yaml.Node) *value {
	if t.busy["output "+name] {
		t.fault(node, "the output %s depends on itself", name)
		return &value{at: t.at(node)}
	}
	t.busy["output "+name] = true
	defer delete(t.busy, "output "+name)
	result := &value{at: t.at(node)}
	for key, n := range pairs(node) {
		switch key.Value {
		case "Value":
			result = t.resolve(n)
		case "Condition":
			if !t.holds(n.Value, n) {
				return &value{at: t.at(node)}
			}
		case "Description", "Export":
		default:
			t.fault(key, "an output has no %s", key.Value)
		}
	}
	return result
}
