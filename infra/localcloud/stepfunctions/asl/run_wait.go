package asl

import (
	"math"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
)

// maxWait is the longest that a Wait may take: more fails the execution, as seen
// on the service at 24,856 days (a signed 32-bit number of seconds).
const maxWait = time.Duration(math.MaxInt32) * time.Second

func (r *Run) wait(t *thread, sc *scope) {
	at, f := r.waitUntil(t.state.wait, sc)
	switch {
	case f != nil:
		r.fail(t, f)
	case at.Sub(r.now) > maxWait:
		r.fail(t, runtimeFailure("Wait state delay is too long."))
	case !at.After(r.now):
		r.waited(t)
	default:
		r.await(t, opWait, Effect{Kind: Wake, At: at})
	}
}

func (r *Run) waitUntil(w *waitSpec, sc *scope) (time.Time, *Failure) {
	switch {
	case w.seconds != nil && w.seconds.path == nil:
		return r.now.Add(time.Duration(w.seconds.n) * time.Second), nil
	case w.seconds != nil:
		n, f := waitSeconds(w.seconds.path, sc)
		return r.now.Add(time.Duration(n) * time.Second), f
	case w.path == nil:
		return w.until, nil
	}
	v, ok := w.path.Find(sc.root(w.path))
	if !ok {
		return time.Time{}, runtimeFailure("The TimestampPath parameter does not reference an input value: %s", w.path)
	}
	at, ok := parseTimestamp(v)
	if !ok {
		return at, runtimeFailure("The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: %s == %s", w.path, display(v))
	}
	return at, nil
}

func waitSeconds(p *Path, sc *scope) (int64, *Failure) {
	v, ok := p.Find(sc.root(p))
	if !ok {
		return 0, runtimeFailure("The SecondsPath parameter does not reference an input value: %s", p)
	}
	n, ok := integer(v)
	switch {
	case !ok:
		return 0, runtimeFailure("The SecondsPath parameter cannot be parsed as a long value: %s == %s", p, display(v))
	case n < 0:
		return 0, runtimeFailure("The SecondsPath parameter references a negative value: %s == %d", p, n)
	case n > int64(maxWait/time.Second):
		return 0, runtimeFailure("Wait state delay is too long.")
	}
	return n, nil
}

// waited ends a Wait: its output is its effective input.
func (r *Run) waited(t *thread) {
	input, f := t.effective()
	if f != nil {
		r.fail(t, f)
		return
	}
	r.leave(t, input)
}

// fail handles a failure of the state that t is in: by Retry, by Catch, by the
// state around it, or by ending the run.
func (r *Run) fail(t *thread, f *Failure) {
	f = f.locate(t.state.name, t.enteredEvent)
	if t.op == opFan {
		r.abandon(t)
	}
	if f.terminal() {
		f.last = t.lastEvent
		r.finish(Failed, nil, f)
		return
	}
	branch := t.branchFailed
	t.branchFailed = false
	if r.retry(t, f) {
		return
	}
	if branch {
		r.event(t, t.state.kind.String()+"StateFailed", nil)
	}
	if r.caught(t, f) {
		return
	}
	p := t.parent
	if p == nil {
		r.finish(Failed, nil, f)
		return
	}
	t.dead = true
	p.fan.threads[t.index] = nil
	last := t.lastEvent
	if t.item != nil {
		r.iteration(t, "MapIterationFailed")
	}
	r.abandon(p)
	p.lastEvent, p.branchFailed = last, true
	r.fail(p, f)
}

func (r *Run) retry(t *thread, f *Failure) bool {
	i := slices.IndexFunc(t.state.retry, func(x retrier) bool { return f.matches(x.errors) })
	if i < 0 {
		return false
	}
	x := &t.state.retry[i]
	if t.tries == nil {
		t.tries = make([]int, len(t.state.retry))
	}
	if t.tries[i] >= x.attempts {
		return false
	}
	delay := x.interval * math.Pow(x.backoff, float64(t.tries[i]))
	if x.maxDelay > 0 {
		delay = min(delay, x.maxDelay)
	}
	delay = min(delay, maxSeconds)
	if x.jitter {
		delay *= r.random().Float64()
	}
	t.tries[i]++
	t.retryCount++
	at := r.now.Add(time.Duration(delay * float64(time.Second))).Truncate(time.Millisecond)
	r.await(t, opRetry, Effect{Kind: Wake, At: at})
	return true
}

func (r *Run) caught(t *thread, f *Failure) bool {
	i := slices.IndexFunc(t.state.catch, func(c catcher) bool { return f.matches(c.errors) })
	if i < 0 {
		return false
	}
	c := &t.state.catch[i]
	out := t.raw
	if !c.discard {
		merged, ok := put(t.raw, c.resultPath, value.Obj("Error", f.Error, "Cause", f.Cause))
		if !ok {
			bad := &Failure{Error: ErrResultPathMatchFailure, Cause: "Unable to apply the ResultPath of a Catch to the state's input."}
			bad = bad.locate(t.state.name, t.enteredEvent)
			bad.Error = ErrRuntime
			r.fail(t, bad)
			return true
		}
		out = merged
	}
	if tooLarge(out) {
		bad := limitExceeded(t.state.name)
		bad.Error, bad.prefixed = ErrRuntime, true
		r.fail(t, bad)
		return true
	}
	r.move(t, out, c.next)
	return true
}
