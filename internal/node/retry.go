package node

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The retry policy. The n8n limits are those of its engine: it takes at least 2
// and at most 5 tries, and waits at most 5 s between them.
const (
	DefaultAttempts = 3
	DefaultDelay    = 5 * time.Second
	MaxDelay        = 5 * time.Minute // of backoff and of an honoured Retry-After

	// heldBackDelay is the least delay of an attempt that the platform's pace held back.
	heldBackDelay = time.Second

	n8nMinTries = 2
	n8nMaxTries = 5
	n8nTries    = 3
	n8nMaxWait  = 5 * time.Second
	n8nWait     = time.Second
)

// Attempt is a failed attempt as Retry judges it.
type Attempt struct {
	Err    *fault.Error
	Number int // from 1
	Effect Effect
	// Soft is Outcome.Soft: there is no error, but the node gave an error item.
	Soft bool
	// Jitter is a random fraction in [0, 1).
	Jitter float64
}

// Retry says whether a failed attempt is repeated, and after what delay. By
// default transient errors are, up to DefaultAttempts, after 5 s, 10 s, … with up
// to half of it added, or after the other side's Retry-After if that is longer
// (and not beyond MaxDelay: then the node fails at once). retryOnFail repeats
// every error, with n8n's limits. An unsafe call whose outcome is unknown is
// never repeated here: that is the user's decision. An attempt that the pace of
// calls held back was none, and is repeated however often it was.
func Retry(n *workflow.Node, a Attempt) (bool, time.Duration) {
	if a.Err == nil && (!a.Soft || !n.RetryOnFail) {
		return false, 0
	}
	if a.Err != nil && (a.Err.Stops() || a.Err.Code == fault.CodeAIBudget || a.UnknownOutcome()) {
		return false, 0
	}
	if a.Err != nil && HeldBack(a.Err) {
		return true, min(max(a.Err.RetryAfter, heldBackDelay), MaxDelay) // it was not an attempt yet
	}
	if n.RetryOnFail {
		return n8nRetry(n, a)
	}
	if a.Number >= DefaultAttempts || !transient(a) {
		return false, 0
	}
	delay := DefaultDelay << (a.Number - 1)
	delay += time.Duration(a.Jitter * float64(delay) / 2)
	if a.Err.RetryAfter > MaxDelay {
		return false, 0
	}
	return true, max(min(delay, MaxDelay), a.Err.RetryAfter)
}

func n8nRetry(n *workflow.Node, a Attempt) (bool, time.Duration) {
	tries := n8nTries
	if n.MaxTries != 0 {
		tries = min(max(n.MaxTries, n8nMinTries), n8nMaxTries)
	}
	if a.Number >= tries {
		return false, 0
	}
	wait := n8nWait
	if n.WaitBetweenTries > 0 {
		wait = min(time.Duration(n.WaitBetweenTries)*time.Millisecond, n8nMaxWait)
	}
	if a.Err != nil && a.Err.RetryAfter > wait && a.Err.RetryAfter <= MaxDelay {
		wait = a.Err.RetryAfter
	}
	return true, wait
}

// transient errors may go away; one that the other side answered with counts
// only if the call may be repeated.
func transient(a Attempt) bool {
	if a.Err.Code == fault.CodeUpstreamRateLimited {
		return true
	}
	return a.Err.Transient() && (a.Err.Outcome == fault.NotSent || a.Effect != Unsafe)
}

// UnknownOutcome reports whether the attempt may have had an effect that would
// happen twice if it were repeated: NODE_OUTCOME_UNKNOWN.
func (a Attempt) UnknownOutcome() bool {
	return a.Err != nil && a.Err.Outcome == fault.Unknown && a.Effect == Unsafe
}

// OutcomeUnknown is the error of a node run whose effect may have happened:
// resume asks whether to repeat or to skip it.
func OutcomeUnknown(n *workflow.Node, cause error) *fault.Error {
	e := fault.Wrap(cause, fault.Conflict, fault.CodeNodeOutcomeUnknown,
		"The node %q was interrupted while it changed something outside, and it is not known whether that happened. Look there, then resume with \"retry\" to repeat it or \"skip\" to go on without.", n.Name)
	e.Outcome = fault.Unknown
	return e
}
