package scenario

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
)

// feed is an RSS feed that grows.
type feed struct {
	mu     sync.Mutex
	items  []string
	status int // 0: 200
	asked  int
}

func (f *feed) add(names ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range names {
		f.items = append([]string{"<item><title>" + n + "</title><guid>" + n + "</guid></item>"}, f.items...)
	}
}

func (f *feed) fail(status int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = status
}

func (f *feed) polls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

func (f *feed) answer(_ string, _ int, w http.ResponseWriter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if f.status != 0 {
		w.WriteHeader(f.status)
		return
	}
	_, _ = fmt.Fprintf(w, "<rss><channel>%s</channel></rss>", strings.Join(f.items, ""))
}

// until waits for a condition.
func (w *world) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for !holds() {
		if err := clock.Sleep(w.ctx, clock.Real(), 20*time.Millisecond); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// runsOf are the titles that each run of a workflow began with, oldest run first.
func (w *world) runsOf(t *testing.T, id string) [][]string {
	t.Helper()
	var page struct {
		Items []struct{ ID, Trigger, Status string }
	}
	if err := w.Call(w.ctx, http.MethodGet, "/api/executions?workflowId="+id, nil, &page); err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for i := len(page.Items) - 1; i >= 0; i-- {
		j := w.await(t, page.Items[i].ID, "completed")
		var titles []string
		for _, o := range j.Output {
			item, _ := o.(map[string]any)
			fields, _ := item["json"].(map[string]any)
			titles = append(titles, fmt.Sprint(fields["title"]))
		}
		out = append(out, titles)
	}
	return out
}

// polled is how the polls of the only schedule go.
type polled struct {
	PolledAt, FoundAt string
	Failure           *struct {
		Code, Message string
		Count         int
	}
}

func (w *world) polled(t *testing.T) *polled {
	t.Helper()
	var page struct{ Items []struct{ Poll *polled } }
	if err := w.Call(w.ctx, http.MethodGet, "/api/schedules", nil, &page); err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 1 {
		t.Fatalf("there are %d schedules", len(page.Items))
	}
	return page.Items[0].Poll
}

// rssFlow is a workflow that polls a feed.
const rssFlow = `{"name":"news","settings":{"executionOrder":"v1"},"nodes":[
	{"id":"1","name":"RSS Feed Trigger","type":"n8n-nodes-base.rssFeedReadTrigger","typeVersion":1,"position":[0,0],
	 "parameters":{"feedUrl":"http://ADDR/feed","pollTimes":{"item":[{"mode":"everyMinute"}]}}},
	{"id":"2","name":"Set","type":"n8n-nodes-base.set","typeVersion":3.4,"position":[200,0],
	 "parameters":{"assignments":{"assignments":[{"id":"a","name":"title","value":"={{ $json.title }}","type":"string"}]},"options":{}}}],
	"connections":{"RSS Feed Trigger":{"main":[[{"node":"Set","type":"main","index":0}]]}}}`

func (w *world) post(t *testing.T, path string) {
	t.Helper()
	if err := w.Call(w.ctx, http.MethodPost, path, nil, nil); err != nil {
		t.Fatal(err)
	}
}

// TestNewEntriesOfAFeedStartRuns: what is there at activation starts nothing, what
// comes later starts one run for each poll that finds it; a failing service is shown
// and loses nothing; a deactivated workflow is not polled, and begins anew.
func TestNewEntriesOfAFeedStartRuns(t *testing.T) {
	f := &feed{}
	f.add("old")
	w := setup(t, f.answer)
	id, err := w.Create(w.ctx, []byte(strings.ReplaceAll(rssFlow, "ADDR", w.counter.Addr)))
	if err != nil {
		t.Fatal(err)
	}
	job, err := w.Run(w.ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.await(t, job, "completed")
	w.post(t, "/api/workflows/"+id+"/activate")
	before := f.polls()
	w.until(t, "a first poll", func() bool { return f.polls() > before && w.polled(t).PolledAt != "" })
	f.add("one", "two")
	w.until(t, "a run of the new entries", func() bool { return w.polled(t).FoundAt != "" })

	f.fail(http.StatusServiceUnavailable)
	f.add("three")
	w.until(t, "a failure", func() bool { p := w.polled(t); return p.Failure != nil && p.Failure.Count >= 2 })
	if p := w.polled(t); p.Failure.Code == "" || !strings.Contains(p.Failure.Message, "unavailable") {
		t.Errorf("the failure is %+v", p.Failure)
	}
	f.fail(0)
	w.until(t, "a poll after the failure", func() bool { return w.polled(t).Failure == nil })

	runs := w.runsOf(t, id)
	if got := fmt.Sprint(runs); got != "[[old] [two one] [three]]" {
		t.Errorf("the runs began with %s", got)
	}
	w.post(t, "/api/workflows/"+id+"/deactivate")
	f.add("while it was off")
	w.post(t, "/api/workflows/"+id+"/activate")
	w.until(t, "a first poll again", func() bool { return w.polled(t).PolledAt != "" })
	f.add("four")
	w.until(t, "a run of what came then", func() bool { return w.polled(t).FoundAt != "" })
	if got := fmt.Sprint(w.runsOf(t, id)); got != "[[old] [two one] [three] [four]]" {
		t.Errorf("the runs began with %s", got)
	}
}

// drive stands for Google: its token endpoint, and a folder.
type drive struct {
	clock clock.Clock
	mu    sync.Mutex
	files []map[string]string // newest first
	asked []string            // queries
	wrong []string            // requests that were not as they should be
}

func (d *drive) add(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.clock.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	d.files = append([]map[string]string{{"id": id, "title": id, "createdTime": at, "modifiedTime": at}}, d.files...)
}

// Do implements node.HTTPDoer; nothing else is asked.
func (d *drive) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var answer any
	switch req.URL.Host + req.URL.Path {
	case "oauth2.googleapis.com/token":
		answer = map[string]any{"access_token": "ya29.token-of-the-account", "expires_in": 3600, "token_type": "Bearer"}
	case "www.googleapis.com/drive/v3/files":
		if got := req.Header.Get("Authorization"); got != "Bearer ya29.token-of-the-account" {
			d.wrong = append(d.wrong, "Authorization "+got)
		}
		d.asked = append(d.asked, req.URL.Query().Get("q"))
		answer = map[string]any{"files": d.files}
	default:
		d.wrong = append(d.wrong, req.URL.String())
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: req, Body: io.NopCloser(strings.NewReader(string(text))),
	}, nil
}

func (d *drive) polls() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.asked)
}

const driveFlow = `{"name":"files","settings":{"executionOrder":"v1"},"nodes":[
	{"id":"1","name":"Drive","type":"n8n-nodes-base.googleDriveTrigger","typeVersion":1,"position":[0,0],"credentials":{"googleApi":{"id":"CREDENTIAL","name":"Robot"}},
	 "parameters":{"authentication":"serviceAccount","triggerOn":"specificFolder","event":"fileCreated","options":{},"folderToWatch":{"__rl":true,"mode":"list","value":"F1"},"pollTimes":{"item":[{"mode":"everyMinute"}]}}},
	{"id":"2","name":"Set","type":"n8n-nodes-base.set","typeVersion":3.4,"position":[200,0],
	 "parameters":{"assignments":{"assignments":[{"id":"a","name":"title","value":"={{ $json.title }}","type":"string"}]},"options":{}}}],
	"connections":{"Drive":{"main":[[{"node":"Set","type":"main","index":0}]]}}}`

// TestNewFilesInDriveStartRuns: with the tenant's own credential, which is opened in
// the poll's function; a node without one is shown as failing, and goes on when it
// has got it.
func TestNewFilesInDriveStartRuns(t *testing.T) {
	var d *drive
	w := setupWith(t, nil, func(o *local.Options) {
		d = &drive{clock: o.Clock}
		o.Outside = func(node.HTTPDoer) node.HTTPDoer { return d }
	})
	d.add("old")
	id, err := w.Create(w.ctx, []byte(strings.Replace(driveFlow, `"credentials":{"googleApi":{"id":"CREDENTIAL","name":"Robot"}},`, "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	w.post(t, "/api/workflows/"+id+"/activate")
	w.until(t, "a missing credential", func() bool { p := w.polled(t); return p.Failure != nil && p.Failure.Code == "CREDENTIAL_MISSING" })

	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ ID string }
	body := map[string]any{"type": "googleApi", "name": "Robot", "fields": map[string]string{
		"email": "robot@project.iam.example", "privateKey": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	}}
	if err := w.Call(w.ctx, http.MethodPost, "/api/credentials", body, &made); err != nil {
		t.Fatal(err)
	}
	if err := w.Call(w.ctx, http.MethodPut, "/api/workflows/"+id, []byte(strings.Replace(driveFlow, "CREDENTIAL", made.ID, 1)), nil); err != nil {
		t.Fatal(err)
	}
	w.until(t, "a first poll", func() bool { return d.polls() > 0 && w.polled(t).Failure == nil })
	d.add("one")
	w.until(t, "a run of the new file", func() bool { return w.polled(t).FoundAt != "" })
	d.add("two")
	w.until(t, "a second run", func() bool { return len(w.runsOf(t, id)) == 2 })
	if got := fmt.Sprint(w.runsOf(t, id)); got != "[[one] [two]]" {
		t.Errorf("the runs began with %s", got)
	}
	job, err := w.Run(w.ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.await(t, job, "completed")
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.wrong) > 0 || !strings.HasPrefix(d.asked[0], "trashed = false and 'F1' in parents and mimeType != 'application/vnd.google-apps.folder' and createdTime > '") {
		t.Errorf("the service was asked %q; %v", d.asked[0], d.wrong)
	}
}
