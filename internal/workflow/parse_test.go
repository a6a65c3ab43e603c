package workflow

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

func parse(t *testing.T, text string) *Workflow {
	t.Helper()
	w, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return w
}

func TestParseIsTolerant(t *testing.T) {
	w := parse(t, `{"name":"W","future":{"x":1},"settings":{"executionOrder":"v1","timezone":"Europe/Berlin","executionTimeout":-1},
		"nodes":[
			{"name":"A","type":"n8n-nodes-base.manualTrigger"},
			{"name":"B","type":"n8n-nodes-base.set","typeVersion":3.4,"position":[10,20],"parameters":{"z":1,"a":2},
			 "retryOnFail":true,"maxTries":4,"waitBetweenTries":0,"continueOnFail":true,"credentials":{"x":{"id":7,"name":"mine"},"y":"old"},"odd":true}],
		"connections":{"A":{"main":[null,[{"node":"B"}],null]},"B":{"ai_tool":[[{"node":"A","type":"ai_tool","index":0}]]}},
		"pinData":{"A":[{"json":{"k":1}},{"bare":2}]}}`)
	b := w.Node("B")
	if b.TypeVersion != 3.4 || b.MaxTries != 4 || b.WaitBetweenTries != 0 || b.OnError != OnErrorContinueRegular || b.Position != [2]float64{10, 20} {
		t.Errorf("B is %+v", b)
	}
	if a := w.Node("A"); a.TypeVersion != 1 || a.Parameters.Len() != 0 || a.WaitBetweenTries != -1 || a.OnError != OnErrorStop {
		t.Errorf("A is %+v", a)
	}
	if diff := cmp.Diff(map[string]CredentialRef{"x": {ID: "7", Name: "mine"}, "y": {Name: "old"}}, b.Credentials); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]Target{nil, {{Node: "B", Type: "main"}}, nil}, w.Outgoing("A")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]Origin{{{Node: "A", Output: 1}}}, w.Incoming("B")); diff != "" {
		t.Error(diff)
	}
	if len(w.PinData["A"]) != 2 || w.Settings.ExecutionTimeout != 0 || w.Settings.Timezone != "Europe/Berlin" {
		t.Errorf("pins %v, settings %+v", w.PinData, w.Settings)
	}
	if v, _ := value.Path(w.Raw, "future", "x"); v != 1.0 {
		t.Error("an unknown field was lost")
	}
	if v, _ := b.Raw.Get("odd"); v != true {
		t.Error("an unknown field of a node was lost")
	}
	if err := w.Validate(); err != nil {
		t.Error(err)
	}
}

func TestParseRefusesWithThePlace(t *testing.T) {
	many := `{"nodes":[` + strings.TrimSuffix(strings.Repeat(`{"name":"x","type":"t"},`, MaxNodes+1), ",") + `]}`
	for _, c := range []struct{ name, text, location, says string }{
		{"syntax", "{\n  \"nodes\": [\n}", "line 3, column 1", "not valid JSON"},
		{"empty", "", "line 1, column 1", "not valid JSON"},
		{"not an object", `[1]`, "", "JSON object"},
		{"no nodes", `{"connections":{}}`, "nodes", "list of nodes"},
		{"node is a number", `{"nodes":[{"name":"a","type":"t"},7]}`, "nodes[1]", "JSON object"},
		{"connections", `{"nodes":[],"connections":"x"}`, "connections", "keyed by the name"},
		{"outputs", `{"nodes":[],"connections":{"A":{"main":{}}}}`, `connections["A"].main`, "list of outputs"},
		{"target", `{"nodes":[],"connections":{"A":{"main":[[5]]}}}`, `connections["A"].main[0][0]`, "object"},
		{"input number", `{"nodes":[],"connections":{"A":{"main":[[{"node":"B","index":100000}]]}}}`, `connections["A"].main[0][0].index`, "between 0 and"},
		{"depth", strings.Repeat("[", 201), "line 1, column 201", "deeper than 200"},
		{"too many nodes", many, "nodes", "at most 2000"},
		{"workflow's name", `{"name":"` + strings.Repeat("x", MaxName+1) + `","nodes":[]}`, "name", "at most 512"},
		{"node's name", `{"nodes":[{"name":"` + strings.Repeat("x", MaxName+1) + `","type":"t"}]}`, "nodes[0].name", "at most 512"},
		{"node's id", `{"nodes":[{"name":"a","type":"t"},{"name":"b","type":"t","id":"` + strings.Repeat("x", MaxName+1) + `"}]}`, "nodes[1].id", "at most 512"},
		{"node's type", `{"nodes":[{"name":"a","type":"` + strings.Repeat("x", MaxName+1) + `"}]}`, "nodes[0].type", "at most 512"},
		{"pin data", `{"nodes":[],"pinData":{"A":[1]}}`, `pinData["A"]`, "item"},
	} {
		_, err := Parse([]byte(c.text))
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Code != fault.CodeValidation || len(f.Fields) != 1 {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if f.Fields[0].Location != c.location || !strings.Contains(f.Fields[0].Message, c.says) {
			t.Errorf("%s: at %q: %s", c.name, f.Fields[0].Location, f.Fields[0].Message)
		}
	}
}

func TestDepthIgnoresBracketsInStrings(t *testing.T) {
	w := parse(t, `{"nodes":[],"name":"`+strings.Repeat(`[\"{`, 150)+`"}`)
	if len(w.Name) != 450 {
		t.Errorf("the name has %d bytes", len(w.Name))
	}
}

const (
	set  = "n8n-nodes-base.set"
	noOp = "n8n-nodes-base.noOp"
	ifs  = "n8n-nodes-base.if"
)

// graph writes a workflow of "name type" nodes and "a>b" connections.
func graph(nodes, edges []string) string {
	var n, c []string
	for _, x := range nodes {
		name, typ, _ := strings.Cut(x, " ")
		n = append(n, fmt.Sprintf(`{"name":%q,"id":"id-%s","type":%q}`, name, name, typ))
	}
	for _, e := range edges {
		from, to, _ := strings.Cut(e, ">")
		c = append(c, fmt.Sprintf(`%q:{"main":[[{"node":%q,"type":"main","index":0}]]}`, from, to))
	}
	return `{"nodes":[` + strings.Join(n, ",") + `],"connections":{` + strings.Join(c, ",") + `}}`
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // location: part of the message
	}{
		{"fine", graph([]string{"A " + set, "B " + ifs, "C " + set}, []string{"A>B", "B>C", "C>A"}), nil},
		{"doubled", graph([]string{"A " + set, "A " + set}, nil), []string{`nodes[1].name: "A" is taken by nodes[0]`}},
		{"nameless", `{"nodes":[{"type":"t"},{"name":"x"}]}`, []string{"nodes[0].name: Give the node a name", "nodes[1].type: Give the node a type"}},
		{"no source", graph([]string{"A " + set}, []string{"Z>A"}), []string{`connections["Z"]: no node "Z"`}},
		{"no target", graph([]string{"A " + set}, []string{"A>Z"}), []string{`connections["A"].main[0][0].node: no node "Z"`}},
		{"by id", graph([]string{"A " + set, "B " + set}, []string{"id-A>B"}), []string{`connections["id-A"]: it is the id of "A"`}},
		{"endless", graph([]string{"A " + set, "B " + noOp}, []string{"A>B", "B>A"}), []string{`nodes[0]: The nodes "A" → "B" form a cycle that never ends`}},
		{"endless alone", graph([]string{"A " + set}, []string{"A>A"}), []string{`nodes[0]: "A"`}},
		{"code may stop", graph([]string{"A " + set, "B n8n-nodes-base.code"}, []string{"A>B", "B>A"}), nil},
	} {
		var got []string
		problems := parse(t, c.text).Problems()
		for _, p := range problems {
			got = append(got, p.Location+": "+p.Message)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %q", c.name, got)
			continue
		}
		for i, want := range c.want {
			location, says, _ := strings.Cut(want, ": ")
			if problems[i].Location != location || !strings.Contains(problems[i].Message, says) {
				t.Errorf("%s: got %q, want %q", c.name, got[i], want)
			}
		}
	}
}

func TestValidateNamesTheFirstAndCountsTheRest(t *testing.T) {
	err := parse(t, graph([]string{"A " + set, "A " + set}, []string{"A>Z"})).Validate()
	f := fault.Of(err)
	if f.Kind != fault.Invalid || len(f.Fields) != 2 || !strings.Contains(f.Message, "(and 1 more)") {
		t.Errorf("%+v", f)
	}
}

func TestParseExport(t *testing.T) {
	one := graph([]string{"A " + set}, nil)
	for name, text := range map[string]string{
		"one": one, "list": "[" + one + "]", "workflows": `{"workflows":[` + one + `]}`, "api": `{"data":[` + one + `]}`,
		"api single": `{"data":` + one + `}`, "template": `{"id":1,"workflow":` + one + `}`, "templates": `[{"workflow":` + one + `}]`,
	} {
		got, err := ParseExport([]byte(text))
		if err != nil || len(got) != 1 || got[0].Err != nil || got[0].Workflow.Node("A") == nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	got, err := ParseExport([]byte(`[` + one + `,{"nodes":3},` + one + `]`))
	if err != nil || len(got) != 3 || got[0].Err != nil || got[1].Err == nil || got[2].Err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for _, text := range []string{`[]`, `{"workflows":[]}`, `{`} {
		if got, err := ParseExport([]byte(text)); err == nil {
			t.Errorf("%s gave %d workflows", text, len(got))
		}
	}
}

func TestSummarize(t *testing.T) {
	w := parse(t, `{"nodes":[{"name":"A","type":"known","typeVersion":2},{"name":"B","type":"known","typeVersion":9,"credentials":{"api":{"id":"1","name":"mine"}}},
		{"name":"C","type":"other","credentials":{"api":{"id":"1","name":"mine"}}},{"name":"N","type":"n8n-nodes-base.stickyNote"}]}`)
	got := w.Summarize(func(typ string, version float64) bool { return typ != "other" && version < 9 })
	want := Summary{
		Supported:   []TypeUse{{"known", 2, []string{"A"}}, {"n8n-nodes-base.stickyNote", 1, []string{"N"}}},
		Unsupported: []TypeUse{{"known", 9, []string{"B"}}, {"other", 1, []string{"C"}}},
		Credentials: []CredentialUse{{"api", "1", "mine", []string{"B", "C"}}}, Nodes: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(graph([]string{"A " + set, "B " + ifs}, []string{"A>B", "B>A"})))
	f.Add([]byte(`{"nodes":[{"name":"a"}],"connections":{"a":{"main":[null]}},"pinData":{"a":[{}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		w, err := Parse(raw)
		if err != nil {
			if f := fault.Of(err); f.Kind != fault.Invalid {
				t.Errorf("not an Invalid: %v", err)
			}
			return
		}
		again, err := Parse(value.JSON(w.Raw))
		if err != nil || len(again.Nodes) != len(w.Nodes) || len(again.Problems()) != len(w.Problems()) {
			t.Errorf("what was read is not read again: %v", err)
		}
	})
}
