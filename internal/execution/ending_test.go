package execution

import (
	"context"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// endings is a store, a line and an observer that keep what an execution ended with.
type endings struct {
	Store
	Line
	settled []Settlement
	freed   int
}

func (e *endings) Settle(_ context.Context, s Settlement) (Control, error) {
	e.settled = append(e.settled, s)
	return Control{}, nil
}

func (e *endings) Release(context.Context, Ref, int) error {
	e.freed++
	return nil
}

func (e *endings) Execution(ExecutionEvent) {}
func (e *endings) Node(NodeEvent)           {}

func (e *endings) turn() *turn {
	return &turn{
		Advancer: &Advancer{Store: e, States: &States{}, Line: e, Observer: e, Clock: clock.Real()}, bound: true,
		state:   &state{wf: &workflow.Workflow{}, done: map[string]bool{}},
		segment: Segment{Records: []Record{{Seq: 1}}},
	}
}

// What can never be written is not tried for ever: a run always ends.
func TestExecutionThatCannotBeKeptEnds(t *testing.T) {
	e := &endings{}
	d, err := e.turn().ended(t.Context(), fault.New(fault.Invalid, fault.CodePayloadTooLarge, "Too large."))
	if err != nil || d.Do != "done" || len(e.settled) != 1 || e.freed != 1 {
		t.Fatalf("%+v, %v: settled %d times, freed %d", d, err, len(e.settled), e.freed)
	}
	if s := e.settled[0]; s.Status != Failed || s.Failure.Code != fault.CodePayloadTooLarge || len(s.Segment.Records) != 0 {
		t.Errorf("settled with %+v", s)
	}
}

func TestFailuresThatMayPassAreNotEndings(t *testing.T) {
	for _, kind := range []fault.Kind{fault.Unavailable, fault.Timeout, fault.Internal} {
		e := &endings{}
		if _, err := e.turn().ended(t.Context(), fault.New(kind, fault.CodeUnavailable, "Later.")); err == nil || len(e.settled) != 0 {
			t.Errorf("%s: %v, settled %d times", kind, err, len(e.settled))
		}
	}
}

func TestFailureIsKeptWithABoundedMessage(t *testing.T) {
	e := &endings{}
	told := &Failure{Code: fault.CodeNodeError, Message: strings.Repeat("é", fault.MaxMessage)}
	if _, err := e.turn().fail(t.Context(), told); err != nil {
		t.Fatal(err)
	}
	if m := e.settled[0].Failure.Message; len(m) > fault.MaxMessage || !strings.HasSuffix(m, "é…") {
		t.Errorf("%d bytes are kept, ending in %q", len(m), m[len(m)-8:])
	}
}
