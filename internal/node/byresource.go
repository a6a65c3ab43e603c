package node

import (
	"context"
	"slices"
)

// byResource is a node type of which two parts of the program serve the resources:
// those that other names are its own, all else is own's. It has own's versions.
func byResource(own, other Type) Type {
	part := func(c *Call) *Type {
		if v, err := c.Param("resource", 0); err == nil && slices.Contains(other.Spec.Part, Text(v)) {
			return &other
		}
		return &own
	}
	t := own
	t.Run = func(ctx context.Context, c *Call) (Result, error) { return part(c).Run(ctx, c) }
	t.Effect = func(c *Call) Effect { return part(c).Effect(c) }
	t.Spec.Credentials = slices.Compact(slices.Sorted(slices.Values(slices.Concat(own.Spec.Credentials, other.Spec.Credentials))))
	t.Spec.Load = func() []Param { return joined(own.Spec.Parameters(), other.Spec.Parameters()) }
	return t
}

// joined are the parameters of both, with one that chooses among all resources.
func joined(own, other []Param) []Param {
	out := slices.Clone(own)
	for _, p := range other {
		i := slices.IndexFunc(out, func(o Param) bool { return o.Name == "resource" })
		if p.Name != "resource" || i < 0 {
			out = append(out, p)
			continue
		}
		out[i].Options = slices.Concat(out[i].Options, p.Options)
	}
	return out
}
