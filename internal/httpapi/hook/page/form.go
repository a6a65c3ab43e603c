package page

import (
	"html/template"

	"github.com/automatelanka/automatelanka/internal/form"
)

// Form is a form to fill in.
type Form struct {
	Frame
	Title       string
	Description template.HTML
	Button      string
	Submission  string // sent back: names this filling in of the form
	Fields      []Field
	Problem     string // what is wrong with the whole
	MaxUpload   string // how large files may be together, in words
}

func (*Form) name() string   { return "form.gohtml" }
func (*Form) scripted() bool { return false }

// Uploads reports whether the form sends files.
func (f *Form) Uploads() bool {
	for _, x := range f.Fields {
		if x.Kind == form.File {
			return true
		}
	}
	return false
}

// Wrong are the fields with a problem.
func (f *Form) Wrong() []Field {
	var out []Field
	for _, x := range f.Fields {
		if x.Problem != "" {
			out = append(out, x)
		}
	}
	return out
}

// Field is one field with what is in it.
type Field struct {
	ID, Label, Placeholder, Accept string
	Kind                           form.Kind
	Required, Many                 bool
	Value                          string
	Options                        []Option
	HTML                           template.HTML
	Hint, Problem                  string
}

// Option is one choice.
type Option struct {
	ID, Label string
	Chosen    bool
}

// Input is the type of a one-line field.
func (f Field) Input() string {
	switch f.Kind {
	case form.Number, form.Email, form.Password, form.Date:
		return string(f.Kind)
	}
	return "text"
}

// Group reports whether the field is a list of boxes or buttons.
func (f Field) Group() bool {
	return f.Kind == form.Radio || f.Kind == form.Checkbox || f.Kind == form.Dropdown && f.Many
}

// Box is the type of a group's inputs.
func (f Field) Box() string {
	if f.Kind == form.Radio {
		return "radio"
	}
	return "checkbox"
}

// Described are the ids of the texts that explain the field; "" if there are none.
func (f Field) Described() string {
	switch {
	case f.Hint != "" && f.Problem != "":
		return f.ID + "-hint " + f.ID + "-problem"
	case f.Hint != "":
		return f.ID + "-hint"
	case f.Problem != "":
		return f.ID + "-problem"
	}
	return ""
}

// Done is the end of a form, or what stands where no form is.
type Done struct {
	Frame
	Title   string
	Message template.HTML
	Bad     bool
	Busy    bool   // it is being worked on: the page asks again by itself
	Link    string // where to go on
	Label   string // of the link
	File    bool   // the link is a file
}

func (*Done) name() string   { return "done.gohtml" }
func (*Done) scripted() bool { return false }

// Chat is a conversation.
type Chat struct {
	Frame
	Title, Subtitle, Placeholder string
	Greetings                    []string
	Restore                      bool // the session's earlier messages can be asked for
	Files                        bool
	Accept                       string
	Token                        string // sent with each message, where the chat asks for a password
}

func (*Chat) name() string   { return "chat.gohtml" }
func (*Chat) scripted() bool { return true }
