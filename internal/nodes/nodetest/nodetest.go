// Package nodetest runs node types against recorded cases: parameters, input
// items, and what n8n's own node gave for them.
package nodetest

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// Case is one recorded run of a node.
type Case struct {
	Type    string // without the package's name
	Version float64
	Node    *value.Object // parameters and settings
	Inputs  [][]workflow.Item
	Failed  bool
	Message string           // n8n's error
	Outputs []any            // lists of json, one per output
	Raw     string           // the line
	Sub     []node.SubResult // of the workflows that the node asked for
	// Services are what the node may use, where it uses any.
	Services node.Services
}

// Load reads the cases of a file: a JSON object a line with type, version,
// parameters, inputs (lists of json) and want ({outputs} or {error}).
func Load(t testing.TB, file string) []Case {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var out []Case
	s := bufio.NewScanner(f)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		o, err := value.ParseObject(s.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, caseOf(t, o, s.Text()))
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func caseOf(t testing.TB, o *value.Object, raw string) Case {
	c := Case{Raw: raw}
	v, _ := o.Get("type")
	c.Type, _ = v.(string)
	v, _ = o.Get("version")
	c.Version, _ = v.(float64)
	c.Node = value.Obj("name", "N", "id", "n", "type", "n8n-nodes-base."+c.Type, "typeVersion", c.Version)
	if p, ok := o.Get("parameters"); ok {
		c.Node.Set("parameters", p)
	}
	if s, ok := o.Get("settings"); ok {
		for k, v := range s.(*value.Object).All() {
			c.Node.Set(k, v)
		}
	}
	lists, _ := o.Get("inputs")
	for _, l := range lists.([]any) {
		in := []workflow.Item{}
		for _, j := range l.([]any) {
			in = append(in, workflow.Item{JSON: j.(*value.Object)})
		}
		c.Inputs = append(c.Inputs, in)
	}
	want, ok := value.Path(o, "want")
	if !ok {
		t.Fatalf("no result in %s", raw)
	}
	w := want.(*value.Object)
	if e, ok := w.Get("error"); ok {
		c.Failed, c.Message = true, fmt.Sprint(e)
	}
	if outs, ok := w.Get("outputs"); ok {
		c.Outputs, _ = outs.([]any)
	}
	return c
}

// Now is the moment at which cases run.
var Now = time.Date(2024, 5, 17, 12, 30, 0, 0, time.UTC)

// Run executes a case.
func Run(ctx context.Context, r *node.Registry, c Case) (node.Outcome, error) {
	wf, err := workflow.FromValue(value.Obj("nodes", []any{c.Node}, "settings", value.Obj("executionOrder", "v1")))
	if err != nil {
		return node.Outcome{}, err
	}
	w, err := walk.New(wf, walk.Options{Start: "N"})
	if err != nil {
		return node.Outcome{}, err
	}
	env := &node.Env{
		Workflow: wf, Registry: r, History: w.History(), Clock: clock.NewManual(Now), Sub: c.Sub, Services: c.Services,
		Run: node.RunInfo{Tenant: "t", ExecutionID: "e", Mode: "manual", Timezone: "America/New_York", Now: Now},
	}
	return node.Execute(ctx, env, walk.Step{Node: wf.Node("N"), Inputs: c.Inputs, Sources: make([]workflow.Source, len(c.Inputs))}), nil
}

// Check compares a case with its record; "" means that they agree. Of errors only
// that there is one is compared.
func Check(c Case, o node.Outcome) string {
	if o.Run.Failed() != c.Failed {
		if c.Failed {
			return "n8n fails with " + c.Message + ", here it gives " + show(o.Run.Outputs)
		}
		return fmt.Sprintf("fails with %s %s", o.Run.Error.Message, o.Run.Error.Detail)
	}
	if c.Failed {
		return ""
	}
	want := make([]any, 0, len(c.Outputs))
	want = append(want, c.Outputs...)
	have := make([]any, len(o.Run.Outputs))
	for i, items := range o.Run.Outputs {
		list := make([]any, len(items))
		for j, it := range items {
			list[j] = it.JSON
		}
		have[i] = list
	}
	for len(have) < len(want) {
		have = append(have, []any{})
	}
	for len(want) < len(have) {
		want = append(want, []any{})
	}
	if w, h := text(want), text(have); w != h {
		return "n8n gives\n    " + w + "\nhere\n    " + h
	}
	return ""
}

// text writes a value so that equal ones have equal texts: keys keep their order.
func text(v any) string { return string(value.JSON(normal(v))) }

func normal(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = normal(x)
		}
		return out
	case *value.Object:
		out := value.NewObject(v.Len())
		for k, x := range v.All() {
			out.Set(k, normal(x))
		}
		return out
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case nil:
		return nil
	}
	return v
}

func show(outs [][]workflow.Item) string {
	var b []byte
	for _, o := range outs {
		b = append(workflow.AppendItems(b, o), ' ')
	}
	return string(b)
}

// Goldens runs all cases of a folder, and asks that every type has some.
func Goldens(t *testing.T, r *node.Registry, dir string, types []node.Type) {
	seen := map[string]bool{}
	files, _ := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) {
			for _, c := range Load(t, file) {
				seen[c.Type] = true
				o, err := Run(t.Context(), r, c)
				if err != nil {
					t.Fatal(err)
				}
				if diff := Check(c, o); diff != "" {
					t.Errorf("%s\n%s", c.Raw, diff)
				}
			}
		})
	}
	for _, typ := range types {
		name := typ.Spec.Type[strings.LastIndexByte(typ.Spec.Type, '.')+1:]
		if !seen[name] && !typ.Spec.Trigger && typ.Run != nil {
			t.Errorf("%s has no recorded case in %s", name, dir)
		}
	}
}
