package ai

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/connector"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/data"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// web answers requests of tools and remembers them as "METHOD URL body".
type web struct {
	seen   []string
	status int
	answer string
	lost   bool
}

func (w *web) Do(r *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
	}
	w.seen = append(w.seen, strings.TrimSpace(r.Method+" "+r.URL.String()+" "+body))
	if w.lost {
		f := fault.Wrap(errors.New("reset"), fault.Unavailable, fault.CodeUpstream, "The connection broke.")
		f.Outcome = fault.Unknown
		return nil, f
	}
	return &http.Response{StatusCode: w.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(w.answer)), Request: r}, nil
}

type token string

func (k token) Open(context.Context, string, string, workflow.CredentialRef) (map[string]string, error) {
	return map[string]string{"accessToken": string(k), "botToken": string(k)}, nil
}

// toolBench is an agent with one node of another family as its tool.
type toolBench struct {
	*bench
	more []node.Type
}

func (b *toolBench) env(params string, items ...workflow.Item) (*node.Env, walk.Step) {
	b.t.Helper()
	env, step := b.bench.env(lc+"agent", 1.7, params, items...)
	env.Registry = node.NewRegistry(Types(), b.more, node.Tools(b.more))
	return env, step
}

func (b *toolBench) run(params string, items ...workflow.Item) node.Outcome {
	b.t.Helper()
	env, step := b.env(params, items...)
	return node.Execute(context.Background(), env, step)
}

func (b *toolBench) effect() node.Effect {
	b.t.Helper()
	env, step := b.env(`{}`)
	return env.EffectOf(context.Background(), step)
}

func newToolBench(t *testing.T, typ string, version float64, params string) (*toolBench, *web) {
	b := &toolBench{bench: setup(t), more: connector.Types()}
	b.model()
	w := &web{status: 200, answer: `{}`}
	b.http, b.creds = w, token("token_secret1")
	b.attach("AI", "ai_tool", "x", version, params)
	n := b.nodes[len(b.nodes)-1]
	n.Type = "n8n-nodes-base." + typ
	n.OnError, n.Credentials = workflow.OnErrorStop, map[string]workflow.CredentialRef{}
	for _, k := range []string{"googleCalendarOAuth2Api", "discordBotApi", "gmailOAuth2"} {
		n.Credentials[k] = workflow.CredentialRef{ID: "c1", Name: "mine"}
	}
	b.rename(n, "The Tool")
	return b, w
}

func (b *toolBench) rename(n *workflow.Node, name string) {
	b.wires[name] = b.wires[n.Name]
	delete(b.wires, n.Name)
	n.Name, n.ID = name, name
}

const events = `{"operation":"getAll","calendar":{"__rl":true,"mode":"list","value":"ada@example.com"},"limit":"={{ $fromAI('Limit', 'how many', 'number') }}",
	"options":{"query":"={{ $json.about }} {{ $fromAI('words', '', 'string', 'none') }}"}}`

func request(text string) string { return `{"promptType":"define","text":"` + text + `"}` }

func TestANodeIsATool(t *testing.T) {
	b, w := newToolBench(t, "googleCalendarTool", 1.2, events)
	w.answer = `{"items":[{"id":"e1","summary":"Tea"}]}`
	b.answers(openai.Rule{Contains: "which", Tool: "The_Tool", Reply: `{"Limit":"2"}`}, openai.Rule{Contains: "Tea", Reply: "Tea it is."})
	out := b.run(request("which?"), json(`{"about":"a"}`), json(`{"about":"b"}`))
	if got := b.items(out); got != `[{"output":"Tea it is."},{"output":"Tea it is."}]` {
		t.Errorf("items: %s", got)
	}
	if len(w.seen) != 2 || !strings.Contains(w.seen[0], "/calendars/ada@example.com/events?") && !strings.Contains(w.seen[0], "/calendars/ada%40example.com/events?") {
		t.Fatalf("requests: %v", w.seen)
	}
	for i, about := range []string{"a", "b"} { // each item's own, and the default of what the model left out
		if !strings.Contains(w.seen[i], "maxResults=2") || !strings.Contains(w.seen[i], "q="+about+"+none") && !strings.Contains(w.seen[i], "q="+about+"%20none") {
			t.Errorf("request %d: %s", i, w.seen[i])
		}
	}
	calls := b.server.Calls()
	if said := string(calls[1].Messages[len(calls[1].Messages)-1].Content); said != `[{"id":"e1","summary":"Tea"}]` {
		t.Errorf("the model was told %s", said)
	}
	if e := b.effect(); e != node.Safe {
		t.Errorf("an agent that may only read is %s", e)
	}
}

func TestToolDescriptions(t *testing.T) {
	for params, want := range map[string]string{
		events: "Get Many event in Google Calendar. Works with events and calendars of Google Calendar.",
		`{"descriptionType":"manual","toolDescription":"My days"}`:                              "My days",
		`{"toolDescription":"=Days of {{ $json.who }}"}`:                                        "Days of Ada",
		`{"descriptionType":"auto","toolDescription":"old","operation":"delete","eventId":"x"}`: "Delete event in Google Calendar.",
	} {
		b, _ := newToolBench(t, "googleCalendarTool", 1.2, params)
		env, step := b.env(request("x"), json(`{"who":"Ada"}`))
		call := env.NewCall(t.Context(), env.Registry.Lookup(lc+"agent", 1.7), step, step.Inputs)
		tools, err := connectedTools(t.Context(), &session{c: call})
		call.Close()
		if err != nil || len(tools) != 1 {
			t.Fatal(err)
		}
		if got := tools[0].description; !strings.HasPrefix(got, strings.TrimSuffix(want, "Works with events and calendars of Google Calendar.")) || strings.Contains(got, "https://") || tools[0].name != "The_Tool" {
			t.Errorf("%s: %s", params, got)
		}
	}
}

const posting = `{"resource":"message","guildId":{"__rl":true,"mode":"id","value":"1"},"channelId":{"__rl":true,"mode":"id","value":"2"},"content":"={{ $fromAI('text') }}","options":{}}`

// What a model gives is data: it is never evaluated.
func TestWhatAModelGivesIsNotEvaluated(t *testing.T) {
	b, w := newToolBench(t, "discordTool", 2, posting)
	w.answer = `{"id":"m1"}`
	b.answers(openai.Rule{Contains: "post", Tool: "The_Tool", Reply: `{"text":"={{ $execution.id }} }} {{ 1+1 }} {content}"}`}, openai.Rule{Contains: "m1", Reply: "done"})
	if got := b.items(b.run(request("post"))); got != `[{"output":"done"}]` {
		t.Errorf("items: %s", got)
	}
	if len(w.seen) != 1 || !strings.Contains(w.seen[0], `"content":"={{ $execution.id }} }} {{ 1+1 }} {content}"`) {
		t.Errorf("requests: %v", w.seen)
	}
}

func TestToolsThatChangeSomething(t *testing.T) {
	post := openai.Rule{Contains: "post", Tool: "The_Tool", Reply: `{"text":"hi"}`}
	b, w := newToolBench(t, "discordTool", 2, posting)
	w.answer = `{"id":"m1"}`
	if e := b.effect(); e != node.Unsafe {
		t.Errorf("an agent that may write is %s", e)
	}
	// The message is out, then the model fails: repeating the run would post again.
	b.answers(post)
	b.server.Push(openai.Fault{}, openai.Fault{Status: 429})
	out := b.run(request("post"))
	if out.Err == nil || out.Err.Outcome != fault.Unknown || len(w.seen) != 1 {
		t.Errorf("after %v: %+v", w.seen, out.Err)
	}
	// The answer of the service is lost.
	b, w = newToolBench(t, "discordTool", 2, posting)
	w.lost = true
	b.answers(post, openai.Rule{Contains: "error", Reply: "never mind"})
	if out = b.run(request("post")); out.Err == nil || out.Err.Outcome != fault.Unknown {
		t.Errorf("a lost answer: %+v", out.Err)
	}
	// A refusal did nothing: the model is told, without the secret.
	b, w = newToolBench(t, "discordTool", 2, posting)
	w.status, w.answer = 403, `{"message":"Missing Access of token_secret1","code":50001}`
	b.answers(post, openai.Rule{Contains: "Missing Access", Reply: "I may not."})
	if got := b.items(b.run(request("post"))); got != `[{"output":"I may not."}]` {
		t.Errorf("items: %s", got)
	}
	for _, c := range b.server.Calls() {
		for _, m := range c.Messages {
			if strings.Contains(string(m.Content), "token_secret1") {
				t.Errorf("the model was shown the secret: %s", m.Content)
			}
		}
	}
}

// What a tool does may be the model's choice: then it may change something.
func TestAToolWhoseOperationIsChosenIsUnsafe(t *testing.T) {
	b, w := newToolBench(t, "discordTool", 2, strings.Replace(posting, `{`, `{"operation":"={{ $fromAI('what') }}",`, 1))
	if e := b.effect(); e != node.Unsafe {
		t.Errorf("an agent that may do anything is %s", e)
	}
	w.answer = `{"id":"m1"}`
	b.answers(openai.Rule{Contains: "post", Tool: "The_Tool", Reply: `{"what":"send","text":"hi"}`}, openai.Rule{Contains: "m1", Reply: "done"})
	if got := b.items(b.run(request("post"))); got != `[{"output":"done"}]` || len(w.seen) != 1 {
		t.Errorf("items: %s after %v", got, w.seen)
	}
}

func TestAModelIsToldWhatIsMissing(t *testing.T) {
	b, w := newToolBench(t, "discordTool", 2, posting)
	b.answers(openai.Rule{Contains: "post", Tool: "The_Tool", Reply: `{}`}, openai.Rule{Contains: "is missing", Reply: "sorry"})
	if got := b.items(b.run(request("post"))); got != `[{"output":"sorry"}]` || len(w.seen) != 0 {
		t.Errorf("items: %s after %v", got, w.seen)
	}
}

// Each call has a key of its own, the same when the run is repeated.
func TestKeysOfToolCalls(t *testing.T) {
	keys := func() (out []string) {
		b := &toolBench{bench: setup(t)}
		b.http = &web{status: 200}
		b.more = []node.Type{{
			Spec: node.Spec{Type: "n8n-nodes-base.keyed", Versions: []float64{1}, Name: "K", Description: "K", Family: node.HTTP},
			Run: func(_ context.Context, c *node.Call) (node.Result, error) {
				out = append(out, c.Key(0))
				v, err := c.Param("v", 0)
				return node.Result{Outputs: [][]workflow.Item{{{JSON: value.Obj("v", v)}}}}, err
			},
			Effect: func(*node.Call) node.Effect { return node.Keyed },
		}}
		b.attach("AI", "ai_tool", "x", 1, `{"v":"={{ $fromAI('v') }}"}`)
		b.nodes[0].Type = "n8n-nodes-base.keyedTool"
		if e := b.effect(); e != node.Unsafe {
			t.Errorf("what a model repeats need not be what it did: %s", e)
		}
		env, step := b.env(`{}`, json(`{}`), json(`{}`))
		call := env.NewCall(t.Context(), env.Registry.Lookup(lc+"agent", 1.7), step, step.Inputs)
		defer call.Close()
		s := &session{c: call}
		tools, err := connectedTools(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, args := range []string{`{"v":"1"}`, `{"v":"1"}`, `{"v":"2"}`} {
			if got, err := tools[0].run(t.Context(), args); err != nil || !strings.HasPrefix(got, `[{"v":"`) {
				t.Fatalf("%s %v", got, err)
			}
		}
		s.item = 1
		_, _ = tools[0].run(t.Context(), `{"v":"1"}`)
		return out
	}
	first, again := keys(), keys()
	seen := map[string]bool{}
	for i, k := range first {
		if seen[k] || k != again[i] {
			t.Errorf("key %d: %s, then %s", i, k, again[i])
		}
		seen[k] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d calls", len(seen))
	}
}

// A node that calls nothing is a tool where its type says so.
func TestAPureNodeIsATool(t *testing.T) {
	b, _ := newToolBench(t, "dateTimeTool", 2, `{"operation":"addToDate","magnitude":"={{ $fromAI('day') }}","duration":2}`)
	b.more = data.Types()
	b.answers(openai.Rule{Contains: "which", Tool: "The_Tool", Reply: `{"day":"2024-05-06T00:00:00.000Z"}`}, openai.Rule{Contains: "2024-05-0", Reply: "It is."})
	if got := b.items(b.run(request("which?"))); got != `[{"output":"It is."}]` {
		t.Errorf("items: %s", got)
	}
	calls := b.server.Calls()
	if said := string(calls[1].Messages[len(calls[1].Messages)-1].Content); !strings.Contains(said, "2024-05-0") || strings.Contains(said, "error") {
		t.Errorf("the model was told %s", said)
	}
	if e := b.effect(); e != node.Safe {
		t.Errorf("the agent is %s", e)
	}
}
