package data

import (
	"context"
	stdxml "encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func xml() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.xml", Versions: []float64{1}, Name: "XML",
			Description: "Turns XML into JSON and back.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "mode", Type: "options", Default: "xmlToJson", Description: "xmlToJson or jsonToxml."},
				{Name: "dataPropertyName", Type: "string", Default: "data", Description: "The field with the XML, or that gets it."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "attrkey, charkey, explicitArray, explicitRoot, ignoreAttrs, mergeAttrs, normalize, normalizeTags, trim; cdata, headless, rootName, surrogate."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			mode := c.At(0).String("mode", "xmlToJson")
			return one(c.EachOr(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				name := c.At(0).String("dataPropertyName", "data")
				if mode == "jsonToxml" {
					text, err := buildXML(it.JSON, c.At(0).Object("options"))
					return []workflow.Item{derived(r.Item(), value.Obj(name, text))}, err
				}
				v, ok := it.JSON.Get(name)
				if !ok {
					return nil, node.Errorf("Item has no JSON property called %q", name)
				}
				text := node.JSString(v)
				if strings.TrimSpace(text) == "" {
					return nil, node.WithDetail(node.Errorf("Cannot read properties of null (reading 'error')"), "The XML is an empty text.")
				}
				o, err := parseXML(text, c.At(0).Object("options"))
				return []workflow.Item{{JSON: o}}, err
			}, func(int, error) []workflow.Item { return nil })) // n8n leaves out what failed
		},
	}
}

// maxElements bounds how deep XML is nested.
const maxElements = 200

// xmlReader turns XML into objects by the rules of xml2js with n8n's settings.
type xmlReader struct {
	attrKey, charKey                string
	array, root, ignoreAttrs, merge bool
	normalize, lower, trim          bool
	stack                           []*element
	result                          *value.Object
}

type element struct {
	name string
	o    *value.Object
	text strings.Builder
	raw  bool // CDATA counts although it may be blank
}

func truthyOr(o *value.Object, key string, def bool) bool {
	if v, ok := o.Get(key); ok {
		return node.Truthy(v)
	}
	return def
}

func parseXML(text string, options *value.Object) (*value.Object, error) {
	x := &xmlReader{
		attrKey: node.Get(options, "attrkey", "$"), charKey: node.Get(options, "charkey", "_"),
		array: truthyOr(options, "explicitArray", false), root: truthyOr(options, "explicitRoot", true),
		ignoreAttrs: truthyOr(options, "ignoreAttrs", false), merge: truthyOr(options, "mergeAttrs", true),
		normalize: truthyOr(options, "normalize", false), lower: truthyOr(options, "normalizeTags", false), trim: truthyOr(options, "trim", false),
	}
	d := stdxml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is text already
	for {
		if x.result != nil && len(x.stack) == 0 {
			return x.result, nil // what follows the root element is not looked at, as in n8n
		}
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = x.token(t)
		}
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The text is not valid XML: %v", err)
		}
	}
	return nil, node.Errorf("The text is not valid XML: it ends too early.")
}

func (x *xmlReader) token(t stdxml.Token) error {
	switch t := t.(type) {
	case stdxml.StartElement:
		if len(x.stack) >= maxElements {
			return errors.New("it is nested too deep")
		}
		x.open(t)
	case stdxml.EndElement:
		if len(x.stack) == 0 || x.stack[len(x.stack)-1].name != x.name(t.Name) {
			return errors.New("an end tag does not fit: " + x.name(t.Name))
		}
		x.close()
	case stdxml.CharData:
		if len(x.stack) > 0 {
			x.stack[len(x.stack)-1].text.Write(t)
		} else if strings.TrimSpace(string(t)) != "" {
			return errors.New("text outside the root element")
		}
	}
	return nil
}

func (x *xmlReader) name(n stdxml.Name) string {
	name := n.Local
	if n.Space != "" {
		name = n.Space + ":" + n.Local
	}
	if x.lower {
		name = strings.ToLower(name)
	}
	if name == "__proto__" || name == "constructor" || name == "prototype" {
		name = "sanitized_" + name
	}
	return name
}

func (x *xmlReader) open(t stdxml.StartElement) {
	e := &element{name: x.name(t.Name), o: value.NewObject(2)}
	e.o.Set(x.charKey, "") // keeps its place before the attributes
	if !x.ignoreAttrs {
		attrs := e.o
		if !x.merge && len(t.Attr) > 0 {
			attrs = value.NewObject(len(t.Attr))
			e.o.Set(x.attrKey, attrs)
		}
		for _, a := range t.Attr {
			lower := x.lower
			x.lower = false
			name := x.name(a.Name)
			x.lower = lower
			if x.merge {
				x.put(attrs, name, a.Value)
			} else {
				attrs.Set(name, a.Value)
			}
		}
	}
	x.stack = append(x.stack, e)
}

var twoBlanks = regexp.MustCompile(`\s{2,}`)

func (x *xmlReader) close() {
	e := x.stack[len(x.stack)-1]
	x.stack = x.stack[:len(x.stack)-1]
	text := e.text.String()
	var v any = e.o
	if strings.TrimSpace(text) == "" && !e.raw {
		e.o.Delete(x.charKey)
		if e.o.Len() == 0 {
			v = text
		}
	} else {
		if x.trim {
			text = strings.TrimSpace(text)
		}
		if x.normalize {
			text = strings.TrimSpace(twoBlanks.ReplaceAllString(text, " "))
		}
		e.o.Set(x.charKey, text)
		if e.o.Len() == 1 {
			v = text
		}
	}
	if len(x.stack) > 0 {
		x.put(x.stack[len(x.stack)-1].o, e.name, v)
		return
	}
	x.result = value.Obj(e.name, v)
	if o, ok := v.(*value.Object); ok && !x.root {
		x.result = o
	}
}

// put sets a field; a second value of the same name makes a list.
func (x *xmlReader) put(o *value.Object, name string, v any) {
	old, ok := o.Get(name)
	list, isList := old.([]any)
	switch {
	case !ok && x.array:
		o.Set(name, []any{v})
	case !ok:
		o.Set(name, v)
	case isList:
		o.Set(name, append(list, v))
	default:
		o.Set(name, []any{old, v})
	}
}
