package connector

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/nodetest"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// caseFile are the cases of one service: see FORMAT.md.
type caseFile struct {
	Version     float64                      `json:"version"` // of the cases that name none
	Credentials map[string]map[string]string `json:"credentials"`
	Cases       []testCase                   `json:"cases"`
}

type testCase struct {
	Name       string                  `json:"name"`
	Version    float64                 `json:"version"`
	Parameters *value.Object           `json:"parameters"`
	Settings   *value.Object           `json:"settings"`
	Connected  []string                `json:"connected"` // credential types; all of the file if absent
	Input      []caseItem              `json:"input"`
	Requests   []caseRequest           `json:"requests"`
	Output     []jsontext.Value        `json:"output"`
	Binary     []map[string]caseBinary `json:"binary"`
	Paired     [][]int                 `json:"paired"`
	Error      *caseError              `json:"error"`
	Polls      []casePoll              `json:"polls"` // of a trigger, one after another
	Effect     string                  `json:"effect"`
	Usage      []caseUsage             `json:"usage"` // lines of the usage log, in order
	Asks       *caseAsks               `json:"asks"`  // what is waited for
}

// caseItem is an item: its JSON, or {"$json": …, "$binary": …} if it has files.
type caseItem struct {
	JSON   *value.Object         `json:"$json"`
	Binary map[string]caseBinary `json:"$binary"`
}

func (it *caseItem) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	o := value.NewObject(4)
	text, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if err := o.UnmarshalJSON(text); err != nil {
		return err
	}
	if _, ok := o.Get("$binary"); !ok {
		it.JSON = o
		return nil
	}
	type plain caseItem
	return json.Unmarshal(text, (*plain)(it), json.RejectUnknownMembers(true))
}

type caseBinary struct {
	FileName string `json:"fileName"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Base64   string `json:"base64"`
}

func (b caseBinary) data(t *testing.T) []byte {
	if b.Base64 == "" {
		return []byte(b.Text)
	}
	data, err := base64.StdEncoding.DecodeString(b.Base64)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type caseError struct {
	Message    string  `json:"message"`
	Detail     string  `json:"detail"`
	Code       string  `json:"code"`
	Outcome    string  `json:"outcome"`
	RetryAfter float64 `json:"retryAfter"`
}

// Every file in cases is run against a server that answers as the case says, and
// every operation of every connector has a case.
func TestCases(t *testing.T) {
	list, err := names(embedded)
	if err != nil {
		t.Fatal(err)
	}
	types := node.NewRegistry(Types())
	for _, name := range list {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := load(embedded, name)
			if err != nil {
				t.Fatal(err)
			}
			runFile(t, types, name, s)
		})
	}
}

func TestCasesBelongToConnectors(t *testing.T) {
	list, err := names(embedded)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join("cases", "*.json"))
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".json"); !slices.Contains(list, name) {
			t.Errorf("%s: there is no connector of that name", f)
		}
	}
}

func runFile(t *testing.T, types *node.Registry, name string, s *service) {
	text, err := os.ReadFile(filepath.Join("cases", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	text = asksLinks(text)
	var f caseFile
	if err := json.Unmarshal(text, &f, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("cases/%s.json: %v", name, err)
	}
	seen := map[*Operation]bool{}
	for i := range f.Cases {
		c := &f.Cases[i]
		if c.Version == 0 {
			c.Version = f.Version
		}
		t.Run(c.Name, func(t *testing.T) {
			if op := c.run(t, types, s, f.Credentials); op != nil {
				seen[op.def] = true
			}
		})
	}
	for _, o := range s.operations {
		if !seen[o.def] {
			t.Errorf("the operation %s %s (version %v) has no case", o.resource, o.def.Value, o.versions)
		}
	}
}

// casePoll is one poll: how long after the one before (or nodetest.Now), what is
// asked, and what is new.
type casePoll struct {
	After      float64          `json:"after"`      // seconds
	Parameters *value.Object    `json:"parameters"` // from here on; as before if absent
	Requests   []caseRequest    `json:"requests"`
	Output     []jsontext.Value `json:"output"`
	Error      *caseError       `json:"error"`
}

// runPolls polls with the cursor that each poll leaves to the next.
func (tc *testCase) runPolls(t *testing.T, types *node.Registry, s *service, credentials map[string]map[string]string) *operation {
	var cursor []byte
	now := nodetest.Now
	for i, p := range tc.Polls {
		now = now.Add(time.Duration(p.After * float64(time.Second)))
		if p.Parameters != nil {
			tc.Parameters = p.Parameters
		}
		server := newMock(t, p.Requests)
		env, step := tc.env(t, types, s, credentials, server)
		env.Run.Mode, env.Run.Now, env.Clock = "trigger", now, clock.NewManual(now)
		found, err := node.Poll(t.Context(), env, step.Node, cursor)
		server.finish()
		if p.Error != nil {
			p.Error.checkFault(t, fault.Of(err), node.DetailOf(err))
			continue
		}
		if err != nil {
			t.Fatalf("poll %d: %v %s", i, err, node.DetailOf(err))
		}
		cursor = found.Cursor
		if diff := cmp.Diff(canonical(t, p.Output), itemTexts(found.Items)); diff != "" {
			t.Errorf("poll %d (-wanted +given):\n%s", i, diff)
		}
	}
	return s.operations[0]
}

// run runs the case and returns the operation that it was about.
func (tc *testCase) run(t *testing.T, types *node.Registry, s *service, credentials map[string]map[string]string) *operation {
	if len(tc.Polls) > 0 {
		return tc.runPolls(t, types, s, credentials)
	}
	server := newMock(t, tc.Requests)
	env, step := tc.env(t, types, s, credentials, server)
	typ := types.Lookup(s.file.Type, tc.Version)
	if typ == nil {
		t.Fatalf("%s has no version %v", s.file.Type, tc.Version)
	}
	call := env.NewCall(t.Context(), typ, step, step.Inputs)
	defer call.Close()
	op, err := s.find(call)
	if err != nil && tc.Error == nil {
		t.Fatal(err)
	}
	server.ordered = op != nil && op.effect != node.Safe
	if effect := string(typ.Effect(call)); tc.Effect != "" && effect != tc.Effect {
		t.Errorf("the effect is %s, not %s", effect, tc.Effect)
	}
	b := &books{}
	env.Services.Meter, env.Services.AI = b.meter(), &usage.Metered{}
	out := node.Execute(context.Background(), env, step)
	server.finish()
	tc.check(t, out)
	tc.checkUsage(t, s, b, out)
	tc.Asks.check(t, out)
	for _, fields := range credentials {
		for _, v := range fields {
			if out.Run.Error != nil && len(v) >= credential.MinSecret && strings.Contains(out.Run.Error.Message+out.Run.Error.Detail, v) {
				t.Errorf("the error shows a field of the credential: %v", out.Run.Error)
			}
		}
	}
	return op
}

func (tc *testCase) env(t *testing.T, types *node.Registry, s *service, credentials map[string]map[string]string, server *mock) (*node.Env, walk.Step) {
	raw := value.Obj("name", "N", "id", "n", "type", s.file.Type, "typeVersion", tc.Version)
	if tc.Parameters != nil {
		raw.Set("parameters", tc.Parameters)
	}
	for k, v := range tc.Settings.All() {
		raw.Set(k, v)
	}
	refs := value.NewObject(1)
	for typ := range credentials {
		if tc.Connected != nil && !slices.Contains(tc.Connected, typ) {
			continue
		}
		refs.Set(typ, value.Obj("id", "c_"+typ, "name", typ))
	}
	raw.Set("credentials", refs)
	wf, err := workflow.FromValue(value.Obj("id", "wf_1", "name", "W", "nodes", []any{raw}, "settings", value.Obj("executionOrder", "v1")))
	if err != nil {
		t.Fatal(err)
	}
	items := []workflow.Item{}
	for _, in := range tc.Input {
		it := workflow.Item{JSON: in.JSON}
		if it.JSON == nil {
			it.JSON = value.NewObject(0)
		}
		for name, b := range in.Binary {
			if it.Binary == nil {
				it.Binary = map[string]workflow.Binary{}
			}
			data := b.data(t)
			it.Binary[name] = workflow.Binary{FileName: b.FileName, MimeType: b.MimeType, Data: data, Size: int64(len(data))}
		}
		items = append(items, it)
	}
	if tc.Input == nil {
		items = append(items, workflow.EmptyItem())
	}
	w, err := walk.New(wf, walk.Options{Start: "N"})
	if err != nil {
		t.Fatal(err)
	}
	env := &node.Env{
		Workflow: wf, Registry: types, History: w.History(), Clock: clock.NewManual(nodetest.Now),
		Run:      node.RunInfo{Tenant: "ten_1", ExecutionID: "exe_1", Mode: "manual", Timezone: "Asia/Colombo", Now: nodetest.Now, Attempt: 1, ResumeURL: resumeURL},
		Services: node.Services{HTTP: server, Credentials: opened(credentials)},
	}
	return env, walk.Step{Node: wf.Node("N"), Inputs: [][]workflow.Item{items}, Sources: make([]workflow.Source, 1)}
}

// opened are credentials that are there in the clear.
type opened map[string]map[string]string

// Open implements node.CredentialSource.
func (o opened) Open(_ context.Context, _, typ string, _ workflow.CredentialRef) (map[string]string, error) {
	return o[typ], nil
}

func (tc *testCase) check(t *testing.T, out node.Outcome) {
	if tc.Error != nil {
		tc.Error.check(t, out)
		return
	}
	if out.Run.Failed() {
		t.Fatalf("it fails: %s %s %s", out.Run.Error.Code, out.Run.Error.Message, out.Run.Error.Detail)
	}
	var items []workflow.Item
	for _, list := range out.Run.Outputs {
		items = append(items, list...)
	}
	if diff := cmp.Diff(canonical(t, tc.Output), itemTexts(items)); diff != "" {
		t.Errorf("items (-wanted +given):\n%s", diff)
	}
	for i, paired := range tc.Paired {
		var got []int
		for _, p := range items[i].Paired {
			got = append(got, p.Item)
		}
		if !slices.Equal(got, paired) {
			t.Errorf("item %d is paired with %v, not %v", i, got, paired)
		}
	}
	for i, files := range tc.Binary {
		for name, want := range files {
			if i >= len(items) {
				t.Fatalf("there is no item %d with a file", i)
			}
			f, ok := items[i].Binary[name]
			got := caseBinary{FileName: f.FileName, MimeType: f.MimeType}
			if data := want.data(t); !ok || string(f.Data) != string(data) || got.FileName != want.FileName || got.MimeType != want.MimeType {
				t.Errorf("item %d: the file %q is %+v with %q", i, name, got, f.Data)
			}
		}
	}
}

func itemTexts(items []workflow.Item) []string {
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = string(value.JSON(it.JSON))
	}
	return out
}

func canonical(t *testing.T, list []jsontext.Value) []string {
	out := make([]string, len(list))
	for i, v := range list {
		x, err := value.Parse(v)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(value.JSON(x))
	}
	return out
}

func (want *caseError) check(t *testing.T, out node.Outcome) {
	if out.Err == nil {
		t.Fatalf("it does not fail but gives %s", fmt.Sprint(out.Run.Outputs))
	}
	f := *out.Err
	f.Message = out.Run.Error.Message
	want.checkFault(t, &f, out.Run.Error.Detail)
}

func (want *caseError) checkFault(t *testing.T, err *fault.Error, detail string) {
	if err == nil {
		t.Fatal("it does not fail")
	}
	if !strings.Contains(err.Message, want.Message) {
		t.Errorf("the message is %q, not %q", err.Message, want.Message)
	}
	if !strings.Contains(detail, want.Detail) {
		t.Errorf("the detail is %q, not %q", detail, want.Detail)
	}
	if want.Code != "" && string(err.Code) != want.Code {
		t.Errorf("the code is %s, not %s", err.Code, want.Code)
	}
	outcome := map[fault.Outcome]string{fault.NotSent: "notSent", fault.Refused: "refused", fault.Unknown: "unknown"}[err.Outcome]
	if want.Outcome != "" && outcome != want.Outcome {
		t.Errorf("the outcome is %s, not %s", outcome, want.Outcome)
	}
	if want.RetryAfter != 0 && err.RetryAfter.Seconds() != want.RetryAfter {
		t.Errorf("it may be tried again after %s, not %v s", err.RetryAfter, want.RetryAfter)
	}
}
