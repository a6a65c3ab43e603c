package connector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Condition is a template that is true or not ("!" before it turns it round), or
// an object of placeholders, without their braces, and the values that they may
// have; all must hold. Values for $version may be ranges.
type Condition struct {
	not   bool
	truth part
	all   []match
}

type match struct {
	of     *placeholder
	values []any
}

// UnmarshalJSONFrom reads either form.
func (c *Condition) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := readValue(dec)
	if err != nil {
		return err
	}
	*c, err = newCondition(v)
	return err
}

func newCondition(v any) (Condition, error) {
	switch v := v.(type) {
	case bool:
		return Condition{truth: literal{v}}, nil
	case string:
		text, not := strings.CutPrefix(v, "!")
		p, err := compileText(text)
		if _, constant := p.(literal); constant && err == nil {
			err = fmt.Errorf("the condition %q is always the same; placeholders stand in braces: %q", v, "{"+text+"}")
		}
		return Condition{not: not, truth: p}, err
	case *value.Object:
		return matches(v)
	}
	return Condition{}, fmt.Errorf("a condition is a text or an object, not %s", value.KindOf(v))
}

func matches(o *value.Object) (Condition, error) {
	c := Condition{all: make([]match, 0, o.Len())}
	for k, v := range o.All() {
		p, err := compileText("{" + k + "}")
		if err != nil {
			return c, err
		}
		of, ok := p.(*placeholder)
		if !ok {
			return c, fmt.Errorf("%q is not the name of a parameter or variable", k)
		}
		values, ok := v.([]any)
		if !ok {
			values = []any{v}
		}
		if of.steps[0] == "$version" {
			for _, x := range values {
				if err := Range(textOf(x)).check(); err != nil {
					return c, err
				}
			}
		}
		c.all = append(c.all, match{of, values})
	}
	return c, nil
}

// holds evaluates the condition; nil holds.
func (c *Condition) holds(s *scope) (bool, error) {
	if c == nil {
		return true, nil
	}
	if c.truth != nil {
		v, ok, err := c.truth.eval(s)
		return (ok && isTrue(v)) != c.not, err
	}
	for _, m := range c.all {
		v, _, err := m.of.eval(s)
		if err != nil || !m.has(v) {
			return false, err
		}
	}
	return true, nil
}

func (m *match) has(v any) bool {
	version, isVersion := v.(float64)
	return slices.ContainsFunc(m.values, func(x any) bool {
		if m.of.steps[0] == "$version" && isVersion {
			return Range(textOf(x)).Has(version)
		}
		return value.Equal(x, v)
	})
}

// isTrue is JavaScript's truth, but for empty lists and objects and the text
// "false", which are not true.
func isTrue(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) > 0
	case *value.Object:
		return v.Len() > 0
	case string:
		return v != "" && v != "false"
	}
	return node.Truthy(v)
}

func (c *Condition) visit(f func(part)) {
	if c == nil {
		return
	}
	if c.truth != nil {
		c.truth.visit(f)
	}
	for _, m := range c.all {
		m.of.visit(f)
	}
}
