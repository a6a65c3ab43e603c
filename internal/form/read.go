package form

import (
	"fmt"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// maxFields bounds the fields of a form.
const maxFields = 200

// fieldNames is the version from which fields have names of their own beside
// their labels (n8n: Form Trigger and Form 2.4).
const fieldNames = 2.4

// ReadFields reads n8n's list of fields, its expressions evaluated. The version
// is the node's.
func ReadFields(list []any, version float64) ([]Field, error) {
	if len(list) > maxFields {
		return nil, fmt.Errorf("the form has %d fields; at most %d are possible", len(list), maxFields)
	}
	out := make([]Field, 0, len(list))
	for i, v := range list {
		o, ok := v.(*value.Object)
		if !ok {
			return nil, fmt.Errorf("field %d of the form is %s, not an object with fieldLabel and fieldType", i+1, value.KindOf(v))
		}
		f, err := readField(o, version)
		if err != nil {
			return nil, fmt.Errorf("field %d of the form: %w", i+1, err)
		}
		out = append(out, f)
	}
	return out, nil
}

func readField(o *value.Object, version float64) (Field, error) {
	kind, err := kindOf(o)
	if err != nil {
		return Field{}, err
	}
	f := Field{
		Kind: kind, Label: text(o, "fieldLabel"), Placeholder: text(o, "placeholder"), Default: text(o, "defaultValue"),
		Required: flag(o, "requiredField", false), Accept: text(o, "acceptFileTypes"), DateFormat: text(o, "formatDate"),
	}
	f.Key = f.Label
	if name := text(o, "fieldName"); name != "" && (version >= fieldNames || f.Label == "") {
		f.Key = name
	}
	if f.Label == "" {
		f.Label = f.Key
	}
	switch kind {
	case Hidden:
		f.Key, f.Default, f.Required = text(o, "fieldName"), text(o, "fieldValue"), false
	case HTML:
		f.Key, f.HTML, f.Required = text(o, "elementName"), text(o, "html"), false
	case File:
		f.Many = flag(o, "multipleFiles", true)
	case Dropdown, Checkbox, Radio:
		err = f.readOptions(o)
	}
	if f.Key == "" && kind != HTML {
		return f, fmt.Errorf("it has neither a label nor a name; give it a fieldLabel")
	}
	return f, err
}

// kindOf reads the kind. Old exports have fields of HTML without one.
func kindOf(o *value.Object) (Kind, error) {
	kind := Kind(text(o, "fieldType"))
	switch kind {
	case "":
		if text(o, "html") != "" {
			return HTML, nil
		}
		return Text, nil
	case Text, TextArea, Number, Email, Password, Date, Dropdown, Checkbox, Radio, File, Hidden, HTML:
		return kind, nil
	}
	return "", fmt.Errorf("%q is no type of field; use text, textarea, number, email, password, date, dropdown, checkbox, radio, file, hiddenField or html", kind)
}

func (f *Field) readOptions(o *value.Object) error {
	f.Many = f.Kind == Checkbox || f.Kind == Dropdown && flag(o, "multiselect", false)
	v, _ := value.Path(o, "fieldOptions", "values")
	list, _ := v.([]any)
	for _, x := range list {
		entry, ok := x.(*value.Object)
		if !ok {
			return fmt.Errorf("an option is %s, not an object with the member option", value.KindOf(x))
		}
		if option := text(entry, "option"); option != "" {
			f.Options = append(f.Options, option)
		}
	}
	if !f.Many {
		return nil
	}
	switch text(o, "limitSelection") {
	case "exact":
		f.Least = count(o, "numberOfSelections")
		f.Most = f.Least
	case "range":
		f.Least, f.Most = count(o, "minSelections"), count(o, "maxSelections")
	}
	return nil
}

// text is a member as text. An "=" that begins an expression without any braces
// is n8n's mark alone.
func text(o *value.Object, name string) string {
	v, _ := o.Get(name)
	switch v := v.(type) {
	case string:
		return plain(v)
	case float64:
		return value.FormatNumber(v)
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}

func plain(s string) string {
	if rest, ok := strings.CutPrefix(s, "="); ok && !strings.Contains(s, "{{") {
		return rest
	}
	return s
}

func flag(o *value.Object, name string, def bool) bool {
	v, _ := o.Get(name)
	b, ok := v.(bool)
	if !ok {
		return def
	}
	return b
}

func count(o *value.Object, name string) int {
	v, _ := o.Get(name)
	n, _ := v.(float64)
	return max(int(n), 0)
}
