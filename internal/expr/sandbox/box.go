package sandbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// Limits bound each run of a Box. All fields must be set.
type Limits struct {
	Time      time.Duration
	Memory    int64 // bytes by which the heap may grow
	CallStack int   // JavaScript frames
	Clock     clock.Clock
}

// Exceeded is the error of a run that passed a limit.
type Exceeded struct {
	What string // "time", "memory", "stack" or "size"
	Text string // a sentence for the script's author
}

func (e *Exceeded) Error() string { return e.Text }

// Box is one JavaScript runtime with its limits. Not safe for concurrent use.
type Box struct {
	VM *goja.Runtime
	// Broken is set when a limit was passed; the Box must not be used again.
	Broken bool

	limits Limits
	spent  int64 // bytes asked for since the heap was last looked at
	waited time.Duration
	guards guardState
	watch  watched

	mu    sync.Mutex
	runs  uint64 // numbers the runs, so that a late timer of one does not end the next
	depth int    // nested Do calls
	cause error
}

// New makes an empty runtime.
func New(limits Limits) *Box {
	vm := goja.New()
	vm.SetParserOptions(parser.WithDisableSourceMaps)
	vm.SetMaxCallStackSize(limits.CallStack)
	vm.SetTimeSource(limits.Clock.Now)
	b := &Box{VM: vm, limits: limits}
	b.watch.box = b
	return b
}

// Do runs f, which may run scripts in b.VM, within the limits. The error is
// *Exceeded, the context's, or f's own (a *goja.Exception if the script threw).
func (b *Box) Do(ctx context.Context, f func() error) error {
	if b.depth > 0 { // a script's callback evaluates again, inside the outer run's limits
		return f()
	}
	if b.Broken {
		return &Exceeded{What: "time", Text: "the script was ended before"}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	stop := b.arm(ctx)
	err := b.protect(f)
	return b.disarm(err, stop)
}

// arm starts the clock and the watcher of one run.
func (b *Box) arm(ctx context.Context) func() {
	b.mu.Lock()
	b.runs++
	run := b.runs
	b.depth, b.spent, b.waited = 1, 0, 0
	b.mu.Unlock()
	timer := b.limits.Clock.AfterFunc(b.limits.Time, func() {
		b.interrupt(run, &Exceeded{What: "time", Text: fmt.Sprintf("it ran longer than %s", b.limits.Time)})
	})
	off := context.AfterFunc(ctx, func() { b.interrupt(run, context.Cause(ctx)) })
	b.watch.start()
	return func() {
		timer.Stop()
		off()
		b.watch.stop()
	}
}

func (b *Box) disarm(err error, stop func()) error {
	stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.depth = 0
	var overflow *goja.StackOverflowError
	if errors.As(err, &overflow) {
		b.cause = &Exceeded{What: "stack", Text: fmt.Sprintf("its calls are nested deeper than %d", b.limits.CallStack)}
	}
	if b.cause == nil {
		return err
	}
	b.Broken = true
	return b.cause
}

// protect turns what goja panics with into an error. A panic of goja's own is a
// bug there; it must not end the process.
func (b *Box) protect(f func() error) (err error) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case *goja.InterruptedError:
			err = x
		case *goja.StackOverflowError:
			err = x
		default:
			b.Broken = true
			err = fmt.Errorf("the JavaScript engine failed: %v", x)
		}
	}()
	if ex := b.VM.Try(func() { err = f() }); ex != nil {
		return ex
	}
	return err
}

// interrupt ends the run of that number; the first cause counts.
func (b *Box) interrupt(run uint64, cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.depth > 0 && b.runs == run && b.cause == nil {
		b.cause = cause
		b.VM.Interrupt(cause)
	}
}

// fail ends the present run from within a built-in function.
func (b *Box) fail(what, format string, args ...any) {
	b.interrupt(b.runs, &Exceeded{What: what, Text: fmt.Sprintf(format, args...)})
	panic(&goja.InterruptedError{})
}

// Check ends the present run at once if it has been interrupted; built-in
// functions of the owner that loop must call it.
func (b *Box) Check() { b.check() }

func (b *Box) check() {
	b.mu.Lock()
	over := b.cause != nil
	b.mu.Unlock()
	if over {
		panic(&goja.InterruptedError{})
	}
}

// Spend accounts n bytes that are about to be allocated, and ends the run if
// they would pass the memory limit.
func (b *Box) Spend(n int64) {
	if n > b.limits.Memory {
		b.fail("memory", "it asked for %d MB at once; %d MB are allowed", n>>20, b.limits.Memory>>20)
	}
	if b.spent += n; b.spent < b.limits.Memory/4 {
		return
	}
	b.spent = 0
	b.check()
	if b.watch.over(n) {
		b.fail("memory", "it used more than %d MB of memory", b.limits.Memory>>20)
	}
}

// Wait lets sleep wait for d within the run. If the run's time is over before, it
// fails at once instead of waiting.
func (b *Box) Wait(d time.Duration, sleep func(time.Duration) error) error {
	b.check()
	if b.waited += d; b.waited > b.limits.Time {
		b.fail("time", "it would wait longer than %s", b.limits.Time)
	}
	return sleep(d)
}
