package data

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// tag is an XML element to be written.
type tag struct {
	name  string
	attrs [][2]string
	kids  []any // *tag, text or cdata
}

type (
	text  string
	cdata string
)

// xmlBuilder writes objects as XML by the rules of xml2js.
type xmlBuilder struct {
	attrKey, charKey string
	cdata            bool
	depth            int
}

func buildXML(o, options *value.Object) (string, error) {
	b := &xmlBuilder{attrKey: node.Get(options, "attrkey", "$"), charKey: node.Get(options, "charkey", "_"), cdata: truthyOr(options, "cdata", false)}
	root := &tag{name: node.Get(options, "rootName", "root")}
	var content any = o
	if o.Len() == 1 && root.name == "root" {
		root.name, content = o.At(0)
	}
	if err := legalName(root.name); err != nil {
		return "", err
	}
	if err := b.render(root, content); err != nil {
		return "", err
	}
	var out strings.Builder
	if !truthyOr(options, "headless", false) {
		out.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n")
	}
	root.write(&out, 0)
	if out.Len() > maxText {
		return "", node.Errorf("The XML is longer than %d MB.", maxText>>20)
	}
	return out.String(), nil
}

func (b *xmlBuilder) render(t *tag, v any) error {
	if b.depth++; b.depth > maxElements {
		return node.Errorf("The data is nested deeper than %d levels.", maxElements)
	}
	defer func() { b.depth-- }()
	switch v := v.(type) {
	case *value.Object:
		for k, x := range v.All() {
			if err := b.member(t, k, x); err != nil {
				return err
			}
		}
	case []any:
		for _, x := range v {
			o, ok := x.(*value.Object)
			if !ok {
				continue
			}
			for k, y := range o.All() {
				if err := b.child(t, k, y); err != nil {
					return err
				}
			}
		}
	default:
		t.kids = append(t.kids, b.content(scalar(v)))
	}
	return nil
}

func (b *xmlBuilder) member(t *tag, k string, v any) error {
	switch {
	case k == b.attrKey:
		if attrs, ok := v.(*value.Object); ok {
			for name, x := range attrs.All() {
				if err := legalName(name); err != nil {
					return err
				}
				t.attrs = append(t.attrs, [2]string{name, scalar(x)})
			}
			return nil
		}
	case k == b.charKey:
		t.kids = append(t.kids, b.content(scalar(v)))
		return nil
	}
	if list, ok := v.([]any); ok {
		for _, x := range list {
			if err := b.child(t, k, x); err != nil {
				return err
			}
		}
		return nil
	}
	return b.child(t, k, v)
}

func (b *xmlBuilder) child(t *tag, name string, v any) error {
	if err := legalName(name); err != nil {
		return err
	}
	kid := &tag{name: name}
	t.kids = append(t.kids, kid)
	switch v.(type) {
	case *value.Object, []any:
		return b.render(kid, v)
	}
	if s := scalar(v); s != "" {
		kid.kids = append(kid.kids, b.content(s))
	}
	return nil
}

// xmlName is what elements and attributes may be called.
var xmlName = regexp.MustCompile(`^[:A-Z_a-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}\x{200D}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}]` +
	`[-.0-:A-Z_a-z\x{B7}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{37D}\x{37F}-\x{1FFF}\x{200C}\x{200D}\x{203F}\x{2040}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}]*$`)

func legalName(name string) error {
	if xmlName.MatchString(name) {
		return nil
	}
	return node.WithDetail(node.Errorf("Invalid character in name"), fmt.Sprintf("The field %q cannot be an element of XML. Rename it first.", name))
}

// content is text, or CDATA where that was asked for and is needed.
func (b *xmlBuilder) content(s string) any {
	if b.cdata && strings.ContainsAny(s, "&<>") {
		return cdata(s)
	}
	return text(s)
}

func scalar(v any) string {
	if v == nil {
		return ""
	}
	return node.JSString(v)
}

var (
	escapeText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")
	escapeAttr = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;")
)

func (t *tag) write(b *strings.Builder, depth int) {
	indent := strings.Repeat("  ", depth)
	b.WriteString(indent + "<" + t.name)
	for _, a := range t.attrs {
		b.WriteString(" " + a[0] + `="` + escapeAttr.Replace(a[1]) + `"`)
	}
	if len(t.kids) == 0 || (len(t.kids) == 1 && t.kids[0] == text("")) {
		b.WriteString("/>")
		return
	}
	b.WriteString(">")
	if only := content(t.kids[0]); only != "" && len(t.kids) == 1 {
		b.WriteString(only + "</" + t.name + ">")
		return
	}
	for _, k := range t.kids {
		b.WriteString("\n")
		if kid, ok := k.(*tag); ok {
			kid.write(b, depth+1)
		} else {
			b.WriteString(indent + "  " + content(k))
		}
	}
	b.WriteString("\n" + indent + "</" + t.name + ">")
}

// content writes text and CDATA; "" for an element.
func content(k any) string {
	switch k := k.(type) {
	case text:
		return escapeText.Replace(string(k))
	case cdata:
		return "<![CDATA[" + strings.ReplaceAll(string(k), "]]>", "]]]]><![CDATA[>") + "]]>"
	}
	return ""
}
