package samtemplate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"
)

// template is one file, parsed but not resolved, and the stack it is read for.
type template struct {
	file      string
	stackName string
	load      *loader

	parameters map[string]*value
	mappings   *value
	conditions map[string]*yaml.Node
	globals    *yaml.Node
	resources  []*resource
	byID       map[string]*resource
	outputs    map[string]*yaml.Node

	decided map[string]bool // conditions that were evaluated
	busy    map[string]bool // conditions and outputs in evaluation: finds circles
}

// resource is one entry of a template's Resources.
type resource struct {
	id        string
	typ       string
	node      *yaml.Node // the whole entry
	props     *yaml.Node // its Properties, or nil
	condition string
	at        Position
	nested    *template // of a nested stack, once it was read
}

// loader reads a tree of templates; its faults are those of the whole tree.
type loader struct {
	opts   Options
	faults faults
	stack  *Stack
	kinds  map[string]resourceKind

	choices  []authorizerChoice // routes of SAM events, not yet joined to their API
	defaults map[string]string  // each API's default authorizer
	raw      *rawParts
}

var sections = []string{
	"AWSTemplateFormatVersion", "Transform", "Description", "Metadata", "Parameters", "Mappings",
	"Conditions", "Globals", "Resources", "Outputs",
}

// read parses a file and sorts its sections.
func (l *loader) read(file, stackName string) (*template, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.ToSlash(file), err)
	}
	t := &template{
		file: file, stackName: stackName, load: l,
		parameters: map[string]*value{}, conditions: map[string]*yaml.Node{},
		byID: map[string]*resource{}, outputs: map[string]*yaml.Node{},
		decided: map[string]bool{}, busy: map[string]bool{},
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: a template is a mapping with Resources", filepath.ToSlash(file))
	}
	root := doc.Content[0]
	if alias := findAlias(root); alias != nil {
		return nil, &Error{Position: positionOf(file, alias), Message: "YAML aliases are not supported (CloudFormation has none)"}
	}
	for key, node := range pairs(root) {
		if !slices.Contains(sections, key.Value) {
			t.fault(key, "the section %s is not supported", key.Value)
			continue
		}
		t.section(key.Value, node)
	}
	if len(t.resources) == 0 {
		t.fault(root, "the template has no Resources")
	}
	return t, nil
}

func findAlias(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node
	}
	for _, child := range node.Content {
		if found := findAlias(child); found != nil {
			return found
		}
	}
	return nil
}

func (t *template) section(name string, node *yaml.Node) {
	switch name {
	case "Transform":
		t.checkTransform(node)
	case "Globals":
		t.globals = node
	case "Mappings":
		t.mappings = t.literal(node)
	case "Conditions":
		for key, n := range pairs(node) {
			t.conditions[key.Value] = n
		}
	case "Outputs":
		for key, n := range pairs(node) {
			t.outputs[key.Value] = n
		}
	case "Resources":
		for key, n := range pairs(node) {
			t.addResource(key, n)
		}
	case "Parameters":
		for key, n := range pairs(node) {
			t.parameters[key.Value] = t.literal(n)
		}
	}
}

func (t *template) checkTransform(node *yaml.Node) {
	names := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		names = node.Content
	}
	for _, n := range names {
		if n.Value != "AWS::Serverless-2016-10-31" {
			t.fault(n, "the transform %s is not supported", n.Value)
		}
	}
}

func (t *template) addResource(key, node *yaml.Node) {
	r := &resource{id: key.Value, node: node, at: t.at(key)}
	for k, n := range pairs(node) {
		switch k.Value {
		case "Type":
			r.typ = n.Value
		case "Properties":
			r.props = n
		case "Condition":
			r.condition = n.Value
		case "DependsOn", "Metadata", "DeletionPolicy", "UpdateReplacePolicy", "Connectors":
		default:
			t.fault(k, "the attribute %s of the resource %s is not supported", k.Value, r.id)
		}
	}
	if r.typ == "" {
		t.fault(key, "the resource %s has no Type", r.id)
	}
	if t.byID[r.id] != nil {
		t.fault(key, "the resource %s is defined twice", r.id)
		return
	}
	t.resources = append(t.resources, r)
	t.byID[r.id] = r
}

func (t *template) at(n *yaml.Node) Position { return positionOf(t.file, n) }

func (t *template) fault(n *yaml.Node, format string, args ...any) {
	t.load.faults.add(t.at(n), format, args...)
}

// pairs walks the keys and values of a mapping.
func pairs(node *yaml.Node) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if node == nil || node.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if !yield(node.Content[i], node.Content[i+1]) {
				return
			}
		}
	}
}
