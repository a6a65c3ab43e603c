package asl

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
)

// op is what a thread waits for.
type op uint8

const (
	opNone op = iota
	opTask
	opWait
	opRetry
	opFan // its branches
)

// thread walks through the states of one block: the whole machine, a branch of a
// Parallel or an iteration of a Map.
type thread struct {
	run    *Run
	parent *thread // whose branch this is; nil for the machine's own
	index  int     // among the parent's branches
	dead   bool

	state        *state
	raw          any // the state's input as it came
	entered      time.Time
	enteredEvent int64
	lastEvent    int64
	tries        []int // by retrier of the state
	retryCount   int
	op           op
	token        uint64
	heartbeat    bool // the timer of a task is that of its heartbeat
	branchFailed bool // the failure at hand is that of a branch
	fan          *fan
	item         *value.Object // $$.Map.Item of a Map's iteration
	context      *value.Object // $$, made when it is asked for
}

// contextTime is how the context object and the history's texts write times.
const contextTime = "2006-01-02T15:04:05.000Z"

// contextObject returns $$ for the state that the thread is in.
func (t *thread) contextObject() any {
	if t.context != nil {
		return t.context
	}
	r := t.run
	if r.execution == nil {
		s := &r.start
		r.execution = value.Obj("Id", s.ID, "Input", s.Input, "Name", s.Name, "RoleArn", s.RoleARN,
			"StartTime", s.Time.UTC().Format(contextTime), "RedriveCount", Number(0))
		r.stateMachine = value.Obj("Id", s.MachineARN, "Name", s.MachineName)
	}
	t.context = value.Obj("Execution", r.execution, "StateMachine", r.stateMachine,
		"State", value.Obj("Name", t.state.name, "EnteredTime", t.entered.UTC().Format(contextTime), "RetryCount", Number(int64(t.retryCount))))
	for p := t; p != nil; p = p.parent {
		if p.item != nil {
			t.context.Set("Map", value.Obj("Item", p.item))
			break
		}
	}
	return t.context
}

// effective applies InputPath to the state's input.
func (t *thread) effective() (any, *Failure) {
	switch {
	case t.state.noInput:
		return value.NewObject(0), nil
	case t.state.input == nil:
		return t.raw, nil
	}
	return t.state.input.eval(&scope{input: t.raw, thread: t})
}

// wait makes the thread wait for the outcome of an effect.
func (r *Run) await(t *thread, o op, e Effect) {
	r.token++
	t.op, t.token = o, r.token
	e.Token = r.token
	r.pending[e.Token] = t
	r.effects = append(r.effects, e)
}

// enter begins the state that t stands before.
func (r *Run) enter(t *thread) {
	t.entered, t.tries, t.retryCount, t.context = r.now, nil, 0, nil
	r.transitions++
	t.enteredEvent = r.stateEntered(t)
	r.attempt(t)
}

// attempt does the state's work, or begins it; a retry comes here again.
func (r *Run) attempt(t *thread) {
	input, f := t.effective()
	if f != nil {
		r.fail(t, f)
		return
	}
	s := t.state
	sc := &scope{input: input, thread: t}
	switch s.kind {
	case kindPass:
		r.pass(t, sc)
	case kindTask:
		r.task(t, sc)
	case kindChoice:
		r.choose(t, sc)
	case kindWait:
		r.wait(t, sc)
	case kindSucceed:
		r.leave(t, input)
	case kindFail:
		r.failState(t, sc)
	case kindParallel:
		r.parallel(t, sc)
	case kindMap:
		r.mapItems(t, sc)
	}
}

func (r *Run) pass(t *thread, sc *scope) {
	result := sc.input
	if t.state.parameters != nil {
		var f *Failure
		if result, f = t.state.parameters.eval(sc); f != nil {
			r.fail(t, f)
			return
		}
	}
	if t.state.hasResult {
		result = t.state.result
	}
	r.succeed(t, result)
}

func (r *Run) choose(t *thread, sc *scope) {
	next := t.state.otherwise
	for i := range t.state.choices {
		c := &t.state.choices[i]
		ok, f := c.when.holds(sc)
		if f != nil {
			r.fail(t, f)
			return
		}
		if ok {
			next = c.next
			break
		}
	}
	if next == nil {
		r.fail(t, &Failure{Error: ErrNoChoiceMatched, Cause: "Failed to transition out of the state. The state's input does not match any of the rules, and there is no Default."})
		return
	}
	r.leaveTo(t, sc.input, next)
}

func (r *Run) failState(t *thread, sc *scope) {
	f := &Failure{prefixed: true}
	for _, part := range []struct {
		text *text
		to   *string
	}{{t.state.failError, &f.Error}, {t.state.failCause, &f.Cause}} {
		s, bad := part.text.read(sc)
		if bad != nil {
			r.fail(t, bad)
			return
		}
		*part.to = s
	}
	f.Cause = cut(f.Cause, maxCause)
	r.fail(t, f)
}

func (x *text) read(sc *scope) (string, *Failure) {
	if x == nil {
		return "", nil
	}
	if x.e == nil {
		return x.constant, nil
	}
	v, f := computed{field: x.field, e: x.e}.eval(sc)
	if f != nil {
		return "", f
	}
	s, ok := v.(string)
	if !ok {
		return "", runtimeFailure("The %s field refers to a value that is no string: %s == %s", x.field, x.e, JSON(v))
	}
	return s, nil
}

// succeed shapes the state's result into its output and leaves it.
func (r *Run) succeed(t *thread, result any) {
	s := t.state
	if s.selector != nil {
		var f *Failure
		if result, f = s.selector.eval(&scope{input: result, thread: t}); f != nil {
			r.fail(t, f)
			return
		}
	}
	out := t.raw
	if !s.discard {
		merged, ok := put(t.raw, s.resultPath, result)
		if !ok {
			r.fail(t, &Failure{Error: ErrResultPathMatchFailure, Cause: "Unable to apply the ResultPath to the state's input."})
			return
		}
		out = merged
	}
	r.leave(t, out)
}

// leave applies OutputPath and goes to the state's own next one, or ends the thread.
func (r *Run) leave(t *thread, out any) { r.leaveTo(t, out, t.state.next) }

func (r *Run) leaveTo(t *thread, out any, next *state) {
	s := t.state
	switch {
	case s.noOutput:
		out = value.NewObject(0)
	case s.output != nil:
		v, f := s.output.eval(&scope{input: out, thread: t})
		if f != nil {
			r.fail(t, f)
			return
		}
		out = v
	}
	if tooLarge(out) {
		r.fail(t, limitExceeded(s.name))
		return
	}
	r.move(t, out, next)
}

// move ends the state with its output and puts t before next, if there is one.
func (r *Run) move(t *thread, out any, next *state) {
	r.stateExited(t, out)
	if next == nil {
		r.threadDone(t, out)
		return
	}
	t.state, t.raw = next, out
	r.ready = append(r.ready, t)
}

func limitExceeded(what string) *Failure {
	return &Failure{Error: ErrDataLimitExceeded, Cause: "The state/task '" + what + "' returned a result with a size exceeding the maximum number of bytes service limit."}
}
