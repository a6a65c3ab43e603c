package expr

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// recorded is what n8n gave for an expression and an item of testdata/context.json, or
// of its own items; testdata/README.md says which version.
type recorded struct {
	Expr      string          `json:"x"`
	Item      int             `json:"i"`
	Value     json.RawMessage `json:"v"`
	Undefined int             `json:"u"`
	Number    string          `json:"n"` // NaN and the infinities, which JSON has not
	Error     string          `json:"e"`
	Items     json.RawMessage `json:"items"` // of testdata/language.jsonl.gz
}

// recordedAt is the present of the recording.
var recordedAt = time.Date(2024, 5, 6, 7, 8, 9, 123e6, time.UTC)

// history is a run's history as tests have it.
type history map[string][]*workflow.NodeRun

func (h history) Runs(node string) int                     { return len(h[node]) }
func (h history) Run(node string, i int) *workflow.NodeRun { return h[node][i] }

// recordedScope reads testdata/context.json, which has n8n's form of run data.
func recordedScope(t testing.TB) *Scope {
	t.Helper()
	raw, err := os.ReadFile("testdata/context.json")
	if err != nil {
		t.Fatal(err)
	}
	ctx, err := value.ParseObject(raw)
	if err != nil {
		t.Fatal(err)
	}
	def, _ := ctx.Get("workflow")
	w, err := workflow.FromValue(def)
	if err != nil {
		t.Fatal(err)
	}
	name, _ := ctx.Get("node")
	input, _ := ctx.Get("input")
	source, _ := ctx.Get("source")
	h := history{}
	runs, _ := ctx.Get("runData")
	for node, list := range runs.(*value.Object).All() {
		for i, r := range list.([]any) {
			h[node] = append(h[node], recordedRun(t, node, i, r.(*value.Object)))
		}
	}
	return &Scope{
		Workflow: w, Node: w.Node(name.(string)), Inputs: [][]workflow.Item{items(t, input)}, Sources: sources(source), History: h,
		ExecutionID: "exe1", Mode: "manual", ResumeURL: "http://r/1", Timezone: "America/New_York", Now: recordedAt, Vars: value.Obj("v", "V"),
	}
}

func items(t testing.TB, v any) []workflow.Item {
	t.Helper()
	list, err := workflow.ItemsOf(v)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func sources(v any) []workflow.Source {
	var out []workflow.Source
	for _, s := range v.([]any) {
		o := s.(*value.Object)
		name, _ := o.Get("previousNode")
		output, _ := o.Get("previousNodeOutput")
		n, _ := output.(float64)
		out = append(out, workflow.Source{Node: name.(string), Output: int(n)})
	}
	return out
}

func recordedRun(t testing.TB, node string, i int, o *value.Object) *workflow.NodeRun {
	t.Helper()
	r := &workflow.NodeRun{Node: node, Index: i, Status: workflow.RunCompleted}
	if s, ok := o.Get("source"); ok {
		r.Sources = sources(s)
	}
	main, _ := value.Path(o, "data", "main")
	for _, out := range main.([]any) {
		r.Outputs = append(r.Outputs, items(t, out))
	}
	return r
}

func testLimits() Limits { return Limits{Clock: clock.NewManual(recordedAt)} }

// TestAsRecorded compares with what n8n itself gave.
func TestAsRecorded(t *testing.T) {
	scope := recordedScope(t)
	agree := 0
	all := append(readRecorded(t, "testdata/recorded.jsonl.gz"), readRecorded(t, "testdata/composed.jsonl.gz")...)
	for _, want := range all {
		e := NewEvaluator(t.Context(), scope, testLimits())
		got := outcomeOf(e.ResolveDefined(want.Expr, want.Item))
		e.Close()
		if diff := cmp.Diff(expected(t, want), got); diff != "" {
			t.Errorf("%s (item %d): n8n's is -, ours +\n%s", want.Expr, want.Item, diff)
			continue
		}
		agree++
	}
	t.Logf("%d agree", agree)
}

func readRecorded(t testing.TB, name string) []recorded {
	t.Helper()
	packed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var out []recorded
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// outcomeOf is a result as text that compares exactly: JSON, "undefined" or "error".
func outcomeOf(v any, defined bool, err error) string { //nolint:revive // err is a result here
	switch {
	case err != nil:
		return "error"
	case !defined:
		return "undefined"
	}
	if f, ok := v.(float64); ok {
		return value.FormatNumber(f)
	}
	return string(value.JSON(v))
}

func expected(t testing.TB, r recorded) string {
	t.Helper()
	switch {
	case r.Error != "":
		return "error"
	case r.Undefined == 1:
		return "undefined"
	case r.Number != "":
		return r.Number
	case r.Value == nil:
		return "error" // a function
	}
	v, err := value.Parse(r.Value)
	if err != nil {
		t.Fatal(err)
	}
	return string(value.JSON(v))
}

// TestLanguage compares with what n8n gave for the expressions of its own tests,
// each with the input it has there.
func TestLanguage(t *testing.T) {
	w, err := workflow.Parse([]byte(`{"nodes":[{"name":"node","type":"t","typeVersion":1,"position":[0,0],"parameters":{}}],"connections":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	all := readRecorded(t, "testdata/language.jsonl.gz")
	if len(all) < 500 {
		t.Fatalf("only %d expressions", len(all))
	}
	for _, want := range all {
		scope := &Scope{Workflow: w, Node: w.Nodes[0], Inputs: [][]workflow.Item{nil}, Mode: "manual", Timezone: "America/New_York", Now: recordedAt}
		if want.Items != nil {
			list, err := workflow.ParseItems(want.Items)
			if err != nil {
				t.Fatal(err)
			}
			scope.Inputs[0] = list
		}
		e := NewEvaluator(t.Context(), scope, testLimits())
		got := outcomeOf(e.ResolveDefined(want.Expr, 0))
		e.Close()
		if diff := cmp.Diff(expected(t, want), got); diff != "" {
			t.Errorf("%s of %s: n8n's is -, ours +\n%s", want.Expr, want.Items, diff)
		}
	}
}
