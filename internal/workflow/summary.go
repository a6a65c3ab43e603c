package workflow

import (
	"cmp"
	"slices"
	"strings"
)

// Summary is what an import tells about a workflow.
type Summary struct {
	Supported   []TypeUse // by type and version
	Unsupported []TypeUse
	Credentials []CredentialUse
	Nodes       int // that can run: no notes
}

// TypeUse is one node type in one version, with the nodes that have it.
type TypeUse struct {
	Type    string
	Version float64
	Nodes   []string
}

// CredentialUse is one credential that nodes refer to.
type CredentialUse struct {
	Type  string // credential type
	ID    string // as in the export
	Name  string
	Nodes []string
}

// Summarize lists a workflow's node types and credentials; supports says which
// types can run.
func (w *Workflow) Summarize(supports func(typ string, version float64) bool) Summary {
	var s Summary
	types := map[typeKey]*TypeUse{}
	credentials := map[credentialKey]*CredentialUse{}
	for _, n := range w.Nodes {
		if !strings.HasSuffix(n.Type, ".stickyNote") {
			s.Nodes++
		}
		key := typeKey{n.Type, n.TypeVersion}
		if types[key] == nil {
			types[key] = &TypeUse{Type: n.Type, Version: n.TypeVersion}
		}
		types[key].Nodes = append(types[key].Nodes, n.Name)
		for typ, ref := range n.Credentials {
			key := credentialKey{typ, ref}
			if credentials[key] == nil {
				credentials[key] = &CredentialUse{Type: typ, ID: ref.ID, Name: ref.Name}
			}
			credentials[key].Nodes = append(credentials[key].Nodes, n.Name)
		}
	}
	for _, use := range types {
		if supports(use.Type, use.Version) {
			s.Supported = append(s.Supported, *use)
		} else {
			s.Unsupported = append(s.Unsupported, *use)
		}
	}
	for _, use := range credentials {
		s.Credentials = append(s.Credentials, *use)
	}
	s.sort()
	return s
}

type (
	// typeKey tells node types apart.
	typeKey struct {
		Type    string
		Version float64
	}
	// credentialKey tells credentials apart.
	credentialKey struct {
		Type string
		Ref  CredentialRef
	}
)

func (s *Summary) sort() {
	byType := func(a, b TypeUse) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Version, b.Version))
	}
	slices.SortFunc(s.Supported, byType)
	slices.SortFunc(s.Unsupported, byType)
	slices.SortFunc(s.Credentials, func(a, b CredentialUse) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}
