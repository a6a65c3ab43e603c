package asl

import (
	"slices"
	"unicode/utf8"

	"github.com/automatelanka/automatelanka/internal/value"
)

// fieldsOf lists the fields that each type of state may carry.
var fieldsOf = func() map[string][]string {
	every := []string{"Type", "Comment", "QueryLanguage"}
	paths := []string{"InputPath", "OutputPath"}
	flow := []string{"Next", "End"}
	result := []string{"Parameters", "ResultPath"}
	errors := []string{"ResultSelector", "Retry", "Catch"}
	return map[string][]string{
		"Pass":     slices.Concat(every, paths, flow, result, []string{"Result"}),
		"Task":     slices.Concat(every, paths, flow, result, errors, []string{"Resource", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"}),
		"Choice":   slices.Concat(every, paths, []string{"Choices", "Default"}),
		"Wait":     slices.Concat(every, paths, flow, []string{"Seconds", "SecondsPath", "Timestamp", "TimestampPath"}),
		"Succeed":  slices.Concat(every, paths),
		"Fail":     slices.Concat(every, []string{"Error", "ErrorPath", "Cause", "CausePath"}),
		"Parallel": slices.Concat(every, paths, flow, result, errors, []string{"Branches"}),
		"Map":      slices.Concat(every, paths, flow, result, errors, []string{"ItemsPath", "ItemSelector", "ItemProcessor", "Iterator", "MaxConcurrency", "MaxConcurrencyPath"}),
	}
}()

// distributedFields are for Map's distributed mode only.
var distributedFields = []string{"ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount", "ToleratedFailureCountPath", "ToleratedFailurePercentage", "ToleratedFailurePercentagePath"}

func (p *parser) state(name string, v any, at string) *state {
	o, ok := v.(*value.Object)
	if !ok {
		p.d.add(at, "Expected value of type [OBJECT]")
		return nil
	}
	if name == "" || utf8.RuneCountInString(name) > maxStateName {
		p.d.add(at, "A state's name must have 1 to %d characters", maxStateName)
	}
	if p.names[name] {
		p.d.code(codeDuplicate, at, "Duplicate State name: %s", name)
	}
	p.names[name] = true
	typ, _ := o.Get("Type")
	typeName, _ := typ.(string)
	allowed := fieldsOf[typeName]
	if allowed == nil {
		if typ == nil {
			p.d.add(at, "These fields are required: [Type]")
		} else {
			p.d.add(at+"/Type", "Value should be one of the following: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]")
		}
		return nil
	}
	s := &state{name: name, kind: kind(slices.Index(kindNames[:], typeName))}
	for _, k := range distributedFields {
		if _, has := o.Get(k); has && s.kind == kindMap {
			p.d.add(at+"/"+k, "The local cloud does not support Map's DISTRIBUTED mode, to which '%s' belongs", k)
			return nil
		}
	}
	f := p.fields(o, at, allowed...)
	f.queryLanguage()
	p.data(f, s)
	p.flow(f, s)
	p.policies(f, s)
	p.special(f, s)
	return s
}

// data reads the fields that shape input and output.
func (p *parser) data(f *fields, s *state) {
	s.input, s.noInput = f.path("InputPath")
	s.output, s.noOutput = f.path("OutputPath")
	s.resultPath, s.discard = f.referencePath("ResultPath")
	if v, ok := f.o.Get("Parameters"); ok && s.kind != kindMap {
		s.parameters = p.template(f, "Parameters", v)
	}
	if v, ok := f.o.Get("ResultSelector"); ok {
		s.selector = p.template(f, "ResultSelector", v)
	}
}

func (p *parser) template(f *fields, name string, v any) template {
	if _, isObject := v.(*value.Object); !isObject && name == "ResultSelector" {
		f.fail(name, "Expected value of type [OBJECT]")
	}
	return compileTemplate(v, f.at+"/"+name, &p.d)
}

// flow reads Next and End: exactly one of them, except where the type has neither.
func (p *parser) flow(f *fields, s *state) {
	switch s.kind {
	case kindChoice, kindSucceed, kindFail:
		return
	}
	end, hasEnd := f.o.Get("End")
	if hasEnd && end != true && end != false {
		f.fail("End", "Expected value of type [BOOLEAN]")
		return
	}
	next, hasNext := f.text("Next")
	if hasNext == (end == true) {
		p.d.add(f.at, "Exactly one of 'Next' and 'End' must be given")
	}
	s.nextName = next
}

func (p *parser) special(f *fields, s *state) {
	switch s.kind {
	case kindPass:
		s.result, s.hasResult = f.o.Get("Result")
	case kindTask:
		p.task(f, s)
	case kindChoice:
		p.choice(f, s)
	case kindWait:
		p.wait(f, s)
	case kindFail:
		s.failError = p.failText(f, "Error", "ErrorPath")
		s.failCause = p.failText(f, "Cause", "CausePath")
	case kindParallel:
		p.parallel(f, s)
	case kindMap:
		p.mapState(f, s)
	}
}

func (p *parser) failText(f *fields, name, pathName string) *text {
	if f.has(name) && f.has(pathName) {
		p.d.add(f.at, "Only one of '%s' and '%s' may be given", name, pathName)
	}
	if s, ok := f.text(name); ok {
		return &text{constant: s}
	}
	s, ok := f.text(pathName)
	if !ok {
		return nil
	}
	e, err := parseExpr(s)
	if err != nil {
		f.fail(pathName, "Value is not a valid JSONPath or intrinsic function: %v", err)
		return nil
	}
	return &text{field: pathName, e: e}
}

func (p *parser) wait(f *fields, s *state) {
	given := []string{}
	for _, k := range []string{"Seconds", "SecondsPath", "Timestamp", "TimestampPath"} {
		if f.has(k) {
			given = append(given, k)
		}
	}
	if len(given) != 1 {
		p.d.add(f.at, "Exactly one of 'Seconds', 'SecondsPath', 'Timestamp' and 'TimestampPath' must be given")
		return
	}
	s.wait = &waitSpec{seconds: f.seconds("Seconds", "SecondsPath", 0), path: f.requiredPath("TimestampPath")}
	if at, ok := f.text("Timestamp"); ok {
		t, valid := parseTimestamp(at)
		if !valid {
			f.fail("Timestamp", "Value is not a valid ISO-8601 extended offset date-time format string")
		}
		s.wait.until = t
	}
}

func (p *parser) parallel(f *fields, s *state) {
	if !f.has("Branches") {
		p.d.add(f.at, "These fields are required: [Branches]")
	}
	for i, b := range f.objects("Branches") {
		at := indexed(f.at+"/Branches", i)
		s.branches = append(s.branches, p.block(p.fields(b, at, "StartAt", "States", "Comment")))
	}
	if f.has("Branches") && len(s.branches) == 0 {
		f.fail("Branches", "There must be at least one branch")
	}
}

func (p *parser) mapState(f *fields, s *state) {
	s.items = &mapSpec{items: f.requiredPath("ItemsPath"), concurrency: f.seconds("MaxConcurrency", "MaxConcurrencyPath", 0)}
	name := "ItemProcessor"
	if f.has("Iterator") {
		name = "Iterator"
	}
	if f.has("ItemProcessor") == f.has("Iterator") {
		p.d.add(f.at, "Exactly one of 'ItemProcessor' and 'Iterator' must be given")
		return
	}
	if o, ok := f.object(name); ok {
		inner := p.fields(o, f.at+"/"+name, "StartAt", "States", "Comment", "ProcessorConfig")
		if c, ok := inner.object("ProcessorConfig"); ok {
			config := p.fields(c, inner.at+"/ProcessorConfig", "Mode", "ExecutionType")
			if mode, ok := config.text("Mode"); ok && mode != "INLINE" {
				config.fail("Mode", "The local cloud only supports Map's INLINE mode")
			}
		}
		s.items.processor = p.block(inner)
	}
	for _, k := range []string{"Parameters", "ItemSelector"} {
		if v, ok := f.o.Get(k); ok {
			if s.items.selector != nil {
				p.d.add(f.at, "Only one of 'Parameters' and 'ItemSelector' may be given")
			}
			s.items.selector = p.template(f, k, v)
		}
	}
}
