package samtemplate

import (
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Options say for what a template is read.
type Options struct {
	// Parameters override the template's defaults.
	Parameters map[string]string
	// StackName begins every physical name; default "local".
	StackName string
	// Region and AccountID are part of every ARN; default us-east-1, 000000000000.
	Region    string
	AccountID string
}

// maxDepth is how deep stacks may be nested.
const maxDepth = 5

// Load reads the template at path and what is nested in it. Its error joins all
// faults that were found, each an *Error with file and line.
func Load(path string, o Options) (*Stack, error) {
	o.StackName = cmpOr(o.StackName, "local")
	o.Region = cmpOr(o.Region, "us-east-1")
	o.AccountID = cmpOr(o.AccountID, "000000000000")
	l := &loader{opts: o, kinds: allKinds()}
	l.stack = &Stack{Name: o.StackName, Region: o.Region, AccountID: o.AccountID, Outputs: map[string]string{}}
	t, err := l.read(path, o.StackName)
	if err != nil {
		return nil, err
	}
	given := mapValue(Position{File: path, Line: 1, Column: 1})
	for name, v := range o.Parameters {
		given.set(name, textValue(given.at, v))
	}
	t.bind(given)
	t.readAll()
	for name, node := range t.outputs {
		if v := t.outputValue(name, node); v.kind == scalar {
			l.stack.Outputs[name] = v.text
		}
	}
	l.link()
	return l.stack, l.faults.err()
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// readAll reads every resource that exists under the parameters.
func (t *template) readAll() {
	for _, r := range t.resources {
		if r.condition != "" && !t.holds(r.condition, r.node) {
			continue
		}
		t.checkDependencies(r)
		kind, ok := t.load.kinds[r.typ]
		if !ok {
			t.load.faults.add(r.at, "%s: resources of type %s are not supported by the local cloud", r.id, r.typ)
			continue
		}
		props := t.properties(r)
		if kind.read == nil {
			continue
		}
		p := t.reader(r, props, r.typ+" "+r.id)
		kind.read(p)
		p.done()
	}
}

// properties resolves the properties of a resource; one that has none has an empty
// mapping.
func (t *template) properties(r *resource) *value {
	if r.props == nil {
		return mapValue(r.at)
	}
	return t.resolve(r.props)
}

func (t *template) checkDependencies(r *resource) {
	for key, node := range pairs(r.node) {
		if key.Value != "DependsOn" {
			continue
		}
		names := []*yaml.Node{node}
		if node.Kind == yaml.SequenceNode {
			names = node.Content
		}
		for _, n := range names {
			if t.byID[n.Value] == nil && t.generated(n.Value) == nil {
				t.fault(n, "%s depends on %s, which does not exist", r.id, n.Value)
			}
		}
	}
}

// child reads the template of a nested stack, once.
func (t *template) child(r *resource) *template {
	if r.nested != nil {
		return r.nested
	}
	if strings.Count(t.stackName, "-") > maxDepth*4 || t.busy["stack "+r.id] {
		t.fault(r.node, "the nested stack %s contains or needs itself", r.id)
		return nil
	}
	t.busy["stack "+r.id] = true
	defer delete(t.busy, "stack "+r.id)
	p := t.reader(r, t.properties(r), r.typ+" "+r.id)
	location := p.text("Location", p.text("TemplateURL", ""))
	if location == "" || strings.Contains(location, "://") {
		p.fault(nil, "only a template in a local file can be nested")
		return nil
	}
	child, err := t.load.read(filepath.Join(filepath.Dir(t.file), location), t.stackName+"-"+r.id)
	if err != nil {
		p.fault(nil, "%v", err)
		return nil
	}
	given := p.take("Parameters")
	if given == nil {
		given = mapValue(r.at)
	}
	r.nested = child
	child.bind(given)
	return child
}

func readNestedStack(p *reader) {
	p.inert("Location", "TemplateURL", "Parameters", "NotificationARNs", "Tags", "TimeoutInMinutes")
	child := p.t.child(p.r)
	if child == nil {
		return
	}
	child.readAll()
	for name, node := range child.outputs {
		child.outputValue(name, node)
	}
}

// source says where the resource that is being read comes from.
func (p *reader) source() Source {
	return Source{LogicalID: p.r.id, Stack: p.t.stackName, At: p.r.at}
}

// globals returns the section of Globals for a type, resolved.
func (t *template) global(section string) *value {
	for key, node := range pairs(t.globals) {
		known := []string{"Function", "HttpApi", "StateMachine", "LayerVersion", "Api", "SimpleTable"}
		if !slices.Contains(known, key.Value) {
			t.fault(key, "Globals has no section %s", key.Value)
		}
		if key.Value == section {
			return t.resolve(node)
		}
	}
	return nil
}
