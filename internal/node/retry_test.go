package node

import (
	"errors"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/pace"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func TestRetry(t *testing.T) {
	away := func(o fault.Outcome) *fault.Error {
		e := fault.New(fault.Unavailable, fault.CodeUpstream, "away")
		e.Outcome = o
		return e
	}
	after := func(d time.Duration) *fault.Error {
		e := fault.New(fault.LimitExceeded, fault.CodeUpstreamRateLimited, "slow down")
		e.RetryAfter = d
		return e
	}
	heldBack := func(d time.Duration) *fault.Error {
		e := fault.Wrap(pace.ErrHeldBack, fault.Unavailable, fault.CodeUpstreamRateLimited, "later")
		e.RetryAfter = d
		return e
	}
	plain := workflow.Node{WaitBetweenTries: -1}
	n8n := workflow.Node{WaitBetweenTries: -1, RetryOnFail: true}
	for _, c := range []struct {
		name  string
		node  workflow.Node
		a     Attempt
		again bool
		delay time.Duration
	}{
		{"first", plain, Attempt{Err: away(0), Number: 1}, true, 5 * time.Second},
		{"second doubles", plain, Attempt{Err: away(0), Number: 2}, true, 10 * time.Second},
		{"jitter adds up to half", plain, Attempt{Err: away(0), Number: 2, Jitter: 0.5}, true, 12500 * time.Millisecond},
		{"third is the last", plain, Attempt{Err: away(0), Number: 3}, false, 0},
		{"what will not go away", plain, Attempt{Err: Errorf("bad"), Number: 1}, false, 0},
		{"safe calls whatever happened", plain, Attempt{Err: away(fault.Unknown), Number: 1, Effect: Safe}, true, 5 * time.Second},
		{"keyed calls too", plain, Attempt{Err: away(fault.Unknown), Number: 1, Effect: Keyed}, true, 5 * time.Second},
		{"unsafe and refused", plain, Attempt{Err: away(fault.Refused), Number: 1, Effect: Unsafe}, false, 0},
		{"unsafe and refused, asked for", n8n, Attempt{Err: away(fault.Refused), Number: 1, Effect: Unsafe}, true, time.Second},
		{"unsafe and unknown, never", n8n, Attempt{Err: away(fault.Unknown), Number: 1, Effect: Unsafe}, false, 0},
		{"unsafe and not sent", plain, Attempt{Err: away(fault.NotSent), Number: 1, Effect: Unsafe}, true, 5 * time.Second},
		{"retry after, longer", plain, Attempt{Err: after(40 * time.Second), Number: 1}, true, 40 * time.Second},
		{"retry after, shorter", plain, Attempt{Err: after(time.Second), Number: 1}, true, 5 * time.Second},
		{"retry after, too long", plain, Attempt{Err: after(time.Hour), Number: 1}, false, 0},
		{"held back is no attempt", plain, Attempt{Err: heldBack(7 * time.Second), Number: 40, Effect: Unsafe}, true, 7 * time.Second},
		{"held back, with n8n's settings", n8n, Attempt{Err: heldBack(time.Millisecond), Number: 40}, true, time.Second},
		{"n8n: any error", n8n, Attempt{Err: Errorf("bad"), Number: 2}, true, time.Second},
		{"n8n: three tries", n8n, Attempt{Err: Errorf("bad"), Number: 3}, false, 0},
		{"n8n: at least two", workflow.Node{RetryOnFail: true, MaxTries: 1, WaitBetweenTries: 10}, Attempt{Err: Errorf("bad"), Number: 1}, true, 10 * time.Millisecond},
		{"n8n: at most five", workflow.Node{RetryOnFail: true, MaxTries: 99}, Attempt{Err: Errorf("bad"), Number: 5}, false, 0},
		{"n8n: waits at most 5 s", workflow.Node{RetryOnFail: true, WaitBetweenTries: 60_000}, Attempt{Err: Errorf("bad"), Number: 1}, true, 5 * time.Second},
		{"n8n: no wait is the default", workflow.Node{RetryOnFail: true, WaitBetweenTries: 0}, Attempt{Err: Errorf("bad"), Number: 1}, true, time.Second},
		{"n8n: honours retry after", n8n, Attempt{Err: after(9 * time.Second), Number: 1}, true, 9 * time.Second},
		{"n8n: error items", n8n, Attempt{Soft: true, Number: 1}, true, time.Second},
		{"error items otherwise", plain, Attempt{Soft: true, Number: 1}, false, 0},
		{"cancelled", n8n, Attempt{Err: fault.New(fault.Cancelled, fault.CodeCancelled, "x"), Number: 1}, false, 0},
		{"budget", n8n, Attempt{Err: fault.New(fault.LimitExceeded, fault.CodeAIBudget, "x"), Number: 1}, false, 0},
		{"success", n8n, Attempt{Number: 1}, false, 0},
	} {
		again, delay := Retry(&c.node, c.a)
		if again != c.again || delay != c.delay {
			t.Errorf("%s: %v after %v, want %v after %v", c.name, again, delay, c.again, c.delay)
		}
	}
}

func TestOutcomeUnknown(t *testing.T) {
	e := OutcomeUnknown(&workflow.Node{Name: "Pay"}, errors.New("cut"))
	if e.Code != fault.CodeNodeOutcomeUnknown || !(Attempt{Err: e, Effect: Unsafe}).UnknownOutcome() || (Attempt{Err: e, Effect: Safe}).UnknownOutcome() {
		t.Errorf("%+v", e)
	}
}
