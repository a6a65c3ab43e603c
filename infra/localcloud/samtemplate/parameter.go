package samtemplate

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// bind turns the declarations of a template's parameters into their values: what
// is given, or the default. A value that the declaration forbids is a fault.
func (t *template) bind(given *value) {
	for _, name := range given.keys {
		if _, ok := t.parameters[name]; !ok {
			t.load.faults.add(given.fields[name].at, "%s has no parameter %s", t.file, name)
		}
	}
	for name, declared := range t.parameters {
		p := t.reader(&resource{id: name, at: declared.at}, declared, "parameter "+name)
		p.inert("Description", "NoEcho", "ConstraintDescription")
		t.parameters[name] = p.parameter(given.get(name))
		p.done()
	}
}

func (p *reader) parameter(given *value) *value {
	typ := p.required("Type")
	otherwise := p.take("Default")
	allowed := p.texts("AllowedValues")
	pattern := p.text("AllowedPattern", "")
	low, high := p.text("MinLength", ""), p.text("MaxLength", "")
	least, most := p.text("MinValue", ""), p.text("MaxValue", "")
	v := given
	if v == nil {
		v = otherwise
	}
	if v == nil {
		p.fault(nil, "there is no default, and no value is given")
		return &value{at: p.v.at}
	}
	s := v.text
	if len(allowed) > 0 && !slices.Contains(allowed, s) {
		p.fault(v, "%q is not one of %q", s, allowed)
	}
	if pattern != "" {
		if re, err := regexp.Compile("^(?:" + pattern + ")$"); err != nil || !re.MatchString(s) {
			p.fault(v, "%q does not match %s", s, pattern)
		}
	}
	if !within(strconv.Itoa(len(s)), low, high) {
		p.fault(v, "the length of %q is not within the limits", s)
	}
	if !within(s, least, most) {
		p.fault(v, "%q is not within the limits", s)
	}
	return p.typed(typ, s, v)
}

func (p *reader) typed(typ, s string, v *value) *value {
	switch typ {
	case "String":
		return textValue(v.at, s)
	case "Number":
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			p.fault(v, "%q is not a number", s)
		}
		return &value{at: v.at, kind: scalar, text: s}
	case "CommaDelimitedList", "List<Number>", "List<String>":
		out := listValue(v.at, nil)
		for _, part := range strings.Split(s, ",") {
			if part = strings.TrimSpace(part); part != "" || s != "" {
				out.items = append(out.items, textValue(v.at, part))
			}
		}
		return out
	}
	p.fault(nil, "parameters of type %s are not supported", typ)
	return textValue(v.at, s)
}

// within reports whether the number s lies between two limits, each of which may be empty.
func within(s, low, high string) bool {
	if low == "" && high == "" {
		return true
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return false
	}
	if l, err := strconv.ParseFloat(low, 64); err == nil && n < l {
		return false
	}
	h, err := strconv.ParseFloat(high, 64)
	return err != nil || n <= h
}
