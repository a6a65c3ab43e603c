package flow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/nodetest"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// runAfterForm runs a node that a form trigger leads to.
func runAfterForm(t *testing.T, typ, parameters string, item workflow.Item) node.Outcome {
	t.Helper()
	wf, err := workflow.Parse([]byte(`{"nodes":[
		{"id":"1","name":"Begin","type":"n8n-nodes-base.formTrigger","typeVersion":2.2,"position":[0,0],"parameters":{"formTitle":"=Survey","options":{"buttonLabel":"Go"}}},
		{"id":"2","name":"Next","type":"n8n-nodes-base.` + typ + `","typeVersion":1,"position":[0,0],"parameters":` + parameters + `}],
		"connections":{"Begin":{"main":[[{"node":"Next","type":"main","index":0}]]}},"settings":{"executionOrder":"v1"}}`))
	if err != nil {
		t.Fatal(err)
	}
	w, err := walk.New(wf, walk.Options{Start: "Begin", StartItems: []workflow.Item{item}})
	if err != nil {
		t.Fatal(err)
	}
	env := &node.Env{
		Workflow: wf, Registry: node.NewRegistry(Types()), History: w.History(),
		Run: node.RunInfo{Tenant: "t", ExecutionID: "e", Mode: "webhook", Timezone: "Asia/Colombo", Now: nodetest.Now, ResumeURL: "https://x.example/hooks/t/waiting/e/tok"},
	}
	first := w.Ready()[0]
	if err := w.Done(first, node.Execute(t.Context(), env, first).Run); err != nil {
		t.Fatal(err)
	}
	return node.Execute(t.Context(), env, w.Ready()[0])
}

func named(name string) workflow.Item { return workflow.Item{JSON: value.Obj("name", name)} }

func TestFormPageIsEvaluatedAndWaitedFor(t *testing.T) {
	o := runAfterForm(t, "form", `{"limitWaitTime":true,"resumeAmount":2,"resumeUnit":"days","options":{"formDescription":"=Hello {{ $json.name }}"},
		"formFields":{"values":[{"fieldLabel":"=Why, {{ $json.name }}?","requiredField":true},{"fieldType":"html","html":"<p>{{ $json.name }}</p>"}]}}`, named("{{ 1+1 }}"))
	p, ok := form.PageOf(o.Run.State)
	if !ok || o.Err != nil {
		t.Fatalf("no page: %v, %s", o.Err, value.JSON(o.Run.State))
	}
	want := form.Form{Title: "Survey", Button: "Go", Description: "Hello {{ 1+1 }}", Fields: []form.Field{
		{Kind: form.Text, Label: "Why, {{ 1+1 }}?", Key: "Why, {{ 1+1 }}?", Required: true},
		{Kind: form.HTML, HTML: "<p>{{ 1+1 }}</p>"}, // what people entered is never evaluated
	}}
	if diff := cmp.Diff(want, *p.Form); diff != "" {
		t.Error(diff)
	}
	if w := o.Result.Wait; w == nil || !w.Webhook || !w.Until.Equal(nodetest.Now.Add(48*time.Hour)) {
		t.Errorf("wait %+v", w)
	}
	if !p.LocalTime || p.Timezone != "Asia/Colombo" {
		t.Errorf("%+v", p)
	}
}

func TestFormOfJSON(t *testing.T) {
	item := workflow.Item{JSON: value.Obj("options", []any{value.Obj("option", "a"), value.Obj("option", "b")})}
	o := runAfterForm(t, "form", `{"defineForm":"json","jsonOutput":"=[{\"fieldLabel\":\"Pick\",\"fieldType\":\"dropdown\",\"fieldOptions\":{\"values\":{{ $json.options }}}}]"}`, item)
	p, ok := form.PageOf(o.Run.State)
	if !ok || len(p.Form.Fields) != 1 || cmp.Diff([]string{"a", "b"}, p.Form.Fields[0].Options) != "" {
		t.Fatalf("%v %+v", o.Err, p)
	}
	for text, says := range map[string]string{`{}`: "must be a list of objects", `[{`: "not valid JSON"} {
		o := runAfterForm(t, "form", string(value.JSON(value.Obj("defineForm", "json", "jsonOutput", text))), item)
		if o.Err == nil || !strings.Contains(o.Err.Message, says) {
			t.Errorf("%s: %v", text, o.Err)
		}
	}
}

func TestFormEndsWithoutWaiting(t *testing.T) {
	for _, c := range []struct {
		parameters string
		want       form.Ending
		fails      string
	}{
		{`{"operation":"completion","completionTitle":"=Bye {{ $json.name }}","completionMessage":"m"}`, form.Ending{Kind: "text", Title: "Bye Ada", Message: "m", PageTitle: "Survey"}, ""},
		{`{"operation":"completion","completionMessage":"=<b>You</b> said: {{ \"<b>\" + $json.name }}"}`, form.Ending{Kind: "text", Message: "<b>You</b> said: &lt;b&gt;Ada", PageTitle: "Survey"}, ""},
		{`{"operation":"completion","respondWith":"redirect","redirectUrl":"example.com/x"}`, form.Ending{Kind: "redirect", URL: "http://example.com/x", PageTitle: "Survey"}, ""},
		{`{"operation":"completion","respondWith":"redirect","redirectUrl":"javascript://alert(1)"}`, form.Ending{}, "is no address"},
		{`{"operation":"completion","respondWith":"showText","responseText":"<b>x</b>"}`, form.Ending{Kind: "showText", HTML: "<b>x</b>", PageTitle: "Survey"}, ""},
		{`{"operation":"completion","respondWith":"returnBinary"}`, form.Ending{}, "has none of that name"},
	} {
		o := runAfterForm(t, "form", c.parameters, named("Ada"))
		if c.fails != "" {
			if o.Err == nil || !strings.Contains(o.Err.Message, c.fails) {
				t.Errorf("%s: %v", c.parameters, o.Err)
			}
			continue
		}
		p, _ := form.PageOf(o.Run.State)
		if o.Result.Wait != nil || p.Ending == nil || cmp.Diff(c.want, *p.Ending) != "" {
			t.Errorf("%s: %v %+v", c.parameters, o.Err, p.Ending)
		}
		if len(o.Run.Outputs) != 1 || len(o.Run.Outputs[0]) != 1 {
			t.Errorf("%s: the items do not go on", c.parameters)
		}
	}
}

// The address of a form cannot be turned into the one that answers other waits.
func TestResumeFormURLHidesTheResumeToken(t *testing.T) {
	o := runAfterForm(t, "wait", `{"resume":"form","formTitle":"={{ $execution.resumeFormUrl }}"}`, named("x"))
	p, _ := form.PageOf(o.Run.State)
	want := "https://x.example/hooks/t/waiting/e/" + form.Token("tok", form.ForForm) + "/form"
	if p.Form == nil || p.Form.Title != want {
		t.Fatalf("%v %+v", o.Err, p.Form)
	}
	if form.Token("tok", form.ForForm) == form.Token("tok", form.ForChat) {
		t.Error("one token opens forms and chats")
	}
}
