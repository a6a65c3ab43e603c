// Package secret puts a marker into every secret field of every credential type,
// uses each credential in ways that succeed and that fail at a server which says
// all that it was sent, and then looks for the marker wherever it could be.
package secret

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
	"github.com/automatelanka/automatelanka/internal/telemetry"
)

// marker begins every secret of the test.
const marker = "MARKER7f3a"

func TestMain(m *testing.M) {
	code.MaybeRunWorker()
	os.Exit(m.Run())
}

// evidence is a place where the marker could be: what it is, and its text.
type evidence struct {
	mu    sync.Mutex
	found map[string]int
	looks int
}

// look searches a text for the marker, as it is and inside base64.
func (e *evidence) look(where string, text []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.looks++
	if shows(text) {
		if e.found[where]++; e.found[where] == 1 {
			e.found[where+": "+around(text)]++
		}
	}
}

var coded = regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}`)

func shows(text []byte) bool {
	if bytes.Contains(text, []byte(marker)) {
		return true
	}
	for _, run := range coded.FindAll(text, -1) {
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if plain, err := enc.DecodeString(string(run)); err == nil && bytes.Contains(plain, []byte(marker)) {
				return true
			}
		}
	}
	return false
}

func around(text []byte) string {
	i := max(bytes.Index(text, []byte(marker)), 0)
	return string(text[max(0, i-150):min(len(text), i+150)])
}

// arrived counts the requests in which a secret reached the server.
var arrived atomic.Int64

// echo says all that it was sent: as JSON, as text, and as a refusal.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	decoded, _ := url.QueryUnescape(r.URL.RawQuery)
	said := map[string]any{"url": r.URL.String(), "query": decoded, "headers": r.Header, "body": string(body), "message": fmt.Sprint("you sent ", r.URL, decoded, r.Header, string(body))}
	text, _ := json.Marshal(said)
	if shows(text) {
		arrived.Add(1)
	}
	w.Header().Set("X-Echo", fmt.Sprint(r.Header.Get("Authorization"), decoded))
	switch {
	case strings.HasPrefix(r.URL.Path, "/text"):
		w.Header().Set("Content-Type", "text/plain")
	case strings.HasPrefix(r.URL.Path, "/refuse"):
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
	default:
		w.Header().Set("Content-Type", "application/json")
	}
	_, _ = w.Write(text)
}

// platform is one platform with a tenant's key and the logs that it wrote.
type platform struct {
	*testing.T
	*local.Platform
	key    string
	server string
	logs   *logs
	evidence
}

type logs struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}

func open(t *testing.T) *platform {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(echo))
	p := &platform{T: t, server: server.URL, logs: &logs{}, evidence: evidence{found: map[string]int{}}}
	var err error
	p.Platform, err = local.Open(context.Background(), local.Options{
		Template: "../../../template.yaml", PublicURL: "https://al.example", Clock: clock.Real(),
		Log:        telemetry.NewJSONHandler(p.logs, clock.Real(), slog.LevelDebug),
		AllowHosts: []string{server.Listener.Addr().String()}, OpenAIBaseURL: "http://127.0.0.1:9/v1",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Close(context.Background())
		server.Close()
	})
	p.key = p.Keys.Tenants["dev-enterprise"]
	return p
}

// call calls the API, looks at the answer, and reads it.
func (p *platform) call(method, path string, body any) (map[string]any, error) {
	text, _ := json.Marshal(body)
	r := httptest.NewRequest(method, path, bytes.NewReader(text))
	key := p.key
	if strings.HasPrefix(path, "/api/admin") {
		key = p.Keys.Operator
	}
	r.Header.Set("Authorization", "Bearer "+key)
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	p.look(method+" "+strings.Join(strings.Split(path, "/")[:3], "/"), w.Body.Bytes())
	m := map[string]any{}
	if w.Code >= http.StatusInternalServerError {
		return m, fmt.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	_ = json.Unmarshal(w.Body.Bytes(), &m)
	return m, nil
}

// fields are values for all fields of a type, the marker in those that are secret.
func (p *platform) fields(k *credential.Kind) map[string]any {
	out := map[string]any{}
	for i := range k.Fields {
		f := &k.Fields[i]
		switch {
		case f.Secret && f.Type == credential.JSON:
			out[f.Name] = map[string]any{"headers": map[string]string{"X-Own": marker + "-json"}, "qs": map[string]string{"own": marker + "-query"}}
		case f.Secret && f.Name == "webhookUri":
			out[f.Name] = p.server + "/" + marker
		case f.Secret:
			out[f.Name] = marker + "-" + f.Name + " ü/+="
		case f.Type == credential.Choice:
			out[f.Name] = f.Options[0]
		case f.Type == credential.Number:
			out[f.Name] = 1
		case f.Type == credential.Boolean:
			out[f.Name] = f.Name == "header" || f.Default == "true"
		case f.Name == "name" || f.Name == "headerName":
			out[f.Name] = "X-Own"
		default:
			out[f.Name] = p.server
		}
	}
	if k.HasToken() {
		out[credential.FieldTokenData] = map[string]string{"access_token": marker + "-access", "refresh_token": marker + "-refresh"}
	}
	return out
}

// use makes a credential of the type, tries it, and runs a workflow with it.
func (p *platform) use(k *credential.Kind) error {
	made, err := p.call("POST", "/api/credentials", map[string]any{
		"type": k.Type, "name": "of " + k.Type, "fields": p.fields(k), "allowedDomains": []string{"*"},
	})
	id, ok := made["id"].(string)
	if err != nil || !ok {
		return fmt.Errorf("%s: %v %v", k.Type, made, err)
	}
	for _, step := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/api/credentials/" + id, nil}, {"POST", "/api/credentials/" + id + "/test", nil}, {"POST", "/api/credentials/" + id + "/authorize", nil},
		{"PUT", "/api/credentials/" + id, map[string]any{"name": "again " + k.Type}},
	} {
		if _, err := p.call(step.method, step.path, step.body); err != nil {
			return err
		}
	}
	return p.run(k.Type, id)
}

// run runs a workflow: calls that are answered as JSON and as text, one whose
// refusal is passed on, and one whose refusal ends the run.
func (p *platform) run(typ, id string) error {
	node := func(name, kind string, version float64, params map[string]any) map[string]any {
		return map[string]any{"id": name, "name": name, "type": "n8n-nodes-base." + kind, "typeVersion": version, "position": []int{0, 0}, "parameters": params}
	}
	call := func(name, path string, onError string) map[string]any {
		n := node(name, "httpRequest", 4.2, map[string]any{
			"method": "POST", "url": p.server + path, "authentication": "predefinedCredentialType", "nodeCredentialType": typ,
			"options": map[string]any{"response": map[string]any{"response": map[string]any{"fullResponse": true}}},
		})
		n["credentials"] = map[string]any{typ: map[string]string{"id": id, "name": "x"}}
		n["onError"] = onError
		return n
	}
	nodes := []map[string]any{
		node("Start", "manualTrigger", 1, map[string]any{}), call("JSON", "/json/{credential}", "stopWorkflow"), call("Text", "/text", "stopWorkflow"),
		call("Passed", "/refuse", "continueRegularOutput"), call("Stops", "/refuse", "stopWorkflow"),
	}
	edges := map[string]any{}
	for i := range nodes[1:] {
		edges[nodes[i]["name"].(string)] = map[string]any{"main": [][]map[string]any{{{"node": nodes[i+1]["name"], "type": "main", "index": 0}}}}
	}
	wf, err := p.call("POST", "/api/workflows", map[string]any{"name": typ, "nodes": nodes, "connections": edges, "settings": map[string]string{"executionOrder": "v1"}})
	if err != nil {
		return err
	}
	job, err := p.call("POST", fmt.Sprintf("/api/workflows/%v/run", wf["id"]), map[string]any{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.Context(), clocktest.Hang)
	defer cancel()
	for {
		m, err := p.call("GET", fmt.Sprintf("/api/jobs/%v/status", job["jobId"]), nil)
		if err != nil {
			return err
		}
		if m["status"] == "failed" { // the last call's refusal sees to it
			break
		}
		if clock.Sleep(ctx, clock.Real(), 5*time.Millisecond) != nil {
			return fmt.Errorf("%s: %v", typ, m)
		}
	}
	for _, path := range []string{"", "/data", "/nodes/JSON/output"} {
		if _, err := p.call("GET", fmt.Sprintf("/api/executions/%v%s", job["jobId"], path), nil); err != nil {
			return err
		}
	}
	return nil
}

// tables looks at every item of both tables, and into what is compressed.
func (p *platform) tables() {
	p.Helper()
	dec, err := zstd.NewReader(nil)
	if err != nil {
		p.Fatal(err)
	}
	defer dec.Close()
	db := dynamodb.NewFromConfig(p.Cloud.AWSConfig())
	items := 0
	for _, tbl := range p.Cloud.Stack().Tables {
		in := &dynamodb.ScanInput{TableName: &tbl.Name}
		for {
			out, err := db.Scan(p.Context(), in)
			if err != nil {
				p.Fatal(err)
			}
			for _, item := range out.Items {
				items++
				p.item(tbl.LogicalID, item, dec)
			}
			if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
				break
			}
		}
	}
	p.Logf("%d items", items)
}

func (p *platform) item(where string, item map[string]types.AttributeValue, dec *zstd.Decoder) {
	for name, v := range item {
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			p.look(where+"."+name, []byte(v.Value))
		case *types.AttributeValueMemberB:
			text := v.Value
			if plain, err := dec.DecodeAll(v.Value, nil); err == nil {
				text = plain
			}
			p.look(where+"."+name, text)
		case *types.AttributeValueMemberM:
			p.item(where+"."+name, v.Value, dec)
		}
	}
}

func TestMarkerIsNowhere(t *testing.T) {
	p := open(t)
	kinds := credential.Kinds()
	var group errgroup.Group
	group.SetLimit(8)
	for _, name := range kinds.Names() {
		group.Go(func() error { return p.use(kinds.Get(name)) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/credentials?limit=200", "/api/workflows?limit=200", "/api/admin/audit?limit=200", "/api/admin/errors", "/api/admin/tenants/dev-enterprise/export"} {
		if _, err := p.call("GET", path, nil); err != nil {
			t.Error(err)
		}
	}
	p.tables()
	for line := range bytes.Lines(p.logs.Bytes()) {
		p.look("logs", line)
	}
	for where, n := range p.found {
		t.Errorf("the marker is in %s (%d times)", where, n)
	}
	t.Logf("%d types, %d requests with a secret, %d texts looked at", len(kinds.Names()), arrived.Load(), p.looks)
	// Some 190 types go into requests as they are, four times each; the others sign,
	// or are no HTTP.
	if arrived.Load() < 700 {
		t.Error("most types did not reach the server with their secrets")
	}
}
