package sim

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// answer is what somebody answers to the message of wf_ask.
func answer(c execution.Control) execution.Waking {
	return execution.Waking{Token: c.ResumeToken, Node: "ask1", Items: []workflow.Item{workflow.EmptyItem()}}
}

// repair lets what died be found: claims and leases end, sweep looks.
func (w *world) repair(t *testing.T) {
	t.Helper()
	for range 2 + int(admission.LeaseTime/time.Minute) {
		w.drain(t)
		w.clock.Advance(time.Minute)
		w.sweep(context.Background())
	}
	w.drain(t)
}

// TestNothingGoesOnWithoutAnAnswer lets each function of a run that asks somebody die at
// each of its calls of the database, alone or with its machine run, before the answer
// or after it: the message is sent once, nothing after it runs before the answer, the
// answer counts once, and the run ends.
func TestNothingGoesOnWithoutAnAnswer(t *testing.T) {
	for _, after := range []bool{false, true} {
		for victim := range 4 {
			for _, alone := range []bool{true, false} {
				t.Run(fmt.Sprintf("answered=%v/function=%d/alone=%v", after, victim, alone), func(t *testing.T) {
					for call := 0; dieWhileAsking(t, after, victim, call, alone); call++ {
					}
				})
			}
		}
	}
}

// dieWhileAsking plays one run; false if the function ended before that call.
func dieWhileAsking(t *testing.T, after bool, victim, call int, alone bool) bool {
	t.Helper()
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_ask")
	kill := func() bool {
		for range victim {
			w.nextFunction()
		}
		w.killNext = &call
		before := w.saw["a function was killed"]
		w.nextFunction()
		w.killNext = nil
		died := w.saw["a function was killed"] > before
		if died && !alone {
			w.machines = nil
		}
		return died
	}
	died := false
	if !after {
		died = kill()
	}
	w.repair(t)
	if n := w.count(ref, "pay2"); n != 0 || w.count(ref, "ask1") > 1 {
		t.Fatalf("call %d: before the answer the message was sent %d times, what follows ran %d times", call, w.count(ref, "ask1"), n)
	}
	c := w.status(t, ref)
	if c.Status == execution.Failed && c.Error.Code == fault.CodeNodeOutcomeUnknown && !after {
		return died // it is not known whether the message was sent: somebody has to say
	}
	c = w.want(t, ref, execution.Waiting)
	if !died { // else its slot is free when somebody needs it: sweep looks then
		w.wantFree(t, tn)
	}
	if err := w.desk.Wake(context.Background(), ref, answer(c)); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.Wake(context.Background(), ref, answer(c)); !fault.Is(err, fault.Conflict) {
		t.Fatalf("the second answer: %v", err)
	}
	if after {
		died = kill()
	}
	w.repair(t)
	if c := w.status(t, ref); c.Status == execution.Failed && c.Error.Code == fault.CodeNodeOutcomeUnknown && after && died {
		return true // of pay2
	}
	w.want(t, ref, execution.Completed)
	if w.count(ref, "ask1") != 1 || w.count(ref, "pay2") != 1 {
		t.Fatalf("call %d: the message was sent %d times, what follows ran %d times", call, w.count(ref, "ask1"), w.count(ref, "pay2"))
	}
	return died
}

// wantFree fails if a slot is held.
func (w *world) wantFree(t *testing.T, tn ident.Tenant) {
	t.Helper()
	if slots, err := w.runs.Slots(context.Background(), tn); err != nil || len(slots.Leases) > 0 {
		t.Fatalf("slots are held: %v %v", slots.Leases, err)
	}
}

// An answer counts while it is waited for, and never else: not before the message is
// out, not to another node run, not when the time is over, not after a cancellation; and
// the resume URL answers no message.
func TestAnswersThatDoNotCount(t *testing.T) {
	w, tn := still(t, 2)
	ctx := context.Background()
	refused := func(what string, ref execution.Ref, a execution.Waking) {
		t.Helper()
		before := w.status(t, ref)
		if err := w.desk.Wake(ctx, ref, a); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", what, err)
		}
		if now := w.status(t, ref); now.Status != before.Status || now.Generation != before.Generation {
			t.Errorf("%s: the run is %s of generation %d, and was %s of %d", what, now.Status, now.Generation, before.Status, before.Generation)
		}
	}
	ref := w.mustLaunch(t, tn, "wf_ask")
	refused("before the message", ref, answer(w.status(t, ref)))
	w.drain(t)
	c := w.want(t, ref, execution.Waiting)
	other := answer(c)
	other.Run = 1
	refused("to another run of the node", ref, other)
	other = answer(c)
	other.Node = "pay2"
	refused("to another node", ref, other)
	refused("by the resume URL", ref, execution.Waking{Token: c.ResumeToken, Items: []workflow.Item{workflow.EmptyItem()}})
	if err := w.desk.Wake(ctx, ref, execution.Waking{Token: c.ResumeToken}); err != nil { // it is looked at, and waits on
		t.Fatal(err)
	}
	w.drain(t)
	c = w.want(t, ref, execution.Waiting)
	w.clock.Advance(askTime - time.Second)
	w.sweep(ctx)
	w.drain(t)
	w.want(t, ref, execution.Waiting)
	w.clock.Advance(time.Second)
	refused("when the time is over", ref, answer(c))
	w.repair(t)
	w.want(t, ref, execution.Completed)
	refused("after the end", ref, answer(c))
	if w.count(ref, "ask1") != 1 || w.count(ref, "pay2") != 1 {
		t.Errorf("the message was sent %d times, what follows ran %d times", w.count(ref, "ask1"), w.count(ref, "pay2"))
	}

	gone := w.mustLaunch(t, tn, "wf_ask")
	w.drain(t)
	c = w.want(t, gone, execution.Waiting)
	w.cancelOne(ctx, gone)
	w.repair(t)
	w.want(t, gone, execution.Cancelled)
	refused("after a cancellation", gone, answer(c))
	if n := w.count(gone, "pay2"); n != 0 {
		t.Errorf("a cancelled run went on %d times", n)
	}
	w.wantIdle(t, tn)
}

// Two messages of parallel branches are answered one after the other, in any order.
func TestTwoQuestionsAtOnce(t *testing.T) {
	for _, order := range [][]string{{"askA", "askB"}, {"askB", "askA"}} {
		w, tn := still(t, 1)
		ctx := context.Background()
		ref := w.mustLaunch(t, tn, "wf_asks_two")
		w.repair(t)
		for i, node := range order {
			c := w.want(t, ref, execution.Waiting)
			a := answer(c)
			a.Node = node
			if err := w.desk.Wake(ctx, ref, a); err != nil {
				t.Fatalf("%s: %v", node, err)
			}
			w.repair(t)
			if n := w.count(ref, "pay"+order[1][3:]); i == 0 && n != 0 {
				t.Fatalf("what follows %s ran before its answer", order[1])
			}
		}
		w.want(t, ref, execution.Completed)
		for _, node := range []string{"askA", "askB", "payA", "payB"} {
			if n := w.count(ref, node); n != 1 {
				t.Errorf("%s ran %d times", node, n)
			}
		}
	}
}

// A second invocation of the function that has sent the message sends none.
func TestALateDuplicateAsksNobody(t *testing.T) {
	w, tn := still(t, 1)
	ref := w.mustLaunch(t, tn, "wf_ask")
	for w.count(ref, "ask1") == 0 {
		w.nextFunction()
	}
	records, err := w.recorded(w.status(t, ref))
	if err != nil || len(records) == 0 {
		t.Fatal(err, records)
	}
	last := records[len(records)-1]
	w.invoke(w.machines[0], execution.Task{Seq: last.Seq, Node: "ask1", Attempt: 1, Timeout: 60})
	if n := w.count(ref, "ask1"); n != 1 {
		t.Fatalf("the message was sent %d times", n)
	}
	w.repair(t)
	c := w.want(t, ref, execution.Waiting)
	if err := w.desk.Wake(context.Background(), ref, answer(c)); err != nil {
		t.Fatal(err)
	}
	w.repair(t)
	w.want(t, ref, execution.Completed)
}
