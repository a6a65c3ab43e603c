package hook

import (
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/nodes/ai"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const chatURL = "/hooks/ten_a/wid/chat"

func setupChat(t *testing.T, params string) *fixture {
	t.Helper()
	return setupNode(t, `{"id":"1","name":"Chat","type":"@n8n/n8n-nodes-langchain.chatTrigger","typeVersion":1.1,"position":[0,0],"webhookId":"wid",
		"credentials":{"httpBasicAuth":{"id":"c1"}},"parameters":`+params+`}`)
}

func say(f *fixture, body string, headers ...string) *httptest.ResponseRecorder {
	return f.call("POST", chatURL, "application/json", []byte(body), headers...)
}

func TestChatAnswersWithTheLastNode(t *testing.T) {
	f := setupChat(t, `{"public":true}`)
	for _, c := range []struct{ last, want string }{
		{`{"output":"Hello","steps":1}`, `{"output":"Hello","steps":1}`},
		{`{"text":"Hi"}`, `{"text":"Hi"}`},
		{`{"n":1}`, `{"n":1,"output":"{\"n\":1}"}`},
	} {
		o, _ := value.ParseObject([]byte(c.last))
		f.desk.end(execution.Completed, workflow.Item{JSON: o})
		w := say(f, `{"action":"sendMessage","sessionId":"s1","chatInput":"Hi","metadata":{"a":1}}`)
		if w.Code != 200 || w.Body.String() != c.want {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	l := f.desk.launches[0]
	if got := string(value.JSON(l.Start.Items[0].JSON)); got != `{"action":"sendMessage","sessionId":"s1","chatInput":"Hi","metadata":{"a":1}}` || l.Trigger != "chat" || l.Start.Node != "Chat" {
		t.Errorf("%s %+v", got, l)
	}
	f.desk.end(execution.Failed)
	if w := say(f, `{"chatInput":"Hi"}`); w.Code != 500 || !strings.Contains(w.Body.String(), "WORKFLOW_FAILED") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestOneMessageMakesOneRun(t *testing.T) {
	f := setupChat(t, `{"public":true}`)
	f.desk.end(execution.Completed)
	for range 2 {
		say(f, `{"action":"sendMessage","sessionId":"s1","chatInput":"Hi","messageId":"m1"}`)
	}
	say(f, `{"action":"sendMessage","sessionId":"s2","chatInput":"Hi","messageId":"m1"}`)
	if len(f.desk.launches) != 2 {
		t.Errorf("%d runs", len(f.desk.launches))
	}
	if _, ok := f.desk.launches[0].Start.Items[0].JSON.Get("messageId"); ok {
		t.Error("the message's number is in the item")
	}
}

func TestWhatIsNoMessage(t *testing.T) {
	f := setupChat(t, `{"public":true}`)
	for _, body := range []string{`[]`, `"x"`, `{}`, `{"chatInput":" "}`, `{"chatInput":1}`, `{"action":"drop","chatInput":"x"}`, `{"chatInput":"x","sessionId":"` + strings.Repeat("s", 300) + `"}`, `{"chatInput":"` + strings.Repeat("x", 70<<10) + `"}`} {
		if w := say(f, body); w.Code != 422 {
			t.Errorf("%.40s: %d", body, w.Code)
		}
	}
	if w := f.call("POST", chatURL, "multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"chatInput\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\ny\r\n--b--\r\n")); w.Code != 422 || !strings.Contains(w.Body.String(), "takes no files") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if len(f.desk.launches) != 0 {
		t.Errorf("%d runs", len(f.desk.launches))
	}
}

func TestChatTakesFiles(t *testing.T) {
	f := setupChat(t, `{"public":true,"options":{"allowFileUploads":true}}`)
	f.desk.end(execution.Completed)
	part := "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\ny\r\n"
	w := f.call("POST", chatURL, "multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"chatInput\"\r\n\r\nx\r\n"+part+strings.Replace(part, "a.txt", "b.txt", 1)+"--b--\r\n"))
	it := f.item(t)
	if w.Code != 200 || it.Binary["data0"].FileName != "a.txt" || it.Binary["data1"].FileName != "b.txt" {
		t.Fatalf("%d %+v", w.Code, it)
	}
	if name, _ := value.Path(it.JSON, "files", 1, "fileName"); name != "b.txt" {
		t.Error(string(value.JSON(it.JSON)))
	}
}

// What takes longer than a request may is asked for again.
func TestLateAnswers(t *testing.T) {
	f := setupChat(t, `{"public":true}`)
	f.desk.controls["exe_0"] = execution.Control{Status: execution.Running, ResumeToken: "tok", WorkflowID: "wf_1", Version: 1}
	f.desk.onGet = func(int) { f.clock.Advance(maxWait) }
	w := say(f, `{"chatInput":"Hi","sessionId":"s"}`)
	var late struct{ PollURL, Status string }
	if err := json.Unmarshal(w.Body.Bytes(), &late); err != nil || w.Code != 202 || late.PollURL != "/hooks/ten_a/waiting/exe_0/"+form.Token("tok", form.ForChat)+"/chat" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := f.call("GET", late.PollURL, "", nil); w.Code != 202 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	f.desk.runs = []workflow.NodeRun{{Node: "Chat"}, {Node: "Last", Outputs: [][]workflow.Item{{{JSON: value.Obj("output", "at last")}}}}}
	f.desk.controls["exe_0"] = execution.Control{Status: execution.Completed, ResumeToken: "tok", WorkflowID: "wf_1", Version: 1}
	if w := f.call("GET", late.PollURL, "", nil, "Origin", "null"); w.Body.String() != `{"output":"at last"}` || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, path := range []string{strings.Replace(late.PollURL, "ten_a", "ten_b", 1), strings.Replace(late.PollURL, form.Token("tok", form.ForChat), form.Token("tok", form.ForForm), 1)} {
		if w := f.call("GET", path, "", nil); w.Code != 404 && !strings.Contains(path, "ten_b") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestChatPage(t *testing.T) {
	f := setupChat(t, `{"public":true,"initialMessages":"=Hi <b>\nIt is {{ 1+1 }}","options":{"title":"T </title><script>x</script>","loadPreviousSession":"memory"}}`)
	w := f.call("GET", chatURL, "", nil)
	body, policy := w.Body.String(), w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"<p>Hi &lt;b&gt;</p>", "<p>It is 2</p>", `data-restore="true"`, "T &lt;/title&gt;"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, "<script>x") || strings.Count(body, "<script") != 1 {
		t.Error("the page has a script that is not ours")
	}
	nonce := regexp.MustCompile(`<script nonce="([^"]+)"`).FindStringSubmatch(body)
	if nonce == nil || !strings.Contains(policy, "script-src 'nonce-"+nonce[1]+"'; connect-src 'self'") {
		t.Errorf("policy %s", policy)
	}
	f = setupChat(t, `{"public":true,"mode":"webhook"}`)
	if w := f.call("GET", chatURL, "", nil); w.Code != 404 {
		t.Errorf("an embedded chat has a page: %d", w.Code)
	}
}

// A chat that is not public has no address at all.
func TestPrivateChat(t *testing.T) {
	for _, params := range []string{`{}`, `{"public":false}`} {
		f := setupChat(t, params)
		for _, method := range []string{"GET", "POST"} {
			if w := f.call(method, chatURL, "application/json", []byte(`{"chatInput":"Hi"}`)); w.Code != 404 || len(f.desk.launches) != 0 {
				t.Errorf("%s: %d", params, w.Code)
			}
		}
		wf, _, _ := f.Workflows.Workflow(t.Context(), "ten_a", "wf_1", 1)
		set, _ := trigger.Of(wf, trigger.Owner{})
		if len(set.Hooks) != 0 || len(set.Entries) != 1 || set.Entries[0].Kind != trigger.KindChat {
			t.Errorf("%+v", set)
		}
	}
}

func TestChatPassword(t *testing.T) {
	f := setupChat(t, `{"public":true,"authentication":"basicAuth"}`)
	f.desk.end(execution.Completed)
	if w := f.call("GET", chatURL, "", nil); w.Code != 401 {
		t.Fatalf("%d", w.Code)
	}
	body := f.call("GET", chatURL, "", nil, "Authorization", "Basic dTpw").Body.String()
	m := regexp.MustCompile(`data-token="([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("the page has no token")
	}
	const message = `{"chatInput":"Hi","sessionId":"s"}`
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"nothing": {nil, 401}, "the password": {[]string{"Authorization", "Basic dTpw"}, 200}, "the page's token": {[]string{chatToken, m[1]}, 200},
		"a longer life": {[]string{chatToken, "9" + m[1]}, 401}, "no signature": {[]string{chatToken, strings.Split(m[1], ".")[0] + "."}, 401},
	} {
		if w := say(f, message, c.headers...); w.Code != c.want {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	f.clock.Advance(tokenLife + time.Second)
	if w := say(f, message, chatToken, m[1]); w.Code != 401 {
		t.Errorf("an old token: %d", w.Code)
	}
}

func TestChatRemembers(t *testing.T) {
	f := setupNode(t, `{"id":"1","name":"Chat","type":"@n8n/n8n-nodes-langchain.chatTrigger","typeVersion":1.1,"position":[0,0],"webhookId":"wid","parameters":{"public":true,"options":{"loadPreviousSession":"memory"}}},
		{"id":"2","name":"Memory","type":"@n8n/n8n-nodes-langchain.memoryBufferWindow","typeVersion":1.3,"position":[0,0],"parameters":{}}`)
	wf, _, _ := f.Workflows.Workflow(t.Context(), "ten_a", "wf_1", 1)
	wf.Connections["Memory"] = map[string][][]workflow.Target{"ai_memory": {{{Node: "Chat", Type: "ai_memory"}}}}
	store := &blobs{}
	f.Blobs = store
	load := `{"action":"loadPreviousSession","sessionId":"s1"}`
	if w := say(f, load); w.Body.String() != `{"data":[]}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	_ = store.Put(t.Context(), ai.SessionKey("ten_a", "wf_1", "Memory", "s1"), strings.NewReader(`[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]`), -1)
	want := `{"data":[{"lc":1,"type":"constructor","id":["langchain_core","messages","HumanMessage"],"kwargs":{"content":"Hi"}},` +
		`{"lc":1,"type":"constructor","id":["langchain_core","messages","AIMessage"],"kwargs":{"content":"Hello"}}]}`
	if w := say(f, load); w.Body.String() != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := say(f, strings.Replace(load, "s1", "s2", 1)); w.Body.String() != `{"data":[]}` {
		t.Errorf("another session: %s", w.Body)
	}
	if len(f.desk.launches) != 0 {
		t.Error("loading starts a run")
	}
}

// The hosted page is in a sandbox: its origin is "null".
func TestHostedChatMayCallItsOwnAddress(t *testing.T) {
	f := setupChat(t, `{"public":true,"options":{"allowedOrigins":"https://a.example"}}`)
	f.desk.end(execution.Completed)
	w := f.call("OPTIONS", chatURL, "", nil, "Origin", "null", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
	if w.Code != 204 || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := say(f, `{"chatInput":"x"}`, "Origin", "null"); w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%v", w.Header())
	}
	if w := say(f, `{"chatInput":"x"}`, "Origin", "https://evil.example"); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", w.Header())
	}
}
