package asl

import (
	"encoding/json"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

func (p *parser) choice(f *fields, s *state) {
	if d, ok := f.text("Default"); ok {
		s.defaultName = d
	}
	choices := f.objects("Choices")
	if len(choices) == 0 {
		p.d.add(f.at, "These fields are required: [Choices], with at least one rule")
	}
	for i, o := range choices {
		at := indexed(f.at+"/Choices", i)
		c := choice{when: p.rule(o, at, true)}
		next, _ := o.Get("Next")
		c.nextName, _ = next.(string)
		if c.nextName == "" {
			p.d.add(at, "These fields are required: [Next]")
		}
		s.choices = append(s.choices, c)
	}
}

// rule parses a choice rule; only those at the top name the next state.
func (p *parser) rule(o *value.Object, at string, top bool) rule {
	var operator string
	for k := range o.All() {
		switch {
		case k == "Comment" || k == "Variable" || (k == "Next" && top):
		case operator != "":
			p.d.add(at, "A rule must have exactly one comparison, but has '%s' and '%s'", operator, k)
		default:
			operator = k
		}
	}
	f := &fields{p: p, o: o, at: at}
	switch operator {
	case "":
		p.d.add(at, "A rule must have exactly one comparison")
		return nil
	case "And", "Or", "Not":
		if f.has("Variable") {
			f.fail("Variable", "Field 'Variable' is not supported")
		}
		return p.boolean(f, operator)
	}
	return p.comparison(f, operator)
}

func (p *parser) boolean(f *fields, operator string) rule {
	if operator == "Not" {
		o, ok := f.object("Not")
		if !ok {
			return nil
		}
		return notOf{p.rule(o, f.at+"/Not", false)}
	}
	var rules []rule
	for i, o := range f.objects(operator) {
		rules = append(rules, p.rule(o, indexed(f.at+"/"+operator, i), false))
	}
	if len(rules) == 0 {
		f.fail(operator, "There must be at least one rule")
	}
	if operator == "And" {
		return allOf(rules)
	}
	return anyOf(rules)
}

func (p *parser) comparison(f *fields, operator string) rule {
	variable := f.requiredPath("Variable")
	if !f.has("Variable") {
		p.d.add(f.at, "These fields are required: [Variable]")
	}
	operand, _ := f.o.Get(operator)
	if operator == "IsPresent" {
		want, ok := operand.(bool)
		if !ok {
			f.fail(operator, "Expected value of type [BOOLEAN]")
		}
		return presence{variable: variable, want: want}
	}
	name, byPath := strings.CutSuffix(operator, "Path")
	holds := operators[name]
	if holds == nil || (byPath && (name == "StringMatches" || strings.HasPrefix(name, "Is"))) {
		f.fail(operator, "Field '%s' is not supported", operator)
		return nil
	}
	c := &comparison{variable: variable, name: operator, holds2: holds, operand: operand}
	if byPath {
		c.path = f.requiredPath(operator)
		return c
	}
	if want, ok := operandIs(name, operand); !ok {
		f.fail(operator, "Expected value of type [%s]", want)
		return nil
	}
	return c
}

// operandIs reports whether a comparison's constant is of the type that it needs.
func operandIs(name string, v any) (want string, ok bool) {
	switch {
	case strings.HasPrefix(name, "String"):
		_, ok = v.(string)
		return "STRING", ok
	case strings.HasPrefix(name, "Numeric"):
		_, ok = v.(json.Number)
		return "NUMBER", ok
	case strings.HasPrefix(name, "Timestamp"):
		_, ok = parseTimestamp(v)
		return "TIMESTAMP", ok
	}
	_, ok = v.(bool)
	return "BOOLEAN", ok
}
