package hook

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// formNode is a form trigger with the parameters.
func formNode(version, params string) string {
	return `{"id":"1","name":"Form","type":"n8n-nodes-base.formTrigger","typeVersion":` + version + `,"position":[0,0],"webhookId":"wid",
		"credentials":{"httpBasicAuth":{"id":"c1"}},"parameters":` + params + `}`
}

const contact = `{"formTitle":"Contact","formDescription":"Write <b>us</b><script>alert(1)</script>","options":{"path":"contact"},"formFields":{"values":[
	{"fieldLabel":"Name","requiredField":true,"placeholder":"Ada"},{"fieldLabel":"Mail","fieldType":"email"},
	{"fieldLabel":"Tags","fieldType":"dropdown","multiselect":true,"fieldOptions":{"values":[{"option":"a"},{"option":"b"}]}},
	{"fieldLabel":"CV","fieldType":"file","acceptFileTypes":".txt"}]}}`

var submissionField = regexp.MustCompile(`name="submission" value="([^"]+)"`)

// open gets a form's page and the name of its submission.
func open(t *testing.T, f *fixture, target string) (string, string) {
	t.Helper()
	w := f.call("GET", target, "", nil)
	m := submissionField.FindStringSubmatch(w.Body.String())
	if w.Code != 200 || m == nil {
		t.Fatalf("%s: %d %s", target, w.Code, w.Body)
	}
	return w.Body.String(), m[1]
}

// send sends a form as a browser does.
func send(f *fixture, target string, fields [][2]string, files ...[3]string) *httptest.ResponseRecorder {
	b := &bytes.Buffer{}
	mw := multipart.NewWriter(b)
	for _, x := range fields {
		_ = mw.WriteField(x[0], x[1])
	}
	for _, x := range files {
		part, _ := mw.CreateFormFile(x[0], x[1])
		_, _ = io.WriteString(part, x[2])
	}
	_ = mw.Close()
	return f.call("POST", target, mw.FormDataContentType(), b.Bytes(), "Accept", "text/html,*/*")
}

// follow goes where a form that was sent leads.
func (f *fixture) follow(t *testing.T, w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	t.Helper()
	if w.Code != 303 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return f.call("GET", w.Header().Get("Location"), "", nil)
}

const contactURL = "/hooks/ten_a/contact"

func TestFormPageIsSafeAndComplete(t *testing.T) {
	f := setupNode(t, formNode("2.2", contact))
	body, _ := open(t, f, contactURL+"?Name=%3Cscript%3E&Tags=a,b")
	for _, want := range []string{
		"<h1>Contact</h1>", "Write <b>us</b>", `for="field-0"`, `placeholder="Ada"`, `value="&lt;script&gt;"`, `type="email"`,
		`value="b" checked`, `enctype="multipart/form-data"`, `accept=".txt"`, "(required)",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, "<script") || strings.Contains(body, "alert(1)") {
		t.Error("the page has a script")
	}
	h := f.call("GET", contactURL, "", nil).Header()
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{"sandbox", "default-src 'none'", "form-action 'self'", "style-src 'nonce-"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "script-src") || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%v", h)
	}
	if regexp.MustCompile(`(?:src|href)="https?://`).MatchString(body) {
		t.Error("the page asks another host")
	}
	if len(f.desk.launches) != 0 {
		t.Error("looking at a form starts a run")
	}
}

func TestFormStartsOneRun(t *testing.T) {
	f := setupNode(t, formNode("2.2", contact))
	store := &blobs{}
	f.Blobs = store
	_, id := open(t, f, contactURL)
	fields := [][2]string{{"submission", id}, {"field-0", " Ada "}, {"field-1", "a@b.example"}, {"field-2", "a"}, {"field-2", "b"}}
	large := strings.Repeat("x", 40<<10)
	for range 3 { // a double click, a reload
		w := send(f, contactURL, fields, [3]string{"field-3", "cv.txt", large}, [3]string{"field-3", "../b.txt", "y"})
		if w = f.follow(t, w); w.Code != 200 || !strings.Contains(w.Body.String(), "Your response has been recorded") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		large = "" // what browsers send again of a file
	}
	large = strings.Repeat("x", 40<<10)
	item := f.item(t)
	at, _ := item.JSON.Get("submittedAt")
	if at != "2026-02-28T19:00:00.000-05:00" { // the workflow's zone, n8n's default
		t.Errorf("submittedAt %v", at)
	}
	item.JSON.Delete("submittedAt")
	want := `{"Name":"Ada","Mail":"a@b.example","Tags":["a","b"],"CV":[{"filename":"cv.txt","mimetype":"application/octet-stream","size":40960},` +
		`{"filename":"b.txt","mimetype":"application/octet-stream","size":1}],"formMode":"production"}`
	if got := string(value.JSON(item.JSON)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	l := f.desk.launches[0]
	stored, small := item.Binary["CV_0"], item.Binary["CV_1"]
	if string(small.Data) != "y" || len(stored.Data) != 0 || !strings.HasPrefix(stored.Ref, "ten_a/"+string(l.ID)+"/") || store.text(stored.Ref) != large {
		t.Errorf("%+v %+v", stored, small)
	}
	if l.Trigger != "form" || l.Start.Mode != "webhook" || l.Start.Node != "Form" || l.Tenant != "ten_a" {
		t.Errorf("%+v", l)
	}
	// Changed after going back in the browser it is another submission.
	fields[1][1] = "Bob"
	send(f, contactURL, fields)
	if len(f.desk.launches) != 2 {
		t.Errorf("%d runs", len(f.desk.launches))
	}
}

// TestFilesOfFormsThatStartNoRunAreRemoved: nothing else would ever remove them. Where
// it cannot be said whether there is a run, they stay.
func TestFilesOfFormsThatStartNoRunAreRemoved(t *testing.T) {
	limit := fault.New(fault.LimitExceeded, fault.CodePlanRuns, "used up")
	lost := fault.New(fault.Unavailable, fault.CodeUnavailable, "no answer")
	for name, c := range map[string]struct {
		launch  error
		applied bool // although launch failed
		get     error
		stays   int
	}{
		"refused":                  {launch: limit},
		"lost, and not made":       {launch: lost},
		"lost, and made":           {launch: lost, applied: true, stays: 1},
		"lost, and nobody can say": {launch: lost, get: lost, stays: 1},
		"taken":                    {stays: 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := setupNode(t, formNode("2.2", contact))
			store := &blobs{}
			f.Blobs, f.Discard, f.desk.named = store, store, true
			_, id := open(t, f, contactURL)
			f.desk.err, f.desk.applied, f.desk.unread = c.launch, c.applied, c.get
			send(f, contactURL, [][2]string{{"submission", id}, {"field-0", "Ada"}}, [3]string{"field-3", "cv.txt", strings.Repeat("x", 40<<10)})
			if n := store.count(); n != c.stays {
				t.Errorf("%d files stay, want %d", n, c.stays)
			}
		})
	}
	t.Run("the function dies", func(t *testing.T) {
		f := setupNode(t, formNode("2.2", contact))
		store, note := &blobs{}, &notes{}
		f.Blobs, f.Announce = store, note
		_, id := open(t, f, contactURL)
		note.then = func() {
			if n := store.count(); n != 0 {
				t.Errorf("%d files are stored before anybody could know of them", n)
			}
		}
		answer := [][2]string{{"submission", id}, {"field-0", "Ada"}}
		send(f, contactURL, answer, [3]string{"field-3", "cv.txt", "small: it rides with the item"})
		send(f, contactURL, answer, [3]string{"field-3", "cv.txt", strings.Repeat("x", 40<<10)}, [3]string{"field-3", "b.txt", strings.Repeat("x", 40<<10)})
		if len(note.of) != 1 || note.of[0].ID != f.desk.launches[1].ID {
			t.Errorf("announced are %v, want the execution with the large files", note.of)
		}
	})
	t.Run("sent twice with its file", func(t *testing.T) {
		f := setupNode(t, formNode("2.2", contact))
		store := &blobs{}
		f.Blobs, f.Discard, f.desk.named = store, store, true
		_, id := open(t, f, contactURL)
		for range 2 {
			send(f, contactURL, [][2]string{{"submission", id}, {"field-0", "Ada"}}, [3]string{"field-3", "cv.txt", strings.Repeat("x", 40<<10)})
		}
		if ref := f.item(t).Binary["CV"].Ref; store.count() != 1 || len(store.text(ref)) != 40<<10 {
			t.Errorf("%d files, that of the run has %d bytes", store.count(), len(store.text(ref)))
		}
	})
}

func TestWrongAnswersComeBackWithWhatWasEntered(t *testing.T) {
	f := setupNode(t, formNode("2.2", contact))
	_, id := open(t, f, contactURL)
	w := send(f, contactURL, [][2]string{{"submission", id}, {"field-0", ""}, {"field-1", `no"mail`}, {"field-2", "b"}}, [3]string{"field-3", "cv.exe", "x"})
	body := w.Body.String()
	for _, want := range []string{
		`role="alert"`, `<a href="#field-0">Name</a>: Fill in this field.`, `id="field-1-problem">Enter an email`, `value="no&#34;mail"`,
		`value="b" checked`, `aria-invalid="true"`, "cv.exe", "choose the files again",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if w.Code != 422 || len(f.desk.launches) != 0 {
		t.Errorf("%d, %d runs", w.Code, len(f.desk.launches))
	}
	for _, forged := range []string{"", "short", strings.Repeat("x", 65), "a b c d e f g h i j k"} {
		w := send(f, contactURL, [][2]string{{"submission", forged}, {"field-0", "Ada"}})
		if w.Code != 422 || !strings.Contains(w.Body.String(), "send it again") || !strings.Contains(w.Body.String(), `value="Ada"`) {
			t.Errorf("%q: %d", forged, w.Code)
		}
	}
	if w := f.call("POST", contactURL, "application/json", []byte(`{"field-0":"Ada"}`)); w.Code != 422 {
		t.Errorf("JSON: %d", w.Code)
	}
	if len(f.desk.launches) != 0 {
		t.Errorf("%d runs", len(f.desk.launches))
	}
}

func TestFormsOfOthersAndTooLargeOnes(t *testing.T) {
	f := setupNode(t, formNode("2.2", contact))
	if w := f.call("GET", "/hooks/ten_b/contact", "", nil); w.Code != 404 {
		t.Errorf("another tenant's path: %d", w.Code)
	}
	_, id := open(t, f, contactURL)
	w := send(f, contactURL, [][2]string{{"submission", id}, {"field-0", "Ada"}}, [3]string{"field-3", "a.txt", strings.Repeat("x", 5<<20)})
	if w.Code != 413 || !strings.Contains(w.Body.String(), "choose smaller files") || !strings.Contains(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	f.desk.err = fault.New(fault.LimitExceeded, fault.CodePlanRuns, "used up")
	w = send(f, contactURL, [][2]string{{"submission", id}, {"field-0", "Ada"}})
	if w.Code != 429 || !strings.Contains(w.Body.String(), "used up") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestFormAsksForAPassword(t *testing.T) {
	f := setupNode(t, formNode("2", `{"path":"f","formTitle":"T","authentication":"basicAuth","options":{"ignoreBots":true}}`))
	for _, h := range [][]string{nil, {"Authorization", "Basic dTp4"}} {
		w := f.call("GET", "/hooks/ten_a/f", "", nil, h...)
		if w.Code != 401 || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Basic") {
			t.Errorf("%v: %d %v", h, w.Code, w.Header())
		}
		if w := f.call("POST", "/hooks/ten_a/f", "application/x-www-form-urlencoded", []byte("submission=aaaaaaaaaaaaaaaaaaaa"), h...); w.Code != 401 {
			t.Errorf("%v: %d", h, w.Code)
		}
	}
	if w := f.call("GET", "/hooks/ten_a/f", "", nil, "Authorization", "Basic dTpw"); w.Code != 200 {
		t.Errorf("with it: %d", w.Code)
	}
	if w := f.call("GET", "/hooks/ten_a/f", "", nil, "Authorization", "Basic dTpw", "User-Agent", "Slackbot 1.0"); w.Code != 403 {
		t.Errorf("a bot: %d", w.Code)
	}
}

func TestEndsOfForms(t *testing.T) {
	post := func(f *fixture, path string) *httptest.ResponseRecorder {
		_, id := open(t, f, path)
		return f.follow(t, f.call("POST", path, "application/x-www-form-urlencoded", []byte("submission="+url.QueryEscape(id))))
	}
	f := setupNode(t, formNode("2.2", `{"options":{"respondWithOptions":{"values":{"respondWith":"text","formSubmittedText":"Thanks <i>a lot</i><img src=x onerror=alert(1)>"}}}}`))
	if b := post(f, "/hooks/ten_a/wid").Body.String(); !strings.Contains(b, "Thanks <i>a lot</i></div>") {
		t.Error(b)
	}
	f = setupNode(t, formNode("1", `{"path":"one","options":{"formSubmittedText":"= {{ 6*7 }} received"}}`))
	if b := post(f, "/hooks/ten_a/one").Body.String(); !strings.Contains(b, "42 received") {
		t.Error(b)
	}
	f = setupNode(t, formNode("2.2", `{"options":{"respondWithOptions":{"values":{"respondWith":"redirect","redirectUrl":"example.com/?a=\"b"}}}}`))
	w := post(f, "/hooks/ten_a/wid")
	if w.Header().Get("Refresh") != "0; url=http://example.com/?a=%22b" && w.Header().Get("Refresh") != `0; url=http://example.com/?a="b` {
		t.Errorf("%q", w.Header().Get("Refresh"))
	}
	f = setupNode(t, formNode("2.2", `{"options":{"respondWithOptions":{"values":{"respondWith":"redirect","redirectUrl":"javascript:alert(1)//://x"}}}}`))
	if w := post(f, "/hooks/ten_a/wid"); w.Code != 422 || w.Header().Get("Refresh") != "" || strings.Contains(w.Body.String(), `href="javascript`) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// notes keeps what was announced.
type notes struct {
	of   []execution.Ref
	then func()
}

func (n *notes) Announce(_ context.Context, ref execution.Ref) error {
	n.of = append(n.of, ref)
	n.then()
	return nil
}

// blobs keeps files in memory.
type blobs struct {
	mu   sync.Mutex
	data map[string][]byte
}

func (b *blobs) Put(_ context.Context, key string, r io.Reader, _ int64) error {
	all, err := io.ReadAll(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.data == nil {
		b.data = map[string][]byte{}
	}
	b.data[key] = all
	return err
}

func (b *blobs) Get(_ context.Context, key string) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d, ok := b.data[key]; ok {
		return io.NopCloser(bytes.NewReader(d)), nil
	}
	return nil, fault.New(fault.NotFound, fault.CodeNotFound, "none")
}

func (b *blobs) Delete(_ context.Context, keys ...string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range keys {
		delete(b.data, k)
	}
	return nil
}

func (b *blobs) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.data)
}

func (b *blobs) text(key string) string { return string(b.data[key]) }

// waitingAt makes the execution exe_w of the tenant wait, or have ended, with a
// last node run that left the page.
func (f *fixture) waitingAt(t *testing.T, status execution.Status, generation int, p form.Page) string {
	t.Helper()
	state, err := p.State()
	if err != nil {
		t.Fatal(err)
	}
	f.desk.controls["exe_w"] = execution.Control{Status: status, Generation: generation, ResumeToken: "tok", WorkflowID: "wf_1", Version: 1}
	file := workflow.Item{JSON: value.Obj(), Binary: map[string]workflow.Binary{"data": {FileName: "r é.pdf", MimeType: "application/pdf", Data: []byte("PDF")}}}
	f.desk.runs = []workflow.NodeRun{{Node: "Form"}, {Node: "Next", State: state, Outputs: [][]workflow.Item{{file}}}}
	return "/hooks/ten_a/waiting/exe_w/" + form.Token("tok", form.ForForm) + "/form"
}

func question(label string) form.Page {
	return form.Page{Form: &form.Form{Title: "Page two", Fields: []form.Field{{Kind: form.Text, Label: label, Key: label, Required: true}}}, Timezone: "UTC"}
}

func TestSecondPage(t *testing.T) {
	f := setupNode(t, formNode("2.2", contact))
	at := f.waitingAt(t, execution.Waiting, 3, question("Why?"))
	body, id := open(t, f, at)
	if !strings.Contains(body, "Why?") {
		t.Error(body)
	}
	post := func(id, answer string) *httptest.ResponseRecorder {
		return f.call("POST", at, "application/x-www-form-urlencoded", []byte("submission="+id+"&field-0="+url.QueryEscape(answer)))
	}
	if w := post(id, ""); w.Code != 422 || len(f.desk.waking) != 0 {
		t.Errorf("%d", w.Code)
	}
	w := post(id, "Because")
	if w.Code != 303 || w.Header().Get("Location") != at || len(f.desk.waking) != 1 {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	woken := f.desk.waking[0]
	if v, _ := woken.Items[0].JSON.Get("Why?"); v != "Because" || woken.Generation != 3 || len(woken.Items[0].Paired) != 1 {
		t.Errorf("%+v", woken)
	}
	// The workflow has gone on to the next page: the same answers, sent again, are not its answers.
	f.waitingAt(t, execution.Waiting, 4, question("And?"))
	if w := post(id, "Because"); w.Code != 303 || len(f.desk.waking) != 1 {
		t.Errorf("%d, %d wakes", w.Code, len(f.desk.waking))
	}
	if w := post("", "Because"); w.Code != 422 || len(f.desk.waking) != 1 {
		t.Errorf("%d, %d wakes", w.Code, len(f.desk.waking))
	}
}

func TestWhoHasNoTokenSeesNothing(t *testing.T) {
	f := setupNode(t, formNode("2.2", contact))
	at := f.waitingAt(t, execution.Waiting, 3, question("Why?"))
	good := form.Token("tok", form.ForForm)
	for _, path := range []string{
		strings.Replace(at, good, "tok", 1), strings.Replace(at, good, form.Token("tok", form.ForChat), 1), strings.Replace(at, good, strings.Repeat("0", len(good)), 1),
		strings.Replace(at, "exe_w", "exe_other", 1), strings.TrimSuffix(at, "/form") + "/other",
	} {
		for _, method := range []string{"GET", "POST"} {
			if w := f.call(method, path, "application/x-www-form-urlencoded", []byte("field-0=x")); w.Code != 404 || strings.Contains(w.Body.String(), "Why?") {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
	// A form's token does not answer the execution's other waits.
	if w := f.call("POST", strings.TrimSuffix(at, "/form"), "", nil); w.Code != 404 {
		t.Errorf("%d", w.Code)
	}
	if len(f.desk.waking) != 0 {
		t.Error("woken")
	}
}

func TestEndsOfLongForms(t *testing.T) {
	f := setupNode(t, formNode("2.2", contact))
	get := func(target string) *httptest.ResponseRecorder { return f.call("GET", target, "", nil) }
	at := f.waitingAt(t, execution.Completed, 3, form.Page{Ending: &form.Ending{Kind: form.EndText, Title: "Bye <x>", Message: "1 < 2\n<b>really</b>"}})
	if b := get(at).Body.String(); !strings.Contains(b, "<h1>Bye &lt;x&gt;</h1>") || !strings.Contains(b, "1 &lt; 2<br><b>really</b>") {
		t.Error(b)
	}
	at = f.waitingAt(t, execution.Running, 3, form.Page{Ending: &form.Ending{Kind: form.EndFile, Title: "Done", File: "data"}})
	f.desk.onGet = func(int) { f.clock.Advance(formLook) } // what follows the end still runs
	if b := get(at).Body.String(); !strings.Contains(b, at+`?file" download`) {
		t.Error(b)
	}
	w := get(at + "?file")
	if w.Body.String() != "PDF" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment;") {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
	at = f.waitingAt(t, execution.Running, 3, question("answered"))
	if w := get(at); w.Header().Get("Refresh") != "1" || !strings.Contains(w.Body.String(), `aria-busy="true"`) {
		t.Errorf("%v", w.Header())
	}
	at = f.waitingAt(t, execution.Failed, 3, question("answered"))
	if b := get(at).Body.String(); !strings.Contains(b, "Something went wrong") {
		t.Error(b)
	}
	at = f.waitingAt(t, execution.Completed, 3, question("answered"))
	if b := get(at).Body.String(); !strings.Contains(b, "Your response has been recorded") {
		t.Error(b)
	}
}

func TestResponseNodeAnswersAForm(t *testing.T) {
	f := setupNode(t, formNode("2", `{"path":"f","responseMode":"responseNode"}`))
	f.desk.end(execution.Completed)
	_, id := open(t, f, "/hooks/ten_a/f")
	w := f.call("POST", "/hooks/ten_a/f", "application/x-www-form-urlencoded", []byte("submission="+id))
	if w.Code != 303 || !strings.Contains(w.Header().Get("Location"), "/waiting/exe_0/") {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	at := f.waitingAt(t, execution.Completed, 1, form.Page{})
	for _, c := range []struct {
		typ, body, shows string
		header           string
	}{
		{"application/json", `{"formSubmittedText":"Well <b>done</b>"}`, "Well <b>done</b>", ""},
		{"application/json", `{"redirectURL":"https://x.example/"}`, "", "0; url=https://x.example/"},
		{"application/json", `{"a":"<"}`, `{&#34;a&#34;:&#34;&lt;&#34;}`, ""},
		{"text/html", "<p>mine</p>", "<p>mine</p>", ""},
	} {
		f.desk.response = &execution.Response{Status: 200, Headers: map[string]string{"content-type": c.typ}, Body: []byte(c.body)}
		w := f.call("GET", at, "", nil)
		if !strings.Contains(w.Body.String(), c.shows) || w.Header().Get("Refresh") != c.header || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v %s", c.body, w.Header(), w.Body)
		}
	}
}

func TestAddressesOfPages(t *testing.T) {
	for node, want := range map[string]string{
		formNode("2.2", `{}`): "wid", formNode("2.2", `{"options":{"path":"/a/b/"}}`): "a/b", formNode("1", `{"path":"old"}`): "old",
	} {
		wf, err := workflow.Parse([]byte(`{"name":"w","nodes":[` + node + `],"connections":{}}`))
		if err != nil {
			t.Fatal(err)
		}
		set, err := trigger.Of(wf, trigger.Owner{Tenant: "t", Workflow: "w"})
		if err != nil || len(set.Hooks) != 2 || set.Hooks[0].Path != want || set.Hooks[0].Kind != trigger.KindForm {
			t.Errorf("%s: %v %+v", node, err, set.Hooks)
		}
	}
	for _, params := range []string{`{"options":{"path":"={{ 1 }}"}}`, `{"options":{"path":"a/:b"}}`, `{"authentication":"n8nUserAuth"}`, `{"formFields":{"values":[{"fieldType":"x"}]}}`, `{"responseMode":"never"}`} {
		wf, _ := workflow.Parse([]byte(`{"name":"w","nodes":[` + formNode("2.2", params) + `],"connections":{}}`))
		if _, err := trigger.Of(wf, trigger.Owner{Tenant: "t", Workflow: "w"}); err == nil || !strings.Contains(fmt.Sprint(err), `"Form" cannot be activated`) {
			t.Errorf("%s: %v", params, err)
		}
	}
}
