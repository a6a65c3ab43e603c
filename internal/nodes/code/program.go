package code

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// program is one job as the interpreter runs it, in the child or in-process.
type program struct {
	scope    *expr.Scope
	source   string
	eachItem bool
	legacy   string
	items    int  // of the input
	goOn     bool // a failing item does not end the run
	limits   expr.Limits
}

// outcome is what one run of the code gave: a value, or a failure.
type outcome struct {
	value     any
	undefined bool // it returned nothing, which n8n tells from null
	fail      *failure
}

// What stands around the author's code: it tells undefined, which is no JSON, from
// null. The code's first line stays the first.
const (
	undefinedMark = "__automatelanka_undefined__"
	opening       = "return ((v) => v === undefined ? {" + undefinedMark + ": true} : v)(await (async () => {"
	closing       = "\n})())"
)

// failure is an error of the code, in a form that travels.
type failure struct {
	code    fault.Code
	message string
	line    int // 0: unknown
}

// printed is what the code printed, within limits.
type printed struct {
	lines []string
	bytes int
	then  func(line string) // gets each line that is kept, if set
}

// The most that a node run keeps of what its code prints.
const (
	maxLines     = 1000
	maxLineBytes = 16 << 10
	maxLogBytes  = 256 << 10
)

func (p *printed) print(line string) {
	if len(p.lines) > maxLines || p.bytes > maxLogBytes {
		return
	}
	if len(p.lines) == maxLines || p.bytes+len(line) > maxLogBytes {
		p.keep("… (more was printed than is kept)")
		p.bytes = maxLogBytes + 1
		return
	}
	p.keep(fault.Shorten(line, maxLineBytes))
}

func (p *printed) keep(line string) {
	p.lines = append(p.lines, line)
	p.bytes += len(line)
	if p.then != nil {
		p.then(line)
	}
}

// run runs the program: once, or once for each item of the first input.
func (p *program) run(ctx context.Context, logs *printed) []outcome {
	legacy := p.legacy
	if legacy == tool {
		legacy = ""
	}
	rt := expr.NewRuntime(ctx, p.scope, p.limits, expr.CodeOptions{
		EachItem: p.eachItem, Legacy: legacy, Print: logs.print, StaticData: p.staticData,
	})
	defer rt.Close()
	count := 1
	if p.eachItem {
		count = p.items
	}
	outcomes := make([]outcome, 0, count)
	for i := range count {
		v, err := rt.Run(opening+p.source+closing, i)
		o := outcome{value: v}
		if marked, ok := v.(*value.Object); ok && marked.Len() == 1 {
			_, o.undefined = marked.Get(undefinedMark)
		}
		if err != nil {
			f := fault.Of(err)
			o.fail = &failure{code: f.Code, message: f.Message, line: expr.Line(err)}
		}
		outcomes = append(outcomes, o)
		if o.fail != nil && (!p.goOn || o.fail.code == fault.CodeCodeLimit) {
			break
		}
	}
	return outcomes
}

// staticData is the workflow's static data; what the code changes lasts for the run.
func (p *program) staticData(kind string) *value.Object {
	data := p.scope.Workflow.StaticData
	key := "global"
	if kind == "node" {
		key = "node:" + p.scope.Node.Name
	}
	v, _ := data.Get(key)
	if o, ok := v.(*value.Object); ok {
		return o.Clone()
	}
	return value.NewObject(0)
}

// limitsFor are the interpreter's limits for a time.
func limitsFor(d time.Duration, memory int64) expr.Limits {
	return expr.Limits{Time: d, Memory: memory}
}
