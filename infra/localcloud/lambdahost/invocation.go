package lambdahost

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// traceKey is the context key under which aws-lambda-go hands the trace header to
// handlers; the AWS SDK reads it there.
const traceKey = "x-amzn-trace-id"

type invocationKey struct{}

// Invocation is one run of a function. It is also the context that the handler
// gets: it ends at the deadline on the host's clock, or when it is killed.
type Invocation struct {
	host     *Host
	function *hosted
	payload  []byte
	trace    string
	started  time.Time
	deadline time.Time
	timer    clock.Timer
	values   context.Context // carries lambdacontext

	id      string
	killed  atomic.Bool
	settled chan struct{} // closed once result is set
	result  Result

	mu    sync.Mutex
	ended bool // result is decided
	done  chan struct{}
	err   error
	after map[*func()]struct{}
}

func newInvocation(h *Host, f *hosted, c Call) *Invocation {
	now := h.opts.Clock.Now()
	id := requestID()
	inv := &Invocation{
		host: h, function: f, payload: c.Payload, trace: nextTrace(c.Trace, f.mark, id), id: id,
		started: now, deadline: now.Add(f.Timeout), settled: make(chan struct{}), done: make(chan struct{}),
	}
	inv.values = lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{
		AwsRequestID: id, InvokedFunctionArn: f.ARN,
	})
	return inv
}

// requestID makes an id in the form of a UUID.
func requestID() string {
	s := ident.Token() + ident.Token()
	return s[0:8] + "-" + s[8:12] + "-4" + s[13:16] + "-a" + s[17:20] + "-" + s[20:32]
}

// FromContext returns the invocation in whose handler ctx was made, nil outside of one.
func FromContext(ctx context.Context) *Invocation {
	inv, _ := ctx.Value(invocationKey{}).(*Invocation)
	return inv
}

// RequestID is the id that Lambda gave the invocation.
func (i *Invocation) RequestID() string { return i.id }

// FunctionName is the name of the function.
func (i *Invocation) FunctionName() string { return i.function.Name }

// FunctionARN is the ARN of the function.
func (i *Invocation) FunctionARN() string { return i.function.ARN }

// Payload is the event.
func (i *Invocation) Payload() []byte { return i.payload }

// Trace is the X-Amzn-Trace-Id that the function's own calls carry.
func (i *Invocation) Trace() string { return i.trace }

// Killed reports whether the invocation's process died: its calls no longer count.
func (i *Invocation) Killed() bool { return i.killed.Load() }

// Kill ends the invocation as the sudden death of its process does.
func (i *Invocation) Kill() {
	i.killed.Store(true)
	if i.settle(Result{Payload: exited(i.id), FunctionError: unhandled}) {
		i.cancel(context.Canceled)
	}
}

// expire ends the invocation at its deadline. The outcome is decided before the
// context ends, so that a handler that returns because of it comes too late.
func (i *Invocation) expire() {
	if i.settle(Result{Payload: timedOut(i.id, i.function.Timeout), FunctionError: unhandled}) {
		i.cancel(context.DeadlineExceeded)
	}
}

func (i *Invocation) run() {
	payload, failure := i.function.Runner.Run(i)
	i.timer.Stop()
	r := Result{Payload: payload}
	switch {
	case failure != nil:
		r = Result{Payload: failure, FunctionError: unhandled}
	case len(payload) > maxSyncPayload:
		r = Result{Payload: tooLarge(), FunctionError: unhandled}
	}
	i.settle(r)
	i.cancel(context.Canceled)
}

// settle decides the result, once.
func (i *Invocation) settle(r Result) bool {
	i.mu.Lock()
	if i.ended {
		i.mu.Unlock()
		return false
	}
	i.ended = true
	r.RequestID = i.id
	i.result = r
	i.mu.Unlock()
	took := i.host.opts.Clock.Since(i.started)
	i.host.bill(i.function, took)
	i.host.release(i.function)
	if i.host.opts.Ended != nil {
		i.host.opts.Ended(i.function.Name, took, r.FunctionError != "")
	}
	close(i.settled)
	return true
}

func (i *Invocation) cancel(err error) {
	i.mu.Lock()
	if i.err != nil {
		i.mu.Unlock()
		return
	}
	i.err = err
	after := i.after
	i.after = nil
	close(i.done)
	i.mu.Unlock()
	for fn := range after {
		go (*fn)()
	}
}

// Deadline implements context.Context; it is a time of the host's clock.
func (i *Invocation) Deadline() (time.Time, bool) { return i.deadline, true }

// Done implements context.Context.
func (i *Invocation) Done() <-chan struct{} { return i.done }

// Err implements context.Context.
func (i *Invocation) Err() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

// Value implements context.Context.
func (i *Invocation) Value(key any) any {
	switch key {
	case invocationKey{}:
		return i
	case traceKey:
		return i.trace
	}
	return i.values.Value(key)
}

// AfterFunc lets package context follow this context without a goroutine of its own.
func (i *Invocation) AfterFunc(fn func()) func() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.err != nil {
		go fn()
		return func() bool { return false }
	}
	if i.after == nil {
		i.after = map[*func()]struct{}{}
	}
	key := &fn
	i.after[key] = struct{}{}
	return func() bool {
		i.mu.Lock()
		defer i.mu.Unlock()
		_, waiting := i.after[key]
		delete(i.after, key)
		return waiting
	}
}
