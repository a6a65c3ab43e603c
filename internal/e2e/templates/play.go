package templates

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
	"github.com/automatelanka/automatelanka/internal/template"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// moment is what the clock says in cases that do not care.
var moment = time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)

// maxRuns ends a template that loops without end.
const maxRuns = 500

// Played is one run of a case.
type Played struct {
	Status string // completed, failed or waiting
	Order  []string
	Runs   map[string][]*workflow.NodeRun
	Error  *workflow.NodeError // of the node that ended the run
	// Problems are calls that the case does not answer, or answers that nobody asked for.
	Problems []string
}

// Play runs a case to its end.
func Play(ctx context.Context, registry *node.Registry, t *template.Template, c template.Case) (*Played, error) {
	wf, err := t.Workflow()
	if err != nil {
		return nil, err
	}
	pinned, err := replaced(c)
	if err != nil {
		return nil, err
	}
	w, err := walk.New(wf, walk.Options{Start: c.Start.Node, Pinned: pinned, MaxRuns: maxRuns})
	if err != nil {
		return nil, err
	}
	now := moment
	if c.Now != nil {
		now = *c.Now
	}
	p := &player{
		ctx: ctx, registry: registry, workflow: wf, walker: w, pinned: pinned, clock: clock.NewManual(now),
		outside: newOutside(c.Mocks), out: &Played{Status: "completed", Runs: map[string][]*workflow.NodeRun{}},
	}
	p.run()
	p.out.Problems = append(p.outside.problems, p.outside.unused()...)
	return p.out, nil
}

// replaced are the nodes that give the case's items instead of running: the start
// node, where the case says what it gives, and the mocks with items.
func replaced(c template.Case) (map[string][]workflow.Item, error) {
	given := map[string][]json.RawMessage{}
	for name, m := range c.Mocks {
		if len(m.Items) > 0 {
			given[name] = m.Items
		}
	}
	if len(c.Start.Items) > 0 {
		given[c.Start.Node] = c.Start.Items
	}
	out := make(map[string][]workflow.Item, len(given))
	for name, list := range given {
		for _, raw := range list {
			o, err := value.ParseObject(raw)
			if err != nil {
				return nil, fmt.Errorf("items of %q: %w", name, err)
			}
			out[name] = append(out[name], workflow.Item{JSON: o})
		}
	}
	return out, nil
}

type player struct {
	ctx      context.Context
	registry *node.Registry
	workflow *workflow.Workflow
	walker   *walk.Walker
	pinned   map[string][]workflow.Item
	clock    *clock.Manual
	outside  *outside
	out      *Played
}

// run plays steps until none is ready, one fails, or the run waits for a call.
func (p *player) run() {
	for steps := p.walker.Ready(); len(steps) > 0; steps = p.walker.Ready() {
		done := p.step(steps[0])
		run := done.Run
		p.out.Order = append(p.out.Order, run.Node)
		p.out.Runs[run.Node] = append(p.out.Runs[run.Node], run)
		if w := done.Result.Wait; w != nil {
			if w.Until.IsZero() {
				p.out.Status = "waiting"
				return
			}
			p.clock.Advance(w.Until.Sub(p.clock.Now()))
		}
		if err := p.walker.Done(steps[0], run); err != nil || run.Failed() {
			p.out.Status, p.out.Error = "failed", run.Error
			if f := fault.Of(err); run.Error == nil && f != nil {
				p.out.Error = &workflow.NodeError{Code: f.Code, Message: f.Message}
			}
			return
		}
	}
}

// step runs one node with the retries that its settings ask for.
func (p *player) step(s walk.Step) node.Outcome {
	zone := p.workflow.Settings.Timezone
	if zone == "" || zone == "DEFAULT" {
		zone = "UTC"
	}
	env := &node.Env{
		Workflow: p.workflow, Registry: p.registry, History: p.walker.History(), Clock: p.clock, Pinned: p.pinned,
		Services: node.Services{Code: code.InProcess{}, Credentials: accounts{}, Blobs: p.outside},
		Run:      node.RunInfo{Tenant: "ten_1", WorkflowID: "wf_1", ExecutionID: "exe_1", Mode: "trigger", ResumeURL: "https://example.com/resume/exe_1", Timezone: zone},
	}
	at := p.outside.at(append(hanging(p.workflow, s.Node.Name), s.Node.Name))
	env.Services.HTTP, env.Services.AI = at, at
	for attempt := 1; ; attempt++ {
		env.Run.Attempt, env.Run.Now = attempt, p.clock.Now()
		out := node.Execute(p.ctx, env, s)
		again, delay := node.Retry(s.Node, node.Attempt{Err: out.Err, Number: attempt, Effect: env.EffectOf(p.ctx, s), Soft: out.Soft})
		if !again || len(p.outside.problems) > 0 {
			return out
		}
		p.clock.Advance(delay)
	}
}

// hanging are the nodes connected to one by other than data: models, memories, tools.
func hanging(w *workflow.Workflow, name string) []string {
	var out []string
	for source, kinds := range w.Connections {
		for kind, slots := range kinds {
			if kind == workflow.Main {
				continue
			}
			for _, slot := range slots {
				for _, target := range slot {
					if target.Node == name {
						out = append(append(out, source), hanging(w, source)...)
					}
				}
			}
		}
	}
	return out
}
