package node

import "github.com/automatelanka/automatelanka/internal/workflow"

// Doors are those of the services that a node run may use: what its family has, and
// in the family Data what its type names. A type that used another one would find it
// in one function and not in the next, so it has none of those it does not name.
func (t *Type) Doors(f Family, s Services) Services {
	out := Services{Blobs: s.Blobs}
	switch f {
	case HTTP:
		out.HTTP, out.Credentials = s.HTTP, s.Credentials
	case AI:
		out.AI, out.Embedder, out.Meter, out.Tokenizer, out.Code = s.AI, s.Embedder, s.Meter, s.Tokenizer, s.Code
		out.HTTP, out.Credentials, out.Postgres, out.Redis = s.HTTP, s.Credentials, s.Postgres, s.Redis
	case Code:
		out.Code = s.Code
	case Data:
		if t.Uses != nil {
			out = t.Uses(s)
		}
		out.Blobs, out.Credentials = s.Blobs, s.Credentials
	}
	return out
}

// familyOf is the family in which the type's node runs.
func (t *Type) familyOf(n *workflow.Node) Family {
	if t.Family != nil {
		return t.Family(n)
	}
	return t.Spec.Family
}
