package expr

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/dop251/goja/ast"

	"github.com/automatelanka/automatelanka/internal/value"
)

// fastTemplate is the direct form of a template literal.
func fastTemplate(n *ast.TemplateLiteral) fastNode {
	if n.Tag != nil {
		return nil
	}
	spaceTemplate(n)
	t := &concatenation{}
	for i, el := range n.Elements {
		if !el.Valid {
			return nil
		}
		t.texts = append(t.texts, el.Parsed.String())
		if i < len(n.Expressions) {
			part := compileFast(n.Expressions[i])
			if part == nil {
				part = fastDate(n.Expressions[i])
			}
			if part == nil {
				return nil
			}
			t.parts = append(t.parts, part)
		}
	}
	if len(t.parts) == 0 {
		return literal{t.texts[0]}
	}
	return t
}

// concatenation is a template literal: texts with values between them.
type concatenation struct {
	texts []string
	parts []fastNode
}

func (n *concatenation) eval(e *Evaluator, item int) (any, error) {
	var out strings.Builder
	out.WriteString(n.texts[0])
	for i, p := range n.parts {
		v, err := p.eval(e, item)
		if err != nil {
			return nil, err
		}
		s, err := stringified(v)
		if err != nil {
			return nil, err
		}
		if out.Len()+len(s) > maxFastText {
			return nil, errSlow // accounted there
		}
		out.WriteString(s)
		out.WriteString(n.texts[i+1])
	}
	return out.String(), nil
}

// stringified is String(v).
func stringified(v any) (string, error) {
	switch v := v.(type) {
	case nil, undefinedType, float64, bool, string:
		return concatenated(v), nil
	default:
		return stringOf(v)
	}
}

// method is a call of one of a few methods of text and lists, done here for plain
// values of the right type.
type method struct {
	of       fastNode
	name     string
	argument string
	optional bool
}

// fastMethods are the methods of method, with whether they take a literal text.
var fastMethods = map[string]bool{
	"toString": false, "trim": false, "toLowerCase": false, "toUpperCase": false, "toJsonString": false,
	"join": true, "includes": true, "startsWith": true, "endsWith": true,
}

// fastMethod is the direct form of a call: of JSON.stringify or a method.
func fastMethod(n *ast.CallExpression) fastNode {
	dot, ok := n.Callee.(*ast.DotExpression)
	if !ok {
		return nil
	}
	name := dot.Identifier.Name.String()
	if id, ok := dot.Left.(*ast.Identifier); ok && id.Name == "JSON" && name == "stringify" {
		return fastStringify(n.ArgumentList)
	}
	takes, known := fastMethods[name]
	if !known || (takes && len(n.ArgumentList) != 1) || (!takes && len(n.ArgumentList) != 0) {
		return nil
	}
	m := &method{name: name}
	if takes {
		s, ok := n.ArgumentList[0].(*ast.StringLiteral)
		if !ok {
			return nil
		}
		m.argument = s.Value.String()
	}
	left := dot.Left
	if o, ok := left.(*ast.Optional); ok {
		left, m.optional = o.Expression, true
	}
	if m.of = compileFast(left); m.of == nil {
		return nil
	}
	return m
}

func (n *method) eval(e *Evaluator, item int) (any, error) {
	of, err := n.of.eval(e, item)
	if err != nil {
		return nil, err
	}
	switch v := of.(type) {
	case string:
		return n.onText(v)
	case []any:
		if n.name == "join" {
			return joinedBy(v, n.argument)
		}
	case nil, undefinedType:
		if n.optional {
			return nil, errShort
		}
		if n.name != "toJsonString" {
			return nil, errUndefined
		}
	case float64:
		if n.name == "toString" {
			return value.FormatNumber(v), nil
		}
	}
	if n.name == "toJsonString" && isContainer(of) {
		return stringify(of, "")
	}
	return nil, errSlow
}

func (n *method) onText(s string) (any, error) {
	if len(s) > maxFastText || !isASCII(s) && n.name != "toString" && n.name != "toJsonString" {
		return nil, errSlow
	}
	switch n.name {
	case "toString":
		return s, nil
	case "trim":
		return strings.Trim(s, " \t\n\v\f\r"), nil
	case "toLowerCase":
		return strings.ToLower(s), nil
	case "toUpperCase":
		return strings.ToUpper(s), nil
	case "includes":
		return strings.Contains(s, n.argument), nil
	case "startsWith":
		return strings.HasPrefix(s, n.argument), nil
	case "endsWith":
		return strings.HasSuffix(s, n.argument), nil
	}
	return nil, errSlow // text that is a date has other functions of these names
}

func joinedBy(list []any, sep string) (any, error) {
	var out strings.Builder
	for i, x := range list {
		if i > 0 {
			out.WriteString(sep)
		}
		s, err := stringOf(x)
		if err != nil {
			return nil, err
		}
		if out.Len()+len(s) > maxFastText {
			return nil, errSlow
		}
		out.WriteString(s)
	}
	return out.String(), nil
}

// stringifier is JSON.stringify(x), or with null and a number of spaces.
type stringifier struct {
	of     fastNode
	indent string
}

func fastStringify(args []ast.Expression) fastNode {
	s := &stringifier{}
	switch len(args) {
	case 1:
	case 3:
		_, null := args[1].(*ast.NullLiteral)
		n, ok := args[2].(*ast.NumberLiteral)
		if !ok || !null {
			return nil
		}
		spaces, ok := n.Value.(int64)
		if !ok || spaces < 0 || spaces > 10 {
			return nil
		}
		s.indent = strings.Repeat(" ", int(spaces))
	default:
		return nil
	}
	if s.of = compileFast(args[0]); s.of == nil {
		return nil
	}
	return s
}

func (n *stringifier) eval(e *Evaluator, item int) (any, error) {
	v, err := n.of.eval(e, item)
	if err != nil {
		return nil, err
	}
	if v == any(undefined) {
		return undefined, nil
	}
	return stringify(v, n.indent)
}

func stringify(v any, indent string) (any, error) {
	if _, text := extent(v); text > maxFastText {
		return nil, errSlow
	}
	raw := value.JSON(v)
	if indent == "" || !isContainer(v) {
		return string(raw), nil
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", indent); err != nil {
		return nil, errSlow
	}
	return out.String(), nil
}
