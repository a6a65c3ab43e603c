package usage

import (
	"context"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// embedder answers as a function says.
type embedder func(node.EmbedRequest) (node.EmbedReply, error)

func (e embedder) Embed(_ context.Context, req node.EmbedRequest) (node.EmbedReply, error) {
	return e(req)
}

// Texts counts every text as 100 tokens.
func (n fixed) Texts(_ string, texts []string) int64 { return int64(n) * int64(len(texts)) }

func embedding(l *ledger, e embedder) *MeteredEmbedder {
	return &MeteredEmbedder{Embedder: e, Counter: fixed(100), Meter: metered(l, nil)}
}

var embed = node.EmbedRequest{Tenant: "ten_1", ExecutionID: "exe_1", NodeID: "n1", Model: "text-embedding-3-small", Texts: []string{"a", "b"}}

func used(tokens int64) embedder {
	return func(req node.EmbedRequest) (node.EmbedReply, error) {
		return node.EmbedReply{Usage: workflow.TokenUsage{Model: req.Model, Prompt: tokens, Total: tokens}, Latency: time.Second}, nil
	}
}

func TestEmbeddingIsSettledAtWhatItUsed(t *testing.T) {
	l := newLedger(1000)
	reply, err := embedding(l, used(150)).Embed(t.Context(), embed)
	if err != nil || reply.CostMicro != 3 { // 150 * 0.02
		t.Fatalf("cost %d, %v", reply.CostMicro, err)
	}
	l.check(t, 150, 1)
	r := l.records[0]
	if !r.Confirmed || r.Counted || r.OwnKey || r.Rule != "text-embedding-3-small@2024-01-25" || r.Latency != time.Second || r.Origin.NodeID != "n1" || r.Usage.Completion != 0 {
		t.Errorf("record: %+v", r)
	}
}

func TestEmbeddingBeyondTheBudgetIsNotSent(t *testing.T) {
	l := newLedger(199)
	sent := false
	_, err := embedding(l, func(node.EmbedRequest) (node.EmbedReply, error) { sent = true; return node.EmbedReply{}, nil }).Embed(t.Context(), embed)
	if f := fault.Of(err); f == nil || f.Code != fault.CodeAIBudget || sent {
		t.Errorf("%v, sent: %v", err, sent)
	}
	l.check(t, 0, 0)
}

func TestEmbeddingWithOwnKeyDrawsOnNoBudget(t *testing.T) {
	l := newLedger(0)
	own := embed
	own.APIKey = "k"
	reply, err := embedding(l, used(150)).Embed(t.Context(), own)
	if err != nil || reply.CostMicro != 3 {
		t.Fatalf("cost %d, %v", reply.CostMicro, err)
	}
	l.check(t, 0, 1)
	if !l.records[0].OwnKey {
		t.Errorf("record: %+v", l.records[0])
	}
}

func TestFailedEmbeddingIsBilledWhereItMayHaveHappened(t *testing.T) {
	for outcome, want := range map[fault.Outcome]int64{fault.NotSent: 0, fault.Refused: 0, fault.Unknown: 200} {
		l := newLedger(1000)
		_, err := embedding(l, func(node.EmbedRequest) (node.EmbedReply, error) {
			f := fault.New(fault.Unavailable, fault.CodeUpstream, "failed")
			f.Outcome = outcome
			return node.EmbedReply{}, f
		}).Embed(t.Context(), embed)
		if err == nil {
			t.Fatal("no error")
		}
		l.check(t, want, int(want/200))
	}
}

func TestOwnServersModelsCostNothing(t *testing.T) {
	for _, model := range []string{"nomic-embed-text:latest", "mxbai-embed-large", "text-embedding-004"} {
		if cost, rule := Builtin().Cost(workflow.TokenUsage{Model: model, Prompt: 1e6}, node.Units{}, day("2026-01-01")); cost != 0 || rule == RuleDefault {
			t.Errorf("%s costs %d by %s", model, cost, rule)
		}
	}
}
