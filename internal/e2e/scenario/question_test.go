package scenario

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// messenger is a Telegram that keeps the links of the messages that it is sent.
type messenger struct{ messages chan map[string]string }

func (m *messenger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Markup struct {
			Keyboard [][]struct{ Text, URL string } `json:"inline_keyboard"`
		} `json:"reply_markup"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	links := map[string]string{}
	for _, row := range body.Markup.Keyboard {
		for _, b := range row {
			links[b.Text] = b.URL
		}
	}
	m.messages <- links
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":1}}`)
}

// asksBy is a workflow that asks by the messenger, then answers with what came.
func asksBy(credential, options string) string {
	text := chain("Ask|n8n-nodes-base.telegram|1.2|"+`{"operation":"sendAndWait","chatId":"1","message":"Ship it?",`+options+`}`, "Then"+noop)
	return strings.Replace(text, `"name":"Ask",`, `"name":"Ask","credentials":{"telegramApi":{"id":"`+credential+`","name":"T"}},`, 1)
}

// asking opens a platform with the messenger, and gives the messenger's credential.
func asking(t *testing.T) (*world, *messenger, string) {
	t.Helper()
	m := &messenger{messages: make(chan map[string]string, 8)}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	w := setupWith(t, nil, func(o *local.Options) { o.AllowHosts = append(o.AllowHosts, strings.TrimPrefix(server.URL, "http://")) })
	var made struct{ ID string }
	credential := map[string]any{"type": "telegramApi", "name": "T", "fields": map[string]string{"accessToken": "1:secret", "baseUrl": server.URL}}
	if err := w.Call(w.ctx, http.MethodPost, "/api/credentials", credential, &made); err != nil {
		t.Fatal(err)
	}
	return w, m, made.ID
}

// message is the message of a run that waits, as links by their labels.
func (w *world) message(t *testing.T, m *messenger, job string) map[string]string {
	t.Helper()
	if _, err := w.Await(w.ctx, job, func(j platform.Job) bool { return j.Status == "waiting" || j.Ended() }); err != nil {
		t.Fatal(err)
	}
	select {
	case links := <-m.messages:
		return links
	case <-w.ctx.Done():
		t.Fatal("no message came")
		return nil
	}
}

var sendName = regexp.MustCompile(`name="submission" value="([^"]+)"`)

// visit opens a link in the message, and with press sends its page; it gives the last
// page's status and text.
func (w *world) visit(t *testing.T, link string, press bool, fields ...string) (int, string) {
	t.Helper()
	at := w.url + strings.TrimPrefix(link, "http://platform.test")
	get := func(resp *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	status, text := get(http.Get(at))
	m := sendName.FindStringSubmatch(text)
	if !press || m == nil {
		return status, text
	}
	form := url.Values{"submission": {m[1]}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return get(http.PostForm(at, form))
}

// data is what the node after the question was given.
func (w *world) data(t *testing.T, job string) string {
	t.Helper()
	a, err := w.Do(w.ctx, http.MethodGet, "/api/executions/"+job+"/nodes/Then/output", nil)
	if err != nil || a.Status != http.StatusOK {
		t.Fatalf("%d %s %v", a.Status, a.Body, err)
	}
	return string(a.Body)
}

// TestAMessageIsAnswered: a message goes out with links; the run waits without a slot;
// opening a link answers nothing; the first answer counts, once, and the run ends with it.
func TestAMessageIsAnswered(t *testing.T) {
	w, m, credential := asking(t)
	const double = `"approvalOptions":{"values":{"approvalType":"double"}}`
	job := w.start(t, asksBy(credential, double))
	links := w.message(t, m, job)
	if links["Approve"] == "" || links["Decline"] == "" {
		t.Fatalf("the message has %v", links)
	}
	if status, text := w.visit(t, links["Approve"], false); status != 200 || !strings.Contains(text, "Ship it?") {
		t.Fatalf("%d %s", status, text)
	}
	if j, err := w.Status(w.ctx, job); err != nil || j.Status != "waiting" {
		t.Fatalf("after the link was opened the run is %v %v", j, err)
	}
	if _, text := w.visit(t, links["Decline"], true); !strings.Contains(text, "Got it, thanks") {
		t.Errorf("the answer: %s", text)
	}
	w.await(t, job, "completed")
	if got := w.data(t, job); !strings.Contains(got, `"approved":false`) || !strings.Contains(got, "respondedAt") {
		t.Errorf("what followed was given %s", got)
	}
	for _, label := range []string{"Approve", "Decline"} {
		if status, text := w.visit(t, links[label], true); status != http.StatusGone || !strings.Contains(text, "answered already") {
			t.Errorf("%s afterwards: %d %s", label, status, text)
		}
	}

	job = w.start(t, asksBy(credential, `"responseType":"freeText"`))
	links = w.message(t, m, job)
	if _, text := w.visit(t, links["Respond"], true, "field-0", "In May"); !strings.Contains(text, "Got it, thanks") {
		t.Errorf("the answer: %s", text)
	}
	w.await(t, job, "completed")
	if got := w.data(t, job); !strings.Contains(got, `"text":"In May"`) {
		t.Errorf("what followed was given %s", got)
	}
}

// TestAMessageThatNobodyAnswers: when the time is over the run goes on with what came
// in; a cancelled run goes on never; both links say so.
func TestAMessageThatNobodyAnswers(t *testing.T) {
	w, m, credential := asking(t)
	job := w.start(t, asksBy(credential, `"options":{"limitWaitTime":{"values":{"resumeAmount":2,"resumeUnit":"minutes"}}}`))
	links := w.message(t, m, job)
	w.await(t, job, "completed")
	if got := w.data(t, job); strings.Contains(got, "approved") {
		t.Errorf("what followed was given %s", got)
	}
	if status, text := w.visit(t, links["Approve"], true); status != http.StatusGone || !strings.Contains(text, "time for an answer is over") {
		t.Errorf("after its time: %d %s", status, text)
	}
	job = w.start(t, asksBy(credential, `"subject":"S"`))
	links = w.message(t, m, job)
	if err := w.Call(context.WithoutCancel(w.ctx), http.MethodPost, "/api/executions/"+job+"/cancel", nil, nil); err != nil {
		t.Fatal(err)
	}
	w.await(t, job, "cancelled")
	if status, text := w.visit(t, links["Approve"], true); status != http.StatusGone || !strings.Contains(text, "was cancelled") {
		t.Errorf("after a cancellation: %d %s", status, text)
	}
	if w.nodeStates(t, job)["Then"] != "" {
		t.Error("a cancelled run went on")
	}
}
