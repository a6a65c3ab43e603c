package flow

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dedupe"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// noSQL stands for what only node-data has.
type noSQL struct{ node.SQLDriver }

// remembering runs one Remove Duplicates node in executions one after the other.
type remembering struct {
	seen *dedupe.Desk
	runs int
}

func newRemembering(t *testing.T) *remembering {
	t.Helper()
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	store := dynamostore.Seen{Runs: dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)}
	return &remembering{seen: &dedupe.Desk{Store: store, Clock: c}}
}

func (m *remembering) run(t *testing.T, id, parameters, settings, items string) node.Outcome {
	t.Helper()
	m.runs++
	def, err := value.ParseObject([]byte(`{"nodes":[{"name":"N","id":"` + id + `","type":"n8n-nodes-base.removeDuplicates","typeVersion":2,"parameters":` + parameters + settings + `}],"settings":{"executionOrder":"v1"}}`))
	if err != nil {
		t.Fatal(err)
	}
	wf, err := workflow.FromValue(def)
	if err != nil {
		t.Fatal(err)
	}
	env := &node.Env{
		Workflow: wf, Registry: node.NewRegistry(Types()), Clock: clock.Real(), Services: node.Services{Postgres: noSQL{}, Seen: m.seen},
		Run: node.RunInfo{Tenant: "ten_a", WorkflowID: "wf_1", ExecutionID: fmt.Sprint("exe_", m.runs), Timezone: "UTC"},
	}
	return node.Execute(t.Context(), env, walk.Step{Node: wf.Node("N"), Inputs: [][]workflow.Item{parse(t, items)}, Sources: make([]workflow.Source, 1)})
}

// ids runs the node and gives the ids of what it keeps.
func (m *remembering) ids(t *testing.T, id, parameters string, values ...string) string {
	t.Helper()
	items := make([]string, len(values))
	for i, v := range values {
		items[i] = `{"json":{"id":` + v + `}}`
	}
	o := m.run(t, id, parameters, "", "["+strings.Join(items, ",")+"]")
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	var out []string
	for _, it := range o.Run.Outputs[0] {
		v, _ := it.JSON.Get("id")
		out = append(out, node.Text(v))
	}
	return strings.Join(out, " ")
}

func seenBy(logic, parameter, more string) string {
	return `{"operation":"removeItemsSeenInPreviousExecutions","logic":"` + logic + `","` + parameter + `":"={{ $json.id }}"` + more + `}`
}

func TestRemoveDuplicatesLooksIntoEarlierRuns(t *testing.T) {
	entries := seenBy("removeItemsWithAlreadySeenKeyValues", "dedupeValue", "")
	shared := seenBy("removeItemsWithAlreadySeenKeyValues", "dedupeValue", `,"options":{"scope":"workflow"}`)
	numbers := seenBy("removeItemsUpToStoredIncrementalKey", "incrementalDedupeValue", "")
	dates := seenBy("removeItemsUpToStoredDate", "dateDedupeValue", "")
	cleared := `{"operation":"clearDeduplicationHistory","mode":"cleanDatabase"}`
	m := newRemembering(t)
	for i, step := range []struct{ node, parameters, values, want string }{
		{"a", entries, `3 1 "x" 3`, "1 3 3 x"}, // as n8n's: in the order of an object's keys
		{"a", entries, `1 2 3 "x" null`, "2 "},
		{"b", entries, `1`, "1"},
		{"b", shared, `1 7`, "1 7"}, {"c", shared, `7 8`, "8"},
		{"a", cleared, `1`, "1"}, {"a", entries, `1`, "1"},
		{"n", numbers, `5 2`, "2 5"}, {"n", numbers, `9 5 7 1`, "7 9"}, {"n", numbers, `8`, ""},
		{"d", dates, `"2026-01-02" "2026-01-01T00:00:00Z"`, "2026-01-02 2026-01-01T00:00:00Z"}, {"d", dates, `"2026-01-02T01:00:00+01:00" "2026-01-02T00:00:01Z"`, "2026-01-02T00:00:01Z"},
	} {
		if got := m.ids(t, step.node, step.parameters, strings.Fields(step.values)...); got != step.want {
			t.Errorf("step %d: of %s it keeps %q, want %q", i, step.values, got, step.want)
		}
	}
}

func TestRemoveDuplicatesSaysWhatItCannotCompare(t *testing.T) {
	m := newRemembering(t)
	for want, parameters := range map[string]string{
		"is not a number":      seenBy("removeItemsUpToStoredIncrementalKey", "incrementalDedupeValue", ""),
		"is not a valid date":  seenBy("removeItemsUpToStoredDate", "dateDedupeValue", ""),
		"is not supported":     seenBy("removeItemsWithAlreadySeenKeyValues", "dedupeValue", `,"options":{"scope":"world"}`),
		"Raise the history":    seenBy("removeItemsWithAlreadySeenKeyValues", "dedupeValue", `,"options":{"historySize":0}`),
		"is empty":             seenBy("removeItemsUpToStoredDate", "other", ""),
		"Items Where\" is not": seenBy("guess", "dedupeValue", ""),
	} {
		o := m.run(t, "n", parameters, "", `[{"json":{"id":"old"}}]`)
		if o.Err == nil || !strings.Contains(o.Err.Message, want) {
			t.Errorf("%s: %v, want %q", parameters, o.Err, want)
		}
	}
	o := m.run(t, "n", seenBy("removeItemsUpToStoredIncrementalKey", "incrementalDedupeValue", ""), `,"onError":"continueRegularOutput"`, `[{"json":{"id":"old"}},{"json":{"id":"x"}}]`)
	if o.Run.Failed() || len(o.Run.Outputs[0]) != 1 {
		t.Errorf("where failures are passed on: %s", show(o.Run.Outputs))
	}
}

func TestRemoveDuplicatesRunsWhereItsHistoryIs(t *testing.T) {
	r := node.NewRegistry(Types())
	for parameters, want := range map[string]node.Family{
		`{}`: node.Pure, `{"operation":"clearDeduplicationHistory"}`: node.Data, `{"operation":"removeItemsSeenInPreviousExecutions"}`: node.Data,
	} {
		p, err := value.ParseObject([]byte(parameters))
		if err != nil {
			t.Fatal(err)
		}
		n := &workflow.Node{Type: "n8n-nodes-base.removeDuplicates", TypeVersion: 2, Parameters: p}
		if got := r.FamilyOf(n); got != want {
			t.Errorf("%s runs in %s, want %s", parameters, got, want)
		}
	}
}
