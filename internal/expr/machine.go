package expr

import (
	"errors"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/expr/sandbox"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// machine is the JavaScript side of an Evaluator: a runtime of its own for one
// node run, made when the first expression needs it.
type machine struct {
	e   *Evaluator
	box *sandbox.Box
	vm  *goja.Runtime
	// functions are the programs that have run here before.
	functions map[*program]goja.Callable
	// vars are what the present item's variables stand for.
	vars map[string]goja.Value
	item int
	// helpers are what rewritten programs call.
	helpers map[string]goja.Value
	// lists and objects are the items that scripts have been shown.
	lists   map[*workflow.Item]goja.Value
	objects map[*workflow.Item]goja.Value
	// installed are the parts that are only there on demand.
	installed map[string]bool
	library   map[string]*goja.Object
	mark      *goja.Symbol // on the errors that fail an expression
	depth     int          // evaluations within evaluations
	code      *Runtime     // set if the machine serves a Code node
}

func newMachine(e *Evaluator) *machine {
	box := sandbox.New(sandbox.Limits{Time: e.limits.Time, Memory: e.limits.Memory, CallStack: e.limits.CallStack, Clock: e.limits.Clock})
	return &machine{
		e: e, box: box, vm: box.VM, item: -1, functions: map[*program]goja.Callable{}, vars: map[string]goja.Value{},
		helpers: map[string]goja.Value{}, installed: map[string]bool{}, library: map[string]*goja.Object{},
		mark:  goja.NewSymbol("expression error"),
		lists: map[*workflow.Item]goja.Value{}, objects: map[*workflow.Item]goja.Value{},
	}
}

// machine returns the runtime, a fresh one if the last was ended by a limit.
func (e *Evaluator) machine() *machine {
	if e.m == nil || e.m.box.Broken {
		e.m = newMachine(e)
	}
	return e.m
}

// run evaluates code by its program.
func (e *Evaluator) run(c *code, item int) (any, error) {
	var out any
	err := e.within(c, item, func(m *machine, v goja.Value) error {
		if _, function := goja.AssertFunction(v); function {
			return refusalf("it is a function, please add ()")
		}
		got, defined, err := m.export(v)
		if out = got; !defined {
			out = undefined
		}
		return err
	})
	return out, err
}

// runText evaluates code by its program and gives what a template prints for it.
func (e *Evaluator) runText(c *code, item int) (string, error) {
	out := ""
	err := e.within(c, item, func(m *machine, v goja.Value) error {
		if printed(v) {
			out = v.String()
			m.box.Spend(int64(len(out)))
		}
		return nil
	})
	return out, err
}

// printed reports whether a template prints anything for v: not for what is
// false in JavaScript, but for 0 and false themselves.
func printed(v goja.Value) bool {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return false
	}
	if v.ToBoolean() {
		return true
	}
	switch n := v.Export().(type) {
	case int64:
		return true
	case float64:
		return n == 0
	case bool:
		return true
	}
	return false
}

// maxEvaluations bounds parameters that refer to parameters.
const maxEvaluations = 32

// within runs the program of c and hands its result to use, all in one run. An
// exception that n8n swallows gives undefined.
func (e *Evaluator) within(c *code, item int, use func(*machine, goja.Value) error) error {
	p, err := c.program()
	if err != nil {
		return err
	}
	m := e.machine()
	if m.depth++; m.depth > maxEvaluations {
		m.depth = 0
		return failed(c.source, refusalf("its parameters refer to each other without end"))
	}
	err = m.box.Do(e.ctx, func() error {
		v, err := m.call(p, item)
		if err != nil {
			return err
		}
		return use(m, v)
	})
	if m.depth--; p.taints && m.depth == 0 {
		e.m = nil // the next expression gets a runtime of its own
	}
	var ex *goja.Exception
	if errors.As(err, &ex) {
		if fatal := m.problemOf(ex); fatal != nil {
			return failed(c.source, fatal)
		}
		return use(m, goja.Undefined())
	}
	if err != nil {
		return failed(c.source, err)
	}
	return nil
}

// call runs a program with the variables that it uses.
func (m *machine) call(p *program, item int) (goja.Value, error) {
	m.at(item)
	f, err := m.function(p)
	if err != nil {
		return nil, err
	}
	args := make([]goja.Value, len(p.params))
	for i, name := range p.params {
		args[i] = m.param(name)
	}
	return f(goja.Undefined(), args...)
}

// at makes the variables stand for an item.
func (m *machine) at(item int) {
	if m.item != item {
		m.item = item
		clear(m.vars)
	}
}

// forget drops what a script may have changed.
func (m *machine) forget() {
	clear(m.vars)
	clear(m.lists)
	clear(m.objects)
}

func (m *machine) function(p *program) (goja.Callable, error) {
	if f := m.functions[p]; f != nil {
		return f, nil
	}
	m.box.Guard(p.needs)
	for name := range p.names {
		m.demand(name)
	}
	v, err := m.vm.RunProgram(p.prog)
	if err != nil {
		return nil, err
	}
	f, ok := goja.AssertFunction(v)
	if !ok {
		return nil, errors.New("the program is not a function")
	}
	m.functions[p] = f
	return f, nil
}
