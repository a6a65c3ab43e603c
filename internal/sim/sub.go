package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// agentAsks is how often a node "sim.agent" asks for a run between model calls.
const agentAsks = 2

// asking gives the nodes of a workflow that ask for runs their parameters.
func asking(text, parameters string) string {
	for _, typ := range []string{"sub", "agent"} {
		text = strings.ReplaceAll(text, `"type":"sim.`+typ+`","typeVersion":1,`, `"type":"sim.`+typ+`","typeVersion":1,"ask":{`+parameters+`},`)
	}
	return text
}

// ask reads them.
func ask(s execution.Stepping) *node.SubRuns {
	v, _ := s.Step.Node.Raw.Get("ask")
	o, _ := v.(*value.Object)
	on, _ := o.Get("goOn")
	detached, _ := o.Get("detached")
	a := &node.SubRuns{GoOn: on == true, Detached: detached == true}
	runs, _ := o.Get("runs")
	n, _ := runs.(float64)
	for range max(int(n), 1) {
		a.Runs = append(a.Runs, node.SubRun{Workflow: node.Get(o, "workflow", ""), Items: []workflow.Item{workflow.EmptyItem()}})
	}
	return a
}

// sub asks for runs, and fails with the first that failed.
func (n *nodes) sub(s execution.Stepping, out *execution.Stepped) {
	a := ask(s)
	if s.Sub == nil {
		out.Ask = a
		return
	}
	n.checkResults(s, a)
	for _, r := range s.Sub {
		if r.Err != nil && !a.GoOn {
			failWith(out, r)
			return
		}
	}
}

func failWith(out *execution.Stepped, r node.SubResult) {
	out.Err = fault.Of(r.Err)
	out.Run.Error = &workflow.NodeError{Child: r.ID}
}

// agent calls a model, asks for a run, calls the model again, and so on. What it
// keeps is how far it came: a model call before that must never be made again.
func (n *nodes) agent(s execution.Stepping, out *execution.Stepped) {
	stage := 0
	if s.Partial != nil {
		stage = int(s.Partial[0] - '0')
		n.checkResults(s, ask(s))
		if err := s.Sub[0].Err; err != nil && fault.Of(err).Outcome == fault.Unknown {
			failWith(out, s.Sub[0])
			return
		}
	}
	n.checkStage(s, stage)
	if out.Err = n.w.models.ask(s); out.Err != nil || stage == agentAsks {
		return
	}
	out.Ask = ask(s)
	out.Ask.First = stage
	out.Partial = []byte{byte('1' + stage)}
}

// checkStage holds that the store has nothing that says the stage was passed.
func (n *nodes) checkStage(s execution.Stepping, stage int) {
	if n.w.wire.dead() {
		return
	}
	n.w.past(func() {
		ref := execution.Ref{Tenant: ident.Tenant(s.Info.Tenant), ID: ident.Execution(s.Info.ExecutionID)}
		p, err := n.w.runs.Partial(context.Background(), ref, s.Step.Node.Name, s.Step.RunIndex)
		if err == nil && p != nil && int(p.Keeps[0]-'0') > stage {
			n.wrong = append(n.wrong, fmt.Sprintf("%s: stage %d of the agent is paid again, it came to %s", ref.ID, stage, p.Keeps))
		}
	})
}

// checkResults holds that a node sees no run that has not ended.
func (n *nodes) checkResults(s execution.Stepping, a *node.SubRuns) {
	for _, r := range s.Sub {
		if r.ID == "" || a.Detached {
			continue
		}
		c, err := n.w.peek(execution.Ref{Tenant: ident.Tenant(s.Info.Tenant), ID: ident.Execution(r.ID)})
		again := r.Err != nil && c.ResumedAt > 0 // it had failed, and somebody has resumed it since
		if err != nil || !c.Status.Terminal() && !again {
			n.wrong = append(n.wrong, fmt.Sprintf("%s goes on before %s has ended (%s, %v)", s.Info.ExecutionID, r.ID, c.Status, err))
		}
	}
}

// past does something past the faults.
func (w *world) past(f func()) {
	defer w.wire.aside()()
	w.wire.rate, w.wire.at, w.wire.between = 0, nil, nil
	f()
}

// all are the executions of a tenant.
func (w *world) all(t ident.Tenant) (out []execution.Control) {
	w.past(func() {
		for cursor := ""; ; {
			page, err := w.runs.List(context.Background(), t, execution.Filter{Limit: 100, Cursor: cursor})
			if err != nil {
				panic(err)
			}
			out = append(out, page.Items...)
			if cursor = page.Next; cursor == "" {
				return
			}
		}
	})
	return out
}

// adopt takes the runs that runs started among those that are watched.
func (w *world) adopt() {
	for t := range w.limits {
		for _, c := range w.all(t) {
			w.accepted[c.Ref] = true
		}
	}
}

// checkFamilies holds, at rest, that each run that a node asked for was started
// once, is where its link says, and has ended as its parent's completion claims.
func (w *world) checkFamilies(t ident.Tenant) (bad []string) {
	controls := map[ident.Execution]execution.Control{}
	for _, c := range w.all(t) {
		controls[c.ID] = c
	}
	seen := map[string]ident.Execution{}
	for id, c := range controls {
		if c.EndsChild || c.AwaitsChild {
			bad = append(bad, fmt.Sprintf("%s still looks after a child: %+v", id, c))
		}
		if c.Parent.ID == "" {
			continue
		}
		key := fmt.Sprintf("%s/%s/%d/%d", c.Parent.ID, c.Parent.Node, c.Parent.Run, c.Parent.Item)
		if other, twice := seen[key]; twice {
			bad = append(bad, fmt.Sprintf("%s was started twice: %s and %s", key, other, id))
		}
		seen[key] = id
		bad = append(bad, w.checkLink(c, controls[c.Parent.ID])...)
	}
	return bad
}

func (w *world) checkLink(c, parent execution.Control) (bad []string) {
	var links []execution.Link
	var err error
	w.past(func() { links, err = w.runs.Links(context.Background(), parent.Ref, c.Parent.Node, c.Parent.Run) })
	linked := slices.ContainsFunc(links, func(l execution.Link) bool { return l.Child == c.ID && l.Item == c.Parent.Item })
	if err != nil || !linked {
		bad = append(bad, fmt.Sprintf("%s has no link to %s (%v)", parent.ID, c.ID, err))
	}
	strict := parent.WorkflowID != "wf_goon" && parent.WorkflowID != "wf_agent" && parent.WorkflowID != "wf_forked" && !c.Parent.Detached
	if strict && parent.Status == execution.Completed && c.Status != execution.Completed && parent.Outcome != execution.OutcomeSkip {
		bad = append(bad, fmt.Sprintf("%s completed although %s is %s", parent.ID, c.ID, c.Status))
	}
	return bad
}

// forked has branches that ask for runs beside others.
const forked = `{"name":"forked","settings":{"executionOrder":"v1","parallelBranches":true},"nodes":[
 {"name":"start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},
 {"name":"sub1","type":"sim.sub","typeVersion":1,"position":[100,0],"parameters":{}},
 {"name":"agent1","type":"sim.agent","typeVersion":1,"position":[100,100],"parameters":{}},
 {"name":"agent2","type":"sim.agent","typeVersion":1,"position":[100,200],"parameters":{}},
 {"name":"pay1","type":"sim.pay","typeVersion":1,"position":[100,300],"parameters":{}}],
 "connections":{"start":{"main":[[{"node":"sub1","type":"main","index":0},{"node":"agent1","type":"main","index":0},
 {"node":"agent2","type":"main","index":0},{"node":"pay1","type":"main","index":0}]]}}}`
