package ask

import (
	"html"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Fields reads the fields of the form that the node shows.
func Fields(c *node.Call) ([]form.Field, error) {
	r := c.At(0)
	if r.String("defineForm", "fields") == "json" {
		list, err := jsonFields(c)
		if err != nil {
			return nil, err
		}
		return readFields(c, list)
	}
	list := r.List("formFields.values")
	if r.Err() != nil {
		return nil, r.Err()
	}
	fields, err := readFields(c, list)
	if err != nil {
		return nil, err
	}
	return fields, fillHTML(c, fields)
}

func readFields(c *node.Call, list []any) ([]form.Field, error) {
	fields, err := form.ReadFields(list, c.Node.TypeVersion)
	if err != nil {
		return nil, node.Errorf("The form cannot be shown: %v.", err)
	}
	return fields, nil
}

// fillHTML evaluates the expressions in the author's HTML, with or without the "="
// that marks them elsewhere.
func fillHTML(c *node.Call, fields []form.Field) error {
	raw, _ := c.Raw("formFields.values")
	list, _ := raw.([]any)
	for i := range fields {
		if fields[i].Kind != form.HTML || i >= len(list) {
			continue
		}
		v, _ := value.Path(list, i, "html")
		text, ok := v.(string)
		if !ok {
			continue
		}
		var err error
		if fields[i].HTML, err = fill(c, strings.TrimPrefix(text, "="), asText); err != nil {
			return err
		}
	}
	return nil
}

// jsonFields reads fields that are written as JSON. Values inside of the text are
// put in as JSON, so that a list can be.
func jsonFields(c *node.Call) ([]any, error) {
	raw, _ := c.Raw("jsonOutput")
	text, isText := raw.(string)
	if !isText {
		list, _ := raw.([]any)
		return list, nil
	}
	if rest, ok := strings.CutPrefix(text, "="); ok {
		var err error
		if text, err = fill(c, rest, func(v any) string {
			if s, ok := v.(string); ok {
				return s
			}
			return string(value.JSON(v))
		}); err != nil {
			return nil, err
		}
	}
	v, err := value.Parse([]byte(text))
	if err != nil {
		return nil, node.WithDetail(node.Errorf("The form's fields are not valid JSON"), err.Error())
	}
	list, ok := v.([]any)
	if !ok {
		return nil, node.Errorf("The form's fields are %s; they must be a list of objects.", value.KindOf(v))
	}
	return list, nil
}

// braces is an expression inside of text.
var braces = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// asText writes a value into HTML, so that what people entered is never markup.
func asText(v any) string { return html.EscapeString(node.Text(v)) }

// Markup is a parameter that is HTML of the author's, with values in it as text.
func Markup(c *node.Call, name string) (string, error) {
	raw, _ := c.Raw(name)
	text, _ := raw.(string)
	if rest, ok := strings.CutPrefix(text, "="); ok {
		return fill(c, rest, asText)
	}
	return text, nil
}

// fill puts the values of the expressions into the author's text, which stays
// what it is otherwise. Values are never evaluated again.
func fill(c *node.Call, text string, write func(any) string) (string, error) {
	var failed error
	out := braces.ReplaceAllStringFunc(text, func(e string) string {
		v, ok, err := c.Evaluate(e, 0)
		if err != nil && failed == nil {
			failed = err
		}
		if !ok {
			return ""
		}
		return write(v)
	})
	return out, failed
}
