package expr

import "github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"

// Projection is a parsed projection expression: the paths that an answer has.
type Projection struct {
	refs
	paths []path
}

func parseProjection(text string) (*Projection, error) {
	p := newParser("ProjectionExpression", text)
	if err := p.err(); err != nil {
		return nil, err
	}
	out := &Projection{}
	for p.syntax == nil {
		out.paths = append(out.paths, p.parsePath())
		if !p.symbol(",") {
			break
		}
	}
	p.end()
	out.refs = p.refs
	return out, p.err()
}

// Bind resolves the projection's placeholders and refuses overlapping paths.
func (p *Projection) Bind(given *Placeholders) (*Binding, error) {
	b, err := p.bind(given)
	if err != nil {
		return nil, err
	}
	return b, checkApart(p.what, p.paths, b)
}

// Attributes returns the names of the attributes that the projection reads, each once.
func (p *Projection) Attributes(b *Binding) []string {
	var out []string
	for _, path := range p.paths {
		note(&out, path.top(b))
	}
	return out
}

// Project returns of the item what the paths lead to, within its structure;
// lists keep the order of their elements and close the gaps.
func (p *Projection) Project(b *Binding, item attr.Item) attr.Item {
	return project(p.paths, b, item)
}

func project(paths []path, b *Binding, item attr.Item) attr.Item {
	whole := attr.Value{Kind: attr.Map, Kids: item}
	picked, _ := pick(paths, 0, b, &whole)
	return picked.Kids
}

// pick returns of v what the paths' steps from depth on lead to; ok is false if that is nothing.
func pick(paths []path, depth int, b *Binding, v *attr.Value) (picked attr.Value, ok bool) {
	if len(paths[0]) == depth {
		return *v, true // paths do not overlap, so it is the only one
	}
	picked = attr.Value{Kind: v.Kind}
	var below []path
	for i := range v.Kids {
		below = below[:0]
		for _, p := range paths {
			if p.leadsTo(depth, b, v, i) {
				below = append(below, p)
			}
		}
		if len(below) == 0 {
			continue
		}
		if kid, found := pick(below, depth+1, b, &v.Kids[i].Value); found {
			picked.Kids = append(picked.Kids, attr.Field{Name: v.Kids[i].Name, Value: kid})
		}
	}
	return picked, len(picked.Kids) > 0
}

// leadsTo reports whether the path's step at depth leads from v to its kid i.
func (p path) leadsTo(depth int, b *Binding, v *attr.Value, i int) bool {
	if p[depth].isIndex {
		return v.Kind == attr.List && p[depth].index == i
	}
	return v.Kind == attr.Map && p.nameAt(depth, b) == v.Kids[i].Name
}
