package expr

import (
	"container/heap"
	"errors"
	"time"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// loop is the event loop of a Code node: timers, and nothing else can wait.
type loop struct {
	queue timers
	next  int64
	now   time.Duration // time that timers have waited
}

type timer struct {
	id     int64
	at     time.Duration
	every  time.Duration // 0: once
	call   goja.Callable
	args   []goja.Value
	active bool
}

// timers is a heap by time, then by age.
type timers []*timer

func (q timers) Len() int { return len(q) }
func (q timers) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].id < q[j].id
}
func (q timers) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *timers) Push(x any) { *q = append(*q, x.(*timer)) }

// Pop implements heap.Interface.
func (q *timers) Pop() any {
	old := *q
	t := old[len(old)-1]
	*q = old[:len(old)-1]
	return t
}

// maxTimers bounds the timers that wait at once.
const maxTimers = 10_000

// timerFunctions are setTimeout and its like.
func (r *Runtime) timerFunctions(m *machine) map[string]native {
	set := func(repeat bool, fixed time.Duration) native {
		return func(call goja.FunctionCall) goja.Value {
			f, ok := goja.AssertFunction(call.Argument(0))
			if !ok {
				panic(m.vm.NewTypeError("The \"callback\" argument must be of type function"))
			}
			wait, args := fixed, call.Arguments
			if fixed < 0 {
				wait = time.Duration(max(call.Argument(1).ToInteger(), 1)) * time.Millisecond
				args = args[min(len(args), 2):]
			} else {
				args = args[min(len(args), 1):]
			}
			return m.vm.ToValue(r.loop.add(m, &timer{call: f, args: args}, wait, repeat))
		}
	}
	clearTimer := func(call goja.FunctionCall) goja.Value {
		id := call.Argument(0).ToInteger()
		for _, t := range r.loop.queue {
			if t.id == id {
				t.active = false
			}
		}
		return goja.Undefined()
	}
	return map[string]native{
		"setTimeout": set(false, -1), "setInterval": set(true, -1), "setImmediate": set(false, 0), "queueMicrotask": set(false, 0),
		"clearTimeout": clearTimer, "clearInterval": clearTimer, "clearImmediate": clearTimer,
	}
}

func (l *loop) add(m *machine, t *timer, wait time.Duration, repeat bool) int64 {
	if len(l.queue) >= maxTimers {
		panic(m.vm.NewTypeError("at most %d timers may wait", maxTimers))
	}
	l.next++
	t.id, t.at, t.active = l.next, l.now+wait, true
	if repeat {
		t.every = wait
	}
	heap.Push(&l.queue, t)
	return t.id
}

// settle waits until what the code returned is settled.
func (r *Runtime) settle(m *machine, v goja.Value) (goja.Value, error) {
	p, ok := v.Export().(*goja.Promise)
	if !ok {
		return v, nil
	}
	for p.State() == goja.PromiseStatePending {
		if len(r.loop.queue) == 0 {
			return nil, errors.New("it waits for a promise that nothing can settle")
		}
		if err := r.tick(m); err != nil {
			return nil, err
		}
	}
	if p.State() == goja.PromiseStateRejected {
		return nil, &rejection{p.Result()}
	}
	return p.Result(), nil
}

// tick waits for the next timer and runs it.
func (r *Runtime) tick(m *machine) error {
	t, ok := heap.Pop(&r.loop.queue).(*timer)
	if !ok || !t.active {
		return nil
	}
	if wait := t.at - r.loop.now; wait > 0 {
		if err := m.box.Wait(wait, func(d time.Duration) error { return clock.Sleep(r.e.ctx, r.e.limits.Clock, d) }); err != nil {
			return err
		}
		r.loop.now = t.at
	}
	if t.every > 0 {
		t.at = r.loop.now + t.every
		heap.Push(&r.loop.queue, t)
	}
	_, err := t.call(goja.Undefined(), t.args...)
	return err
}
