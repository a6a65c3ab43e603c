package connector

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
)

// service is a connector that has been read whole.
type service struct {
	file       *File
	operations []*operation
	params     []node.Param
}

// operation is an operation with all that it refers to in its place.
type operation struct {
	file     *File
	resource string
	def      *Operation
	versions []float64
	params   []Param
	steps    []Step
	errors   []ErrorRule // its own, then the file's
	effect   node.Effect
	locators map[string]map[string]*regexp.Regexp // by path of the parameter and mode
}

func build(f *File) (*service, error) {
	s := &service{file: f}
	if err := f.checkHead(); err != nil {
		return nil, err
	}
	for i := range f.Resources {
		r := &f.Resources[i]
		for j := range r.Operations {
			if err := s.add(r, &r.Operations[j]); err != nil {
				return nil, err
			}
		}
	}
	for i := range f.Operations {
		if err := s.add(nil, &f.Operations[i]); err != nil {
			return nil, err
		}
	}
	if len(s.operations) == 0 {
		return nil, fmt.Errorf("it has no operations")
	}
	s.params = s.spec()
	return s, s.checkUsage()
}

func (f *File) checkHead() error {
	switch {
	case f.Type == "" || f.Name == "" || f.Description == "" || len(f.Versions) == 0 || !slices.IsSorted(f.Versions):
		return fmt.Errorf("type, name, description and versions (ascending) are needed")
	case len(f.Resources) > 0 && len(f.Operations) > 0:
		return fmt.Errorf("it has both resources and operations")
	case (f.Auth.Type != "") == (len(f.Auth.Types) > 0) && !f.Auth.Optional:
		return fmt.Errorf("auth needs a type, or types with the param that chooses among them, or optional")
	case len(f.Auth.Types) > 0 && f.Auth.Param == "":
		return fmt.Errorf("auth.param is needed to choose among types")
	}
	return nil
}

// add puts an operation's references in their place and checks it.
func (s *service) add(r *Resource, def *Operation) error {
	o := &operation{file: s.file, def: def, versions: def.Versions.of(s.file.Versions)}
	where := def.Value
	lists := [][]ParamRef{s.file.Params}
	if r != nil {
		o.resource, where = r.Value, r.Value+"/"+def.Value
		o.versions = r.Versions.of(o.versions)
		lists = append(lists, r.Params)
	}
	err := o.expand(append(lists, def.Params))
	if err == nil {
		err = o.check()
	}
	if err == nil && s.clashes(o) {
		err = fmt.Errorf("it is there twice for a version")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	s.operations = append(s.operations, o)
	return nil
}

func (s *service) clashes(o *operation) bool {
	return slices.ContainsFunc(s.operations, func(x *operation) bool {
		return x.resource == o.resource && x.def.Value == o.def.Value &&
			slices.ContainsFunc(x.versions, func(v float64) bool { return slices.Contains(o.versions, v) })
	})
}

// expand resolves the references to defined parameters and steps.
func (o *operation) expand(lists [][]ParamRef) error {
	for _, list := range lists {
		for _, ref := range list {
			if ref.Ref == "" {
				o.params = append(o.params, ref.Param)
				continue
			}
			defined, ok := o.file.Define.Params[strings.TrimPrefix(ref.Ref, "@")]
			if !ok || !strings.HasPrefix(ref.Ref, "@") {
				return fmt.Errorf("there is no defined parameter %q", ref.Ref)
			}
			o.params = append(o.params, defined...)
		}
	}
	if o.def.Request != nil {
		o.steps = []Step{{Request: o.def.Request, Paginate: o.def.Paginate}}
	}
	for _, ref := range o.def.Steps {
		if ref.Ref == "" {
			o.steps = append(o.steps, ref.Step)
			continue
		}
		defined, ok := o.file.Define.Steps[strings.TrimPrefix(ref.Ref, "@")]
		if !ok || !strings.HasPrefix(ref.Ref, "@") {
			return fmt.Errorf("there are no defined steps %q", ref.Ref)
		}
		o.steps = append(o.steps, defined...)
	}
	o.errors = append(slices.Clone(o.def.Errors), o.file.Errors...)
	o.effect = o.effectOf()
	return o.locate("", o.params)
}

// effectOf is what running the operation again does.
func (o *operation) effectOf() node.Effect {
	switch o.def.Effect {
	case "safe":
		return node.Safe
	case "idempotent", "keyed": // repeated, it has its effect once
		return node.Keyed
	case "unsafe":
		return node.Unsafe
	}
	for _, st := range o.steps {
		if st.Request != nil && !st.Request.reads() {
			return node.Unsafe
		}
	}
	return node.Safe
}

// reads reports whether the request changes nothing: by its method, or because
// the file says so.
func (q *Request) reads() bool {
	return q.Reads || q.Method == "" || q.Method == "GET" || q.Method == "HEAD"
}

// locate compiles the modes of resource locators.
func (o *operation) locate(prefix string, params []Param) error {
	for i := range params {
		p := &params[i]
		name := prefix + p.Name
		for mode, m := range p.Modes {
			re, err := regexp.Compile(m.Regex)
			if err != nil || re.NumSubexp() < 1 {
				return fmt.Errorf("%s: mode %s: the regular expression needs a group (%v)", name, mode, err)
			}
			if o.locators == nil {
				o.locators = map[string]map[string]*regexp.Regexp{}
			}
			if o.locators[name] == nil {
				o.locators[name] = map[string]*regexp.Regexp{}
			}
			o.locators[name][mode] = re
		}
		if err := o.locate(name+".", p.Fields); err != nil {
			return err
		}
	}
	return nil
}

// find is the operation that a node asks for.
func (s *service) find(c *node.Call) (*operation, error) {
	resource, err := s.choice(c, "resource", len(s.file.Resources) > 0)
	if err != nil {
		return nil, err
	}
	value, err := s.choice(c, s.chooser(), s.choosesOperation())
	if err != nil {
		return nil, err
	}
	for _, o := range s.operations {
		if o.resource == resource && o.def.Value == value && slices.Contains(o.versions, c.Node.TypeVersion) {
			return o, nil
		}
	}
	what := value
	if resource != "" {
		what = resource + ": " + value
	}
	return nil, node.Errorf("The operation %q of %s is not supported. Supported are: %s.", what, s.file.Name, strings.Join(s.offers(c.Node.TypeVersion), ", "))
}

func (s *service) choice(c *node.Call, name string, there bool) (string, error) {
	if !there {
		return "", nil
	}
	v, err := c.Param(name, 0)
	return textOf(v), err
}

// chooser is the parameter that chooses the operation.
func (s *service) chooser() string {
	if s.file.Chooser != "" {
		return s.file.Chooser
	}
	return "operation"
}

// choosesOperation reports whether the node has a parameter for it.
func (s *service) choosesOperation() bool {
	return len(s.operations) > 1 || s.operations[0].def.Value != ""
}

// offers lists the operations of a version.
func (s *service) offers(version float64) []string {
	set := map[string]bool{}
	for _, o := range s.operations {
		if slices.Contains(o.versions, version) {
			name := o.def.Value
			if o.resource != "" {
				name = o.resource + ": " + name
			}
			set[name] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}
