package service

import (
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// answers are what a form was filled in with, by n8n's parameters: by the questions'
// titles (simplifyAnswers) and without the rest of the call (onlyAnswers).
func answers(n *workflow.Node, body *value.Object) ([]workflow.Item, error) {
	list, ok := at(body, "form_response.answers")
	given, isList := list.([]any)
	fields, known := at(body, "form_response.definition.fields")
	if !ok || !isList || !known {
		return nil, fault.New(fault.Invalid, fault.CodeValidation, "The call has no answers with the form's definition.")
	}
	simple, only := on(n, "simplifyAnswers"), on(n, "onlyAnswers")
	var out []workflow.Item
	switch {
	case simple && only:
		out = []workflow.Item{{JSON: byTitle(given, fields)}}
	case simple:
		v, _ := at(body, "form_response")
		response := v.(*value.Object).Shallow() // the answers were found in it
		response.Set("answers", byTitle(given, fields))
		body.Set("form_response", response)
		out = []workflow.Item{{JSON: body}}
	case only:
		for _, a := range given {
			if o, ok := a.(*value.Object); ok {
				out = append(out, workflow.Item{JSON: o})
			}
		}
	default:
		out = []workflow.Item{{JSON: body}}
	}
	return out, nil
}

// on reads a parameter that is true unless it is false.
func on(n *workflow.Node, name string) bool {
	v, _ := at(n.Parameters, name)
	return v != false
}

// titleMarks are Typeform's references to other answers, which would be expressions.
var titleMarks = strings.NewReplacer("{{", "[", "}}", "]")

func byTitle(given []any, fields any) *value.Object {
	titles := map[string]string{}
	for _, f := range spread(fields, "") {
		id, _ := text(f, "id")
		title, _ := text(f, "title")
		titles[id] = titleMarks.Replace(title)
	}
	o := value.NewObject(len(given))
	for _, a := range given {
		kind, _ := text(a, "type")
		v, _ := at(a, kind)
		for _, name := range []string{"label", "labels"} { // of choices
			if inner, ok := at(v, name); ok {
				v = inner
				break
			}
		}
		id, _ := text(a, "field.id")
		title := titles[id]
		if title == "" {
			title = id
		}
		o.Set(title, v)
	}
	return o
}
