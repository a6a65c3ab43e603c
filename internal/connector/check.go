package connector

import (
	"fmt"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
)

// checker looks through an operation for what cannot work.
type checker struct {
	o          *operation
	names      map[string]bool // of parameters
	steps      map[string]bool // ids so far
	credential bool            // whether its fields may stand here
	hasKey     bool
	using      []string // defined values under way
	err        error
}

// check finds mistakes of the file's author: names that do not exist, steps that
// do nothing, effects that are not kept.
func (o *operation) check() error {
	ck := &checker{o: o, names: map[string]bool{}, steps: map[string]bool{}}
	for i := range o.params {
		p := &o.params[i]
		ck.names[p.Name] = true
		ck.param(p)
	}
	ck.fail(o.def.Versions.check())
	if len(o.versions) == 0 {
		ck.fail(fmt.Errorf("it is in no version of the node"))
	}
	if (o.def.Request == nil) == (len(o.def.Steps) == 0) {
		ck.fail(fmt.Errorf("it needs either request or steps"))
	}
	ck.template(o.def.Collect)
	for i := range o.steps {
		ck.step(&o.steps[i])
	}
	ck.output(&o.def.Output)
	ck.errors(o.errors)
	ck.poll(o.def)
	ck.asks(o.def)
	if o.def.Effect == "keyed" && o.def.KeyHeader == "" && !ck.hasKey {
		ck.fail(fmt.Errorf("it is keyed, but the key is sent nowhere: keyHeader or {$key} is needed"))
	}
	if o.def.Effect == "safe" && o.def.KeyHeader != "" || o.effect == node.Safe && ck.hasKey {
		ck.fail(fmt.Errorf("it is safe and needs no key"))
	}
	return ck.err
}

func (ck *checker) param(p *Param) {
	ck.fail(p.Versions.check())
	if p.Name == "" || p.Type == "" {
		ck.fail(fmt.Errorf("a parameter lacks its name or type"))
	}
	for i := range p.Fields {
		ck.param(&p.Fields[i])
	}
}

func (ck *checker) fail(err error) {
	if ck.err == nil {
		ck.err = err
	}
}

func (ck *checker) template(list ...*Template) {
	for _, t := range list {
		if t != nil {
			t.part.visit(ck.part)
		}
	}
}

// poll checks that triggers, and only they, say what is new.
func (ck *checker) poll(def *Operation) {
	p, trigger := def.Poll, ck.o.file.Group == triggerGroup
	switch {
	case trigger != (p != nil):
		ck.fail(fmt.Errorf("poll belongs to each operation of a file of the group trigger, and to no other"))
	case p == nil:
	case (p.Key == nil) == (p.State == nil):
		ck.fail(fmt.Errorf("poll needs either key or state"))
	case p.State != nil && (p.At != nil || p.Clock != nil || p.Overlap != 0):
		ck.fail(fmt.Errorf("poll with state has neither at, clock nor overlap"))
	case p.Clock != nil && p.At == nil:
		ck.fail(fmt.Errorf("poll by the clock needs at"))
	case p.Overlap < 0:
		ck.fail(fmt.Errorf("poll's overlap is less than 0"))
	case def.Mode != "" || ck.o.effect != node.Safe:
		ck.fail(fmt.Errorf("a trigger only reads, and once"))
	case def.Output.Input || def.Output.Binary != nil || def.Output.Limit != nil:
		ck.fail(fmt.Errorf("a trigger's output has items, each and files alone"))
	default:
		ck.template(p.Key, p.At, p.Scope, p.State)
		ck.condition(p.Clock)
	}
}

func (ck *checker) condition(c *Condition) { c.visit(ck.part) }

func (ck *checker) part(p part) {
	switch p := p.(type) {
	case *placeholder:
		ck.placeholder(p)
	case expression:
		if err := p.check(); err != nil {
			ck.fail(fmt.Errorf("%s: %w", string(p), err))
		}
		ck.hasKey = ck.hasKey || strings.Contains(string(p), "$key")
	case use:
		ck.use(string(p))
	}
}

func (ck *checker) placeholder(p *placeholder) {
	name := p.steps[0]
	switch {
	case name == "$credentials" && !ck.credential:
		ck.fail(fmt.Errorf("%s: fields of credentials may only stand in URLs, headers and the conditions of steps", p.source))
	case name == "$steps" && (len(p.steps) < 2 || !ck.steps[p.steps[1]]):
		ck.fail(fmt.Errorf("%s: there is no such step before", p.source))
	case name == "$poll" && ck.o.def.Poll == nil:
		ck.fail(fmt.Errorf("%s: only triggers poll", p.source))
	case name == "$ask" && ck.o.def.Asks == nil:
		ck.fail(fmt.Errorf("%s: only operations that ask have a message", p.source))
	case strings.HasPrefix(name, "$") && !variables[name], !strings.HasPrefix(name, "$") && !ck.names[name]:
		ck.fail(fmt.Errorf("%s: there is no parameter or variable %q", p.source, name))
	}
	ck.hasKey = ck.hasKey || name == "$key"
}

// use looks into a defined value, once.
func (ck *checker) use(name string) {
	t, ok := ck.o.file.Define.Values[name]
	if !ok {
		ck.fail(fmt.Errorf("there is no defined value %q", name))
		return
	}
	for _, u := range ck.using {
		if u == name {
			ck.fail(fmt.Errorf("the value %q uses itself", name))
			return
		}
	}
	ck.using = append(ck.using, name)
	ck.template(&t)
	ck.using = ck.using[:len(ck.using)-1]
}

func (ck *checker) step(st *Step) {
	does := 0
	for _, there := range []bool{st.Set != nil, st.File != nil, st.Fail != nil, st.Request != nil} {
		if there {
			does++
		}
	}
	if does != 1 {
		ck.fail(fmt.Errorf("a step has one of request, set, file and fail"))
	}
	ck.credential = true
	ck.condition(st.When)
	ck.credential = false
	ck.template(st.Each, st.Set, st.File, st.Fail)
	if st.Request != nil {
		ck.request(st.Request)
	}
	if st.Paginate != nil {
		ck.paginate(st.Paginate)
	}
	ck.template(st.Result)
	if st.New != nil {
		ck.fresh(st)
	}
	ck.errors(st.Errors)
	if st.ID != "" {
		ck.steps[st.ID] = true
	}
}

func (ck *checker) fresh(st *Step) {
	if ck.o.def.Poll == nil || ck.o.def.Poll.Key == nil || st.Each != nil || st.New.Max < 0 {
		ck.fail(fmt.Errorf("new is for steps of triggers with keys, without each, and its max is at least 0"))
	}
	ck.template(&st.New.Key)
}

func (ck *checker) request(q *Request) {
	if (q.Path == nil) == (q.URL == nil) {
		ck.fail(fmt.Errorf("a request has a path or a url"))
	}
	if q.Path != nil && ck.o.file.BaseURL == nil {
		ck.fail(fmt.Errorf("a path needs baseUrl"))
	}
	bodies := 0
	for _, t := range []*Template{q.Body, q.Form, q.Multipart, q.Binary, q.Raw} {
		if t != nil {
			bodies++
		}
	}
	if r := q.Related; r != nil {
		bodies++
		ck.template(&r.Metadata, r.File, r.Text, r.Mime)
	}
	if bodies > 1 {
		ck.fail(fmt.Errorf("a request has one of body, form, multipart, binary, raw and related"))
	}
	ck.credential = true
	ck.template(ck.o.file.BaseURL, q.Path, q.URL, q.Headers)
	ck.credential = false
	ck.template(q.Query, q.Body, q.Form, q.Multipart, q.Binary, q.Raw, q.ContentType)
	if u := ck.o.file.usageOf(q); u != nil {
		ck.template(&u.Model, u.Prompt, u.Completion, u.Cached, u.Most, u.Unit, u.Units, u.MostUnits)
		if u.Unit == nil && (u.Units != nil || u.MostUnits != nil) {
			ck.fail(fmt.Errorf("units of usage need their unit"))
		}
	}
	if d := ck.o.file.Request; d != nil {
		ck.template(d.Query, d.Headers)
	}
}

func (ck *checker) paginate(p *Paginate) {
	switch p.By {
	case "cursor":
		if p.Param == "" || p.Next == nil {
			ck.fail(fmt.Errorf("paginate by cursor needs param and next"))
		}
	case "url":
		if p.Next == nil {
			ck.fail(fmt.Errorf("paginate by url needs next"))
		}
	case "page", "offset":
		if p.Param == "" || p.Size == nil && p.More == nil {
			ck.fail(fmt.Errorf("paginate by %s needs param, and size or more", p.By))
		}
	case "link":
	default:
		ck.fail(fmt.Errorf("paginate has no way %q", p.By))
	}
	ck.template(p.Next, p.Items, p.Limit)
	ck.condition(p.More)
	ck.condition(p.All)
}

func (ck *checker) output(out *Output) {
	ck.template(out.Items, out.Each, out.Limit, out.Files)
	if b := out.Binary; b != nil {
		ck.condition(b.When)
		ck.template(&b.To, b.From, b.Name, b.Mime)
	}
}

func (ck *checker) errors(rules []ErrorRule) {
	for i := range rules {
		ck.condition(rules[i].When)
		ck.template(rules[i].Message, rules[i].Detail, rules[i].RetryAfter)
	}
}
