package asl

import (
	"encoding/json"
	"fmt"
	"testing"
)

type expressionCase struct {
	Expr  string
	Input json.RawMessage
	Value json.RawMessage
	Error string
}

func TestExpressions(t *testing.T) {
	var cases []expressionCase
	readCases(t, "expressions.json", &cases)
	for _, c := range cases {
		t.Run(c.Expr, func(t *testing.T) {
			text, _ := json.Marshal(c.Expr)
			m := mustParse(t, fmt.Sprintf(`{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"v.$":%s},"OutputPath":"$.v","End":true}}}`, text))
			w := &world{}
			checkResult(t, w.run(m, w.start(true, mustJSON(t, string(c.Input)))), c.Value, c.Error)
		})
	}
}

type ruleCase struct {
	Rule  json.RawMessage
	Input json.RawMessage
	Holds bool
	Error string
}

func TestChoiceRules(t *testing.T) {
	var cases []ruleCase
	readCases(t, "rules.json", &cases)
	for _, c := range cases {
		t.Run(string(c.Rule)+string(c.Input), func(t *testing.T) {
			rule := string(c.Rule)
			m := mustParse(t, fmt.Sprintf(`{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[%s],"Default":"No"},
				"Yes":{"Type":"Pass","Result":true,"End":true},"No":{"Type":"Pass","Result":false,"End":true}}}`, rule[:len(rule)-1]+`,"Next":"Yes"}`))
			w := &world{}
			checkResult(t, w.run(m, w.start(true, mustJSON(t, string(c.Input)))), json.RawMessage(fmt.Sprint(c.Holds)), c.Error)
		})
	}
}

type machineCase struct {
	Name       string
	Definition json.RawMessage
	Functions  map[string][]scriptStep
	Runs       []struct {
		Input  json.RawMessage
		Output json.RawMessage
		Error  string
		Cause  string
		Calls  map[string]int
	}
}

func TestMachines(t *testing.T) {
	var cases []machineCase
	readCases(t, "machines.json", &cases)
	for _, c := range cases {
		for i, want := range c.Runs {
			for _, express := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d/express=%v", c.Name, i, express), func(t *testing.T) {
					w := &world{functions: c.Functions}
					r := w.run(mustParse(t, string(c.Definition)), w.start(express, mustJSON(t, string(want.Input))))
					checkResult(t, r, want.Output, want.Error)
					if want.Cause != "" && r.Failure().Cause != want.Cause {
						t.Errorf("the cause is %q, wanted %q", r.Failure().Cause, want.Cause)
					}
					for name, n := range want.Calls {
						if w.calls[name] != n {
							t.Errorf("%s was called %d times, wanted %d", name, w.calls[name], n)
						}
					}
					checkReplay(t, w, r)
				})
			}
		}
	}
}

// checkReplay replays a run from what it was told and compares the histories: the
// promise on which durability stands.
func checkReplay(t *testing.T, w *world, r *Run) {
	t.Helper()
	again := NewRun(r.machine, r.start, true)
	again.Begin()
	for i, o := range w.told {
		again.Resume(o, w.toldAt[i])
	}
	a, b := r.Events(), again.Events()
	if len(a) != len(b) || again.Status() != r.Status() || string(JSON(again.Output())) != string(JSON(r.Output())) {
		t.Fatalf("the replay ended %s after %d events, the run %s after %d", again.Status(), len(b), r.Status(), len(a))
	}
	for i := range a {
		if fmt.Sprint(a[i].ID, a[i].Previous, a[i].Type, a[i].Time, detailText(a[i])) != fmt.Sprint(b[i].ID, b[i].Previous, b[i].Type, b[i].Time, detailText(b[i])) {
			t.Fatalf("event %d differs in the replay:\n%+v\n%+v", i+1, a[i], b[i])
		}
	}
	unrecorded := NewRun(r.machine, r.start, false)
	unrecorded.Begin()
	for i, o := range w.told {
		unrecorded.Resume(o, w.toldAt[i])
	}
	if unrecorded.lastEvent != r.lastEvent {
		t.Fatalf("without a history the run counts %d events, with it %d", unrecorded.lastEvent, r.lastEvent)
	}
}

func detailText(e Event) string {
	if e.Details == nil {
		return ""
	}
	return e.DetailName + string(JSON(e.Details))
}
