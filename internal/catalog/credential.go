package catalog

import (
	"context"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// CredentialUse is one credential that a workflow's nodes refer to, as they do.
type CredentialUse struct {
	Type string `json:"t"`
	ID   string `json:"i,omitempty"`
	Name string `json:"n,omitempty"`
}

// maxUses bounds what a head keeps of a workflow's credentials.
const maxUses = 100

func usesOf(wf *workflow.Workflow) []CredentialUse {
	var out []CredentialUse
	for _, n := range wf.Nodes {
		for typ, ref := range n.Credentials {
			if u := (CredentialUse{typ, ref.ID, ref.Name}); !slices.Contains(out, u) && len(out) < maxUses {
				out = append(out, u)
			}
		}
	}
	slices.SortFunc(out, func(a, b CredentialUse) int {
		return strings.Compare(a.Type+"\x00"+a.Name+"\x00"+a.ID, b.Type+"\x00"+b.Name+"\x00"+b.ID)
	})
	return out
}

// is reports whether the use leads to a credential: by its id, or by its name
// where the id is not one of ours.
func (u CredentialUse) is(id ident.Credential, typ, name string) bool {
	if u.Type != typ {
		return false
	}
	return u.ID == string(id) || strings.TrimSpace(u.Name) == name && !ident.Valid(ident.PrefixCredential, u.ID)
}

// UsersOf names the workflows that refer to a credential. It implements
// credential.Workflows.
func (c *Catalog) UsersOf(ctx context.Context, t ident.Tenant, id ident.Credential, typ, name string) ([]string, error) {
	var out []string
	p := tenant.Paging{Limit: searchBatch}
	for {
		heads, next, err := c.Store.Heads(ctx, t, p)
		if err != nil {
			return nil, err
		}
		for _, h := range heads {
			if slices.ContainsFunc(h.Credentials, func(u CredentialUse) bool { return u.is(id, typ, name) }) {
				out = append(out, h.Name)
			}
		}
		if next == "" {
			return out, nil
		}
		p.Cursor = next
	}
}
