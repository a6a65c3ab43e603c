package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
)

// called is a workflow that another one runs: after its trigger come the nodes.
func called(nodes ...string) string {
	return strings.Replace(chain(nodes...), "n8n-nodes-base.manualTrigger", "n8n-nodes-base.executeWorkflowTrigger", 1)
}

const (
	three = `|n8n-nodes-base.code|2|{"jsCode":"return [{json:{n:1}},{json:{n:2}},{json:{n:3}}]"}`
	each  = `|n8n-nodes-base.executeWorkflow|1.1|{"mode":"each","workflowId":{"__rl":true,"mode":"id","value":%q},"options":{}}`
	once  = `|n8n-nodes-base.executeWorkflow|1.1|{"workflowId":{"__rl":true,"mode":"id","value":%q},"options":{}}`
)

// save saves a workflow and returns its id.
func (w *world) save(t *testing.T, text string) string {
	t.Helper()
	id, err := w.Create(w.ctx, []byte(strings.ReplaceAll(text, "ADDR", w.counter.Addr)))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// familyRun is an execution with what it started.
type familyRun struct {
	ID, WorkflowID, Status, Trigger string
	Given                           bool
	Parent                          *struct {
		ExecutionID, Node string
		Item              int
	}
	Children []struct {
		ExecutionID, WorkflowID, Status, Node string
		Item                                  int
		Tokens                                int64
		Error                                 *struct{ Code, Message string }
	}
	SubRuns *struct {
		Count, Tokens int
		CostUsd       float64
	}
	Tokens int64
	Nodes  []struct {
		Name, Status string
		Attempts     int
		SubRuns      *struct{ Count int }
	}
}

func (w *world) family(t *testing.T, job string) (run familyRun) {
	t.Helper()
	if err := w.Call(w.ctx, http.MethodGet, "/api/executions/"+job, nil, &run); err != nil {
		t.Fatal(err)
	}
	return run
}

func (w *world) runsUsed(t *testing.T) int {
	t.Helper()
	var u struct{ Runs struct{ Used int } }
	if err := w.Call(w.ctx, http.MethodGet, "/api/usage", nil, &u); err != nil {
		t.Fatal(err)
	}
	return u.Runs.Used
}

// TestFreeTenantRunsSubWorkflowsInItsOneSlot: the parent gives it back while its
// three children run, one after the other; they do not count as runs of the month.
func TestFreeTenantRunsSubWorkflowsInItsOneSlot(t *testing.T) {
	w := setup(t, nil)
	w.Client = w.as(w.keys.Tenants["dev-free"])
	child := w.save(t, called("Call"+fmt.Sprintf(get, "child"), "Pay"+fmt.Sprintf(post, "pay")))
	job := w.start(t, chain("Make"+three, "Each"+fmt.Sprintf(each, child), "After"+fmt.Sprintf(get, "after")))
	j := w.await(t, job, "completed")
	if w.counter.Calls("/child") != 3 || w.counter.Calls("/pay") != 3 || w.counter.Calls("/after") != 3 {
		t.Errorf("calls: %v", w.counter.All())
	}
	if len(j.Output) != 3 {
		t.Errorf("the output is %v", j.Output)
	}
	run := w.family(t, job)
	if len(run.Children) != 3 || run.SubRuns == nil || run.SubRuns.Count != 3 {
		t.Fatalf("the run is %+v", run)
	}
	for i, c := range run.Children {
		if c.Status != "completed" || c.WorkflowID != child || c.Node != "Each" || c.Item != i {
			t.Errorf("child %d is %+v", i, c)
		}
		if k := w.family(t, c.ExecutionID); k.Parent == nil || k.Parent.ExecutionID != job || k.Trigger != "workflow" {
			t.Errorf("its own view is %+v", k)
		}
	}
	if n := w.runsUsed(t); n != 1 {
		t.Errorf("%d runs of the month were counted, want 1", n)
	}
}

func TestFailedSubWorkflowIsResumedThroughItsParent(t *testing.T) {
	w := setup(t, func(path string, n int, rw http.ResponseWriter) {
		if path == "/breaks" && n == 1 {
			rw.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprint(rw, `{}`)
	})
	child := w.save(t, called("First"+fmt.Sprintf(get, "first"), "Breaks"+fmt.Sprintf(get, "breaks")))
	job := w.start(t, chain("Run"+fmt.Sprintf(once, child), "After"+fmt.Sprintf(get, "after")))
	j := w.await(t, job, "failed")
	kid := w.family(t, job).Children[0].ExecutionID
	if j.FailedAt != "Run" || !strings.Contains(j.Error.Message, "Breaks") || !strings.Contains(j.Error.Message, kid) {
		t.Errorf("it failed at %q: %+v", j.FailedAt, j.Error)
	}
	var again struct {
		Nodes []struct{ Name, Effect string }
	}
	if err := w.Call(w.ctx, http.MethodPost, "/api/executions/"+job+"/retry?preview=true", nil, &again); err != nil || len(again.Nodes) != 1 || again.Nodes[0].Effect != "unsafe" {
		t.Errorf("a retry would do %+v again (%v), want the sub-workflow", again, err)
	}
	w.must(t, w.Client, http.MethodPost, "/api/executions/"+job+"/resume", `{}`)
	w.await(t, job, "completed")
	w.await(t, kid, "completed")
	if w.counter.Calls("/first") != 1 || w.counter.Calls("/breaks") != 2 || w.counter.Calls("/after") != 1 {
		t.Errorf("calls: %v", w.counter.All())
	}
}

func TestCancelledParentEndsItsSubWorkflow(t *testing.T) {
	started, release := make(chan bool, 1), make(chan bool)
	w := setup(t, func(path string, _ int, rw http.ResponseWriter) {
		if path == "/slow" {
			started <- true
			<-release
		}
		fmt.Fprint(rw, `{}`)
	})
	child := w.save(t, called("Slow"+fmt.Sprintf(get, "slow"), "Next"+fmt.Sprintf(get, "next")))
	job := w.start(t, chain("Run"+fmt.Sprintf(once, child), "After"+fmt.Sprintf(get, "after")))
	<-started
	w.must(t, w.Client, http.MethodPost, "/api/executions/"+job+"/cancel", `{}`)
	close(release)
	w.await(t, job, "cancelled")
	w.await(t, w.family(t, job).Children[0].ExecutionID, "cancelled")
	if w.counter.Calls("/next") != 0 || w.counter.Calls("/after") != 0 {
		t.Errorf("calls: %v", w.counter.All())
	}
}

func TestSubWorkflowsThatCannotRun(t *testing.T) {
	w := setup(t, nil)
	j := w.await(t, w.start(t, chain("Run"+fmt.Sprintf(once, "abcDEF123"))), "failed")
	if j.Error.Code != "NOT_FOUND" || !strings.Contains(j.Error.Message, "abcDEF123") {
		t.Errorf("a workflow that is not there: %+v", j.Error)
	}
	j = w.await(t, w.start(t, chain("Run"+fmt.Sprintf(once, "={{ $workflow.id }}"))), "failed")
	if j.Error.Code != "LOOP_LIMIT" {
		t.Errorf("a workflow that calls itself: %+v", j.Error)
	}
	other := w.as(w.keys.Tenants["dev-enterprise"])
	theirs, err := other.Create(w.ctx, []byte(called("End"+noop)))
	if err != nil {
		t.Fatal(err)
	}
	j = w.await(t, w.start(t, chain("Run"+fmt.Sprintf(once, theirs))), "failed")
	if j.Error.Code != "NOT_FOUND" {
		t.Errorf("another tenant's workflow: %+v", j.Error)
	}
	capped := strings.Replace(chain("Make"+three, "Each"+fmt.Sprintf(each, w.save(t, called("End"+noop)))), `"executionOrder":"v1"`, `"executionOrder":"v1","maxSubRuns":2`, 1)
	id := w.save(t, capped)
	job, err := w.Run(w.ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	if j = w.await(t, job, "failed"); j.Error.Code != "LOOP_LIMIT" || len(w.family(t, job).Children) != 3 {
		t.Errorf("more sub-runs than the author allows: %+v", j.Error)
	}
	w.must(t, w.Client, http.MethodPut, "/api/workflows/"+id+"/limits", `{}`)
	w.must(t, w.Client, http.MethodPost, "/api/executions/"+job+"/resume", `{}`)
	w.await(t, job, "completed")
}

// TestWorkflowInTheNodeAndOneThatNobodyWaitsFor runs JSON in a parameter, and goes
// on at once where the author says so.
func TestWorkflowInTheNodeAndOneThatNobodyWaitsFor(t *testing.T) {
	w := setup(t, nil)
	inline := strings.ReplaceAll(called("Call"+fmt.Sprintf(get, "inline")), "ADDR", w.counter.Addr)
	node := fmt.Sprintf(`|n8n-nodes-base.executeWorkflow|1.1|{"source":"parameter","workflowJson":%q,"options":{}}`, inline)
	job := w.start(t, chain("Run"+node))
	w.await(t, job, "completed")
	child := w.family(t, job).Children[0].ExecutionID
	kid := w.family(t, child)
	if w.counter.Calls("/inline") != 1 || len(kid.Nodes) != 2 || kid.Nodes[1].Name != "Call" {
		t.Errorf("calls: %v; the child is %+v", w.counter.All(), kid)
	}
	if parent, own := w.nodesOf(t, job), w.nodesOf(t, child); !kid.Given || w.family(t, job).Given || !slices.Contains(parent, "Run") || slices.Contains(own, "Run") || !slices.Contains(own, "Call") {
		t.Errorf("the parent runs %v, its child %v: each should show its own nodes", parent, own)
	}
	detached := strings.Replace(node, `"options":{}`, `"options":{"waitForSubWorkflow":false}`, 1)
	job = w.start(t, chain("Run"+detached, "After"+fmt.Sprintf(get, "after")))
	w.await(t, job, "completed")
	w.await(t, w.family(t, job).Children[0].ExecutionID, "completed")
	if w.counter.Calls("/inline") != 2 || w.counter.Calls("/after") != 1 {
		t.Errorf("calls: %v", w.counter.All())
	}
}

// nodesOf are the names of the nodes of what an execution runs.
func (w *world) nodesOf(t *testing.T, job string) []string {
	t.Helper()
	var wf struct{ Nodes []struct{ Name string } }
	if err := w.Call(w.ctx, http.MethodGet, "/api/executions/"+job+"/workflow", nil, &wf); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range wf.Nodes {
		names = append(names, n.Name)
	}
	return names
}

// agentWith is an agent with a chat model and a tool.
func agentWith(tool string) string {
	text := chain(`Agent|@n8n/n8n-nodes-langchain.agent|1.8|{"promptType":"define","text":"please look it up","options":{}}`)
	text = strings.Replace(text, `],"connections":{`, `,{"id":"m","name":"Model","type":"@n8n/n8n-nodes-langchain.lmChatOpenAi","typeVersion":1.2,"position":[0,200],"parameters":{"model":{"__rl":true,"value":"gpt-4o-mini"},"options":{}}}`+
		`,{"id":"t","name":"Tool","type":"@n8n/n8n-nodes-langchain.toolWorkflow","typeVersion":1.3,"position":[0,300],"parameters":`+tool+`}],"connections":{`+
		`"Model":{"ai_languageModel":[[{"node":"Agent","type":"ai_languageModel","index":0}]]},"Tool":{"ai_tool":[[{"node":"Agent","type":"ai_tool","index":0}]]},`, 1)
	return text
}

// TestAgentRunsAWorkflowAndPaysOnce: the agent asks, the workflow runs as an
// execution of its own, and the model's first answer is not paid for again.
func TestAgentRunsAWorkflowAndPaysOnce(t *testing.T) {
	w := setup(t, nil)
	w.Client = w.as(w.keys.Tenants["dev-free"])
	w.ai.Answer(openai.Rule{Contains: "found", Reply: "All good."}, openai.Rule{Contains: "please", Tool: "look_up", Reply: `{"input":"tea"}`})
	child := w.save(t, called("Call"+fmt.Sprintf(get, "lookup"), "Say"+fmt.Sprintf(field, "found")))
	job := w.start(t, agentWith(fmt.Sprintf(`{"name":"look_up","description":"d","workflowId":{"__rl":true,"mode":"id","value":%q}}`, child)))
	j := w.await(t, job, "completed")
	if n := len(w.ai.Calls()); n != 2 || w.counter.Calls("/lookup") != 1 {
		t.Errorf("%d model calls, %v; want 2 and one call", n, w.counter.All())
	}
	if len(j.Output) != 1 || !strings.Contains(fmt.Sprint(j.Output[0]), "All good.") {
		t.Errorf("the output is %v", j.Output)
	}
	run := w.family(t, job)
	if len(run.Children) != 1 || run.Children[0].Node != "Agent" || run.Children[0].Status != "completed" || run.SubRuns == nil || run.SubRuns.Count != 1 {
		t.Errorf("the run is %+v", run)
	}
	for _, n := range run.Nodes {
		if n.Name == "Agent" && n.Attempts != 1 {
			t.Errorf("the agent took %d attempts", n.Attempts)
		}
	}
}

// TestAgentsToolsRunBesideIt: a node that an agent has as its tool runs in the agent's
// function, whatever its family: code in a child process, files in the tenant's space.
func TestAgentsToolsRunBesideIt(t *testing.T) {
	w := setup(t, nil)
	for name, c := range map[string]struct{ tool, args, want string }{
		"code":  {`"@n8n/n8n-nodes-langchain.toolCode","typeVersion":1.1,"position":[0,300],"parameters":{"description":"d","jsCode":"return query.toUpperCase()"}`, `{"query":"tea"}`, "TEA"},
		"files": {`"n8n-nodes-base.readWriteFileTool","typeVersion":1,"position":[0,300],"parameters":{"operation":"read","fileSelector":"/nothing/*.txt","options":{}}`, `{}`, "[]"},
		"pure":  {`"n8n-nodes-base.cryptoTool","typeVersion":1,"position":[0,300],"parameters":{"action":"hash","type":"MD5","value":"tea","dataPropertyName":"sum"}`, `{}`, "7239ea2b5dc943f61f3c0a0276c20974"},
	} {
		t.Run(name, func(t *testing.T) {
			w.ai.Reset()
			w.ai.Answer(openai.Rule{Contains: "please", Tool: "Tool", Reply: c.args})
			text := agentWith("TOOL")
			at := strings.Index(text, `"@n8n/n8n-nodes-langchain.toolWorkflow"`)
			end := at + strings.Index(text[at:], "TOOL") + len("TOOL")
			w.await(t, w.start(t, text[:at]+c.tool+text[end:]), "completed")
			calls := w.ai.Calls()
			if last := calls[len(calls)-1]; len(calls) != 2 || !strings.Contains(string(last.Body), c.want) {
				t.Errorf("%d calls; the model is told %s, want %q", len(calls), last.Body, c.want)
			}
		})
	}
}

// TestImportedFamilyRuns imports a workflow with the one that it runs, as n8n exports
// them: by an id that is not ours, and by name.
func TestImportedFamilyRuns(t *testing.T) {
	w := setup(t, nil)
	child := strings.Replace(called("Call"+fmt.Sprintf(get, "child")), `"name":"chain"`, `"id":"n8nChild","name":"Child"`, 1)
	parent := chain("ById"+fmt.Sprintf(once, "n8nChild"),
		`ByName|n8n-nodes-base.executeWorkflow|1.2|{"workflowId":{"__rl":true,"mode":"list","value":"another","cachedResultName":"Child"},"options":{}}`)
	var report struct {
		Items []struct {
			ID        string
			Workflows []struct{ Found bool }
		}
	}
	body := []byte(strings.ReplaceAll("["+parent+","+child+"]", "ADDR", w.counter.Addr))
	if err := w.Call(w.ctx, http.MethodPost, "/api/workflows/import", body, &report); err != nil {
		t.Fatal(err)
	}
	if refs := report.Items[0].Workflows; len(refs) != 2 || !refs[0].Found || !refs[1].Found {
		t.Errorf("the report names %+v", refs)
	}
	job, err := w.Run(w.ctx, report.Items[0].ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.await(t, job, "completed")
	if n := w.counter.Calls("/child"); n != 2 {
		t.Errorf("the child was run %d times, want 2", n)
	}
}

// TestWhatACalledWorkflowGivesOfALastNodeThatRanTwice: End runs once for each branch.
// From version 1.2 of its trigger the parent gets the items of both runs, before those
// of the last one alone.
func TestWhatACalledWorkflowGivesOfALastNodeThatRanTwice(t *testing.T) {
	w := setup(t, nil)
	give := func(name, y string, x int) string {
		return fmt.Sprintf(`{"id":%q,"name":%q,"type":"n8n-nodes-base.code","typeVersion":2,"position":[200,%s],"parameters":{"jsCode":"return [{json:{n:%d}}]"}}`, name, name, y, x)
	}
	for version, want := range map[string]int{"1.1": 1, "1.2": 2} {
		child := w.save(t, `{"name":"twice","settings":{"executionOrder":"v1"},"nodes":[
			{"id":"0","name":"Called","type":"n8n-nodes-base.executeWorkflowTrigger","typeVersion":`+version+`,"position":[0,0],"parameters":{"inputSource":"passthrough"}},
			`+give("A", "0", 1)+`,`+give("B", "200", 2)+`,{"id":"e","name":"End","type":"n8n-nodes-base.noOp","typeVersion":1,"position":[400,100],"parameters":{}}],
			"connections":{"Called":{"main":[[{"node":"A","type":"main","index":0},{"node":"B","type":"main","index":0}]]},
			"A":{"main":[[{"node":"End","type":"main","index":0}]]},"B":{"main":[[{"node":"End","type":"main","index":0}]]}}}`)
		j := w.await(t, w.start(t, chain("Run"+fmt.Sprintf(once, child))), "completed")
		if len(j.Output) != want {
			t.Errorf("version %s gives %v, want %d items", version, j.Output, want)
		}
	}
}
