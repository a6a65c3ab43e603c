package hook

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// desk accepts runs and lets the test end them.
type desk struct {
	mu       sync.Mutex
	launches []execution.Launch
	byKey    map[string]ident.Execution
	controls map[ident.Execution]execution.Control
	runs     []workflow.NodeRun
	response *execution.Response
	woken    []workflow.Item
	waking   []execution.Waking
	err      error
	named    bool  // runs get the ids that they are asked for with, as they do elsewhere
	applied  bool  // err is told of runs that were made
	unread   error // of every look at an execution
	// onGet, if set, is called at each look at an execution.
	onGet func(looks int)
	looks int
}

func (d *desk) Launch(_ context.Context, l execution.Launch) (execution.Launched, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		if d.applied {
			d.controls[l.ID] = execution.Control{Status: execution.Queued}
		}
		return execution.Launched{}, d.err
	}
	if id, ok := d.byKey[l.IdempotencyKey]; ok && l.IdempotencyKey != "" {
		return execution.Launched{ID: id, Repeated: true}, nil
	}
	id := ident.Execution(fmt.Sprintf("exe_%d", len(d.launches)))
	if d.named {
		id = l.ID
	}
	d.launches = append(d.launches, l)
	d.byKey[l.IdempotencyKey] = id
	if _, ok := d.controls[id]; !ok {
		d.controls[id] = execution.Control{Status: execution.Queued, ResumeToken: "tok", WorkflowID: l.WorkflowID, Version: l.Version}
	}
	return execution.Launched{ID: id}, nil
}

func (d *desk) Get(_ context.Context, ref execution.Ref) (execution.Control, error) {
	d.mu.Lock()
	d.looks++
	looks, on := d.looks, d.onGet
	d.mu.Unlock()
	if on != nil {
		on(looks)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.controls[ref.ID]
	switch {
	case d.unread != nil:
		return c, d.unread
	case !ok:
		return c, fault.New(fault.NotFound, fault.CodeNotFound, "none")
	}
	return c, nil
}

func (d *desk) Runs(context.Context, execution.Ref) ([]workflow.NodeRun, error) { return d.runs, nil }

func (d *desk) LastOf(context.Context, execution.Control) (*workflow.NodeRun, error) {
	if len(d.runs) == 0 {
		return nil, nil
	}
	return &d.runs[len(d.runs)-1], nil
}

func (d *desk) Response(context.Context, execution.Ref) (*execution.Response, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.response, nil
}

func (d *desk) Wake(_ context.Context, ref execution.Ref, w execution.Waking) error {
	if ref.ID != "exe_w" || ref.Tenant != "ten_a" || w.Token != "tok" {
		return fault.New(fault.NotFound, fault.CodeNotFound, "none")
	}
	d.woken = w.Items
	d.waking = append(d.waking, w)
	return nil
}

// end gives all executions a status.
func (d *desk) end(s execution.Status, items ...workflow.Item) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range 20 {
		d.controls[ident.Execution(fmt.Sprintf("exe_%d", i))] = execution.Control{Status: s}
	}
	d.runs = []workflow.NodeRun{{Node: "Hook"}, {Node: "Last", Outputs: [][]workflow.Item{nil, items}}}
}

// shelf has one workflow whose webhook listens at every method and path given.
type shelf struct {
	wf    *workflow.Workflow
	hooks []trigger.Hook
}

func (s *shelf) Hook(_ context.Context, t ident.Tenant, method string, path []string) (trigger.Hook, map[string]string, error) {
	var mine []trigger.Hook
	for _, h := range s.hooks {
		if h.Tenant == t && h.Method == method {
			mine = append(mine, h)
		}
	}
	if h, params, ok := trigger.Best(mine, path); ok {
		return h, params, nil
	}
	return trigger.Hook{}, nil, fault.New(fault.NotFound, fault.CodeNotFound, "nobody listens")
}

func (s *shelf) Workflow(context.Context, ident.Tenant, ident.Workflow, int) (*workflow.Workflow, int, error) {
	return s.wf, 1, nil
}

type vault map[string]map[string]string

func (v vault) Open(_ context.Context, tenant, typ string, ref workflow.CredentialRef) (map[string]string, error) {
	if c, ok := v[tenant+"/"+typ+"/"+ref.ID]; ok {
		return c, nil
	}
	return nil, fault.New(fault.Invalid, fault.CodeCredentialMissing, "none")
}

type fixture struct {
	*Server
	desk  *desk
	clock *clock.Manual
}

// setup makes a server with one webhook node of the version and parameters.
func setup(t *testing.T, version, params string) *fixture {
	t.Helper()
	return setupNode(t, `{"id":"1","name":"Hook","type":"n8n-nodes-base.webhook","typeVersion":`+version+`,"position":[0,0],"webhookId":"wid",
		"credentials":{"httpBasicAuth":{"id":"c1"},"httpHeaderAuth":{"id":"c1"},"jwtAuth":{"id":"c1"}},"parameters":`+params+`}`)
}

// setupNode makes a server with one node that listens.
func setupNode(t *testing.T, node string) *fixture {
	t.Helper()
	wf, err := workflow.Parse([]byte(`{"name":"w","nodes":[` + node + `],"connections":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	set, err := trigger.Of(wf, trigger.Owner{Tenant: "ten_a", Workflow: "wf_1", Version: 1, Timezone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	d := &desk{byKey: map[string]ident.Execution{}, controls: map[ident.Execution]execution.Control{}}
	s := &shelf{wf: wf, hooks: set.Hooks}
	return &fixture{&Server{
		Finder: s, Executions: d, Workflows: s, PublicURL: "https://al.example", Clock: c, Log: slog.New(slog.DiscardHandler),
		Credentials: vault{
			"ten_a/httpBasicAuth/c1": {"user": "u", "password": "p"}, "ten_a/httpHeaderAuth/c1": {"name": "X-Key", "value": "v"},
			"ten_a/jwtAuth/c1": {"secret": "s3", "algorithm": "HS256"},
		},
	}, d, c}
}

func (f *fixture) call(method, target, contentType string, body []byte, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, bytes.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

// item is the item of the only run.
func (f *fixture) item(t *testing.T) workflow.Item {
	t.Helper()
	if len(f.desk.launches) != 1 {
		t.Fatalf("%d runs", len(f.desk.launches))
	}
	return f.desk.launches[0].Start.Items[0]
}

const post = `{"path":"in","httpMethod":"POST"}`

func TestOneDeliveryMakesOneRun(t *testing.T) {
	for name, h := range map[string][]string{
		"GitHub": {"X-GitHub-Delivery", "72d3162e"}, "a key": {"Idempotency-Key", "k1"},
		"Stripe": {"Stripe-Signature", "t=1,v1=x"}, "Standard Webhooks": {"webhook-id", "msg_1"},
	} {
		f := setup(t, "2", post)
		for range 3 {
			f.call("POST", "/hooks/ten_a/in", "application/json", []byte(`{"id":"evt_1"}`), h...)
		}
		if len(f.desk.launches) != 1 {
			t.Errorf("%s: %d runs", name, len(f.desk.launches))
		}
		f.call("POST", "/hooks/ten_a/in", "application/json", []byte(`{"id":"evt_2"}`), h[0], h[1]+"0")
		if len(f.desk.launches) != 2 {
			t.Errorf("%s: another delivery makes %d runs", name, len(f.desk.launches))
		}
	}
	f := setup(t, "2", post)
	for range 2 {
		f.call("POST", "/hooks/ten_a/in", "application/json", []byte(`{"id":"evt_1"}`))
	}
	if len(f.desk.launches) != 2 {
		t.Errorf("calls without a name: %d runs", len(f.desk.launches))
	}
}

func TestResumeURLWakes(t *testing.T) {
	f := setup(t, "2", post)
	w := f.call("POST", "/hooks/ten_a/waiting/exe_w/tok?ok=1", "application/json", []byte(`{"a":1}`))
	if w.Code != 200 || len(f.desk.woken) != 1 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if a, _ := value.Path(f.desk.woken[0].JSON, "body", "a"); a != 1.0 {
		t.Errorf("%s", value.JSON(f.desk.woken[0].JSON))
	}
	for _, path := range []string{"/hooks/ten_a/waiting/exe_w/bad", "/hooks/ten_b/waiting/exe_w/tok", "/hooks/ten_a/waiting/exe_x/tok"} {
		if w := f.call("POST", path, "", nil); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestRefusalsOfTheDeskReachTheCaller(t *testing.T) {
	f := setup(t, "2", post)
	f.desk.err = fault.New(fault.LimitExceeded, fault.CodePlanRuns, "used up")
	w := f.call("POST", "/hooks/ten_a/in", "", nil)
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "PLAN_LIMIT_RUNS") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestBrowsers(t *testing.T) {
	f := setup(t, "2", `{"path":"in","httpMethod":"POST","options":{"allowedOrigins":"https://a.example, https://b.example"}}`)
	w := f.call("OPTIONS", "/hooks/ten_a/in", "", nil, "Origin", "https://b.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-y")
	h := w.Header()
	if w.Code != 204 || h.Get("Access-Control-Allow-Origin") != "https://b.example" || h.Get("Access-Control-Allow-Methods") != "OPTIONS, POST" || h.Get("Access-Control-Allow-Headers") != "x-y" {
		t.Errorf("%d %v", w.Code, h)
	}
	if w := f.call("POST", "/hooks/ten_a/in", "", nil, "Origin", "https://evil.example"); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error("another origin may read the answer")
	}
	if len(f.desk.launches) != 1 {
		t.Errorf("%d runs", len(f.desk.launches))
	}
}
