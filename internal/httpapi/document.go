package httpapi

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// openAnswers lets answers have members that the document does not name yet:
// adding some breaks nobody. What clients send stays closed, so that a misspelt
// member is refused.
func openAnswers(doc *huma.OpenAPI) {
	sent := map[string]bool{}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if op == nil || op.RequestBody == nil {
				continue
			}
			for _, media := range op.RequestBody.Content {
				collect(doc, media.Schema, sent)
			}
		}
	}
	for name, s := range doc.Components.Schemas.Map() {
		if closed, ok := s.AdditionalProperties.(bool); ok && !closed && !sent[name] {
			s.AdditionalProperties = nil
		}
	}
}

// collect notes the schemas that s refers to.
func collect(doc *huma.OpenAPI, s *huma.Schema, seen map[string]bool) {
	if s == nil {
		return
	}
	if s.Ref != "" {
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		if !seen[name] {
			seen[name] = true
			collect(doc, doc.Components.Schemas.Map()[name], seen)
		}
		return
	}
	collect(doc, s.Items, seen)
	for _, p := range s.Properties {
		collect(doc, p, seen)
	}
	for _, list := range [][]*huma.Schema{s.AnyOf, s.OneOf, s.AllOf} {
		for _, inner := range list {
			collect(doc, inner, seen)
		}
	}
	if inner, ok := s.AdditionalProperties.(*huma.Schema); ok {
		collect(doc, inner, seen)
	}
}
