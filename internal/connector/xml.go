package connector

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// maxDepth bounds how deep an answer's XML is nested.
const maxDepth = 100

// xmlElement is an element that is being read.
type xmlElement struct {
	name     string
	text     strings.Builder
	children *value.Object
}

// parseXML turns XML into an object whose one member is the root: an element
// without children is its text, one that is repeated a list, attributes are under
// "$". Namespaces are left out. It is nil if the text is no XML.
func parseXML(text string) *value.Object {
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	root := &xmlElement{children: value.NewObject(1)}
	stack := []*xmlElement{root}
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil || len(stack) > maxDepth {
			return nil
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			stack = append(stack, newElement(t))
		case xml.CharData:
			top.text.Write(t)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
			stack[len(stack)-1].put(top.name, top.value())
		}
	}
	if root.children.Len() == 0 {
		return nil
	}
	return root.children
}

func newElement(t xml.StartElement) *xmlElement {
	e := &xmlElement{name: t.Name.Local, children: value.NewObject(2)}
	attributes := value.NewObject(len(t.Attr))
	for _, a := range t.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			attributes.Set(a.Name.Local, a.Value)
		}
	}
	if attributes.Len() > 0 {
		e.children.Set("$", attributes)
	}
	return e
}

func (e *xmlElement) value() any {
	text := strings.TrimSpace(e.text.String())
	if e.children.Len() == 0 {
		return text
	}
	if text != "" {
		e.children.Set("_", text)
	}
	return e.children
}

// put adds a child; the second of a name makes a list.
func (e *xmlElement) put(name string, v any) {
	old, there := e.children.Get(name)
	switch list, isList := old.([]any); {
	case !there:
		e.children.Set(name, v)
	case isList:
		e.children.Set(name, append(list, v))
	default:
		e.children.Set(name, []any{old, v})
	}
}
