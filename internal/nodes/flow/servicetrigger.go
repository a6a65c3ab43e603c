package flow

import (
	"slices"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
)

// serviceSpecs are the triggers that services start by their webhooks.
func serviceSpecs() []node.Spec {
	var all []node.Spec
	for _, t := range service.All() {
		s := node.Spec{Type: t.Type, Versions: t.Versions, Name: t.Name, Description: t.Description}
		for _, p := range t.Params {
			s.Params = append(s.Params, node.Param{Name: p.Name, Type: p.Type, Default: p.Default, Description: p.Description})
		}
		for _, c := range t.Credentials {
			if !slices.Contains(s.Credentials, c.Type) {
				s.Credentials = append(s.Credentials, c.Type)
			}
		}
		all = append(all, s)
	}
	return all
}
