package node

import (
	"fmt"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Document writes all node types as Markdown, by group and name.
func (r *Registry) Document() string {
	var b strings.Builder
	b.WriteString("# Node types\n\nGenerated from the specs in the code; a test holds it to them. Parameters may be expressions: text that begins with `=`.\n")
	groups := map[string][]*Type{}
	var tools []string
	for _, name := range r.names {
		for _, t := range r.byName[name] {
			if of := t.Spec.ToolOf; of != "" {
				if !slices.Contains(tools, of) {
					tools = append(tools, of)
				}
				continue
			}
			groups[t.Spec.Group] = append(groups[t.Spec.Group], t)
		}
	}
	names := make([]string, 0, len(groups))
	for g := range groups {
		names = append(names, g)
	}
	slices.Sort(names)
	for _, g := range names {
		fmt.Fprintf(&b, "\n## %s\n", strings.ToUpper(g[:1])+g[1:])
		for _, t := range groups[g] {
			t.Spec.document(&b)
		}
	}
	if len(tools) > 0 {
		fmt.Fprintf(&b, "\n## Tools\n\nAI nodes can use these as tools, as type with \"Tool\" at its end. Parameters are the node's own, with `descriptionType` and `toolDescription`; what `$fromAI(key, description, type, default)` stands for in them is the model's to fill in.\n\n- `%s`\n",
			strings.Join(tools, "`\n- `"))
	}
	return b.String()
}

func (s *Spec) document(b *strings.Builder) {
	versions := make([]string, len(s.Versions))
	for i, v := range s.Versions {
		versions[i] = value.FormatNumber(v)
	}
	fmt.Fprintf(b, "\n### %s\n\n`%s` %s. %s\n", s.Name, s.Type, strings.Join(versions, ", "), s.Description)
	if len(s.Inputs) > 1 {
		fmt.Fprintf(b, "\nInputs: %s.", strings.Join(s.Inputs, ", "))
	}
	if len(s.Outputs) > 1 {
		fmt.Fprintf(b, "\nOutputs: %s.", strings.Join(s.Outputs, ", "))
	}
	if len(s.Credentials) > 0 {
		fmt.Fprintf(b, "\nCredentials: `%s`.", strings.Join(s.Credentials, "`, `"))
	}
	if len(s.Inputs) > 1 || len(s.Outputs) > 1 || len(s.Credentials) > 0 {
		b.WriteString("\n")
	}
	params := s.Parameters()
	if len(params) == 0 {
		return
	}
	b.WriteString("\n| parameter | type | default | |\n|---|---|---|---|\n")
	for i := range params {
		p := &params[i]
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", p.Name, p.Type, p.defaultText(), cellOf(p.Description+p.when()))
	}
}

func (p *Param) defaultText() string {
	switch {
	case p.Required:
		return "required"
	case p.Default == nil:
		return ""
	}
	return "`" + cellOf(strings.ReplaceAll(string(value.JSON(value.From(p.Default))), "\n", " ")) + "`"
}

// when says which other parameters make this one visible.
func (p *Param) when() string {
	if len(p.Show) == 0 {
		return ""
	}
	names := make([]string, 0, len(p.Show))
	for name := range p.Show {
		names = append(names, name)
	}
	slices.Sort(names)
	conditions := make([]string, len(names))
	for i, name := range names {
		values := make([]string, len(p.Show[name]))
		for j, v := range p.Show[name] {
			values[j] = Text(value.From(v))
		}
		if name == "@version" {
			name = "version"
		}
		conditions[i] = name + " " + strings.Join(values, " or ")
	}
	return " (" + strings.Join(conditions, ", ") + ")"
}

func cellOf(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }
