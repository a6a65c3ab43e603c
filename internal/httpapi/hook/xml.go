package hook

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// maxXMLDepth bounds the nesting of elements.
const maxXMLDepth = 100

// element is one open element.
type element struct {
	name  string
	attrs *value.Object
	kids  *value.Object
	text  strings.Builder
}

// parseXML reads XML as n8n does: element names in lower case, attributes under
// "$", text beside them under "_", an element that is only text as that text, and
// repeated elements as a list. Entities that a document declares are not known,
// so that none can grow or reach for a file.
func parseXML(raw []byte) (any, error) {
	dec := xml.NewDecoder(bytes.NewReader(raw))
	dec.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("the text must be UTF-8") }
	root := &element{kids: value.NewObject(1)}
	open := []*element{root}
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && len(open) > maxXMLDepth {
			err = errors.New("too many elements inside of each other")
		}
		if err != nil {
			return nil, badXML(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			open = append(open, newElement(t))
		case xml.EndElement:
			top := open[len(open)-1]
			open = open[:len(open)-1]
			addField(open[len(open)-1].children(), top.name, top.value())
		case xml.CharData:
			open[len(open)-1].text.Write(t)
		}
	}
	if len(open) != 1 || root.kids.Len() != 1 {
		return nil, badXML(errors.New("one root element is expected"))
	}
	return root.kids, nil
}

func badXML(err error) error {
	return fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The body is not valid XML.")
}

func newElement(t xml.StartElement) *element {
	e := &element{name: strings.ToLower(qualified(t.Name))}
	for _, a := range t.Attr {
		if e.attrs == nil {
			e.attrs = value.NewObject(len(t.Attr))
		}
		e.attrs.Set(qualified(a.Name), a.Value)
	}
	return e
}

// qualified is the name; Go gives the name space's address in place of its prefix,
// so only names of the xmlns attribute itself keep one.
func qualified(n xml.Name) string {
	if n.Space == "xmlns" {
		return "xmlns:" + n.Local
	}
	return n.Local
}

func (e *element) children() *value.Object {
	if e.kids == nil {
		e.kids = value.NewObject(4)
	}
	return e.kids
}

func (e *element) value() any {
	text := strings.Join(strings.Fields(e.text.String()), " ")
	if e.attrs == nil && e.kids == nil {
		return text
	}
	o := value.NewObject(4)
	if text != "" {
		o.Set("_", text)
	}
	if e.attrs != nil {
		o.Set("$", e.attrs)
	}
	for name, v := range e.kids.All() {
		o.Set(name, v)
	}
	return o
}
