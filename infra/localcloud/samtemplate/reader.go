package samtemplate

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// reader takes a mapping apart, property by property. What nobody took when it is
// done is an unsupported property, which is a fault.
type reader struct {
	t     *template
	r     *resource
	v     *value
	where string // what the mapping is, for messages: "AWS::SQS::Queue Jobs"
	taken map[string]bool
}

func (t *template) reader(r *resource, v *value, where string) *reader {
	if v == nil {
		v = mapValue(r.at)
	}
	return &reader{t: t, r: r, v: v, where: where, taken: map[string]bool{}}
}

// fault reports a mistake at a value, or at the mapping itself if v is nil.
func (p *reader) fault(v *value, format string, args ...any) {
	at := p.v.at
	if v != nil {
		at = v.at
	}
	p.t.load.faults.add(at, p.where+": "+format, args...)
}

// take returns a property, nil if it is absent.
func (p *reader) take(name string) *value {
	p.taken[name] = true
	return p.v.get(name)
}

// inert names properties that mean nothing on one machine.
func (p *reader) inert(names ...string) {
	for _, name := range names {
		p.taken[name] = true
	}
}

// done reports what nobody took.
func (p *reader) done() {
	if p.v.kind == list || p.v.kind == scalar {
		p.fault(nil, "a mapping is expected")
		return
	}
	for _, key := range p.v.keys {
		if !p.taken[key] {
			p.fault(p.v.fields[key], "the property %s is not supported by the local cloud", key)
		}
	}
}

func (p *reader) text(name, otherwise string) string {
	v := p.take(name)
	if v == nil {
		return otherwise
	}
	if v.kind != scalar {
		p.fault(v, "%s must be a text", name)
		return otherwise
	}
	return v.text
}

// required is text that must be there.
func (p *reader) required(name string) string {
	s := p.text(name, "")
	if s == "" {
		p.fault(p.v.get(name), "%s is missing", name)
	}
	return s
}

// oneOf is text with a closed list of values; the first is the default.
func (p *reader) oneOf(name string, allowed ...string) string {
	s := p.text(name, allowed[0])
	if !slices.Contains(allowed, s) {
		p.fault(p.v.get(name), "%s is %q, which is not one of %q", name, s, allowed)
	}
	return s
}

func (p *reader) number(name string, otherwise, low, high int) int {
	v := p.take(name)
	if v == nil {
		return otherwise
	}
	n, err := strconv.Atoi(v.text)
	if err != nil || n < low || n > high {
		p.fault(v, "%s must be a whole number from %d to %d", name, low, high)
		return otherwise
	}
	return n
}

func (p *reader) seconds(name string, otherwise, low, high int) time.Duration {
	return time.Duration(p.number(name, otherwise, low, high)) * time.Second
}

func (p *reader) flag(name string) bool {
	v := p.take(name)
	if v != nil && v.text != "true" && v.text != "false" {
		p.fault(v, "%s must be true or false", name)
	}
	return text(v) == "true"
}

// list returns the items of a list; a single value counts as a list of one.
func (p *reader) list(name string) []*value {
	v := p.take(name)
	switch {
	case v == nil:
		return nil
	case v.kind == list:
		return v.items
	}
	return []*value{v}
}

func (p *reader) texts(name string) []string {
	var out []string
	for _, v := range p.list(name) {
		if v.kind != scalar {
			p.fault(v, "%s must be a list of texts", name)
			continue
		}
		out = append(out, v.text)
	}
	return out
}

// inner is the reader of a property that is a mapping; nil if it is absent.
func (p *reader) inner(name string) *reader {
	v := p.take(name)
	if v == nil {
		return nil
	}
	return p.t.reader(p.r, v, p.where+" "+name)
}

// each calls fn with a reader for each entry of a property that maps names to mappings.
func (p *reader) each(name string, fn func(key string, entry *reader)) {
	v := p.take(name)
	if v == nil {
		return
	}
	for _, key := range v.keys {
		entry := p.t.reader(p.r, v.fields[key], p.where+" "+name+" "+key)
		fn(key, entry)
		entry.done()
	}
}

// items is each for a property that is a list of mappings.
func (p *reader) items(name string, fn func(entry *reader)) {
	for _, v := range p.list(name) {
		entry := p.t.reader(p.r, v, p.where+" "+name)
		fn(entry)
		entry.done()
	}
}

// raw returns a property as JSON, nil if it is absent.
func (p *reader) raw(name string) json.RawMessage {
	v := p.take(name)
	if v == nil {
		return nil
	}
	return v.json()
}

func (p *reader) identity() identity { return p.t.identity(p.r) }
