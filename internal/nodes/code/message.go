package code

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// jobMessage is a job as JSON. The workflow is left out if the child still has it.
func jobMessage(job node.CodeJob, c *collector, limit time.Duration, heap int64, withWorkflow bool) []byte {
	s := job.Call.Scope()
	o := value.NewObject(21)
	if withWorkflow {
		o.Set("workflow", s.Workflow.Raw)
		o.Set("workflowId", s.Workflow.ID)
		o.Set("active", s.Workflow.Active)
	}
	o.Set("node", s.Node.Name)
	o.Set("source", job.Source)
	o.Set("eachItem", job.EachItem)
	o.Set("legacy", job.Legacy)
	o.Set("goOn", c.goOn)
	o.Set("items", float64(len(c.in)))
	o.Set("timeMs", float64(limit.Milliseconds()))
	o.Set("heap", float64(heap))
	o.Set("inputs", lists(s.Inputs))
	o.Set("sources", sourcesOut(s.Sources))
	o.Set("runIndex", float64(s.RunIndex))
	o.Set("executionId", s.ExecutionID)
	o.Set("mode", s.Mode)
	o.Set("resumeUrl", s.ResumeURL)
	o.Set("timezone", s.Timezone)
	o.Set("nowMs", float64(s.Now.UnixMilli()))
	o.Set("vars", orNil(s.Vars))
	o.Set("customData", orNil(s.CustomData))
	if s.Pinned != nil {
		pinned := value.NewObject(len(s.Pinned))
		for name, items := range s.Pinned {
			pinned.Set(name, jsonText(workflow.AppendItems(nil, items)))
		}
		o.Set("pinned", pinned)
	}
	return value.JSON(o)
}

func orNil(o *value.Object) any {
	if o == nil {
		return nil
	}
	return o
}

// jsonText is JSON that travels as text inside JSON, so that items keep their own codec.
func jsonText(b []byte) any { return string(b) }

func lists(inputs [][]workflow.Item) []any {
	out := make([]any, len(inputs))
	for i, items := range inputs {
		out[i] = jsonText(workflow.AppendItems(nil, items))
	}
	return out
}

func sourcesOut(list []workflow.Source) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = value.Obj("node", s.Node, "output", float64(s.Output), "run", float64(s.Run))
	}
	return out
}

// message reads the members of a frame.
type message struct{ *value.Object }

func (m message) text(key string) string {
	v, _ := m.Get(key)
	s, _ := v.(string)
	return s
}

func (m message) number(key string) int {
	v, _ := m.Get(key)
	n, _ := v.(float64)
	return int(n)
}

func (m message) flag(key string) bool {
	v, _ := m.Get(key)
	return v == true
}

func (m message) object(key string) *value.Object {
	v, _ := m.Get(key)
	o, _ := v.(*value.Object)
	return o
}

func (m message) list(key string) []any {
	v, _ := m.Get(key)
	l, _ := v.([]any)
	return l
}

// programOf reads a job in the child; w is the workflow that it kept.
func programOf(m message, w *workflow.Workflow, h workflow.History) (*program, error) {
	s := &expr.Scope{
		Workflow: w, Node: w.Node(m.text("node")), RunIndex: m.number("runIndex"), History: h,
		ExecutionID: m.text("executionId"), Mode: m.text("mode"), ResumeURL: m.text("resumeUrl"),
		Timezone: m.text("timezone"), Now: time.UnixMilli(int64(m.number("nowMs"))).UTC(),
		Vars: m.object("vars"), CustomData: m.object("customData"),
	}
	if s.Node == nil {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "The node %q is not in its workflow.", m.text("node"))
	}
	for _, x := range m.list("inputs") {
		text, _ := x.(string)
		items, err := workflow.ParseItems([]byte(text))
		if err != nil {
			return nil, err
		}
		s.Inputs = append(s.Inputs, items)
	}
	for _, x := range m.list("sources") {
		o, _ := x.(*value.Object)
		from := message{o}
		s.Sources = append(s.Sources, workflow.Source{Node: from.text("node"), Output: from.number("output"), Run: from.number("run")})
	}
	if pinned := m.object("pinned"); pinned != nil {
		s.Pinned = make(map[string][]workflow.Item, pinned.Len())
		for name, x := range pinned.All() {
			text, _ := x.(string)
			items, err := workflow.ParseItems([]byte(text))
			if err != nil {
				return nil, err
			}
			s.Pinned[name] = items
		}
	}
	return &program{
		scope: s, source: m.text("source"), eachItem: m.flag("eachItem"), legacy: m.text("legacy"),
		items: m.number("items"), goOn: m.flag("goOn"), limits: limitsFor(time.Duration(m.number("timeMs"))*time.Millisecond, int64(m.number("heap"))),
	}, nil
}

// doneMessage is the outcomes as JSON.
func doneMessage(outcomes []outcome, custom *value.Object) []byte {
	list := make([]any, len(outcomes))
	for i, o := range outcomes {
		if o.fail != nil {
			list[i] = value.Obj("code", string(o.fail.code), "message", o.fail.message, "line", float64(o.fail.line))
			continue
		}
		list[i] = value.Obj("value", o.value, "undefined", o.undefined)
	}
	return value.JSON(value.Obj("outcomes", list, "customData", orNil(custom)))
}

// outcomesOf reads what doneMessage wrote.
func outcomesOf(m message) []outcome {
	var out []outcome
	for _, x := range m.list("outcomes") {
		o, _ := x.(*value.Object)
		one := message{o}
		if code := one.text("code"); code != "" {
			out = append(out, outcome{fail: &failure{code: fault.Code(code), message: one.text("message"), line: one.number("line")}})
			continue
		}
		v, _ := one.Get("value")
		out = append(out, outcome{value: v, undefined: one.flag("undefined")})
	}
	return out
}
