package asl

import (
	"strings"

	"github.com/theory/jsonpath/spec"

	"github.com/automatelanka/automatelanka/internal/value"
)

// selection walks a general path over this package's trees, in document order.
// The library's own walk needs Go maps, whose order is by chance; only filters
// are given such copies.
type selection struct {
	root  any
	plain any // root as Go maps; made for the first filter that is met
}

func (p *Path) selectAll(root any) []any {
	s := &selection{root: root}
	nodes := []any{root}
	for _, seg := range p.segments {
		next := []any{}
		descend := strings.HasPrefix(seg.String(), "..")
		for _, n := range nodes {
			next = s.segment(next, seg, n, descend)
		}
		nodes = next
	}
	return nodes
}

func (s *selection) segment(out []any, seg *spec.Segment, node any, descend bool) []any {
	for _, sel := range seg.Selectors() {
		out = s.selector(out, sel, node)
	}
	if descend {
		for _, child := range children(node) {
			out = s.segment(out, seg, child, true)
		}
	}
	return out
}

func (s *selection) selector(out []any, sel spec.Selector, node any) []any {
	switch sel := sel.(type) {
	case spec.Name:
		if o, ok := node.(*value.Object); ok {
			if v, ok := o.Get(string(sel)); ok {
				out = append(out, v)
			}
		}
	case spec.Index:
		if v, ok := followSteps(node, []step{{list: true, index: int(sel)}}); ok {
			out = append(out, v)
		}
	case spec.WildcardSelector:
		out = append(out, children(node)...)
	case spec.SliceSelector:
		out = slice(out, sel, node)
	case *spec.FilterSelector:
		if s.plain == nil {
			s.plain = toMaps(s.root)
		}
		for _, child := range children(node) {
			if sel.Eval(toMaps(child), s.plain) {
				out = append(out, child)
			}
		}
	}
	return out
}

func slice(out []any, sel spec.SliceSelector, node any) []any {
	list, ok := node.([]any)
	if !ok || sel.Step() == 0 {
		return out
	}
	lower, upper := sel.Bounds(len(list))
	if sel.Step() > 0 {
		for i := lower; i < upper; i += sel.Step() {
			out = append(out, list[i])
		}
		return out
	}
	for i := upper; i > lower; i += sel.Step() {
		out = append(out, list[i])
	}
	return out
}

func children(node any) []any {
	switch n := node.(type) {
	case []any:
		return n
	case *value.Object:
		out := make([]any, n.Len())
		for i := range out {
			_, out[i] = n.At(i)
		}
		return out
	}
	return nil
}

// toMaps copies a tree into the form that the JSONPath library knows.
func toMaps(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = toMaps(x)
		}
		return out
	case *value.Object:
		out := make(map[string]any, v.Len())
		for k, x := range v.All() {
			out[k] = toMaps(x)
		}
		return out
	}
	return v
}

// put returns root with v at the place that steps name; root itself stays as it
// is. Missing objects are made; lists must have the index already.
func put(root any, steps []step, v any) (any, bool) {
	if len(steps) == 0 {
		return v, true
	}
	st := steps[0]
	if st.list {
		list, ok := root.([]any)
		if !ok || st.index < 0 || st.index >= len(list) {
			return nil, false
		}
		x, ok := put(list[st.index], steps[1:], v)
		if !ok {
			return nil, false
		}
		out := append([]any(nil), list...)
		out[st.index] = x
		return out, true
	}
	o, ok := root.(*value.Object)
	if !ok {
		return nil, false
	}
	var child any = value.NewObject(1)
	if old, ok := o.Get(st.name); ok {
		child = old
	}
	x, ok := put(child, steps[1:], v)
	if !ok {
		return nil, false
	}
	out := o.Shallow()
	out.Set(st.name, x)
	return out, true
}
