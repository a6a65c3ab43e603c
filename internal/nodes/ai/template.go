package ai

import "strings"

// fill puts values into a prompt template: {name} stands for one, {{ and }} for
// braces themselves. Other braces stay.
func fill(template string, values map[string]string) string {
	var b strings.Builder
	for i := 0; i < len(template); {
		switch {
		case strings.HasPrefix(template[i:], "{{"):
			b.WriteByte('{')
			i += 2
		case strings.HasPrefix(template[i:], "}}"):
			b.WriteByte('}')
			i += 2
		case template[i] == '{':
			name, _, ok := strings.Cut(template[i+1:], "}")
			v, known := values[name]
			if !ok || !known {
				b.WriteByte('{')
				i++
				continue
			}
			b.WriteString(v)
			i += len(name) + 2
		default:
			b.WriteByte(template[i])
			i++
		}
	}
	return b.String()
}
