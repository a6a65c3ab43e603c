package eventsource

import (
	"encoding/json"
	"fmt"
	"strings"
)

// pattern is an EventBridge event pattern: every field that it names must match.
type pattern struct {
	fields map[string]*pattern
	any    []*pattern // $or: one of them must match
	tests  []test     // of a leaf: one of them must match
}

// test judges one value; present is false if the field is absent.
type test func(v any, present bool) bool

// parsePattern reads a pattern (Amazon EventBridge, content filtering). A form that
// it does not know is an error.
func parsePattern(raw json.RawMessage) (*pattern, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("the filter pattern is not JSON: %w", err)
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a filter pattern is a JSON object")
	}
	return newPattern(o)
}

func newPattern(o map[string]any) (*pattern, error) {
	p := &pattern{fields: map[string]*pattern{}}
	for key, v := range o {
		var err error
		switch v := v.(type) {
		case map[string]any:
			p.fields[key], err = newPattern(v)
		case []any:
			if key == "$or" {
				err = p.addAlternatives(v)
			} else {
				p.fields[key], err = newLeaf(v)
			}
		default:
			err = fmt.Errorf("the filter for %q must be a list or an object", key)
		}
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *pattern) addAlternatives(list []any) error {
	for _, v := range list {
		o, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("$or takes a list of patterns")
		}
		alternative, err := newPattern(o)
		if err != nil {
			return err
		}
		p.any = append(p.any, alternative)
	}
	return nil
}

func newLeaf(list []any) (*pattern, error) {
	p := &pattern{}
	for _, v := range list {
		t, err := newTest(v)
		if err != nil {
			return nil, err
		}
		p.tests = append(p.tests, t)
	}
	return p, nil
}

func newTest(v any) (test, error) {
	o, ok := v.(map[string]any)
	if !ok {
		return func(got any, present bool) bool { return present && got == v }, nil
	}
	if len(o) != 1 {
		return nil, fmt.Errorf("a comparison in a filter has one operator")
	}
	for op, arg := range o {
		return newComparison(op, arg)
	}
	return nil, nil
}

func newComparison(op string, arg any) (test, error) {
	s, isText := arg.(string)
	switch {
	case op == "exists":
		want, ok := arg.(bool)
		if !ok {
			break
		}
		return func(_ any, present bool) bool { return present == want }, nil
	case op == "numeric":
		return newNumeric(arg)
	case op == "anything-but":
		return newAnythingBut(arg)
	case op == "prefix" && isText:
		return onText(func(got string) bool { return strings.HasPrefix(got, s) }), nil
	case op == "suffix" && isText:
		return onText(func(got string) bool { return strings.HasSuffix(got, s) }), nil
	case op == "equals-ignore-case" && isText:
		return onText(func(got string) bool { return strings.EqualFold(got, s) }), nil
	case op == "wildcard" && isText:
		return onText(func(got string) bool { return wildcard(s, got) }), nil
	}
	return nil, fmt.Errorf("the filter comparison %q with %v is not supported", op, arg)
}

func onText(judge func(string) bool) test {
	return func(v any, present bool) bool {
		s, ok := v.(string)
		return present && ok && judge(s)
	}
}

// wildcard matches * against any run of characters.
func wildcard(form, s string) bool {
	parts := strings.Split(form, "*")
	if len(parts) == 1 {
		return form == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}

func newAnythingBut(arg any) (test, error) {
	var tests []test
	list, ok := arg.([]any)
	if !ok {
		list = []any{arg}
	}
	for _, v := range list {
		t, err := newTest(v)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return func(v any, present bool) bool {
		if !present {
			return false
		}
		for _, t := range tests {
			if t(v, true) {
				return false
			}
		}
		return true
	}, nil
}

func newNumeric(arg any) (test, error) {
	list, ok := arg.([]any)
	if !ok || len(list)%2 != 0 || len(list) == 0 {
		return nil, fmt.Errorf("numeric takes pairs of an operator and a number")
	}
	compare := map[string]func(a, b float64) bool{
		"=":  func(a, b float64) bool { return a == b },
		"<":  func(a, b float64) bool { return a < b },
		"<=": func(a, b float64) bool { return a <= b },
		">":  func(a, b float64) bool { return a > b },
		">=": func(a, b float64) bool { return a >= b },
	}
	var judges []func(float64) bool
	for i := 0; i < len(list); i += 2 {
		op, _ := list[i].(string)
		limit, isNumber := list[i+1].(float64)
		fn, known := compare[op]
		if !known || !isNumber {
			return nil, fmt.Errorf("numeric has no comparison %v %v", list[i], list[i+1])
		}
		judges = append(judges, func(n float64) bool { return fn(n, limit) })
	}
	return func(v any, present bool) bool {
		n, ok := v.(float64)
		if !present || !ok {
			return false
		}
		for _, judge := range judges {
			if !judge(n) {
				return false
			}
		}
		return true
	}, nil
}

// matches judges a value; of a list, one item must match.
func (p *pattern) matches(v any, present bool) bool {
	if p.tests != nil {
		return p.leaf(v, present)
	}
	o, _ := v.(map[string]any)
	for key, field := range p.fields {
		got, ok := o[key]
		if !field.matches(got, ok) {
			return false
		}
	}
	if p.any == nil {
		return true
	}
	for _, alternative := range p.any {
		if alternative.matches(v, present) {
			return true
		}
	}
	return false
}

func (p *pattern) leaf(v any, present bool) bool {
	candidates, isList := v.([]any)
	if !isList {
		candidates = []any{v}
	}
	for _, t := range p.tests {
		for _, c := range candidates {
			if t(c, present) {
				return true
			}
		}
	}
	return false
}
