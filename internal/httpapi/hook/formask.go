package hook

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/httpapi/hook/page"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// asking is a form as it is shown.
type asking struct {
	form        *form.Form
	tab         string
	attribution bool
	query       *value.Object       // what fills fields in advance
	answers     map[string][]string // what was sent before, instead of that
	problems    map[string]string
	problem     string
	submission  string // "": a new one
}

// ask shows a form.
func (s *Server) ask(w http.ResponseWriter, status int, a asking) {
	if a.submission == "" {
		a.submission = ident.Secret()
	}
	p := &page.Form{
		Frame: page.Frame{Tab: a.tab, CSS: a.form.CSS, Attribution: a.attribution},
		Title: a.form.Title, Description: page.HTML(a.form.Description), Button: a.form.Button, Submission: a.submission, Problem: a.problem,
	}
	for i := range a.form.Fields {
		p.Fields = append(p.Fields, a.field(i))
	}
	s.show(w, status, p)
}

// askAgain shows a form with what is wrong, keeping what can be kept: browsers do
// not let a page choose files.
func (s *Server) askAgain(w http.ResponseWriter, a asking, sub submission) {
	a.answers, a.problems, a.problem = sub.answers.Values, sub.problems, sub.problem
	if len(sub.files) > 0 {
		a.problem = strings.TrimSpace("Some answers need another look; choose the files again, too. " + sub.problem)
	}
	s.ask(w, http.StatusUnprocessableEntity, a)
}

// field is the field at a place with what is in it.
func (a asking) field(i int) page.Field {
	f, id := &a.form.Fields[i], form.ID(i)
	p := page.Field{
		ID: id, Label: f.Label, Kind: f.Kind, Placeholder: f.Placeholder, Accept: f.Accept, Required: f.Required, Many: f.Many,
		HTML: page.Markup(f.HTML), Problem: a.problems[id],
	}
	filled := a.filled(f, id)
	if len(filled) > 0 && f.Kind != form.Password {
		p.Value = filled[0]
	}
	for j, option := range f.Options {
		p.Options = append(p.Options, page.Option{ID: fmt.Sprintf("%s-%d", id, j), Label: option, Chosen: slices.Contains(filled, option)})
	}
	switch {
	case f.Kind == form.File:
		p.Hint = fmt.Sprintf("At most %d MB in all.", httpapi.MaxBody>>20)
		if f.Accept != "" {
			p.Hint = f.Accept + ". " + p.Hint
		}
	case f.Least > 0 || f.Most > 0:
		p.Hint = f.Choose()
	}
	return p
}

// filled is what stands in a field: what was sent, or what the address or the
// author fills in.
func (a asking) filled(f *form.Field, id string) []string {
	if a.answers != nil {
		return a.answers[id]
	}
	if v, ok := a.query.Get(f.Key); ok && f.Key != "" {
		list, many := v.([]any)
		if !many {
			list = []any{v}
		}
		var out []string
		for _, x := range list {
			out = append(out, node.Text(x))
		}
		if f.Many && len(out) == 1 && !slices.Contains(f.Options, out[0]) {
			out = node.SplitNames(out[0])
		}
		return out
	}
	if f.Default != "" {
		if f.Many {
			return node.SplitNames(f.Default)
		}
		return []string{f.Default}
	}
	return nil
}
