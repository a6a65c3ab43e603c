package node

import (
	"context"
	"slices"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// The limits of one node run's output where Env leaves them open.
const (
	DefaultMaxItems = 100_000
	DefaultMaxBytes = 32 << 20
)

// Env is what Execute needs besides the step.
type Env struct {
	Workflow *workflow.Workflow
	Registry *Registry
	History  workflow.History
	Services Services
	Run      RunInfo
	Vars     *value.Object // $vars
	Limits   expr.Limits
	// Pinned are the nodes pinned in a test run: expressions may refer to them
	// although they have not run.
	Pinned map[string][]workflow.Item
	// Sub and Partial are what the node run asked for and kept (Result.Ask, Partial).
	Sub      []SubResult
	Partial  []byte
	Clock    clock.Clock // nil: the wall clock
	MaxItems int         // of one node run's output; 0: DefaultMaxItems
	MaxBytes int         // of one node run's output as JSON; 0: DefaultMaxBytes

	args *value.Object // of a tool: see RunTool
}

// Outcome is the end of one attempt of a node run.
type Outcome struct {
	Run    *workflow.NodeRun
	Result Result // Wait and Respond are for the engine; the rest is in Run too
	// Err is why the node failed, also where its settings let the workflow go on
	// (Run.Status is then completed); nil if it succeeded.
	Err *fault.Error
	// Soft is set if the node itself turned a failure into an error item; n8n
	// repeats such runs too where retryOnFail is set.
	Soft bool
}

// Execute runs one step as n8n does, with all its node settings. It does not
// retry: see Retry. It never panics, and it does not change the step's items.
func Execute(ctx context.Context, env *Env, step walk.Step) Outcome {
	clk := env.Clock
	if clk == nil {
		clk = clock.Real()
	}
	run := &workflow.NodeRun{
		Node: step.Node.Name, Index: step.RunIndex, Sources: step.Sources, Status: workflow.RunCompleted,
		Attempts: max(env.Run.Attempt, 1), StartedAt: clk.Now().UTC(), Pinned: step.IsPinned,
	}
	inputs := selfPaired(step.Inputs)
	for _, in := range inputs {
		run.InItems += len(in)
		run.InBytes += workflow.SizeOf(in)
	}
	x := execution{env: env, step: step, inputs: inputs, arrived: inputs, out: Outcome{Run: run}}
	err := x.perform(ctx)
	if err == nil {
		err = x.checkSize()
	}
	if err != nil {
		x.fail(err)
	}
	x.finish()
	run.Duration = clk.Since(run.StartedAt)
	return x.out
}

// execution is one attempt under way.
type execution struct {
	env    *Env
	step   walk.Step
	typ    *Type
	inputs [][]workflow.Item // what the node works on
	// arrived is all that came in. With executeOnce the node works on the first item
	// alone, but its expressions see every item: authors join them by $input.all().
	arrived [][]workflow.Item
	out     Outcome
}

// perform gives the node's own outputs.
func (x *execution) perform(ctx context.Context) error {
	n := x.step.Node
	switch {
	case x.step.IsPinned:
		x.out.Result.Outputs = [][]workflow.Item{cloneItems(x.step.Pinned)}
		return nil
	case n.Disabled:
		if len(x.inputs) > 0 && x.inputs[0] != nil {
			x.out.Result.Outputs = x.inputs[:1]
		}
		return nil
	}
	x.typ = x.env.Registry.Lookup(n.Type, n.TypeVersion)
	if x.typ == nil {
		return x.env.Registry.unsupported(n.Name, n.Type, n.TypeVersion)
	}
	if !x.typ.Spec.Trigger && len(walk.Feeding(x.env.Workflow, x.inputs)) == 0 {
		return nil // only alwaysOutputData brings it here; n8n does not run it either
	}
	if n.ExecuteOnce {
		x.inputs = firstOnly(x.inputs)
	}
	if x.typ.Run == nil || x.typ.HandsOn(x.inputs) {
		x.out.Result.Outputs = x.inputs // a trigger hands on what started the run
		return nil
	}
	if err := x.typ.missingService(x.env.Services, n); err != nil {
		return err
	}
	var err error
	x.out.Result, err = x.call(ctx)
	if err == nil && n.OnError == workflow.OnErrorContinueError {
		x.out.Soft = softFailure(x.out.Result.Outputs)
		x.routeErrors()
	}
	return err
}

// call runs the node's own function.
func (x *execution) call(ctx context.Context) (res Result, err error) {
	c := x.env.NewCall(ctx, x.typ, x.step, x.inputs)
	defer c.Close()
	c.params.scope.Inputs = x.arrived
	c.Services = x.typ.Doors(x.typ.familyOf(x.step.Node), c.Services)
	if c.Services.Credentials != nil {
		w := &watched{source: c.Services.Credentials}
		c.Services.Credentials = w
		defer func() { err = w.hide(&res, err) }()
	}
	defer func() {
		if p := recover(); p != nil {
			err = panicked(x.step.Node, p)
		}
	}()
	return x.typ.Run(ctx, c)
}

// fail applies onError to a failure: the workflow stops, or goes on with the
// node's own input on the first output.
func (x *execution) fail(err error) {
	run := x.out.Run
	run.Error, x.out.Err = shape(err)
	x.out.Result.Outputs, x.out.Result.Wait, x.out.Result.Ask = nil, nil, nil
	if x.step.Node.OnError == workflow.OnErrorStop || x.out.Err.Stops() {
		run.Status = workflow.RunFailed
		return
	}
	// All that arrived goes on, with executeOnce too, as in n8n.
	if len(x.arrived) > 0 && x.arrived[0] != nil {
		x.out.Result.Outputs = x.arrived[:1]
	} else {
		x.out.Result.Outputs = [][]workflow.Item{{}}
	}
}

// finish fills in what every node run has.
func (x *execution) finish() {
	run, res := x.out.Run, &x.out.Result
	if run.Status != workflow.RunFailed {
		x.out.Soft = x.out.Soft || softFailure(res.Outputs)
		x.pair()
		if x.step.Node.AlwaysOutputData && firstEmpty(res.Outputs) {
			x.alwaysOutput()
		}
		errorItems(res.Outputs)
		run.Outputs = res.Outputs
		if len(res.Sources) > 0 {
			run.Sources = append(slices.Clone(run.Sources), res.Sources...)
		}
	}
	for _, out := range run.Outputs {
		run.OutItems += len(out)
		run.OutBytes += workflow.SizeOf(out)
	}
	run.State, run.Usage, run.CostMicro, run.Logs = res.State, res.Usage, res.CostMicro, res.Logs
}

// checkSize refuses outputs that would not fit the engine.
func (x *execution) checkSize() error {
	maxItems, maxBytes := x.env.MaxItems, x.env.MaxBytes
	if maxItems <= 0 {
		maxItems = DefaultMaxItems
	}
	if maxBytes <= 0 {
		maxBytes = DefaultMaxBytes
	}
	items, bytes := 0, 0
	for _, out := range x.out.Result.Outputs {
		items += len(out)
		bytes += workflow.SizeOf(out)
	}
	name := x.step.Node.Name
	if items > maxItems {
		return fault.New(fault.LimitExceeded, fault.CodeRunLimit, "The node %q gives %d items; at most %d are allowed. Work in batches.", name, items, maxItems)
	}
	if bytes > maxBytes {
		return fault.New(fault.LimitExceeded, fault.CodeRunLimit, "The node %q gives %d MB of data; at most %d MB are allowed. Keep only the fields you need, or work in batches.",
			name, bytes>>20, maxBytes>>20)
	}
	return nil
}
