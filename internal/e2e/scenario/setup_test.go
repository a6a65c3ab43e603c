package scenario

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
)

func TestMain(m *testing.M) {
	code.MaybeRunWorker()
	os.Exit(m.Run())
}

// world is an open platform with the servers that its workflows call.
type world struct {
	*platform.Client // as the PRO tenant
	keys             local.Keys
	url              string
	counter          *platform.Counter
	ai               *openai.Server
	cloud            *localcloud.Cloud
	ctx              context.Context
	clock            clock.Clock // the platform's
}

// setup opens a platform; answer is what the counting server gives (nil: 200).
func setup(t *testing.T, answer func(path string, n int, w http.ResponseWriter)) *world {
	t.Helper()
	return setupWith(t, answer, func(*local.Options) {})
}

// realTime is for work that keeps the processor busy for real seconds, and for what
// others measure.
func realTime(o *local.Options) { o.Clock = clock.Real() }

// setupWith is setup with other options.
func setupWith(t *testing.T, answer func(path string, n int, w http.ResponseWriter), change func(*local.Options)) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), clocktest.Hang)
	t.Cleanup(cancel)
	counter, err := platform.NewCounter(answer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(counter.Close)
	ai := openai.New(clock.Real())
	provider := httptest.NewServer(ai)
	t.Cleanup(provider.Close)
	o := local.Options{
		Template: "../../../template.yaml", PublicURL: "http://platform.test", Clock: clock.NewManual(clock.Real().Now()), Log: slog.DiscardHandler,
		OpenAIBaseURL: provider.URL + "/v1", OpenAIKey: "test", AllowHosts: []string{counter.Addr},
	}
	change(&o)
	p, err := local.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	stop := func() {}
	if manual, ok := o.Clock.(*clock.Manual); ok {
		stop = platform.Lapse(manual, func() bool { return p.Cloud.Functions().Running() > 0 })
	}
	front := httptest.NewServer(p.Handler())
	t.Cleanup(func() {
		front.Close()
		_ = p.Close(context.Background())
		stop()
	})
	w := &world{keys: p.Keys, url: front.URL, counter: counter, ai: ai, cloud: p.Cloud, ctx: ctx, clock: o.Clock}
	w.Client = w.as(p.Keys.Tenants["dev-pro"])
	return w
}

func (w *world) as(key string) *platform.Client {
	return &platform.Client{URL: w.url, Key: key, HTTP: http.DefaultClient}
}

// start saves a workflow and runs it; ADDR in its text is the counting server.
func (w *world) start(t *testing.T, workflow string) string {
	t.Helper()
	id, err := w.Create(w.ctx, []byte(strings.ReplaceAll(workflow, "ADDR", w.counter.Addr)))
	if err != nil {
		t.Fatal(err)
	}
	job, err := w.Run(w.ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// await waits until the job has ended, and wants it to end so.
func (w *world) await(t *testing.T, job, status string) platform.Job {
	t.Helper()
	j, err := w.Await(w.ctx, job, platform.Job.Ended)
	if err != nil {
		t.Fatal(err)
	}
	if j.Status != status {
		t.Fatalf("the job is %s (%+v), want %s", j.Status, j.Error, status)
	}
	return j
}

// nodeStates are the nodes of an execution that have a record, by name.
func (w *world) nodeStates(t *testing.T, job string) map[string]string {
	t.Helper()
	var run struct {
		Nodes []struct{ Name, Status string }
	}
	if err := w.Call(w.ctx, http.MethodGet, "/api/executions/"+job, nil, &run); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, n := range run.Nodes {
		out[n.Name] = n.Status
	}
	return out
}

// chain is a workflow of nodes in a row after a manual trigger. Each node is
// "name|type|version|parameters as JSON".
func chain(nodes ...string) string {
	list := `{"id":"0","name":"Start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}}`
	links, before := "", "Start"
	for i, n := range nodes {
		p := strings.SplitN(n, "|", 4)
		list += fmt.Sprintf(`,{"id":"%d","name":%q,"type":%q,"typeVersion":%s,"position":[%d,0],"parameters":%s}`, i+1, p[0], p[1], p[2], 200*(i+1), p[3])
		if i > 0 {
			links += ","
		}
		links += fmt.Sprintf(`%q:{"main":[[{"node":%q,"type":"main","index":0}]]}`, before, p[0])
		before = p[0]
	}
	return `{"name":"chain","settings":{"executionOrder":"v1"},"nodes":[` + list + `],"connections":{` + links + `}}`
}

// The nodes that scenarios are made of.
const (
	get   = `|n8n-nodes-base.httpRequest|4.2|{"url":"http://ADDR/%s","options":{}}`
	post  = `|n8n-nodes-base.httpRequest|4.2|{"method":"POST","url":"http://ADDR/%s","options":{}}`
	chat  = `|@n8n/n8n-nodes-langchain.openAi|1.8|{"modelId":{"__rl":true,"mode":"list","value":"gpt-4o-mini"},"messages":{"values":[{"content":"hello"}]},"options":{}}`
	noop  = `|n8n-nodes-base.noOp|1|{}`
	js    = `|n8n-nodes-base.code|2|{"jsCode":%q}`
	field = `|n8n-nodes-base.set|3.4|{"assignments":{"assignments":[{"id":"a","name":"x","type":"string","value":%q}]},"options":{}}`
)
