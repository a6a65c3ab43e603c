package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
)

// upstream stands for the services that workflows call. Its address is private,
// so the platform is told to allow it.
var upstream = struct {
	*httptest.Server
	sync.Map // handlers by path
}{}

// serve answers calls of a path of its own; it returns the address.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	if _, err := platform(); err != nil {
		t.Fatal(err)
	}
	path := "/" + t.Name()
	upstream.Store(path, h)
	return upstream.URL + path
}

// platform opens the whole platform once for all tests of the package; each test
// makes tenants of its own.
var platform = sync.OnceValues(func() (*local.Platform, error) {
	upstream.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := upstream.Load(r.URL.Path); ok {
			h.(http.HandlerFunc)(w, r)
		}
	}))
	return local.Open(context.Background(), local.Options{
		Template: "../../template.yaml", PublicURL: "https://al.example", Clock: clock.Real(), Log: slog.DiscardHandler,
		AllowHosts: []string{upstream.Listener.Addr().String()}, OpenAIBaseURL: "http://127.0.0.1:9/v1",
	})
})

func TestMain(m *testing.M) {
	code.MaybeRunWorker()
	status := m.Run()
	if p, err := platform(); err == nil {
		_ = p.Close(context.Background())
		upstream.Close()
	}
	os.Exit(status)
}

// client calls the API with one credential.
type client struct {
	t   *testing.T
	key string
	id  string // the tenant's

	handler http.Handler // nil: the platform that the tests share
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

func (c *client) do(method, path string, body any, headers ...string) answer {
	c.t.Helper()
	handler := c.handler
	if handler == nil {
		p, err := platform()
		if err != nil {
			c.t.Fatal(err)
		}
		handler = p.Handler()
	}
	var in io.Reader = http.NoBody
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	case []byte:
		in = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, path, in)
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if strings.HasPrefix(path, "/api/") && w.Code < http.StatusBadRequest {
		wellTimed(c.t, method+" "+path, w.Body.Bytes())
	}
	return answer{c.t, w.Code, w.Header(), w.Body.Bytes()}
}

// anyTime is a text that is a time, also within JSON that stands in a text.
var anyTime = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^"\\]*\\?"`)

// aTime is what each time is that leaves the API; it is what the contract says.
var aTime = regexp.MustCompile(`^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\\?"$`)

// wellTimed looks at every time in an answer. All answers of all tests of the package
// come through here, so a route that writes times by itself is found.
func wellTimed(t *testing.T, what string, body []byte) {
	t.Helper()
	for _, text := range anyTime.FindAll(body, -1) {
		if !aTime.Match(text) {
			t.Errorf("%s: %s is not RFC 3339 in UTC with milliseconds", what, text)
		}
	}
}

// want checks the status and returns the body as JSON.
func (a answer) want(status int) map[string]any {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("want %d, got %d %s", status, a.status, a.body)
	}
	m := map[string]any{}
	if len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &m); err != nil {
			a.t.Fatalf("%v: %s", err, a.body)
		}
	}
	return m
}

// refused checks the status, the code and the form of a problem.
func (a answer) refused(status int, code string) map[string]any {
	a.t.Helper()
	m := a.want(status)
	if m["code"] != code || m["detail"] == "" || m["status"] != float64(status) || a.header.Get("Content-Type") != "application/problem+json" {
		a.t.Fatalf("want the problem %s, got %v %s", code, a.header, a.body)
	}
	return m
}

func operator(t *testing.T) *client {
	t.Helper()
	p, err := platform()
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, key: p.Keys.Operator}
}

// newTenant makes a tenant and returns its owner.
func newTenant(t *testing.T, plan string) *client {
	t.Helper()
	m := operator(t).do("POST", "/api/admin/tenants", map[string]string{"name": t.Name(), "plan": plan}).want(201)
	return &client{t: t, key: m["apiKey"].(string), id: m["id"].(string)}
}

// as returns a client of the same tenant with a narrower key.
func (c *client) as(role string, scopes ...string) *client {
	c.t.Helper()
	m := c.do("POST", "/api/keys", map[string]any{"name": role, "role": role, "scopes": scopes}).want(201)
	return &client{t: c.t, key: m["apiKey"].(string), id: c.id}
}

// create makes a workflow and returns its id.
func (c *client) create(workflow string) string {
	c.t.Helper()
	return c.do("POST", "/api/workflows", workflow).want(201)["id"].(string)
}

// run runs a workflow and waits for its end.
func (c *client) run(workflow string, body any) map[string]any {
	c.t.Helper()
	job := c.do("POST", "/api/workflows/"+workflow+"/run", body).want(202)["jobId"].(string)
	return c.await(job, func(s string) bool { return s == "completed" || s == "failed" || s == "cancelled" })
}

// await waits until the job's status fits.
func (c *client) await(job string, fits func(status string) bool) map[string]any {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), clocktest.Hang)
	defer cancel()
	for {
		m := c.do("GET", "/api/jobs/"+job+"/status", nil).want(200)
		if fits(m["status"].(string)) {
			return m
		}
		if clock.Sleep(ctx, clock.Real(), 2*time.Millisecond) != nil {
			c.t.Fatalf("job %s is still %v", job, m)
		}
	}
}

// node writes a node.
func node(name, typ string, version float64, params string) string {
	return fmt.Sprintf(`{"id":"id-%s","name":%q,"type":%q,"typeVersion":%v,"position":[0,0],"parameters":%s}`, name, name, typ, version, params)
}

// line writes a workflow of nodes in a row.
func line(name string, nodes ...string) string {
	var names []string
	for _, n := range nodes {
		var x struct{ Name string }
		_ = json.Unmarshal([]byte(n), &x)
		names = append(names, x.Name)
	}
	var edges []string
	for i := 0; i+1 < len(names); i++ {
		edges = append(edges, fmt.Sprintf(`%q:{"main":[[{"node":%q,"type":"main","index":0}]]}`, names[i], names[i+1]))
	}
	return fmt.Sprintf(`{"name":%q,"nodes":[%s],"connections":{%s},"settings":{"executionOrder":"v1"}}`, name, strings.Join(nodes, ","), strings.Join(edges, ","))
}

func manual() string { return node("Start", "n8n-nodes-base.manualTrigger", 1, "{}") }

func set(name, field, expression string) string {
	return node(name, "n8n-nodes-base.set", 3.4, fmt.Sprintf(`{"assignments":{"assignments":[{"id":"1","name":%q,"value":%q,"type":"string"}]},"options":{}}`, field, expression))
}

func hello() string {
	return line("Hello", manual(), set("Greet", "greeting", "=Hello {{ $json.who }}"))
}
