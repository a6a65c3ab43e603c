package http

import (
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// reader reads the parameters of one item; what it finds wrong itself joins the
// errors of reading.
type reader struct {
	*node.Reader
	c     *node.Call
	wrong error
}

func newReader(c *node.Call, item int) *reader { return &reader{Reader: c.At(item), c: c} }

// fail keeps the first thing that is wrong.
func (r *reader) fail(err error) {
	if r.wrong == nil {
		r.wrong = err
	}
}

// Err is the first error, with its item.
func (r *reader) Err() error {
	if err := r.Reader.Err(); err != nil {
		return err
	}
	return node.AtItem(r.Item(), r.wrong)
}

// pairs reads a list of {name, value}.
func (r *reader) pairs(name string) []wire.Part {
	var out []wire.Part
	for _, o := range r.Objects(name) {
		v, _ := o.Get("value")
		p := wire.Part{Name: node.Get(o, "name", ""), Value: v}
		if node.Get(o, "parameterType", "") == "formBinaryData" {
			if p.File = node.Get(o, "inputDataFieldName", ""); p.File == "" {
				continue
			}
		}
		out = append(out, p)
	}
	return out
}

// json reads a parameter that holds a JSON object, as text or as a value.
func (r *reader) json(name, label string) *value.Object {
	o, _ := r.anyJSON(name, label).(*value.Object)
	return o
}

func (r *reader) anyJSON(name, label string) any {
	v := r.Value(name)
	switch v.(type) {
	case *value.Object, []any, nil:
		return v
	}
	parsed, err := value.Parse([]byte(node.Text(v)))
	if err != nil {
		r.fail(node.WithDetail(invalid("The value in the %q field is not valid JSON", label), err.Error()))
	}
	return parsed
}
