package code

import (
	"bufio"
	"context"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/expr/sandbox"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// sentinel is the only argument of a child process.
const sentinel = "code-worker.automatelanka"

// heapLimit is the memory that code may use in a child at most, in bytes.
const heapLimit = 256 << 20

// longestMatch is longer than any job lasts.
const longestMatch = time.Hour

// prepared is set once this program is known to turn into a worker when asked.
var prepared atomic.Bool

// MaybeRunWorker turns this process into a worker if it was started as one, and
// then does not return. It must be the first call of every main (and TestMain)
// whose program makes a Pool: the pool starts the same program again.
func MaybeRunWorker() {
	if len(os.Args) != 2 || os.Args[1] != sentinel {
		prepared.Store(true)
		return
	}
	confine()
	runtime.GOMAXPROCS(2) // the code, and the watcher of its memory
	// A match that goes on is ended with this process: to the code it would have found nothing.
	sandbox.SetRegexpTime(longestMatch)
	w := &worker{in: make(chan frame), out: bufio.NewWriterSize(os.Stdout, 64<<10)}
	go w.read(os.Stdin)
	if err := writeFrame(w.out, frameHello, nil); err != nil {
		os.Exit(1)
	}
	w.serve()
}

type frame struct {
	kind    frameKind
	payload []byte
}

// worker is the child's side.
type worker struct {
	in       chan frame
	out      *bufio.Writer
	workflow *workflow.Workflow
}

// read hands on what the parent sends. The parent's end ends the child, even
// while code is running.
func (w *worker) read(r io.Reader) {
	br := bufio.NewReaderSize(r, 64<<10)
	for {
		kind, payload, err := readFrame(br)
		if err != nil {
			os.Exit(0)
		}
		w.in <- frame{kind, payload}
	}
}

// quiet is how long a worker is idle before it gives memory back; collecting
// costs more than most jobs take.
const quiet = 200 * time.Millisecond

func (w *worker) serve() {
	for {
		select {
		case f := <-w.in:
			w.handle(f)
		case <-clock.Real().After(quiet):
			debug.FreeOSMemory()
			w.handle(<-w.in)
		}
	}
}

func (w *worker) handle(f frame) {
	if f.kind != frameJob {
		os.Exit(2)
	}
	if err := w.job(f.payload); err != nil {
		os.Exit(3)
	}
}

// job runs one job; an error is one of the pipe.
func (w *worker) job(payload []byte) error {
	outcomes, custom := w.run(payload)
	err := writeFrame(w.out, frameDone, doneMessage(outcomes, custom))
	if _, large := err.(frameTooLarge); large {
		outcomes = []outcome{{fail: &failure{code: fault.CodeCodeLimit, message: "The code returns more data than a node may give."}}}
		err = writeFrame(w.out, frameDone, doneMessage(outcomes, nil))
	}
	return err
}

func (w *worker) run(payload []byte) ([]outcome, *value.Object) {
	o, err := value.ParseObject(payload)
	if err != nil {
		return internal(err), nil
	}
	m := message{o}
	heap := int64(m.number("heap"))
	debug.SetMemoryLimit(heap + heap/2)
	if raw := m.object("workflow"); raw != nil {
		if w.workflow, err = workflow.FromValue(raw); err != nil {
			return internal(err), nil
		}
		w.workflow.ID, w.workflow.Active = m.text("workflowId"), m.flag("active")
	}
	if w.workflow == nil {
		return internal(io.ErrUnexpectedEOF), nil
	}
	p, err := programOf(m, w.workflow, &history{w: w, runs: map[runKey]*workflow.NodeRun{}, counts: map[string]int{}})
	if err != nil {
		return internal(err), nil
	}
	logs := &printed{then: func(line string) { _ = writeFrame(w.out, frameLog, []byte(line)) }}
	return p.run(context.Background(), logs), p.scope.CustomData
}

func internal(err error) []outcome {
	return []outcome{{fail: &failure{code: fault.CodeInternal, message: "The code could not be started: " + err.Error()}}}
}

type runKey struct {
	node  string
	index int
}

// history asks the parent for what has run so far, once for each thing.
type history struct {
	w      *worker
	runs   map[runKey]*workflow.NodeRun
	counts map[string]int
}

func (h *history) ask(o *value.Object) []byte {
	if err := writeFrame(h.w.out, frameQuestion, value.JSON(o)); err != nil {
		os.Exit(3)
	}
	f := <-h.w.in
	if f.kind != frameReply {
		os.Exit(2)
	}
	return f.payload
}

// Runs implements workflow.History.
func (h *history) Runs(name string) int {
	n, ok := h.counts[name]
	if !ok {
		v, _ := value.Parse(h.ask(value.Obj("node", name)))
		f, _ := v.(float64)
		n = int(f)
		h.counts[name] = n
	}
	return n
}

// Run implements workflow.History.
func (h *history) Run(name string, index int) *workflow.NodeRun {
	key := runKey{name, index}
	run, ok := h.runs[key]
	if !ok {
		if reply := h.ask(value.Obj("node", name, "index", float64(index))); len(reply) > 0 {
			run, _ = workflow.ParseRun(reply)
		}
		h.runs[key] = run
	}
	return run
}
