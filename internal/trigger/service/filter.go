package service

import (
	"fmt"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Ready checks before a node is registered that what it asks for can be held.
func (t *Type) Ready(n *workflow.Node) error {
	for _, r := range t.Refused {
		if v, _ := at(n.Parameters, r.Param); v != nil && v != false && v != "" {
			return fmt.Errorf("parameter %s is not supported: %s", r.Param, r.Instead)
		}
	}
	for _, c := range t.Credentials {
		for name := range c.When {
			if v, _ := text(n.Parameters, name); strings.HasPrefix(v, "=") {
				return fmt.Errorf("parameter %s is an expression; how calls are proved must be a fixed value", name)
			}
		}
	}
	for _, f := range t.Filters {
		for _, name := range f.wanted(n) {
			if strings.HasPrefix(name, "=") {
				return fmt.Errorf("parameter %s is an expression; what is registered in advance must be a fixed value", f.Param)
			}
		}
		if f.Unless != "" {
			if v, _ := at(n.Parameters, f.Unless); v != nil && v != true && v != false {
				return fmt.Errorf("parameter %s must be true or false, and not an expression", f.Unless)
			}
		}
	}
	return nil
}

// wanted are the names that the node's parameter has.
func (f Filter) wanted(n *workflow.Node) []string {
	if f.Param == "" {
		return f.Values
	}
	var out []string
	for _, v := range f.values(n.Parameters) {
		s, _ := scalar(v)
		for name := range strings.SplitSeq(s, ",") {
			if name = strings.TrimSpace(name); name != "" {
				out = append(out, name)
			}
		}
	}
	if len(out) == 0 && f.Default != "" {
		return []string{f.Default}
	}
	return out
}

// values reads the parameter: a value, a list, a member of a list's objects, or what
// a resource locator names.
func (f Filter) values(params *value.Object) []any {
	found := spread(params, f.Param)
	for i, v := range found {
		if o, ok := v.(*value.Object); ok {
			found[i], _ = o.Get("value")
			if mode, _ := o.Get("mode"); mode == "url" {
				address, _ := found[i].(string)
				found[i] = address[strings.LastIndexByte(address, '/')+1:] // its last part is the id
			}
		}
	}
	return found
}

// passes reports whether a part of the body is an event that the node wants.
func (f Filter) passes(n *workflow.Node, c Call, part any) bool {
	if n.TypeVersion < f.From || f.Below != 0 && n.TypeVersion >= f.Below {
		return true
	}
	if f.Unless != "" {
		if v, _ := at(n.Parameters, f.Unless); v == true {
			return true
		}
	}
	if name, ok := text(part, f.ExemptBody); ok && slices.Contains(f.Exempt, name) {
		return true
	}
	wanted := f.wanted(n)
	if len(wanted) == 0 || slices.ContainsFunc(wanted, f.meansAll) {
		return true
	}
	names := f.names(c, part)
	if len(names) == 0 {
		return f.Lenient || f.Not
	}
	hit := slices.ContainsFunc(names, func(got string) bool {
		return slices.ContainsFunc(wanted, func(want string) bool { return f.is(got, want) })
	})
	return hit != f.Not
}

func (f Filter) meansAll(name string) bool { return name == "*" || slices.Contains(f.All, name) }

// is compares without regard to case, as services and n8n write some names apart.
func (f Filter) is(got, want string) bool {
	if called, ok := f.Names[want]; ok {
		return slices.ContainsFunc(called, func(name string) bool { return strings.EqualFold(got, name) })
	}
	return strings.EqualFold(got, want)
}

// names are what the event is called.
func (f Filter) names(c Call, part any) []string {
	var out []string
	for _, path := range f.Body {
		for _, v := range spread(part, path) {
			if name, ok := scalar(v); ok && name != "" {
				out = append(out, name)
			}
		}
	}
	if f.Header != "" {
		if name := c.Header(f.Header); name != "" {
			out = append(out, name)
		}
	}
	if o, ok := part.(*value.Object); ok && f.Keys {
		out = append(out, o.Keys()...)
	}
	return out
}
