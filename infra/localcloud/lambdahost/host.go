package lambdahost

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/infra/localcloud/await"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// Lambda's limits (AWS Lambda quotas).
const (
	maxSyncPayload     = 6 << 20 // bytes, request and response
	maxAsyncPayload    = 1 << 20 // bytes
	accountConcurrency = 1000
)

// Function is a function to be hosted. One of Handler and Runner is set.
type Function struct {
	Name     string
	ARN      string
	Timeout  time.Duration
	MemoryMB int
	// ReservedConcurrency limits concurrent invocations; -1 for none, 0 stops all.
	ReservedConcurrency int
	// AllowRecursion is RecursiveLoop: Allow.
	AllowRecursion bool
	// Handler must be safe for concurrent use, and may not reuse the bytes that it
	// returns; see NewHandler.
	Handler lambda.Handler
	Runner  Runner
	// AsyncRetries, AsyncMaxAge and DeadLetterARN govern asynchronous invocations
	// that fail.
	AsyncRetries  int
	AsyncMaxAge   time.Duration
	DeadLetterARN string
}

// Options are what a host needs.
type Options struct {
	Store kv.Store
	Clock clock.Clock
	Meter *meter.Meter
	// DeadLetter sends an asynchronous event that failed for good to a queue; nil
	// if there are no dead-letter queues.
	DeadLetter func(queueARN string, payload []byte, failure string) error
	// Ended is told of each invocation that has ended, and Throttled of each that was
	// not let in; nil tells nobody.
	Ended     func(function string, took time.Duration, failed bool)
	Throttled func(function string)
}

// Host runs functions. All methods are safe for concurrent use.
type Host struct {
	opts  Options
	async *asyncQueue
	crew  *crew

	mu        sync.Mutex
	functions map[string]*hosted
	running   int // invocations that have not ended
	closing   bool
	idle      chan struct{} // closed when closing and nothing runs
}

// hosted is a registered function and its current load.
type hosted struct {
	Function
	mark    string // names the function in trace headers
	running int    // guarded by Host.mu
}

// New returns a host without functions. Call Start when all are registered.
func New(o Options) *Host {
	h := &Host{opts: o, functions: map[string]*hosted{}, idle: make(chan struct{}), crew: newCrew()}
	h.async = newAsyncQueue(h)
	return h
}

// Register adds a function, or replaces the one of that name.
func (h *Host) Register(f Function) error {
	if err := checkHandler(f); err != nil {
		return err
	}
	if f.Runner == nil {
		f.Runner = handlerRunner{f.Handler}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.functions[f.Name] = &hosted{Function: f, mark: markOf(f.ARN)}
	return nil
}

// Start takes up the asynchronous invocations that an earlier process left open.
func (h *Host) Start() error { return h.async.start() }

// Close refuses new invocations and waits until those that run have ended, or
// until ctx ends.
func (h *Host) Close(ctx context.Context) error {
	h.async.stop()
	h.mu.Lock()
	if !h.closing {
		h.closing = true
		close(h.crew.quit)
		if h.running == 0 {
			close(h.idle)
		}
	}
	h.mu.Unlock()
	return await.Return(ctx, func() {
		<-h.idle
		h.async.busy.Wait() // also what is written about asynchronous invocations
	})
}

// find returns a function by name, partial ARN or ARN, with or without $LATEST.
func (h *Host) find(ref string) (*hosted, error) {
	name := ref
	if _, rest, ok := strings.Cut(ref, "function:"); ok {
		name = rest
	}
	name = strings.TrimSuffix(name, ":$LATEST")
	h.mu.Lock()
	defer h.mu.Unlock()
	if f, ok := h.functions[name]; ok {
		return f, nil
	}
	return nil, &wire.Error{Status: http.StatusNotFound, Type: "ResourceNotFoundException", Message: "Function not found: " + ref}
}

// Timeout returns the timeout of a function, 0 if there is none of that name or ARN.
func (h *Host) Timeout(ref string) time.Duration {
	f, err := h.find(ref)
	if err != nil {
		return 0
	}
	return f.Timeout
}

// Running is how many invocations have not ended.
func (h *Host) Running() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.running
}

// acquire takes a place among the concurrent invocations.
func (h *Host) acquire(f *hosted) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closing:
		return &wire.Error{Status: http.StatusServiceUnavailable, Type: "ServiceException", Message: "the local cloud is stopping"}
	case f.ReservedConcurrency >= 0 && f.running >= f.ReservedConcurrency:
		return throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
	case h.running >= accountConcurrency:
		return throttled("ConcurrentInvocationLimitExceeded")
	}
	h.running++
	f.running++
	return nil
}

func throttled(reason string) error {
	return &wire.Error{
		Status: http.StatusTooManyRequests, Type: "TooManyRequestsException", Message: "Rate Exceeded.",
		Extra: map[string]any{"Reason": reason, "Type": "User"},
	}
}

func isThrottle(err error) bool {
	var e *wire.Error
	return errors.As(err, &e) && e.Status == http.StatusTooManyRequests
}

func (h *Host) release(f *hosted) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running--
	f.running--
	if h.closing && h.running == 0 {
		close(h.idle)
	}
}
