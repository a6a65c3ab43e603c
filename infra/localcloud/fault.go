package localcloud

import (
	"context"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/automatelanka/automatelanka/infra/localcloud/inject"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// fate decides what happens to a call, and lets the time pass that it takes. Its
// error is that of ctx.
func (c *Cloud) fate(ctx context.Context, service, operation string) (inject.Decision, error) {
	if c.faults == nil && c.latency == nil {
		return inject.Decision{}, nil
	}
	d := c.faults.Call(service, operation)
	wait := d.Delay
	if c.latency != nil {
		wait += c.latency.Of(service, operation, ident.Fraction())
	}
	if wait > 0 {
		if err := clock.Sleep(ctx, c.opts.Clock, wait); err != nil {
			return d, err
		}
	}
	return d, nil
}

// operation names what a request asks for: the operation of a JSON protocol, the
// method of a REST one.
func operation(r *http.Request) string {
	if op := wire.Operation(r); op != "" {
		return op
	}
	if _, op, ok := strings.Cut(r.URL.Path, "/operation/"); ok && r.Header.Get("Smithy-Protocol") != "" {
		return op
	}
	return r.Method
}

func (t *transport) kill(inv *lambdahost.Invocation) (kill, before bool) {
	if inv == nil {
		return false, false
	}
	return t.cloud.faults.Kill()
}

// failed is the answer, or the broken connection, of a call that an injected fault
// has met.
func (t *transport) failed(svc service, r *http.Request, o inject.Outcome, err error) (*http.Response, error) {
	switch {
	case err != nil:
		return nil, err
	case o == inject.ResetBefore || o == inject.ResetAfter:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	w := &response{header: http.Header{}, status: http.StatusOK}
	e := faultError(svc.name, o)
	if o == inject.Conflict {
		e = conflictError(operation(r))
	}
	if svc.name == "s3" {
		w.header.Set("Content-Type", "application/xml")
		w.WriteHeader(e.Status)
		_, _ = w.Write([]byte("<Error><Code>" + e.Type + "</Code><Message>" + e.Message + "</Message></Error>"))
	} else {
		wire.WriteError(w, e)
	}
	return w.result(r), nil
}

// throttles are the names under which services say that there are too many calls.
var throttles = map[string]*wire.Error{
	"dynamodb": {Status: 400, Type: "ThrottlingException"},
	"sqs":      {Status: 403, Type: "com.amazonaws.sqs#RequestThrottled"},
	"lambda":   {Status: 429, Type: "TooManyRequestsException", Extra: map[string]any{"Reason": "CallerRateLimitExceeded"}},
	"states":   {Status: 400, Type: "ThrottlingException"},
	"s3":       {Status: 503, Type: "SlowDown"},
}

func faultError(service string, o inject.Outcome) *wire.Error {
	if o != inject.Throttle {
		e := &wire.Error{Status: http.StatusInternalServerError, Type: "InternalServerError", Message: "an injected fault"}
		switch service {
		case "s3":
			e.Type = "InternalError"
		case "lambda":
			e.Type = "ServiceException"
		}
		return e
	}
	e := wire.Error{Status: http.StatusTooManyRequests, Type: "ThrottlingException"}
	if known, ok := throttles[service]; ok {
		e = *known
	}
	e.Message = "Rate exceeded (an injected fault)"
	return &e
}

// conflictError is the answer to a write that meets a transaction on its item.
func conflictError(operation string) *wire.Error {
	const message = "Transaction is ongoing for the item (an injected fault)"
	e := &wire.Error{Status: http.StatusBadRequest, Type: "com.amazonaws.dynamodb.v20120810#TransactionConflictException", Message: message}
	if operation == "TransactWriteItems" {
		e.Type = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
		e.Extra = map[string]any{"CancellationReasons": []map[string]string{{"Code": "TransactionConflict", "Message": message}}}
	}
	return e
}

// invoker calls functions on behalf of services of AWS, with the same faults and
// latency that a call through the transport meets.
type invoker struct{ cloud *Cloud }

// Do implements the invokers of event sources, APIs and state machines.
func (i invoker) Do(ctx context.Context, call lambdahost.Call) (lambdahost.Result, error) {
	fate, err := i.cloud.fate(ctx, "lambda", "Invoke")
	if err != nil {
		return lambdahost.Result{}, err
	}
	if fate.Outcome.Before() {
		return lambdahost.Result{}, faultError("lambda", fate.Outcome)
	}
	r, err := i.cloud.functions.Do(ctx, call)
	if err == nil && fate.Outcome.After() {
		return lambdahost.Result{}, faultError("lambda", fate.Outcome)
	}
	return r, err
}

// Loops implements eventsource.Invoker.
func (i invoker) Loops(function, trace string) bool { return i.cloud.functions.Loops(function, trace) }

// Hops implements eventsource.Invoker.
func (i invoker) Hops(function, trace string) int { return i.cloud.functions.Hops(function, trace) }

// The pauses between the SDK's attempts pass in real time, whatever the cloud's
// clock does, so they are short here.
const (
	attempts  = 3
	pauseUnit = 2 * time.Millisecond
)

func newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
			return time.Duration(attempt) * pauseUnit, nil
		})
	})
}
