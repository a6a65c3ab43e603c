package samtemplate

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// sub is Fn::Sub: "${Name}", "${Resource.Attribute}", "${!Literal}", with an
// optional mapping of names of its own.
func (t *template) sub(arg, node *yaml.Node) *value {
	form := arg
	var own *value
	if arg.Kind == yaml.SequenceNode {
		if len(arg.Content) != 2 {
			t.fault(node, "Fn::Sub takes a text, or a text and a mapping")
			return &value{at: t.at(node)}
		}
		form, own = arg.Content[0], t.resolve(arg.Content[1])
	}
	if form.Kind != yaml.ScalarNode {
		t.fault(node, "Fn::Sub takes a text, or a text and a mapping")
		return &value{at: t.at(node)}
	}
	out := expand(form.Value, func(name string) (string, bool) {
		if v := own.get(name); v != nil {
			return text(v), true
		}
		return text(t.named(name, node)), true
	})
	return textValue(t.at(node), out)
}

// named resolves the name in a ${…}: a reference, or an attribute if it has a dot.
func (t *template) named(name string, node *yaml.Node) *value {
	if id, attr, ok := strings.Cut(name, "."); ok {
		return t.attribute(id, attr, node)
	}
	return t.ref(name, node)
}

// expand replaces each ${name} in s by what lookup gives; ${!name} becomes
// ${name}; where lookup has nothing the text is left as it is.
func expand(s string, lookup func(name string) (string, bool)) string {
	var b strings.Builder
	for {
		open := strings.Index(s, "${")
		if open < 0 {
			break
		}
		end := strings.IndexByte(s[open:], '}')
		if end < 0 {
			break
		}
		name := strings.TrimSpace(s[open+2 : open+end])
		b.WriteString(s[:open])
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			b.WriteString("${" + literal + "}")
		} else if v, ok := lookup(name); ok {
			b.WriteString(v)
		} else {
			b.WriteString(s[open : open+end+1])
		}
		s = s[open+end+1:]
	}
	b.WriteString(s)
	return b.String()
}
