package usage

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// words counts a token a word.
type words struct{}

func (words) Texts(_ string, texts []string) int64 { return int64(len(texts)) }

// A call that a node makes itself is closed once, whatever came of it: at the
// service's figures, at ours, at the estimate, or not at all.
func TestModelCallsAreLoggedOnce(t *testing.T) {
	refused := fault.New(fault.Invalid, fault.CodeUpstream, "no")
	refused.Outcome = fault.Refused
	gone := fault.New(fault.Unavailable, fault.CodeUpstream, "gone")
	gone.Outcome = fault.Unknown
	call := node.ModelCall{Model: "whisper-1", Texts: []string{"a", "b"}, MaxTokens: 7, Units: node.Units{Of: "second", Count: 90}}
	for name, c := range map[string]struct {
		used                         node.ModelUse
		err                          error
		prompt, completion, units    int64
		logged, confirmed, byOurself bool
	}{
		"its figures":     {node.ModelUse{Answered: true, Tokens: workflow.TokenUsage{Prompt: 5, Completion: 6}, Units: node.Units{Of: "second", Count: 60}}, nil, 5, 6, 60, true, true, false},
		"no figures":      {node.ModelUse{Answered: true, Texts: []string{"x", "y", "z"}}, nil, 2, 3, 90, true, true, true},
		"of no use":       {node.ModelUse{Answered: true, Tokens: workflow.TokenUsage{Prompt: 5}, Units: node.Units{Of: "second", Count: 60}}, refused, 5, 0, 60, true, true, false},
		"refused":         {node.ModelUse{}, refused, 0, 0, 0, false, false, false},
		"its answer lost": {node.ModelUse{}, gone, 2, 7, 90, true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(1000)
			m := &MeteredCalls{Counter: words{}, Meter: &Metered{Budget: l, Prices: Builtin, Clock: clock.NewManual(day("2025-09-01")), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}}
			cost, err := m.Metered(t.Context(), call, func(context.Context) (node.ModelUse, error) { return c.used, c.err })
			if fault.Of(err) != fault.Of(c.err) {
				t.Errorf("the error is %v", err)
			}
			if len(l.open) != 0 || len(l.closed) != 1 || (len(l.records) == 1) != c.logged {
				t.Fatalf("open %v, closed %v, log %v", l.open, l.closed, l.records)
			}
			if !c.logged {
				return
			}
			r := l.records[0]
			if r.Usage.Prompt != c.prompt || r.Usage.Completion != c.completion || r.Units.Count != c.units || r.Confirmed != c.confirmed || r.Counted != c.byOurself {
				t.Errorf("the log has %+v", r)
			}
			if c.used.Answered && cost.CostMicro != r.CostMicro {
				t.Errorf("the node is told %d, the log says %d", cost.CostMicro, r.CostMicro)
			}
		})
	}
}

// What the budget does not hold is never sent.
func TestModelCallsBeyondTheBudgetAreNotMade(t *testing.T) {
	m := &MeteredCalls{Counter: words{}, Meter: &Metered{Budget: newLedger(5), Prices: Builtin, Clock: clock.NewManual(day("2025-09-01")), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}}
	_, err := m.Metered(t.Context(), node.ModelCall{Model: "sonar", Texts: []string{"a"}, MaxTokens: 5}, func(context.Context) (node.ModelUse, error) {
		t.Error("it was sent")
		return node.ModelUse{}, nil
	})
	if fault.Of(err).Code != fault.CodeAIBudget {
		t.Errorf("the error is %v", err)
	}
}
