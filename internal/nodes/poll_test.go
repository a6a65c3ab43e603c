package nodes

import (
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// A polling trigger asks its service in the function that may call out, if it is run
// by hand; what a poll or a person gave it only hands on, which needs no function.
func TestPollingTriggersHandOnWhatIsThere(t *testing.T) {
	r := NewRunner(node.Services{}, clock.Real())
	n := &workflow.Node{Name: "RSS", Type: "n8n-nodes-base.rssFeedReadTrigger", TypeVersion: 1}
	given := [][]workflow.Item{{{JSON: value.Obj("title", "x")}}}
	for name, c := range map[string]struct {
		inputs [][]workflow.Item
		want   node.Family
	}{
		"by hand":      {[][]workflow.Item{{workflow.EmptyItem()}}, node.HTTP},
		"with nothing": {nil, node.HTTP},
		"by a poll":    {given, node.Pure},
	} {
		if got := r.Family(walk.Step{Node: n, Inputs: c.inputs}); got != c.want {
			t.Errorf("%s: the family is %s, not %s", name, got, c.want)
		}
	}
	wf, err := workflow.FromValue(value.Obj("id", "wf_1", "nodes", []any{value.Obj("name", "RSS", "id", "1", "type", n.Type, "typeVersion", 1.0)}))
	if err != nil {
		t.Fatal(err)
	}
	out := node.Execute(t.Context(), &node.Env{Workflow: wf, Registry: Registry(), Clock: clock.Real()}, walk.Step{
		Node: wf.Node("RSS"), Inputs: given, Sources: make([]workflow.Source, 1),
	})
	if out.Err != nil || len(out.Run.Outputs) != 1 || string(value.JSON(out.Run.Outputs[0][0].JSON)) != `{"title":"x"}` {
		t.Errorf("it gives %+v %v", out.Run.Outputs, out.Err)
	}
}

// All that the corpus of real workflows polls with.
func TestPollingTypesAreThere(t *testing.T) {
	r := Registry()
	for typ, versions := range map[string][]float64{
		"gmailTrigger": {1, 1.1, 1.2, 1.3}, "googleDriveTrigger": {1}, "googleSheetsTrigger": {1}, "googleCalendarTrigger": {1},
		"rssFeedReadTrigger": {1}, "airtableTrigger": {1}, "notionTrigger": {1}, "microsoftOutlookTrigger": {1},
	} {
		for _, v := range versions {
			if !r.Polls("n8n-nodes-base."+typ, v) {
				t.Errorf("%s %v does not poll", typ, v)
			}
		}
	}
	for _, typ := range []string{"n8n-nodes-base.gmail", "n8n-nodes-base.scheduleTrigger", "n8n-nodes-base.webhook"} {
		for _, v := range r.Versions(typ) {
			if r.Polls(typ, v) {
				t.Errorf("%s %v polls", typ, v)
			}
		}
	}
}
