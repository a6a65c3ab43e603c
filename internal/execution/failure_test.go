package execution

import (
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// TestWhichFailureEndsARun holds that an unknown outcome counts until somebody has
// decided on it, whatever else has failed, and that of several failures always the
// same one is told.
func TestWhichFailureEndsARun(t *testing.T) {
	plain := func(seq, gen int) Record {
		return Record{Seq: seq, Generation: gen, Run: workflow.NodeRun{Node: "plain", Error: &workflow.NodeError{Code: fault.CodeNodeError}}}
	}
	unknown := func(seq, gen int) Record {
		return Record{Seq: seq, Generation: gen, Run: workflow.NodeRun{Node: "unknown", Error: &workflow.NodeError{Code: fault.CodeNodeOutcomeUnknown}}}
	}
	ofChild := unknown(3, 1)
	ofChild.Run.Error.Child = "exe_child"
	for name, c := range map[string]struct {
		failed  []Record
		control Control
		want    int // sequence number; -1 for none
	}{
		"none":                             {nil, Control{}, -1},
		"the first of two":                 {[]Record{plain(5, 1), plain(2, 1)}, Control{}, 2},
		"an unknown outcome before others": {[]Record{plain(2, 1), unknown(5, 1), plain(7, 1)}, Control{}, 5},
		"none of before a resume":          {[]Record{plain(2, 1)}, Control{ResumedAt: 2}, -1},
		"an unknown outcome of before a resume that decided nothing": {[]Record{plain(2, 1), unknown(5, 1)}, Control{ResumedAt: 2}, 5},
		"none that was decided":                     {[]Record{unknown(5, 1)}, Control{ResumedAt: 2, Outcome: OutcomeRetry}, -1},
		"one that is unknown anew":                  {[]Record{unknown(5, 2)}, Control{ResumedAt: 2, Outcome: OutcomeRetry}, 5},
		"none that is decided on in a sub-workflow": {[]Record{ofChild}, Control{ResumedAt: 2}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			st := &state{failed: map[runID]Record{}}
			for i, r := range c.failed {
				st.failed[runID{r.Run.Node, i}] = r
			}
			got := -1
			if r := st.failure(c.control); r != nil {
				got = r.Seq
			}
			if got != c.want {
				t.Errorf("the failure is that of %d, want %d", got, c.want)
			}
		})
	}
}
