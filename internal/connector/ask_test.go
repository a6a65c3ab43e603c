package connector

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/node"
)

const resumeURL = "https://al.example/hooks/ten_1/waiting/exe_1/tok"

// asksLinks puts the links of the node's message into a file of cases: LINK(approve).
func asksLinks(text []byte) []byte {
	for _, choice := range []string{form.Approve, form.Decline, form.Respond} {
		text = bytes.ReplaceAll(text, []byte("LINK("+choice+")"), []byte(form.AnswerURL(resumeURL, "N", 0, choice)))
	}
	return text
}

// caseAsks is what a node waits for.
type caseAsks struct {
	Kind    string   `json:"kind"`
	Choices []string `json:"choices"` // names
	Fields  []string `json:"fields"`  // labels
	Until   string   `json:"until"`   // "" : for good
}

func (want *caseAsks) check(t *testing.T, out node.Outcome) {
	w := out.Result.Wait
	if want == nil {
		if w != nil {
			t.Errorf("it waits: %+v", w)
		}
		return
	}
	if w == nil || !w.Webhook {
		t.Fatal("it does not wait for an answer")
	}
	until := ""
	if !w.Until.IsZero() {
		until = w.Until.UTC().Format(time.RFC3339)
	}
	q, ok := form.QuestionOf(out.Run.State)
	var choices, fields []string
	for _, c := range q.Choices {
		choices = append(choices, c.Name)
	}
	for _, f := range q.Form.Fields {
		fields = append(fields, f.Label)
	}
	if !ok || q.Kind != want.Kind || !slices.Equal(choices, want.Choices) || !slices.Equal(fields, want.Fields) || until != want.Until {
		t.Errorf("it waits for %s %v %v until %q; wanted %+v", q.Kind, choices, fields, until, want)
	}
}

// Every service that can ask has a case for it, and asks in the same way: what differs
// is how the message is sent.
func TestServicesThatAsk(t *testing.T) {
	list, err := names(embedded)
	if err != nil {
		t.Fatal(err)
	}
	var asking []string
	for _, name := range list {
		s, err := load(embedded, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range s.operations {
			if (o.def.Asks != nil) != (o.def.Value == "sendAndWait") {
				t.Errorf("%s: %s: sendAndWait asks, and nothing else does", name, o.def.Value)
			}
			if o.def.Asks != nil {
				asking = append(asking, name)
			}
		}
	}
	if want := []string{"discord", "gmail", "googleChat", "microsoftOutlook", "microsoftTeams", "slack", "telegram", "whatsApp"}; !slices.Equal(asking, want) {
		t.Errorf("%v ask, not %v", asking, want)
	}
}
