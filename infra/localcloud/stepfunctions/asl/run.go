package asl

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Limits of the service (quotas of Step Functions).
const (
	// MaxPayload is the greatest size of a state's input, result or output in bytes.
	MaxPayload = 256 << 10
	// MaxEvents is how many events the history of a Standard execution may have.
	MaxEvents = 25_000
	// ExpressTimeout is how long an Express execution may last.
	ExpressTimeout = 5 * time.Minute
)

// A run that takes breathSteps steps without waiting for anything pauses for
// breathPause, so that a machine that loops for ever does not hold a processor.
const (
	breathSteps = 1000
	breathPause = 50 * time.Millisecond
)

// Start is what an execution begins with. Equal Starts and outcomes give equal runs.
type Start struct {
	ID, Name                string // the execution's ARN and name
	MachineARN, MachineName string
	RoleARN                 string
	Input                   any
	Time                    time.Time
	Express                 bool
	Seed                    uint64 // of the run's chance
}

// Status is how a run stands.
type Status string

// The statuses, by the service's names.
const (
	Running   Status = "RUNNING"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
	TimedOut  Status = "TIMED_OUT"
	Aborted   Status = "ABORTED"
)

// Run is one execution of a machine. It is not safe for concurrent use.
type Run struct {
	machine *Machine
	start   Start
	rng     *rand.Rand
	now     time.Time

	status  Status
	output  any
	failure *Failure // with an empty Error if none was named
	ended   time.Time

	root        *thread
	ready       []*thread
	pending     map[uint64]*thread
	token       uint64
	breath      uint64 // token of the pause that the run is in
	steps       int
	transitions int
	effects     []Effect

	lastEvent int64
	record    bool
	events    []Event

	execution, stateMachine *value.Object // parts of the context object
}

// NewRun prepares a run; Begin starts it. With record it collects its history.
func NewRun(m *Machine, s Start, record bool) *Run {
	return &Run{machine: m, start: s, now: s.Time, status: Running, record: record, pending: map[uint64]*thread{}}
}

// EffectKind says what an Effect asks for.
type EffectKind uint8

// Invoke: call the task and bring its outcome; at At, if set, bring Woke. Wake:
// bring Woke at At. Cancel: nothing of this token is wanted any more.
const (
	Invoke EffectKind = iota
	Wake
	Cancel
)

// Effect is something that a run wants done. Its outcome is brought under Token.
type Effect struct {
	Kind  EffectKind
	Token uint64
	At    time.Time
	Task  *TaskCall
}

// TaskCall is one call of a task's resource.
type TaskCall struct {
	Service  string // lambda, sqs, dynamodb
	Action   string // invoke, sendMessage, getItem, …
	Function string // name or ARN, for lambda
	Payload  []byte // the function's event, or the API call's parameters, as JSON
}

// OutcomeKind says what became of an effect, or what happened to the whole run.
type OutcomeKind uint8

// Done: the task gave Payload. Broke: it failed with Error and Cause. Woke: the
// time came. Stop and Expire end the run: at somebody's wish, or by its timeout.
const (
	Done OutcomeKind = iota
	Broke
	Woke
	Stop
	Expire
)

// Outcome is what a run is told.
type Outcome struct {
	Kind         OutcomeKind
	Token        uint64
	Payload      []byte // JSON
	Error, Cause string
}

// Begin starts the run and returns what it wants done.
func (r *Run) Begin() []Effect {
	r.event(nil, "ExecutionStarted", func() (string, *value.Object) {
		return "executionStartedEventDetails", value.Obj("input", string(JSON(r.start.Input)), "inputDetails", notTruncated, "roleArn", r.start.RoleARN)
	})
	r.root = &thread{run: r, state: r.machine.top.start, raw: r.start.Input}
	r.ready = append(r.ready, r.root)
	return r.drain()
}

// Resume tells the run an outcome, at the time now, and returns what it wants
// done next. Outcomes that nobody waits for (any more) change nothing.
func (r *Run) Resume(o Outcome, now time.Time) []Effect {
	if r.status != Running {
		return nil
	}
	r.now = now
	switch o.Kind {
	case Stop:
		r.finish(Aborted, nil, &Failure{Error: o.Error, Cause: o.Cause})
		return r.drain()
	case Expire:
		r.finish(TimedOut, nil, &Failure{Error: ErrTimeout})
		return r.drain()
	}
	if o.Token == r.breath && r.breath != 0 && o.Kind == Woke {
		r.breath = 0
		return r.drain()
	}
	t := r.pending[o.Token]
	if t == nil {
		return nil
	}
	delete(r.pending, o.Token)
	t.token = 0
	r.resume(t, o)
	return r.drain()
}

// Waits reports whether an outcome under the token would be heard.
func (r *Run) Waits(token uint64) bool {
	return r.status == Running && token != 0 && (token == r.breath || r.pending[token] != nil)
}

// OpenTasks returns the tokens of the tasks whose outcome is awaited, in order.
func (r *Run) OpenTasks() []uint64 {
	var out []uint64
	for token, t := range r.pending {
		if t.op == opTask {
			out = append(out, token)
		}
	}
	slices.Sort(out)
	return out
}

// Status returns how the run stands.
func (r *Run) Status() Status { return r.status }

// Output returns the result of a run that succeeded.
func (r *Run) Output() any { return r.output }

// Failure returns the error of a run that ended otherwise; nil if it succeeded or runs.
func (r *Run) Failure() *Failure { return r.failure }

// Ended returns when the run ended; the zero time if it runs.
func (r *Run) Ended() time.Time { return r.ended }

// Transitions returns how many states were entered, retries included: what a
// Standard execution is billed for.
func (r *Run) Transitions() int { return r.transitions }

// Deadline returns when the run expires; the zero time if it never does.
func (r *Run) Deadline() time.Time {
	d := r.machine.timeout
	if r.start.Express && (d == 0 || d > ExpressTimeout) {
		d = ExpressTimeout
	}
	if d == 0 {
		return time.Time{}
	}
	return r.start.Time.Add(d)
}

// drain takes steps until every thread waits, and hands over the effects.
func (r *Run) drain() []Effect {
	for r.steps = 0; len(r.ready) > 0 && r.status == Running; r.steps++ {
		if !r.start.Express && r.lastEvent >= MaxEvents-1 {
			r.finish(Failed, nil, runtimeFailure("The execution reached the maximum number of history events (%d).", MaxEvents))
			break
		}
		if r.steps == breathSteps {
			r.token++
			r.breath = r.token
			r.effects = append(r.effects, Effect{Kind: Wake, Token: r.breath, At: r.now.Add(breathPause)})
			break
		}
		t := r.ready[0]
		r.ready = r.ready[1:]
		if !t.dead {
			r.enter(t)
		}
	}
	out := r.effects
	r.effects = nil
	return out
}

// finish ends the run.
func (r *Run) finish(s Status, output any, f *Failure) {
	if r.status != Running {
		return
	}
	for token := range r.pending {
		r.effects = append(r.effects, Effect{Kind: Cancel, Token: token})
	}
	last := r.root.lastEvent
	if f != nil && f.last != 0 {
		last = f.last
	}
	r.status, r.output, r.failure, r.ended = s, output, f, r.now
	r.ready, r.breath = nil, 0
	clear(r.pending)
	r.endEvent(last)
}

// random is the run's own chance, the same in every replay.
func (r *Run) random() *rand.Rand {
	if r.rng == nil {
		r.rng = rand.New(rand.NewPCG(r.start.Seed, 0x9e3779b97f4a7c15))
	}
	return r.rng
}
