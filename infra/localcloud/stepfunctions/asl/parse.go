package asl

import (
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Parse compiles a definition. Its error is an *InvalidError that names every
// place that is wrong, as CreateStateMachine's InvalidDefinition does.
func Parse(definition []byte) (*Machine, error) {
	p := &parser{names: map[string]bool{}}
	m := p.machine(definition)
	if len(p.d.list) > 0 {
		return nil, &InvalidError{Diagnostics: p.d.list}
	}
	return m, nil
}

type parser struct {
	d     diagnostics
	names map[string]bool // of all states: they are unique in the whole definition
}

func (p *parser) machine(definition []byte) *Machine {
	if len(definition) > maxDefinition {
		p.d.add("", "The definition is larger than %d bytes", maxDefinition)
		return nil
	}
	v, err := (&jsonParser{s: string(definition), unique: true}).text()
	if err != nil {
		p.d.code(codeJSON, "", "%v", err)
		return nil
	}
	o, ok := v.(*value.Object)
	if !ok {
		p.d.add("", "Definition must be a valid JSON object")
		return nil
	}
	f := p.fields(o, "", "Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage")
	f.queryLanguage()
	if v, ok := f.text("Version"); ok && v != "1.0" {
		p.d.add("/Version", "Value should be one of the following: [1.0]")
	}
	m := &Machine{}
	if n, ok := f.integer("TimeoutSeconds", 1, maxSeconds); ok {
		m.timeout = time.Duration(n) * time.Second
	}
	m.top = p.block(f)
	return m
}

// block parses the StartAt and States of f.
func (p *parser) block(f *fields) *block {
	b := &block{states: map[string]*state{}}
	missing := []string{}
	for _, k := range []string{"States", "StartAt"} {
		if !f.has(k) {
			missing = append(missing, k)
		}
	}
	if len(missing) > 0 {
		at := f.at
		if at == "" {
			at = "/"
		}
		p.d.add(at, "These fields are required: %s", bracketed(missing))
		return b
	}
	startAt, _ := f.text("StartAt")
	states, ok := f.object("States")
	if !ok {
		return b
	}
	if states.Len() == 0 {
		p.d.add(f.at+"/States", "There must be at least one state")
		return b
	}
	for name, v := range states.All() {
		if s := p.state(name, v, f.at+"/States/"+name); s != nil {
			b.states[name] = s
		}
	}
	p.link(b, startAt, f.at, states.Keys())
	return b
}

// link resolves the names of next states and refuses missing and unreachable ones.
func (p *parser) link(b *block, startAt, at string, order []string) {
	find := func(name, at string) *state {
		s := b.states[name]
		if s == nil && name != "" && !slices.Contains(order, name) {
			p.d.code(codeTarget, at, "Missing 'Next' target: %s", name)
		}
		return s
	}
	b.start = find(startAt, at+"/StartAt")
	for _, name := range order {
		s := b.states[name]
		if s == nil {
			continue
		}
		where := at + "/States/" + name
		s.next = find(s.nextName, where+"/Next")
		s.otherwise = find(s.defaultName, where+"/Default")
		for i := range s.choices {
			s.choices[i].next = find(s.choices[i].nextName, indexed(where+"/Choices", i)+"/Next")
		}
		for i := range s.catch {
			s.catch[i].next = find(s.catch[i].nextName, indexed(where+"/Catch", i)+"/Next")
		}
	}
	if len(p.d.list) > 0 || b.start == nil {
		return
	}
	p.reachable(b, at, order)
}

func (p *parser) reachable(b *block, at string, order []string) {
	seen := map[*state]bool{}
	ends := false
	var walk func(s *state)
	walk = func(s *state) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		switch s.kind {
		case kindSucceed, kindFail:
			ends = true
		case kindChoice:
		default:
			ends = ends || s.next == nil
		}
		walk(s.next)
		walk(s.otherwise)
		for i := range s.choices {
			walk(s.choices[i].next)
		}
		for i := range s.catch {
			walk(s.catch[i].next)
		}
	}
	walk(b.start)
	for _, name := range order {
		if !seen[b.states[name]] {
			p.d.code(codeTarget, at+"/States/"+name, "State \"%s\" is not reachable.", name)
		}
	}
	if !ends {
		p.d.code(codeNoEnd, at, "No terminal state is reachable from \"%s\"", b.start.name)
	}
}
