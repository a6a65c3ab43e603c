package form

import (
	"encoding/json"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/value"
)

// The node types that have forms.
const (
	TypeTrigger = "n8n-nodes-base.formTrigger"
	TypeForm    = "n8n-nodes-base.form"
	TypeWait    = "n8n-nodes-base.wait"
)

// Kind is what a field asks for: n8n's fieldType.
type Kind string

// The kinds of fields.
const (
	Text     Kind = "text"
	TextArea Kind = "textarea"
	Number   Kind = "number"
	Email    Kind = "email"
	Password Kind = "password"
	Date     Kind = "date"
	Dropdown Kind = "dropdown"
	Checkbox Kind = "checkbox"
	Radio    Kind = "radio"
	File     Kind = "file"
	Hidden   Kind = "hiddenField"
	HTML     Kind = "html"
)

// Form is one page with fields.
type Form struct {
	Title       string  `json:"title,omitempty"`
	Description string  `json:"description,omitempty"` // HTML of the author's, not yet sanitised
	Button      string  `json:"button,omitempty"`
	CSS         string  `json:"css,omitempty"`
	Fields      []Field `json:"fields,omitempty"`
}

// Field is one field of a form.
type Field struct {
	Kind        Kind     `json:"kind"`
	Label       string   `json:"label,omitempty"`
	Key         string   `json:"key,omitempty"` // the answer's name in the item; "" keeps it out
	Placeholder string   `json:"placeholder,omitempty"`
	Default     string   `json:"default,omitempty"`
	Required    bool     `json:"required,omitempty"`
	Many        bool     `json:"many,omitempty"` // several options or files
	Options     []string `json:"options,omitempty"`
	Least       int      `json:"least,omitempty"`  // options to choose, 0: no bound
	Most        int      `json:"most,omitempty"`   // options to choose, 0: no bound
	Accept      string   `json:"accept,omitempty"` // of files: extensions and types, by comma
	HTML        string   `json:"html,omitempty"`   // not yet sanitised
	DateFormat  string   `json:"dateFormat,omitempty"`
}

// ID is the name under which the field at a place is sent.
func ID(place int) string { return "field-" + strconv.Itoa(place) }

// The ends of a form: what a completion shows.
const (
	EndText     = "text"
	EndRedirect = "redirect"
	EndHTML     = "showText"
	EndFile     = "returnBinary"
)

// Ending is what is shown when a form is done.
type Ending struct {
	Kind      string `json:"kind"`
	PageTitle string `json:"pageTitle,omitempty"`
	Title     string `json:"title,omitempty"`
	Message   string `json:"message,omitempty"`
	HTML      string `json:"html,omitempty"` // not yet sanitised
	URL       string `json:"url,omitempty"`
	File      string `json:"file,omitempty"` // property of the node's first item
	CSS       string `json:"css,omitempty"`
}

// Page is what a node leaves for the browser: a form to fill in, or the end.
type Page struct {
	Form   *Form   `json:"form,omitempty"`
	Ending *Ending `json:"ending,omitempty"`
	// LocalTime stamps the answer in the workflow's time zone instead of UTC.
	LocalTime bool   `json:"localTime,omitempty"`
	Timezone  string `json:"timezone,omitempty"`
}

// stateKey is the member of a node run's state that holds its page.
const stateKey = "form"

// State is the page as a node run's state.
func (p Page) State() (*value.Object, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	o, err := value.ParseObject(b)
	if err != nil {
		return nil, err
	}
	return value.Obj(stateKey, o), nil
}

// PageOf reads the page of a node run's state; false if there is none.
func PageOf(state *value.Object) (Page, bool) {
	v, _ := state.Get(stateKey)
	o, ok := v.(*value.Object)
	if !ok {
		return Page{}, false
	}
	var p Page
	if json.Unmarshal(value.JSON(o), &p) != nil {
		return Page{}, false
	}
	return p, p.Form != nil || p.Ending != nil
}
