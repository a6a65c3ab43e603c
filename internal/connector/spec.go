package connector

import (
	"maps"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// spec are the parameters as the catalogue shows them: authentication, resource,
// operation, and those of the operations, each visible with what it belongs to.
func (s *service) spec() []node.Param {
	var out []node.Param
	if a := s.file.Auth; a.Param != "" && a.Param != "resource" { // the resource may choose the credential too
		out = append(out, a.param())
	}
	if len(s.file.Resources) > 0 {
		out = append(out, s.resourceParam())
	}
	if s.choosesOperation() {
		out = append(out, s.operationParams()...)
	}
	seen := map[string]int{} // where a parameter stands, by what makes it the same
	for _, o := range s.operations {
		for i := range o.params {
			p := s.param(o, &o.params[i])
			key := o.resource + "\x00" + s.signature(p)
			at, ok := seen[key]
			if !ok {
				seen[key] = len(out)
				out = append(out, p)
				continue
			}
			show := out[at].Show
			of := s.chooser()
			if add := p.Show[of]; len(add) > 0 && !slices.Contains(show[of], add[0]) {
				show[of] = append(show[of], add...)
			}
		}
	}
	return append(out, s.askParams()...)
}

// signature is a parameter without the operations that have it.
func (s *service) signature(p node.Param) string {
	show := maps.Clone(p.Show)
	delete(show, s.chooser())
	p.Show = show
	return string(value.JSON(value.From(p)))
}

func (a Auth) param() node.Param {
	p := node.Param{Name: a.Param, Type: "options", Default: a.Default, Description: "Which kind of credential is used."}
	for _, v := range slices.Sorted(maps.Keys(a.Types)) {
		p.Options = append(p.Options, node.Option{Value: v, Name: v, Description: a.Types[v]})
	}
	return p
}

func (s *service) resourceParam() node.Param {
	f := s.file
	p := node.Param{Name: "resource", Type: "options", Default: f.Resources[0].Value}
	if f.Resource != "" {
		p.Default = f.Resource
	}
	var texts []string
	for _, r := range f.Resources {
		if slices.ContainsFunc(p.Options, func(o node.Option) bool { return o.Value == r.Value }) {
			continue
		}
		p.Options = append(p.Options, node.Option{Value: r.Value, Name: r.Name, Description: r.Description})
		texts = append(texts, r.Value)
	}
	p.Description = "What is worked on: " + strings.Join(texts, ", ") + "."
	return p
}

// operationParams is the parameter operation, once for each resource.
func (s *service) operationParams() []node.Param {
	var out []node.Param
	for _, r := range s.file.Resources {
		p := s.operationParam(r.Operations, r.Default)
		p.Show = map[string][]any{"resource": {r.Value}}
		s.limit(&p, r.Versions.of(s.file.Versions))
		out = append(out, p)
	}
	if len(s.file.Operations) > 0 {
		usual := ""
		for _, o := range s.file.Operations {
			if o.Default {
				usual = o.Value
			}
		}
		out = append(out, s.operationParam(s.file.Operations, usual))
	}
	return out
}

func (s *service) operationParam(ops []Operation, usual string) node.Param {
	p := node.Param{Name: s.chooser(), Type: "options", Default: ops[0].Value}
	if usual != "" {
		p.Default = usual
	}
	var texts []string
	for _, o := range ops {
		if slices.ContainsFunc(p.Options, func(x node.Option) bool { return x.Value == o.Value }) {
			continue
		}
		p.Options = append(p.Options, node.Option{Value: o.Value, Name: o.Name, Description: o.Description})
		texts = append(texts, "`"+o.Value+"` "+o.Name)
	}
	p.Description = strings.Join(texts, ", ") + "."
	return p
}

// param is a parameter of an operation as the catalogue shows it.
func (s *service) param(o *operation, p *Param) node.Param {
	out := p.spec(o.versions)
	out.Show = map[string][]any{}
	for k, v := range p.Show {
		out.Show[k] = v
	}
	if o.resource != "" {
		out.Show["resource"] = []any{o.resource}
	}
	if s.choosesOperation() {
		out.Show[s.chooser()] = []any{o.def.Value}
	}
	s.limit(&out, p.Versions.of(o.versions))
	return out
}

// limit shows a parameter for the versions only, if they are not all.
func (s *service) limit(p *node.Param, versions []float64) {
	if len(versions) == len(s.file.Versions) {
		return
	}
	p.Show = shownIn(p.Show, versions)
}

// shownIn adds versions to a visibility.
func shownIn(show map[string][]any, versions []float64) map[string][]any {
	list := make([]any, len(versions))
	for i, v := range versions {
		list[i] = v
	}
	if show == nil {
		show = map[string][]any{}
	}
	show["@version"] = list
	return show
}

// spec is the parameter without its visibility, of an operation that is in some versions.
func (p *Param) spec(versions []float64) node.Param {
	out := node.Param{Name: p.Name, Type: p.Type, Required: p.Required, Description: p.Description}
	if p.Default != nil {
		out.Default = p.Default.raw
	}
	for _, o := range p.Options {
		name := o.Name
		if name == "" {
			name = o.Value
		}
		out.Options = append(out.Options, node.Option{Value: o.Value, Name: name, Description: o.Description})
	}
	for i := range p.Fields {
		f := p.Fields[i].spec(versions)
		f.Show = maps.Clone(p.Fields[i].Show)
		if in := p.Fields[i].Versions.of(versions); len(in) < len(versions) {
			f.Show = shownIn(f.Show, in)
		}
		out.Fields = append(out.Fields, f)
	}
	return out
}

// read gives the operation's parameters for an item, evaluated: those that are
// visible. A required one that is empty is an error.
func (o *operation) read(c *node.Call, item int) (*value.Object, error) {
	out := value.NewObject(len(o.params))
	for i := range o.params {
		p := &o.params[i]
		if _, ok := out.Get(p.Name); ok || !p.Versions.Has(c.Node.TypeVersion) {
			continue
		}
		if ok, err := p.visible(c, item, out); !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		v, err := c.Param(p.Name, item)
		if err != nil {
			return nil, err
		}
		if p.Required && empty(v) {
			return nil, node.AtItem(item, node.Errorf("The parameter %q is required.", p.Name))
		}
		if v != nil {
			out.Set(p.Name, v)
		}
	}
	return out, nil
}

func (p *Param) visible(c *node.Call, item int, read *value.Object) (bool, error) {
	for name, allowed := range p.Show {
		name = strings.TrimPrefix(name, "/")
		v, ok := read.Get(name)
		if name == "@version" {
			v, ok = c.Node.TypeVersion, true
		}
		if !ok {
			var err error
			if v, err = c.Param(name, item); err != nil {
				return false, err
			}
		}
		if !slices.ContainsFunc(allowed, func(x any) bool { return value.Equal(value.From(x), v) }) {
			return false, nil
		}
	}
	return true, nil
}

// empty reports whether a parameter, or the value of a resource locator, is not given.
func empty(v any) bool {
	if o := locator(v); o != nil {
		v, _ = o.Get("value")
	}
	return v == nil || v == ""
}
