package hook

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// questioner is a desk whose one execution waits for an answer.
type questioner struct {
	*desk
	busy bool // another part of the run is at work
}

// Wake takes an answer by the rules of the real desk: while the record waits.
func (q *questioner) Wake(ctx context.Context, ref execution.Ref, w execution.Waking) error {
	if _, waits := execution.Awaits(&q.runs[0]); !waits || q.busy || w.Node != "Ask" {
		return fault.New(fault.Conflict, fault.CodeConflict, "not now")
	}
	q.runs[0].State.Delete("awaits")
	q.runs[0].Outputs = [][]workflow.Item{w.Items}
	return q.desk.Wake(ctx, ref, w)
}

// asks is a server with an execution that asks, and the addresses of its choices.
func asks(t *testing.T, q form.Question) (*fixture, *questioner, func(choice string) string) {
	t.Helper()
	f := setup(t, "2", post)
	state, err := q.State()
	if err != nil {
		t.Fatal(err)
	}
	state.Set("awaits", f.clock.Now().Add(time.Hour).Format(time.RFC3339Nano))
	d := &questioner{desk: f.desk}
	d.runs = []workflow.NodeRun{{Node: "Ask", State: state}}
	d.controls["exe_w"] = execution.Control{Status: execution.Waiting, ResumeToken: "tok"}
	f.Executions = d
	return f, d, func(choice string) string {
		return form.AnswerURL("/hooks/ten_a/waiting/exe_w/tok", "Ask", 0, choice)
	}
}

var approval = form.Question{Kind: form.Approval, Choices: []form.Choice{{Name: form.Decline, Label: "No"}, {Name: form.Approve, Label: "Yes"}},
	Form: form.Form{Title: "Ship it?", Description: "To &lt;b&gt;all&lt;/b&gt;"}}

// press opens a link and presses its button, as a person does.
func press(t *testing.T, f *fixture, url string, fields ...[2]string) *httptest.ResponseRecorder {
	t.Helper()
	_, id := open(t, f, url)
	return send(f, url, append([][2]string{{"submission", id}}, fields...))
}

func shows(t *testing.T, w *httptest.ResponseRecorder, status int, text string) {
	t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), text) {
		t.Errorf("%d %s; wanted %d %q", w.Code, w.Body, status, text)
	}
}

// A link alone answers nothing, whoever opens it, and however; its button answers.
func TestOnlyTheButtonAnswers(t *testing.T) {
	f, d, url := asks(t, approval)
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT"} {
		for _, agent := range []string{"", "Slackbot-LinkExpanding 1.0", "Mozilla/5.0", "SkypeUriPreview"} {
			f.call(method, url(form.Approve), "", nil, "User-Agent", agent)
		}
	}
	f.call("POST", url(form.Approve), "", nil)
	send(f, url(form.Approve), [][2]string{{"submission", "of-another-page-1234567890"}})
	if len(d.waking) != 0 {
		t.Fatalf("the run was woken %d times", len(d.waking))
	}
	body, _ := open(t, f, url(form.Decline))
	if !strings.Contains(body, "Ship it?") || !strings.Contains(body, "To &lt;b&gt;all&lt;/b&gt;") || !strings.Contains(body, ">No</button>") {
		t.Errorf("the page is %s", body)
	}
	shows(t, f.follow(t, press(t, f, url(form.Decline))), 200, "Got it, thanks")
	if got := string(value.JSON(d.woken[0].JSON)); got != `{"data":{"approved":false,"respondedAt":"2026-03-01T00:00:00.000Z"}}` {
		t.Errorf("the item is %s", got)
	}
}

// Whatever is pressed after the first answer changes nothing. The same answer, sent
// again, is thanked for; the other one is told.
func TestTheFirstAnswerCounts(t *testing.T) {
	f, d, url := asks(t, approval)
	_, yes := open(t, f, url(form.Approve))
	_, no := open(t, f, url(form.Decline))
	for range 3 {
		shows(t, f.follow(t, send(f, url(form.Approve), [][2]string{{"submission", yes}})), 200, "Got it, thanks")
	}
	shows(t, f.follow(t, send(f, url(form.Decline), [][2]string{{"submission", no}})), 410, "answered already")
	shows(t, f.call("GET", url(form.Approve), "", nil), 410, "answered already")
	shows(t, f.call("GET", url(form.Decline)+"?sent", "", nil), 200, "Got it")
	if len(d.waking) != 1 {
		t.Errorf("the run was woken %d times", len(d.waking))
	}
}

func TestTextsAndFormsAreAnswered(t *testing.T) {
	f, d, url := asks(t, form.Question{Kind: form.FreeText, Choices: []form.Choice{{Name: form.Respond, Label: "Respond"}},
		Form: form.Form{Title: "Why?", Button: "Submit", Fields: []form.Field{{Kind: form.TextArea, Label: "Response", Key: "Response", Required: true}}}})
	shows(t, press(t, f, url(form.Respond), [2]string{"field-0", " "}), 422, "Fill in this field")
	f.follow(t, press(t, f, url(form.Respond), [2]string{"field-0", "Be\ncause"}))
	if got := string(value.JSON(d.woken[0].JSON)); got != `{"data":{"text":"Be\ncause","respondedAt":"2026-03-01T00:00:00.000Z"}}` {
		t.Errorf("the item is %s", got)
	}

	f, d, url = asks(t, form.Question{Kind: form.CustomForm, Choices: []form.Choice{{Name: form.Respond, Label: "Respond"}}, Form: form.Form{Title: "Order",
		Fields: []form.Field{{Kind: form.Number, Label: "Count", Key: "count"}, {Kind: form.Text, Label: "respondedAt", Key: "respondedAt"}, {Kind: form.File, Label: "File", Key: "File"}}}})
	_, id := open(t, f, url(form.Respond))
	f.follow(t, send(f, url(form.Respond), [][2]string{{"submission", id}, {"field-0", "7"}, {"field-1", "never"}}, [3]string{"field-2", "a.txt", "hello"}))
	got := string(value.JSON(d.woken[0].JSON))
	if !strings.Contains(got, `"count":7`) || !strings.Contains(got, `"respondedAt":"2026-03-01T00:00:00.000Z"`) || strings.Contains(got, "submittedAt") || strings.Contains(got, "never") {
		t.Errorf("the item is %s", got)
	}
	if file := d.woken[0].Binary["File"]; string(file.Data) != "hello" {
		t.Errorf("the file is %+v", file)
	}
}

// Links whose time is over, and those of runs that have ended, say so; those of other
// runs, choices and executions open nothing.
func TestLinksThatLeadNowhereSaySo(t *testing.T) {
	f, d, url := asks(t, approval)
	_, id := open(t, f, url(form.Approve))
	d.busy = true
	shows(t, send(f, url(form.Approve), [][2]string{{"submission", id}}), 409, "send it again in a moment")
	d.busy = false
	for status, text := range map[execution.Status]string{execution.Cancelled: "was cancelled", execution.Failed: "has ended"} {
		d.controls["exe_w"] = execution.Control{Status: status, ResumeToken: "tok"}
		shows(t, f.call("GET", url(form.Approve), "", nil), 410, text)
		shows(t, f.follow(t, send(f, url(form.Approve), [][2]string{{"submission", id}})), 410, text)
	}
	d.controls["exe_w"] = execution.Control{Status: execution.Waiting, ResumeToken: "tok"}
	f.clock.Advance(time.Hour)
	shows(t, f.call("GET", url(form.Approve), "", nil), 410, "time for an answer is over")
	shows(t, f.follow(t, send(f, url(form.Approve), [][2]string{{"submission", id}})), 410, "time for an answer is over")
	d.runs[0].State.Delete("awaits")
	d.runs[0].State.Set("lapsed", true)
	shows(t, f.call("GET", url(form.Approve)+"?sent", "", nil), 410, "time for an answer is over")
	for _, other := range []string{
		form.AnswerURL("/hooks/ten_a/waiting/exe_w/tok", "Ask", 1, form.Approve), form.AnswerURL("/hooks/ten_a/waiting/exe_w/tok", "Other", 0, form.Approve),
		form.AnswerURL("/hooks/ten_a/waiting/exe_w/tok", "Ask", 0, "other"), form.AnswerURL("/hooks/ten_a/waiting/exe_x/tok", "Ask", 0, form.Approve),
		form.AnswerURL("/hooks/ten_a/waiting/exe_w/guess", "Ask", 0, form.Approve), "/hooks/ten_a/waiting/exe_w/tok/answer",
	} {
		shows(t, f.call("GET", other, "", nil), 404, "Nothing is at this address")
	}
	if len(d.waking) != 0 {
		t.Errorf("the run was woken %d times", len(d.waking))
	}
}
