package lambdahost

import (
	"context"
	"net/http"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/alarm"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// InvocationType says whether a caller waits for the result.
type InvocationType string

// The invocation types of Lambda's Invoke.
const (
	RequestResponse InvocationType = "RequestResponse"
	Event           InvocationType = "Event"
	DryRun          InvocationType = "DryRun"
)

// Call is one request to invoke a function.
type Call struct {
	Function string // name or ARN
	Payload  []byte // JSON
	Type     InvocationType
	// Trace is the X-Amzn-Trace-Id of the caller, which carries the chain of
	// functions that led here; "" if there is none.
	Trace string
}

// Result is what an invocation gave.
type Result struct {
	Payload []byte
	// FunctionError is "Unhandled" if the function failed; Payload is the error
	// JSON then. It is "" if the function succeeded.
	FunctionError string
	RequestID     string
}

// Invoke is Do for a call without a trace.
func (h *Host) Invoke(ctx context.Context, function string, payload []byte, typ InvocationType) (Result, error) {
	return h.Do(ctx, Call{Function: function, Payload: payload, Type: typ})
}

// Do invokes a function. A failure of the function is a Result; the error is a
// *wire.Error if the function was not started (ResourceNotFoundException,
// TooManyRequestsException, RequestTooLargeException, RecursiveInvocationException), and ctx's
// error if ctx ended first, in which case the invocation goes on.
func (h *Host) Do(ctx context.Context, c Call) (Result, error) {
	f, err := h.find(c.Function)
	if err != nil {
		return Result{}, err
	}
	limit := maxSyncPayload
	if c.Type == Event {
		limit = maxAsyncPayload
	}
	if len(c.Payload) > limit {
		return Result{}, &wire.Error{
			Status: http.StatusRequestEntityTooLarge, Type: "RequestTooLargeException",
			Message: "Request must be smaller than the limit of the InvokeFunction operation",
		}
	}
	if h.loops(f, c.Trace) {
		return Result{}, wire.Errorf("RecursiveInvocationException", "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation.")
	}
	switch c.Type {
	case DryRun:
		return Result{}, nil
	case Event:
		return h.async.add(f, c)
	}
	inv, err := h.start(f, c)
	if err != nil {
		return Result{}, err
	}
	select {
	case <-inv.settled:
		return inv.result, nil
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// start begins an invocation and returns at once.
func (h *Host) start(f *hosted, c Call) (*Invocation, error) {
	if err := h.acquire(f); err != nil {
		if h.opts.Throttled != nil && isThrottle(err) {
			h.opts.Throttled(f.Name)
		}
		return nil, err
	}
	inv := newInvocation(h, f, c)
	inv.timer = alarm.At(h.opts.Clock, inv.deadline, inv.expire)
	h.crew.run(inv)
	return inv, nil
}

// bill counts what Lambda would: a request, and the time that it ran, in
// milliseconds begun, times its memory.
func (h *Host) bill(f *hosted, took time.Duration) {
	ms := (took + time.Millisecond - 1) / time.Millisecond
	h.opts.Meter.Add("lambda.requests", 1)
	h.opts.Meter.Add("lambda.gb_seconds", float64(max(ms, 1))/1000*float64(f.MemoryMB)/1024)
}
