package sim

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// call names one side effect.
type call struct {
	execution string
	node      string
	run       int
}

// nodes are node types whose names say what they do: "sim.pure", "sim.wait"
// (suspended), "sim.ask" (unsafe, then for an answer), "sim.nap" (in the state machine), "sim.hook" (for a call), "sim.http" (safe), "sim.pay" (unsafe) and "sim.ai" (a model). Calls are counted.
type nodes struct {
	w     *world
	calls map[call]int
	done  map[call]bool // the call answered with success
	wrong []string      // promises that were broken
	// beside, for a benchmark, runs during each call, of which the promises are not looked
	// at then: that would read the whole run.
	beside func()
}

func newNodes(w *world) *nodes {
	return &nodes{w: w, calls: map[call]int{}, done: map[call]bool{}}
}

func (n *nodes) Family(s walk.Step) node.Family {
	switch {
	case strings.HasSuffix(s.Node.Type, ".http"), strings.HasSuffix(s.Node.Type, ".pay"), strings.HasSuffix(s.Node.Type, ".ask"):
		return node.HTTP
	case strings.HasSuffix(s.Node.Type, ".ai"), strings.HasSuffix(s.Node.Type, ".agent"):
		return node.AI
	}
	return node.Pure
}

func (n *nodes) Safe(s execution.Stepping) bool {
	return !strings.HasSuffix(s.Step.Node.Type, ".pay") && !strings.HasSuffix(s.Step.Node.Type, ".ask")
}

// askTime is how long an answer is waited for.
const askTime = 24 * time.Hour

// Execute passes the items on. Calls may fail for a moment, or lose their answer.
func (n *nodes) Execute(_ context.Context, s execution.Stepping) execution.Stepped {
	run := workflow.NodeRun{
		Node: s.Step.Node.Name, Index: s.Step.RunIndex, Status: workflow.RunCompleted,
		Sources: s.Step.Sources, Attempts: s.Info.Attempt, StartedAt: n.w.clock.Now(),
		Outputs: [][]workflow.Item{{{JSON: value.Obj("node", s.Step.Node.Name, "run", float64(s.Step.RunIndex))}}},
	}
	out := execution.Stepped{Run: run}
	n.w.checkTime(s)
	switch {
	case n.Family(s.Step) == node.HTTP:
		if out.Err = n.call(s); out.Err == nil && strings.HasSuffix(s.Step.Node.Type, ".ask") {
			out.Wait = &node.Wait{Webhook: true, Until: n.w.clock.Now().Add(askTime)}
		}
	case strings.HasSuffix(s.Step.Node.Type, ".agent"):
		n.agent(s, &out)
	case n.Family(s.Step) == node.AI:
		out.Err = n.w.models.ask(s)
	case strings.HasSuffix(s.Step.Node.Type, ".sub"):
		n.sub(s, &out)
	case strings.HasSuffix(s.Step.Node.Type, ".wait"):
		out.Wait = &node.Wait{Until: n.w.clock.Now().Add(time.Duration(100+n.w.among(1400)) * time.Second)}
	case strings.HasSuffix(s.Step.Node.Type, ".nap"): // in the state machine
		out.Wait = &node.Wait{Until: n.w.clock.Now().Add(time.Duration(1+n.w.among(59)) * time.Second)}
	case strings.HasSuffix(s.Step.Node.Type, ".hook"):
		out.Wait = &node.Wait{Webhook: true, Until: n.w.clock.Now().Add(time.Duration(100+n.w.among(1400)) * time.Second)}
	case strings.HasSuffix(s.Step.Node.Type, ".loop") && s.Step.RunIndex < 3:
		out.Run.Outputs = [][]workflow.Item{nil, out.Run.Outputs[0]}
	}
	if out.Err != nil {
		out.Run.Status, out.Run.Outputs = workflow.RunFailed, nil
		child := ""
		if out.Run.Error != nil {
			child = out.Run.Error.Child
		}
		out.Run.Error = &workflow.NodeError{Code: out.Err.Code, Message: out.Err.Message, Item: -1, Child: child}
	}
	return out
}

// call is one side effect. A completed one must never happen again.
func (n *nodes) call(s execution.Stepping) *fault.Error {
	k := call{s.Info.ExecutionID, s.Step.Node.Name, s.Step.RunIndex}
	if n.w.wire.dead() {
		return fault.New(fault.Unavailable, fault.CodeUpstream, "killed")
	}
	n.calls[k]++
	n.w.note("call %v #%d", k, n.calls[k])
	n.checkAgain(k, execution.Ref{Tenant: ident.Tenant(s.Info.Tenant), ID: ident.Execution(s.Info.ExecutionID)})
	if n.w.still {
		n.done[k] = true
		return nil
	}
	switch p := n.w.rnd.Float64(); {
	case p < n.w.wire.rate:
		return fault.New(fault.Unavailable, fault.CodeUpstreamRateLimited, "slow down")
	case p < 1.5*n.w.wire.rate:
		e := fault.New(fault.Timeout, fault.CodeNodeTimeout, "no answer")
		e.Outcome = fault.Unknown
		return e
	}
	n.done[k] = true
	return nil
}

// checkAgain holds the promise that a completed node never runs again: one whose
// record was written. A call that succeeded but whose function died before the
// record was is of unknown outcome; an unsafe one then needs a decision.
func (n *nodes) checkAgain(k call, ref execution.Ref) {
	if n.beside != nil {
		n.beside()
		return
	}
	c, err := n.w.peek(ref)
	if err != nil {
		n.wrong = append(n.wrong, err.Error())
		return
	}
	n.w.checkRunning(c)
	records, err := n.w.recorded(c)
	if err != nil {
		n.wrong = append(n.wrong, err.Error())
		return
	}
	for _, r := range records {
		if r.Run.Node == k.node && r.Run.Index == k.run && !r.Run.Failed() {
			n.wrong = append(n.wrong, fmt.Sprintf("%v was called again after it completed", k))
		}
	}
	if (strings.HasPrefix(k.node, "pay") || strings.HasPrefix(k.node, "ask")) && n.done[k] && c.Outcome != execution.OutcomeRetry {
		n.wrong = append(n.wrong, fmt.Sprintf("%v is unsafe and was called again without a decision", k))
	}
}

func (n *nodes) Retry(s execution.Stepping, out execution.Stepped, safe bool) (bool, time.Duration) {
	again := out.Err != nil && out.Err.Transient() && s.Info.Attempt < 3 && (safe || out.Err.Outcome != fault.Unknown)
	return again, time.Duration(s.Info.Attempt) * 5 * time.Second
}

// shapes are the workflows, parsed once: nothing changes them.
var shapes = sync.OnceValue(workflows)

// workflows are the shapes that schedules run.
func workflows() map[ident.Workflow]*workflow.Workflow {
	out := map[ident.Workflow]*workflow.Workflow{}
	for name, text := range map[ident.Workflow]string{
		"wf_pure":     chain("", "pure", "pure"),
		"wf_calls":    chain("", "pure", "http", "pure", "pay", "pure"),
		"wf_wait":     chain("", "wait", "http", "wait", "pay"),
		"wf_parallel": parallel,
		"wf_loop":     loop,
		"wf_ai":       chain("", "ai", "pure", "ai", "pay", "ai"),
		"wf_capped":   chain(`,"maxTokensPerRun":180`, "ai", "ai", "ai", "http"),
		"wf_short":    chain("", "http", "pay"),
		"wf_nap":      chain("", "http", "nap", "pay", "nap", "http"),
		"wf_hook":     chain("", "pure", "hook", "pay", "hook", "http"),
		"wf_ask":      chain("", "pure", "ask", "pay"),
		"wf_asks_two": twoQuestions,
		"wf_timed":    chain(`,"executionTimeout":40`, "http", "pay", "nap", "pay", "nap", "http"),
		"wf_brief":    chain(`,"executionTimeout":80`, "http", "wait", "pay"),
		"wf_late":     chain(`,"executionTimeout":600`, "http", "wait", "pay", "wait", "ai"),
		"wf_sub":      asking(chain("", "pure", "sub", "http"), `"workflow":"wf_calls"`),
		"wf_each":     asking(chain("", "sub", "pure"), `"workflow":"wf_short","runs":3`),
		"wf_goon":     asking(chain("", "http", "sub", "pure"), `"workflow":"wf_short","runs":2,"goOn":true`),
		"wf_detached": asking(chain("", "sub", "pay"), `"workflow":"wf_wait","runs":2,"detached":true`),
		"wf_nested":   asking(chain("", "sub", "pure"), `"workflow":"wf_sub"`),
		"wf_self":     asking(chain("", "pure", "sub"), `"workflow":"wf_self"`),
		"wf_agent":    asking(chain("", "agent", "http"), `"workflow":"wf_short"`),
		"wf_family":   asking(chain(`,"maxTokensPerRun":450`, "ai", "sub", "ai"), `"workflow":"wf_kin","runs":2`),
		"wf_kin":      asking(chain(`,"maxTokensPerRun":300`, "ai", "sub", "ai"), `"workflow":"wf_asks","detached":true`),
		"wf_asks":     chain("", "ai", "pay"),
		"wf_forked":   asking(forked, `"workflow":"wf_short"`),
	} {
		wf, err := workflow.Parse([]byte(text))
		if err != nil {
			panic(err)
		}
		wf.ID = string(name)
		out[name] = wf
	}
	return out
}

// chain is a workflow of nodes in a row, after a trigger.
func chain(settings string, types ...string) string {
	nodes, links := `{"name":"start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}}`, ""
	before := "start"
	for i, typ := range types {
		name := fmt.Sprintf("%s%d", typ, i)
		nodes += fmt.Sprintf(`,{"name":%q,"type":"sim.%s","typeVersion":1,"position":[%d,0],"parameters":{}}`, name, typ, 100*(i+1))
		if links != "" {
			links += ","
		}
		links += fmt.Sprintf(`%q:{"main":[[{"node":%q,"type":"main","index":0}]]}`, before, name)
		before = name
	}
	return `{"name":"chain","nodes":[` + nodes + `],"connections":{` + links + `},"settings":{"executionOrder":"v1"` + settings + `}}`
}

const parallel = `{"name":"parallel","settings":{"executionOrder":"v1","parallelBranches":true},"nodes":[
 {"name":"start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},
 {"name":"http1","type":"sim.http","typeVersion":1,"position":[100,0],"parameters":{}},
 {"name":"pay1","type":"sim.pay","typeVersion":1,"position":[100,100],"parameters":{}},
 {"name":"http2","type":"sim.http","typeVersion":1,"position":[100,200],"parameters":{}},
 {"name":"http3","type":"sim.http","typeVersion":1,"position":[200,0],"parameters":{}}],
 "connections":{"start":{"main":[[{"node":"http1","type":"main","index":0},{"node":"pay1","type":"main","index":0},{"node":"http2","type":"main","index":0}]]},
 "http1":{"main":[[{"node":"http3","type":"main","index":0}]]}}}`

const twoQuestions = `{"name":"two questions","settings":{"executionOrder":"v1","parallelBranches":true},"nodes":[
 {"name":"start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},
 {"name":"askA","type":"sim.ask","typeVersion":1,"position":[100,0],"parameters":{}},
 {"name":"askB","type":"sim.ask","typeVersion":1,"position":[100,100],"parameters":{}},
 {"name":"payA","type":"sim.pay","typeVersion":1,"position":[200,0],"parameters":{}},
 {"name":"payB","type":"sim.pay","typeVersion":1,"position":[200,100],"parameters":{}}],
 "connections":{"start":{"main":[[{"node":"askA","type":"main","index":0},{"node":"askB","type":"main","index":0}]]},
 "askA":{"main":[[{"node":"payA","type":"main","index":0}]]},"askB":{"main":[[{"node":"payB","type":"main","index":0}]]}}}`

const loop = `{"name":"loop","settings":{"executionOrder":"v1"},"nodes":[
 {"name":"start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},
 {"name":"loop","type":"sim.loop","typeVersion":1,"position":[100,0],"parameters":{}},
 {"name":"http","type":"sim.http","typeVersion":1,"position":[200,0],"parameters":{}},
 {"name":"pay","type":"sim.pay","typeVersion":1,"position":[200,100],"parameters":{}}],
 "connections":{"start":{"main":[[{"node":"loop","type":"main","index":0}]]},
 "loop":{"main":[[{"node":"pay","type":"main","index":0}],[{"node":"http","type":"main","index":0}]]},
 "http":{"main":[[{"node":"loop","type":"main","index":0}]]}}}`
