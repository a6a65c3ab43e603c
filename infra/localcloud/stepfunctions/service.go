package stepfunctions

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// Invoker calls Lambda functions.
type Invoker interface {
	// Invoke calls a function by name or ARN and waits for its answer. A failure of
	// the function is a Result with FunctionError set and the error object as
	// Payload. A failure to invoke is an error: a *TaskError or *wire.Error names it
	// (TooManyRequestsException, ResourceNotFoundException, ServiceException); any
	// other becomes Lambda.SdkClientException. It should return when ctx ends.
	Invoke(ctx context.Context, function string, payload []byte) (Result, error)
}

// Result is what an invocation gave.
type Result struct {
	Payload       []byte // JSON
	FunctionError string // "Unhandled" if the function failed
}

// ServiceCaller calls other services of the local cloud for integrations.
type ServiceCaller interface {
	// Call calls an API action, for example dynamodb getItem, with its parameters
	// as JSON, and returns the answer as JSON. A *wire.Error names the failure.
	Call(ctx context.Context, service, action string, params []byte) ([]byte, error)
}

// TaskError is a failure with the very name that Retry and Catch are to see.
type TaskError struct{ Name, Cause string }

func (e *TaskError) Error() string { return e.Name + ": " + e.Cause }

// RunEnd is what OnEnd is told of a run.
type RunEnd struct {
	ExecutionARN, Machine, Name string
	Express                     bool
	Status                      asl.Status
	Output                      []byte // JSON; nil unless it succeeded
	Error, Cause                string
	Started, Ended              time.Time
}

// Options are what a Service needs. Store, Clock and Invoker are required.
type Options struct {
	Store   kv.Store
	Clock   clock.Clock
	Meter   *meter.Meter
	Invoker Invoker
	Caller  ServiceCaller // required only if a machine uses sqs or dynamodb
	Logger  *slog.Logger
	// Region and Account stand in ARNs; us-east-1 and 000000000000 if empty.
	Region, Account string
	// DuplicateStart says whether an Express start is to happen twice, which the
	// service allows itself. Nil: never.
	DuplicateStart func() bool
	// OnEnd is called after each run's end, outside of all locks. Nil: nobody.
	OnEnd func(RunEnd)
	// CloseGrace is how long Close waits for tasks that are out before it abandons
	// them, by the wall clock whatever Clock is. 0: 5 seconds.
	CloseGrace time.Duration
}

// Service is the local Step Functions.
type Service struct {
	Options
	timers *timers

	mu       sync.RWMutex
	machines map[string]*machine // by ARN
	open     map[string]*live    // runs by storage key

	names sync.Mutex // serialises starts of Standard executions by name

	gate    sync.RWMutex // held for reading by all that touches runs or the store
	running bool         // between Start and Close: tasks are sent out
	dead    bool         // after Close: the store is not touched any more
	tasks   sync.WaitGroup
	base    context.Context
	abandon context.CancelFunc
}

// New makes a service; Start recovers what the store holds and lets it run.
func New(o Options) *Service {
	if o.Meter == nil {
		o.Meter = &meter.Meter{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Account == "" {
		o.Account = "000000000000"
	}
	if o.CloseGrace == 0 {
		o.CloseGrace = 5 * time.Second
	}
	s := &Service{Options: o, machines: map[string]*machine{}, open: map[string]*live{}}
	s.timers = newTimers(o.Clock, func(t *timer) { s.deliver(t.live, t.outcome()) })
	return s
}

// Start loads the machines, takes up the open runs and lets everything run until
// Close. ctx bounds the tasks: when it ends, those that are out are abandoned.
func (s *Service) Start(ctx context.Context) error {
	s.gate.Lock()
	if s.running {
		s.gate.Unlock()
		return errors.New("stepfunctions: already started")
	}
	s.running = true
	s.base, s.abandon = context.WithCancel(ctx)
	s.gate.Unlock()
	if err := s.loadMachines(); err != nil {
		return err
	}
	if err := s.recover(); err != nil {
		return err
	}
	s.timers.start()
	return nil
}

// Close stops taking work, waits CloseGrace for the tasks that are out, and
// abandons the rest: their runs go on after the next Start.
func (s *Service) Close() {
	s.gate.Lock()
	was := s.running
	s.running = false
	s.gate.Unlock()
	if !was {
		return
	}
	s.timers.stop()
	ended := make(chan struct{})
	go func() {
		s.tasks.Wait()
		close(ended)
	}()
	t := clock.Real().NewTimer(s.CloseGrace)
	defer t.Stop()
	select {
	case <-ended:
	case <-t.Chan():
		s.Logger.Warn("abandoning tasks that are still out", "service", "stepfunctions")
	}
	s.abandon()
	s.gate.Lock()
	s.dead = true
	s.gate.Unlock()
}

// OpenRuns returns how many runs have not ended.
func (s *Service) OpenRuns() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.open)
}

// now is the present to the millisecond: what the store keeps of it.
func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }
