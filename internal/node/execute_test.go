package node

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// world is one node of type "t" with the function under test.
type world struct {
	run      func(ctx context.Context, c *Call) (Result, error)
	settings string // JSON members of the node
	order    string // "v1" or ""
	outputs  []string
	family   Family
	params   []Param
	env      Env
	step     walk.Step
}

func (w world) execute(t *testing.T) Outcome {
	t.Helper()
	settings := w.settings
	if settings != "" {
		settings = "," + settings
	}
	wf, err := workflow.Parse([]byte(`{"nodes":[{"name":"N","id":"n1","type":"t"` + settings + `}],"settings":{"executionOrder":"` + w.order + `"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if w.outputs == nil {
		w.outputs = []string{"main"}
	}
	if w.family == "" {
		w.family = Pure
	}
	typ := Type{Spec: Spec{Type: "t", Versions: []float64{1}, Name: "T", Family: w.family, Outputs: w.outputs, Params: w.params, Trigger: w.run == nil}, Run: w.run}
	env := w.env
	env.Workflow, env.Registry, env.Clock = wf, NewRegistry([]Type{typ}), clock.NewManual(time.Unix(1000, 0))
	step := w.step
	step.Node = wf.Node("N")
	if step.Inputs == nil {
		step.Inputs = [][]workflow.Item{items(`{"a":1}`, `{"a":2}`)}
	}
	return Execute(context.Background(), &env, step)
}

func items(texts ...string) []workflow.Item {
	out := make([]workflow.Item, len(texts))
	for i, s := range texts {
		o, err := value.ParseObject([]byte(s))
		if err != nil {
			panic(err)
		}
		out[i] = workflow.Item{JSON: o}
	}
	return out
}

// show writes outputs as JSON, nil ones as null.
func show(outs [][]workflow.Item) string {
	parts := make([]string, len(outs))
	for i, o := range outs {
		parts[i] = string(workflow.AppendItems(nil, o))
	}
	return strings.Join(parts, " ")
}

func give(outs ...[]workflow.Item) func(context.Context, *Call) (Result, error) {
	return func(context.Context, *Call) (Result, error) { return Result{Outputs: outs}, nil }
}

func fail(err error) func(context.Context, *Call) (Result, error) {
	return func(context.Context, *Call) (Result, error) { return Result{}, err }
}

// allInput tells how many items the node works on and what its parameter x gives.
func allInput(_ context.Context, c *Call) (Result, error) {
	r := c.At(0)
	o := value.Obj("worksOn", float64(len(c.Items())), "sees", r.String("x", ""))
	return Result{Outputs: [][]workflow.Item{{{JSON: o}}}}, r.Err()
}

// failing fails at every item and passes that on by failed.
func failing(failed func(i int, err error) []workflow.Item) func(context.Context, *Call) (Result, error) {
	return func(ctx context.Context, c *Call) (Result, error) {
		out, err := c.EachOr(ctx, c.Items(), func(*Reader, workflow.Item) ([]workflow.Item, error) { return nil, Errorf("no") }, failed)
		return Result{Outputs: [][]workflow.Item{out}}, err
	}
}

func TestExecuteAppliesTheNodeSettings(t *testing.T) {
	pass := func(_ context.Context, c *Call) (Result, error) {
		return Result{Outputs: [][]workflow.Item{c.Items()}}, nil
	}
	for _, c := range []struct {
		name string
		w    world
		want string
	}{
		{"items handed on point to themselves", world{run: pass}, `[{"json":{"a":1},"pairedItem":{"item":0}},{"json":{"a":2},"pairedItem":{"item":1}}]`},
		{"as many new items are paired by place", world{run: give(items(`{}`, `{}`))}, `[{"json":{},"pairedItem":{"item":0}},{"json":{},"pairedItem":{"item":1}}]`},
		{"other numbers of items are not paired", world{run: give(items(`{}`, `{}`, `{}`))}, `[{"json":{}},{"json":{}},{"json":{}}]`},
		{"one input item is the origin of all", world{run: give(items(`{}`), items(`{}`, `{}`)), outputs: []string{"a", "b"}, step: walk.Step{Inputs: [][]workflow.Item{items(`{}`)}}},
			`[{"json":{},"pairedItem":{"item":0}}] [{"json":{},"pairedItem":{"item":0}},{"json":{},"pairedItem":{"item":0}}]`},
		{"execute once", world{run: pass, settings: `"executeOnce":true`}, `[{"json":{"a":1},"pairedItem":{"item":0}}]`},
		{"execute once: expressions see all items", world{run: allInput, settings: `"executeOnce":true,"parameters":{"x":"={{ $input.all().map(i => i.json.a).join('-') }} {{ $json.a }}"}`},
			`[{"json":{"worksOn":1,"sees":"1-2 1"},"pairedItem":{"item":0}}]`},
		{"always output data, execute once", world{run: give([]workflow.Item{}), settings: `"alwaysOutputData":true,"executeOnce":true`},
			`[{"json":{},"pairedItem":[{"item":0},{"item":1}]}]`},
		{"failures as other items, or none", world{run: failing(func(i int, err error) []workflow.Item {
			if i == 0 {
				return nil
			}
			return []workflow.Item{UnpairedError(err)}
		}), settings: `"onError":"continueErrorOutput"`}, `[] [{"json":{"error":"no"}}]`},
		{"disabled", world{run: fail(errors.New("ran")), settings: `"disabled":true`, step: walk.Step{Inputs: [][]workflow.Item{items(`{"x":1}`), items(`{"y":1}`)}}},
			`[{"json":{"x":1},"pairedItem":{"item":0}}]`},
		{"always output data", world{run: give([]workflow.Item{}), settings: `"alwaysOutputData":true`},
			`[{"json":{},"pairedItem":[{"item":0},{"item":1}]}]`},
		{"always output data without input does not run the node", world{run: fail(errors.New("ran")), settings: `"alwaysOutputData":true`, step: walk.Step{Inputs: [][]workflow.Item{{}}}}, `[{"json":{}}]`},
		{"no outputs at all", world{run: give()}, ``},
		{"pinned", world{run: fail(errors.New("ran")), step: walk.Step{IsPinned: true, Pinned: items(`{"p":1}`), Inputs: [][]workflow.Item{items(`{}`)}}},
			`[{"json":{"p":1},"pairedItem":{"item":0}}]`},
		{"a trigger hands on what started the run", world{}, `[{"json":{"a":1},"pairedItem":{"item":0}},{"json":{"a":2},"pairedItem":{"item":1}}]`},
		{"an item with only an error", world{run: give([]workflow.Item{{Error: "no"}}), step: walk.Step{Inputs: [][]workflow.Item{items(`{}`)}}}, `[{"json":{"error":"no"},"pairedItem":{"item":0},"error":"no"}]`},
		{"failures passed on: the input goes on", world{run: fail(Errorf("no")), settings: `"onError":"continueRegularOutput"`},
			`[{"json":{"a":1},"pairedItem":{"item":0}},{"json":{"a":2},"pairedItem":{"item":1}}]`},
		{"error output", world{run: give([]workflow.Item{ErrorItem(1, Errorf("no")), {JSON: value.Obj("ok", true)}}), settings: `"onError":"continueErrorOutput"`},
			`[{"json":{"ok":true}}] [{"json":{"a":2,"error":"no"},"pairedItem":{"item":1}}]`},
		{"error output after two others", world{run: give(items(`{"error":"x","message":"y"}`), items(`{"error":"x","other":1}`)), outputs: []string{"a", "b"}, settings: `"onError":"continueErrorOutput"`},
			`[] [{"json":{"error":"x","other":1}}] [{"json":{"error":"x","message":"y"}}]`},
	} {
		out := c.w.execute(t)
		if out.Run.Status != workflow.RunCompleted {
			t.Errorf("%s: %+v", c.name, out.Run.Error)
		}
		if diff := cmp.Diff(c.want, show(out.Run.Outputs)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestExecuteFailures(t *testing.T) {
	for _, c := range []struct {
		name string
		w    world
		code fault.Code
		says string
		item int
	}{
		{"plain error", world{run: fail(errors.New("secret of the inside"))}, fault.CodeInternal, "An internal error occurred", -1},
		{"fault", world{run: fail(fault.New(fault.Unavailable, fault.CodeUpstream, "The server is away."))}, fault.CodeUpstream, "The server is away.", -1},
		{"at an item", world{run: fail(AtItem(1, Errorf("bad")))}, fault.CodeNodeError, "bad", 1},
		{"the first place counts", world{run: fail(AtItem(5, AtItem(1, Errorf("bad"))))}, fault.CodeNodeError, "bad", 1},
		{"message without end", world{run: fail(WithDetail(Errorf("%s", strings.Repeat("x", 5<<20)), strings.Repeat("y", 5<<20)))}, fault.CodeNodeError, "x…", -1},
		{"panic", world{run: func(context.Context, *Call) (Result, error) { panic("boom") }}, fault.CodeInternal, "a fault of the platform", -1},
		{"unknown version", world{run: give(), settings: `"typeVersion":9`}, fault.CodeNodeTypeUnsupported, `"N" has type t in version 9, which is not supported; supported are the versions 1`, -1},
		{"unknown type", world{run: give(), settings: `"type":"some.app"`}, fault.CodeNodeTypeUnsupported, `"N" has type some.app (version 1), which is not supported`, -1},
		{"no service", world{run: give(), family: HTTP}, fault.CodeInternal, "cannot run in this function", -1},
		{"too many items", world{run: give(items(`{}`, `{}`, `{}`)), env: Env{MaxItems: 2}}, fault.CodeRunLimit, "gives 3 items; at most 2", -1},
		{"too much data", world{run: give(items(`{"x":"` + strings.Repeat("y", 3<<20) + `"}`)), env: Env{MaxBytes: 1 << 20}}, fault.CodeRunLimit, "gives 3 MB", -1},
	} {
		out := c.w.execute(t)
		e := out.Run.Error
		if !out.Run.Failed() || out.Err == nil || e == nil || out.Run.Outputs != nil {
			t.Errorf("%s: %+v", c.name, out)
			continue
		}
		if e.Code != c.code || !strings.Contains(e.Message, c.says) || e.Item != c.item {
			t.Errorf("%s: %+v", c.name, e)
		}
		if len(e.Message) > fault.MaxMessage || len(e.Detail) > fault.MaxMessage {
			t.Errorf("%s: %d bytes of message and %d of detail are kept", c.name, len(e.Message), len(e.Detail))
		}
		if strings.Contains(e.Message, "secret") || strings.Contains(e.Message, "boom") {
			t.Errorf("%s: the message shows the cause: %s", c.name, e.Message)
		}
	}
}

func TestExecuteKeepsWhatAFailedRunCost(t *testing.T) {
	out := world{run: func(context.Context, *Call) (Result, error) {
		return Result{Usage: &workflow.TokenUsage{Total: 5}, CostMicro: 7, Logs: []string{"x"}}, Errorf("no")
	}}.execute(t)
	if out.Run.Usage == nil || out.Run.CostMicro != 7 || len(out.Run.Logs) != 1 {
		t.Errorf("%+v", out.Run)
	}
}

func TestExecuteFillsTheRun(t *testing.T) {
	out := world{run: give(items(`{"b":"xyz"}`)), env: Env{Run: RunInfo{Attempt: 2}}, step: walk.Step{RunIndex: 3, Sources: []workflow.Source{{Node: "S"}}}}.execute(t)
	want := &workflow.NodeRun{
		Node: "N", Index: 3, Status: workflow.RunCompleted, Sources: []workflow.Source{{Node: "S"}}, Attempts: 2, StartedAt: time.Unix(1000, 0).UTC(),
		InItems: 2, OutItems: 1, InBytes: 18, OutBytes: 13, Outputs: out.Run.Outputs,
	}
	if diff := cmp.Diff(want, out.Run, cmp.AllowUnexported(value.Object{})); diff != "" {
		t.Error(diff)
	}
}

func TestExecuteDoesNotChangeTheStepsItems(t *testing.T) {
	in := items(`{"a":1}`, `{"a":2}`)
	world{run: func(_ context.Context, c *Call) (Result, error) {
		got := c.Items()
		got[0].Paired, got[1].Error = nil, "changed"
		return Result{Outputs: [][]workflow.Item{got}}, nil
	}, settings: `"onError":"continueErrorOutput"`, step: walk.Step{Inputs: [][]workflow.Item{in}}}.execute(t)
	if diff := cmp.Diff(items(`{"a":1}`, `{"a":2}`), in, cmp.AllowUnexported(value.Object{})); diff != "" {
		t.Error(diff)
	}
}

func TestFeedingInputOfBothOrders(t *testing.T) {
	in := walk.Step{Inputs: [][]workflow.Item{{}, items(`{"b":1}`)}}
	count := func(_ context.Context, c *Call) (Result, error) {
		return Result{Outputs: [][]workflow.Item{{{JSON: value.Obj("items", float64(len(c.Items())))}}}}, nil
	}
	if got := show(world{run: count, order: "v1", step: in}.execute(t).Run.Outputs); !strings.Contains(got, `{"items":1}`) {
		t.Errorf("v1: %s", got)
	}
	if got := show(world{run: count, step: in}.execute(t).Run.Outputs); got != "" {
		t.Errorf("legacy ran: %s", got)
	}
}

func TestEachCollectsPassesOnAndStops(t *testing.T) {
	odd := func(ctx context.Context, c *Call) (Result, error) {
		out, err := c.Each(ctx, c.Items(), func(r *Reader, it workflow.Item) ([]workflow.Item, error) {
			if r.Item() == 1 {
				return nil, Errorf("odd")
			}
			return []workflow.Item{it}, nil
		})
		return Result{Outputs: [][]workflow.Item{out}}, err
	}
	if e := (world{run: odd}).execute(t).Run.Error; e == nil || e.Item != 1 {
		t.Errorf("%+v", e)
	}
	got := show(world{run: odd, settings: `"onError":"continueRegularOutput"`}.execute(t).Run.Outputs)
	if want := `[{"json":{"a":1},"pairedItem":{"item":0}},{"json":{"error":"odd"},"pairedItem":{"item":1}}]`; got != want {
		t.Errorf("got %s", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var c Call
	if _, err := c.Each(ctx, items(`{}`), nil); !fault.Is(err, fault.Timeout) {
		t.Errorf("got %v", err)
	}
}

// Retries look at what the node gave before its error items go to their own output.
func TestErrorItemsAreASoftFailure(t *testing.T) {
	for _, settings := range []string{`"onError":"continueErrorOutput"`, `"onError":"continueRegularOutput"`} {
		if out := (world{run: give(items(`{"error":"no"}`, `{"a":1}`)), settings: settings}).execute(t); !out.Soft {
			t.Errorf("%s: the failure is not Soft", settings)
		}
		if out := (world{run: give(items(`{"a":1}`)), settings: settings}).execute(t); out.Soft {
			t.Errorf("%s: a success is Soft", settings)
		}
	}
}
