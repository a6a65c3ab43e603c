package hook

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

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
	err      error
	// onGet, if set, is called at each look at an execution.
	onGet func(looks int)
	looks int
}

func (d *desk) Launch(_ context.Context, l execution.Launch) (execution.Launched, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return execution.Launched{}, d.err
	}
	if id, ok := d.byKey[l.IdempotencyKey]; ok && l.IdempotencyKey != "" {
		return execution.Launched{ID: id, Repeated: true}, nil
	}
	id := ident.Execution(fmt.Sprintf("exe_%d", len(d.launches)))
	d.launches = append(d.launches, l)
	d.byKey[l.IdempotencyKey] = id
	if _, ok := d.controls[id]; !ok {
		d.controls[id] = execution.Control{Status: execution.Queued}
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
	return d.controls[ref.ID], nil
}

func (d *desk) Runs(context.Context, execution.Ref) ([]workflow.NodeRun, error) { return d.runs, nil }

func (d *desk) Response(context.Context, execution.Ref) (*execution.Response, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.response, nil
}

func (d *desk) Wake(_ context.Context, ref execution.Ref, token string, items []workflow.Item) error {
	if ref.ID != "exe_w" || ref.Tenant != "ten_a" || token != "tok" {
		return fault.New(fault.NotFound, fault.CodeNotFound, "none")
	}
	d.woken = items
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
	raw := `{"name":"w","nodes":[{"id":"1","name":"Hook","type":"n8n-nodes-base.webhook","typeVersion":` + version + `,"position":[0,0],"webhookId":"wid",
		"credentials":{"httpBasicAuth":{"id":"c1"},"httpHeaderAuth":{"id":"c1"},"jwtAuth":{"id":"c1"}},"parameters":` + params + `}],"connections":{}}`
	wf, err := workflow.Parse([]byte(raw))
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

func TestItemHasN8nsShape(t *testing.T) {
	f := setup(t, "2", `{"path":"user/:id","httpMethod":"PUT"}`)
	w := f.call("PUT", "/hooks/ten_a/user/a%20b?x=1&y=2&y=3&f[a]=4", "application/json; charset=utf-8", []byte(`{"b":1,"a":[2]}`), "X-Thing", "yes")
	if w.Code != 200 || w.Body.String() != `{"message":"Workflow was started"}` {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	got := f.item(t).JSON
	if h, _ := value.Path(got, "headers", "x-thing"); h != "yes" {
		t.Errorf("headers: %s", value.JSON(got))
	}
	got.Delete("headers")
	want := `{"params":{"id":"a b"},"query":{"x":"1","y":["2","3"],"f":{"a":"4"}},"body":{"b":1,"a":[2]},` +
		`"webhookUrl":"https://al.example/hooks/ten_a/user/:id","executionMode":"production"}`
	if s := string(value.JSON(got)); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	l := f.desk.launches[0]
	if l.Tenant != "ten_a" || l.WorkflowID != "wf_1" || l.Version != 1 || l.Start.Node != "Hook" || l.Start.Mode != "webhook" || l.Trigger != "webhook" {
		t.Errorf("%+v", l)
	}
}

// The declared type alone decides: nothing in a body of one type is ever taken for
// another (CVE-2026-21858 read files that a JSON body named).
func TestContentTypesAreNeverConfused(t *testing.T) {
	form := &bytes.Buffer{}
	mw := multipart.NewWriter(form)
	_ = mw.WriteField("a", "1")
	part, _ := mw.CreateFormFile("up", "../../etc/passwd")
	_, _ = io.WriteString(part, "hello")
	_ = mw.Close()
	evil := `{"files":{"up":{"filepath":"/etc/passwd","originalFilename":"x","mimetype":"text/plain"}},"data":1}`
	for _, c := range []struct {
		name, typ, body string
		want            string   // the body in the item
		files           []string // properties with files
	}{
		{"JSON", "application/json", `[1,{"a":2}]`, `[1,{"a":2}]`, nil},
		{"JSON with what looks like files", "application/json", evil, evil, nil},
		{"other JSON", "application/vnd.x+json", `{"a":1}`, `{"a":1}`, nil},
		{"form", "application/x-www-form-urlencoded", "a=1&b=2+3&a=%C3%A9", `{"a":["1","é"],"b":"2 3"}`, nil},
		{"form with JSON", "application/x-www-form-urlencoded", evil, `{` + string(value.JSON(evil)) + `:""}`, nil},
		{"text", "text/plain; charset=utf-8", `{"a":1}`, `"{\"a\":1}"`, nil},
		{"XML", "application/xml", `<R v="1"><a>x</a><a>y</a><b> z  w </b></R>`, `{"r":{"$":{"v":"1"},"a":["x","y"],"b":"z w"}}`, nil},
		{"multipart", mw.FormDataContentType(), form.String(), `{"a":"1"}`, []string{"up"}},
		{"multipart sent as JSON", "text/plain", form.String(), string(value.JSON(form.String())), nil},
		{"image", "image/png", "\x89PNG", `{}`, []string{"data"}},
		{"no type", "", "abc", `{}`, []string{"data"}},
		{"damaged type", "application/json;;;=", `{"a":1}`, `{}`, []string{"data"}},
		{"multipart in name only", "multipart/mixed; boundary=x", form.String(), `{}`, []string{"data"}},
		{"nothing", "application/json", "", `{}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := setup(t, "2", post)
			if w := f.call("POST", "/hooks/ten_a/in", c.typ, []byte(c.body)); w.Code != 200 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			it := f.item(t)
			body, _ := it.JSON.Get("body")
			if got := string(value.JSON(body)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			var files []string
			for name := range it.Binary {
				files = append(files, name)
			}
			if d := cmp.Diff(c.files, files); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFilesStayInMemoryUnderTheirFields(t *testing.T) {
	f := setup(t, "2", post)
	form := &bytes.Buffer{}
	mw := multipart.NewWriter(form)
	for i, name := range []string{`C:\x\a.txt`, "../b.txt"} {
		part, _ := mw.CreateFormFile("docs[]", name)
		_, _ = fmt.Fprint(part, "file ", i)
	}
	_ = mw.Close()
	f.call("POST", "/hooks/ten_a/in", mw.FormDataContentType(), form.Bytes())
	it := f.item(t)
	got := map[string]string{}
	for name, b := range it.Binary {
		got[name] = b.FileName + " " + b.Extension + " " + string(b.Data)
		if b.Ref != "" {
			t.Errorf("%s refers to something outside: %q", name, b.Ref)
		}
	}
	if d := cmp.Diff(map[string]string{"docs0": "a.txt txt file 0", "docs1": "b.txt txt file 1"}, got); d != "" {
		t.Error(d)
	}
}

func TestRawBodyAndVersionOne(t *testing.T) {
	f := setup(t, "2", `{"path":"in","httpMethod":"POST","options":{"rawBody":true}}`)
	f.call("POST", "/hooks/ten_a/in", "application/json", []byte(`{ "a" : 1 }`))
	if it := f.item(t); string(it.Binary["data"].Data) != `{ "a" : 1 }` || it.Binary["data"].MimeType != "application/json" {
		t.Errorf("%+v", it.Binary)
	}
	f = setup(t, "1", post)
	f.call("POST", "/hooks/ten_a/in", "image/png", []byte("x"))
	if it := f.item(t); it.Binary != nil {
		t.Errorf("version 1 keeps no file unasked: %+v", it.Binary)
	}
	f = setup(t, "1", `{"path":"in","httpMethod":"POST","options":{"binaryData":true,"binaryPropertyName":"pic"}}`)
	f.call("POST", "/hooks/ten_a/in", "image/png", []byte("x"))
	if it := f.item(t); it.Binary["pic"].FileType != "image" {
		t.Errorf("%+v", it.Binary)
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	big := bytes.Repeat([]byte("x"), 4<<20+1)
	deep := strings.Repeat("<a>", 200) + strings.Repeat("</a>", 200)
	for _, c := range []struct {
		name, method, target, typ string
		body                      []byte
		status                    int
		code                      string
	}{
		{"another tenant", "POST", "/hooks/ten_b/in", "", nil, 404, "NOT_FOUND"},
		{"another path", "POST", "/hooks/ten_a/out", "", nil, 404, "NOT_FOUND"},
		{"another method", "GET", "/hooks/ten_a/in", "", nil, 404, "NOT_FOUND"},
		{"no path", "POST", "/hooks/ten_a/", "", nil, 404, "NOT_FOUND"},
		{"no tenant", "POST", "/hooks//in", "", nil, 404, "NOT_FOUND"},
		{"a tenant that reaches into keys", "POST", "/hooks/ten_a%23AUDIT/in", "", nil, 404, "NOT_FOUND"},
		{"a path that reaches into keys", "POST", "/hooks/ten_a/in%23x", "", nil, 404, "NOT_FOUND"},
		{"too large", "POST", "/hooks/ten_a/in", "text/plain", big, 413, "PAYLOAD_TOO_LARGE"},
		{"no JSON", "POST", "/hooks/ten_a/in", "application/json", []byte(`{"a":`), 422, "VALIDATION"},
		{"no XML", "POST", "/hooks/ten_a/in", "text/xml", []byte(`<a><b></a>`), 422, "VALIDATION"},
		{"XML with entities", "POST", "/hooks/ten_a/in", "text/xml", []byte(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`), 422, "VALIDATION"},
		{"deep XML", "POST", "/hooks/ten_a/in", "text/xml", []byte(deep), 422, "VALIDATION"},
		{"no multipart", "POST", "/hooks/ten_a/in", "multipart/form-data", []byte(`x`), 422, "VALIDATION"},
		{"broken multipart", "POST", "/hooks/ten_a/in", "multipart/form-data; boundary=b", []byte("--b\r\n\r\nx"), 422, "VALIDATION"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := setup(t, "2", post)
			w := f.call(c.method, c.target, c.typ, c.body)
			var p struct{ Code string }
			_ = json.Unmarshal(w.Body.Bytes(), &p)
			if w.Code != c.status || p.Code != c.code || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if len(f.desk.launches) != 0 {
				t.Error("a run was started")
			}
		})
	}
}

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

// A forged webhook starts nothing (CVE-2026-21894).
func TestCredentials(t *testing.T) {
	hs := func(secret string, claims jwt.MapClaims) string {
		s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + s
	}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	basic := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	late := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC).Unix()
	for _, c := range []struct {
		auth, header, value string
		status              int
	}{
		{"basicAuth", "Authorization", basic("u:p"), 200},
		{"basicAuth", "", "", 401},
		{"basicAuth", "Authorization", basic("u:q"), 403},
		{"basicAuth", "Authorization", basic(":"), 403},
		{"headerAuth", "X-Key", "v", 200},
		{"headerAuth", "X-Key", "w", 403},
		{"headerAuth", "", "", 403},
		{"jwtAuth", "Authorization", hs("s3", jwt.MapClaims{"sub": "x"}), 200},
		{"jwtAuth", "Authorization", hs("other", jwt.MapClaims{"sub": "x"}), 403},
		{"jwtAuth", "Authorization", hs("s3", jwt.MapClaims{"exp": late}), 403},
		{"jwtAuth", "Authorization", "Bearer " + none, 403},
		{"jwtAuth", "", "", 401},
	} {
		f := setup(t, "2", `{"path":"in","authentication":"`+c.auth+`"}`)
		w := f.call("GET", "/hooks/ten_a/in", "", nil, c.header, c.value)
		if w.Code != c.status || (len(f.desk.launches) == 1) != (c.status == 200) {
			t.Errorf("%s %s %q: %d %s", c.auth, c.header, c.value, w.Code, w.Body)
		}
		if c.auth == "jwtAuth" && c.status == 200 {
			if sub, _ := value.Path(f.item(t).JSON, "jwtPayload", "sub"); sub != "x" {
				t.Error("the payload is missing")
			}
		}
	}
	f := setup(t, "2", `{"path":"in","authentication":"headerAuth"}`)
	f.Credentials = nil
	if w := f.call("GET", "/hooks/ten_a/in", "", nil, "X-Key", "v"); w.Code != 403 {
		t.Errorf("without any credentials: %d", w.Code)
	}
}

func TestAddressesAndBots(t *testing.T) {
	f := setup(t, "2", `{"path":"in","options":{"ipWhitelist":"192.0.2.1, 198.51.100.0/24","ignoreBots":true}}`)
	for from, want := range map[string]int{"192.0.2.1:5": 200, "198.51.100.77:5": 200, "203.0.113.9:5": 403, "nonsense": 403} {
		r := httptest.NewRequest("GET", "/hooks/ten_a/in", nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d", from, w.Code)
		}
	}
	r := httptest.NewRequest("GET", "/hooks/ten_a/in", nil)
	r.RemoteAddr = "192.0.2.1:5"
	r.Header.Set("User-Agent", "Googlebot/2.1")
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	if w.Code != 403 {
		t.Errorf("a bot: %d", w.Code)
	}
}

func TestAnswersAtOnce(t *testing.T) {
	for params, want := range map[string][3]string{
		`{"path":"in"}`: {"200", "application/json; charset=utf-8", `{"message":"Workflow was started"}`},
		`{"path":"in","options":{"responseData":"ok <b>"}}`:                                                                         {"200", "text/html; charset=utf-8", "ok <b>"},
		`{"path":"in","options":{"responseData":"{\"a\":1}","responseCode":{"values":{"responseCode":201}}}}`:                       {"201", "application/json; charset=utf-8", `{"a":1}`},
		`{"path":"in","options":{"noResponseBody":true,"responseCode":{"values":{"responseCode":"customCode","customCode":299}}}}`:  {"299", "", ""},
		`{"path":"in","options":{"responseHeaders":{"entries":[{"name":"Content-Type","value":"text/csv"}]},"responseData":"a,b"}}`: {"200", "text/csv", "a,b"},
	} {
		w := setup(t, "2", params).call("GET", "/hooks/ten_a/in", "", nil)
		if d := cmp.Diff(want, [3]string{fmt.Sprint(w.Code), w.Header().Get("Content-Type"), w.Body.String()}); d != "" {
			t.Errorf("%s:\n%s", params, d)
		}
	}
	w := setup(t, "1", `{"path":"in","responseCode":204}`).call("GET", "/hooks/ten_a/in", "", nil)
	if w.Code != 204 {
		t.Errorf("version 1: %d", w.Code)
	}
}

// items makes items of JSON objects.
func items(t *testing.T, texts ...string) []workflow.Item {
	t.Helper()
	var out []workflow.Item
	for _, s := range texts {
		o, err := value.ParseObject([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, workflow.Item{JSON: o})
	}
	return out
}

func TestAnswersOfTheLastNode(t *testing.T) {
	for params, want := range map[string]string{
		`"responseMode":"lastNode"`:                                                                      `{"a":{"b":"x"}}`,
		`"responseMode":"lastNode","responseData":"allEntries"`:                                          `[{"a":{"b":"x"}},{"c":2}]`,
		`"responseMode":"lastNode","responseData":"noData"`:                                              ``,
		`"responseMode":"lastNode","options":{"responsePropertyName":"a.b"}`:                             `"x"`,
		`"responseMode":"lastNode","options":{"responsePropertyName":"a.b","responseContentType":"t/p"}`: `x`,
		`"responseMode":"lastNode","options":{"responsePropertyName":"no.such"}`:                         `null`,
	} {
		f := setup(t, "2", `{"path":"in",`+params+`}`)
		f.desk.end(execution.Completed, items(t, `{"a":{"b":"x"}}`, `{"c":2}`)...)
		if w := f.call("GET", "/hooks/ten_a/in", "", nil); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %s", params, w.Code, w.Body)
		}
	}
	f := setup(t, "2", `{"path":"in","responseMode":"lastNode","responseData":"firstEntryBinary","responseBinaryPropertyName":"pic"}`)
	it := items(t, `{}`)
	it[0].Binary = map[string]workflow.Binary{"pic": {MimeType: "image/png", Data: []byte{1, 2}}}
	f.desk.end(execution.Completed, it...)
	if w := f.call("GET", "/hooks/ten_a/in", "", nil); w.Header().Get("Content-Type") != "image/png" || !bytes.Equal(w.Body.Bytes(), []byte{1, 2}) {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestFailedRunTellsTheCallerNothing(t *testing.T) {
	f := setup(t, "2", `{"path":"in","responseMode":"lastNode"}`)
	f.desk.end(execution.Failed)
	w := f.call("GET", "/hooks/ten_a/in", "", nil)
	if w.Code != 500 || !strings.Contains(w.Body.String(), "WORKFLOW_FAILED") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestResponseNodeAnswers(t *testing.T) {
	f := setup(t, "2", `{"path":"in","responseMode":"responseNode"}`)
	f.desk.onGet = func(looks int) {
		if looks == 3 {
			f.desk.mu.Lock()
			f.desk.response = &execution.Response{Status: 418, Headers: map[string]string{"X-A": "b", "Content-Security-Policy": "none"}, Body: []byte("tea")}
			f.desk.mu.Unlock()
		}
		if looks < 3 {
			go f.advanceOnce()
		}
	}
	w := f.call("GET", "/hooks/ten_a/in", "", nil)
	if w.Code != 418 || w.Body.String() != "tea" || w.Header().Get("X-A") != "b" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Error("a workflow took the sandbox away")
	}
}

// advanceOnce moves the clock when the server waits on it.
func (f *fixture) advanceOnce() {
	if f.clock.BlockUntilContext(context.Background(), 1) == nil {
		f.clock.Advance(maxPause)
	}
}

func TestSlowRunsAreAnsweredWithTheirAddress(t *testing.T) {
	f := setup(t, "2", `{"path":"in","responseMode":"lastNode"}`)
	f.desk.onGet = func(int) { go f.advanceOnce() }
	w := f.call("GET", "/hooks/ten_a/in", "", nil)
	if w.Code != 202 || !strings.Contains(w.Body.String(), `"trackingUrl":"/api/jobs/exe_0/status"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if took := f.clock.Now().Sub(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)); took > maxWait {
		t.Errorf("it took %v", took)
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

func FuzzReadBody(f *testing.F) {
	f.Add("application/json", []byte(`{"a":[1,null]}`))
	f.Add("application/x-www-form-urlencoded", []byte(`a[b][]=1&a=2&&=`))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"x\"; filename=\"../y\"\r\n\r\nz\r\n--b--"))
	f.Add("text/xml", []byte(`<a x="1"><b/>t<![CDATA[c]]></a>`))
	f.Add("", []byte{0xff})
	f.Fuzz(func(t *testing.T, typ string, raw []byte) {
		_, b, err := readBody(typ, raw)
		if err != nil {
			if fault.Of(err).Kind != fault.Invalid {
				t.Errorf("%v", err)
			}
			return
		}
		if _, err := value.Parse(value.JSON(b.value)); err != nil {
			t.Errorf("the body is no JSON value: %v", err)
		}
		for _, file := range b.files {
			if strings.ContainsAny(file.name, `/\`) && file.name != "/" {
				t.Errorf("a file's name is a path: %q", file.name)
			}
		}
		_ = queryOf(string(raw))
	})
}
