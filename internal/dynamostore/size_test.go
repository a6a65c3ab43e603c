package dynamostore_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// random is text that does not compress at all.
func random(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(noise())
	}
	return b.String()[:n]
}

// The largest transactions that there can be, against a store that refuses more than
// 100 items or 4 MB, and items of more than 400 KB, as DynamoDB does.

// TestLargestChangeOfAWorkflowFits: a version with as many triggers as there may be,
// each as large as it may be, replaces another.
func TestLargestChangeOfAWorkflowFits(t *testing.T) {
	c, _, _ := emptyCatalog(t)
	const each = 20 // a registration has an address, too: 40 in all, package trigger's limit
	triggers := func(of string) (hooks []trigger.Hook, wants []trigger.Want) {
		for i := range each {
			path := fmt.Sprintf("%s-%d-%s", of, i, strings.Repeat("x", 200))
			hooks = append(hooks, trigger.Hook{Tenant: "ten_a", Workflow: "wf_1", Method: "POST", Path: path, Node: path})
			wants = append(wants, trigger.Want{
				ID: trigger.RegistrationID("ten_a", path), Active: true, Workflow: "wf_1", Path: path, At: noon,
				Source: json.RawMessage(value.JSON(random(100 << 10))),
			})
		}
		return hooks, wants
	}
	s := created(head("wf_1"), random(290<<10))
	s.PutHooks, s.Wants = triggers("old")
	if err := c.Save(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	h, err := c.Head(t.Context(), "ten_a", "wf_1")
	if err != nil {
		t.Fatal(err)
	}
	h.Version = 2
	next := created(h, random(290<<10))
	next.DropHooks = s.PutHooks
	next.PutHooks, next.Wants = triggers("new")
	for _, hook := range s.PutHooks {
		next.Wants = append(next.Wants, hook.Unwanted("ten_a", noon))
	}
	if err := c.Save(t.Context(), next); err != nil {
		t.Fatalf("the largest change: %v", err)
	}
	regs, err := c.Registrations(t.Context(), "ten_a")
	if err != nil || len(regs) != 2*each {
		t.Errorf("%d registrations, %v", len(regs), err)
	}
}

// TestLargestStepsOfARunFit: input, kept runs, checkpoints, an answer and a failure
// that are each far larger than an item may be.
func TestLargestStepsOfARunFit(t *testing.T) {
	clk := clock.NewManual(noon)
	files := &blobs{}
	store := dynamostore.NewRuns(table.Client(table.Open(t, clk)), table.Runs, files, clk)
	if err := store.MakeTenant(t.Context(), "ten_hot"); err != nil {
		t.Fatal(err)
	}
	big := func() []workflow.Item { return []workflow.Item{{JSON: value.Obj("text", random(700<<10))}} }
	c := creation(1, noon)
	c.Start = execution.Start{Node: "Start", Mode: "manual", Items: big()}
	c.IdempotencyKey, c.BodyHash, c.LeaseUntil = "key", "hash", noon.Add(time.Hour)
	c.Runs = []workflow.NodeRun{{Node: "Kept", Status: workflow.RunCompleted, Outputs: [][]workflow.Item{big()}}}
	c.Mark = &execution.Mark{Name: "poll", Data: []byte(random(200 << 10))}
	if _, err := store.Create(t.Context(), c); err != nil {
		t.Fatalf("the largest beginning: %v", err)
	}
	control, err := store.Load(t.Context(), c.Ref)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := store.Start(t.Context(), control); err != nil || len(s.Items) != 1 {
		t.Fatalf("%d items begin it (%v)", len(s.Items), err)
	}
	answer := execution.Response{Status: 200, Body: []byte(random(1 << 20))}
	if err := store.PutResponse(t.Context(), c.Ref, answer); err != nil {
		t.Fatalf("a large answer: %v", err)
	}
	if got, err := store.GetResponse(t.Context(), c.Ref); err != nil || !bytes.Equal(got.Body, answer.Body) {
		t.Fatalf("a large answer does not come back: %v", err)
	}
	var records []execution.Record
	for i := range 120 { // a segment of pure nodes is one item, however many they are
		records = append(records, execution.Record{Seq: 1 + i, Generation: 1, Run: workflow.NodeRun{
			Node: fmt.Sprintf("Node %d", i), Status: workflow.RunCompleted, Outputs: [][]workflow.Item{{{JSON: value.Obj("text", random(20<<10))}}},
		}})
	}
	_, err = store.Settle(t.Context(), execution.Settlement{
		Guard: execution.Guard{Ref: c.Ref}, AnyGeneration: true, From: execution.Queued, Status: execution.Completed, Now: noon,
		Segment: execution.Segment{Records: records, Done: len(records)},
	})
	if err != nil {
		t.Fatalf("the largest end: %v", err)
	}
	if control, err = store.Load(t.Context(), c.Ref); err != nil || control.Status != execution.Completed {
		t.Fatalf("%s, %v", control.Status, err)
	}
	if got, err := store.Records(t.Context(), control, 0); err != nil || len(got) != len(records)+1 {
		t.Errorf("%d records come back (%v), want %d", len(got), err, len(records)+1)
	}
}

// TestSlotsOfTheLargestPlanFit: 500 leases lie in one item.
func TestSlotsOfTheLargestPlanFit(t *testing.T) {
	clk := clock.NewManual(noon)
	store := dynamostore.NewRuns(table.Client(table.Open(t, clk)), table.Runs, nil, clk)
	if err := store.MakeTenant(t.Context(), "ten_hot"); err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		c := creation(0, noon)
		c.ID, c.LeaseUntil = ident.Execution(ident.New(ident.PrefixExecution, noon.Add(time.Duration(i)*time.Millisecond))), noon.Add(time.Hour)
		c.Limits.MaxConcurrent = 500
		if _, err := store.Create(t.Context(), c); err != nil {
			t.Fatalf("run %d: %v", i, err)
		}
	}
	slots, err := store.Slots(t.Context(), "ten_hot")
	if err != nil || len(slots.Leases) != 500 {
		t.Errorf("%d leases, %v", len(slots.Leases), err)
	}
}

// TestReservationOfTheDeepestRunFits: it draws on the counters of all runs above it.
func TestReservationOfTheDeepestRunFits(t *testing.T) {
	clk := clock.NewManual(noon)
	l := dynamostore.NewLedger(dynamostore.NewRuns(table.Client(table.Open(t, clk)), table.Runs, nil, clk), budgets(1000), cappedEach{})
	family(t, l, execution.MaxDepth)
	r, err := l.Reserve(t.Context(), familyEstimate(1, execution.MaxDepth, false))
	if err != nil || len(r.Estimate.Above) != execution.MaxDepth {
		t.Fatalf("%d runs above, %v", len(r.Estimate.Above), err)
	}
	if err := l.Settle(t.Context(), r, usage.Record{ID: r.ID, Origin: r.Estimate.Origin, Usage: workflow.TokenUsage{Total: 1}, At: noon}); err != nil {
		t.Fatal(err)
	}
}
