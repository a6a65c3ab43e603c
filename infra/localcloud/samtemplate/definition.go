package samtemplate

import (
	"encoding/json"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// definition returns a state machine's definition as JSON, before substitutions.
func (p *reader) definition() []byte {
	if inline := p.raw("Definition"); inline != nil {
		p.inert("DefinitionUri")
		return inline
	}
	uri := p.required("DefinitionUri")
	file := filepath.Join(filepath.Dir(p.t.file), uri)
	data, err := os.ReadFile(file)
	if err != nil {
		p.fault(p.v.get("DefinitionUri"), "%v", err)
		return []byte("{}")
	}
	if json.Valid(data) {
		return data
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil || len(doc.Content) == 0 {
		p.fault(p.v.get("DefinitionUri"), "%s is neither JSON nor YAML", uri)
		return []byte("{}")
	}
	other := &template{file: file, load: p.t.load}
	return other.literal(doc.Content[0]).json()
}

// substitute replaces ${Name} by DefinitionSubstitutions; a name that has none is a fault.
func (p *reader) substitute(definition string) string {
	given := p.take("DefinitionSubstitutions")
	return expand(definition, func(name string) (string, bool) {
		v := given.get(name)
		if v == nil {
			p.fault(nil, "the definition needs ${%s}, and DefinitionSubstitutions has none", name)
			return "", false
		}
		quoted, _ := json.Marshal(v.text)
		return string(quoted[1 : len(quoted)-1]), true
	})
}
