package code

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// process is the parent's side of a child.
type process struct {
	tenant string // "" until it gets its first job
	heap   int64  // memory that code may use, in bytes
	cmd    *exec.Cmd
	in     *bufio.Writer
	out    *bufio.Reader
	pipe   *os.File // that out reads
	errors *tail
	jobs   int
	sent   *workflow.Workflow // the workflow that the child has
	idle   time.Time

	killing sync.Once
	gone    chan struct{} // closed when the child has ended and was waited for
}

// helloTimeout is how long a child may take to start, in wall time.
const helloTimeout = 10 * time.Second

// confined is 1 while namespaces are believed to be permitted, 0 after they were not.
var confined atomic.Int32

func init() { confined.Store(1) }

// start makes a child.
func start(ctx context.Context) (*process, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if confined.Load() == 1 {
		p, err := startWith(ctx, path, separate())
		if err == nil || ctx.Err() != nil {
			return p, err
		}
	}
	p, err := startWith(ctx, path, plain())
	if err == nil {
		confined.Store(0)
	}
	return p, err
}

func startWith(ctx context.Context, path string, attr *syscall.SysProcAttr) (*process, error) {
	p := &process{errors: &tail{}, gone: make(chan struct{})}
	p.cmd = &exec.Cmd{Path: path, Args: []string{path, sentinel}, Env: []string{}, Dir: "/", Stderr: p.errors, SysProcAttr: attr}
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	// A pipe of our own: exec's closes when the child ends, with what it said last unread.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout = w
	err = p.cmd.Start()
	_ = w.Close()
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	p.in, p.out, p.pipe = bufio.NewWriterSize(stdin, 64<<10), bufio.NewReaderSize(r, 64<<10), r
	go func() {
		_ = p.cmd.Wait()
		close(p.gone)
	}()
	stop := context.AfterFunc(ctx, p.kill)
	defer stop()
	slow := clock.Real().AfterFunc(helloTimeout, p.kill)
	defer slow.Stop()
	if kind, _, err := readFrame(p.out); err != nil || kind != frameHello {
		p.kill()
		<-p.gone
		return nil, fmt.Errorf("the worker did not start (%v): %s", err, p.errors)
	}
	return p, nil
}

// kill ends the child and whatever it started.
func (p *process) kill() {
	p.killing.Do(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		_ = p.cmd.Process.Kill()
		_ = p.pipe.Close()
	})
}

// alive reports whether the child has not ended by itself.
func (p *process) alive() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// errOverrun is the cause of a child that was killed because its time was over.
var errOverrun = errors.New("the worker overran its time")

// grace is how much longer than the code itself the child may take to report.
const grace = 2 * time.Second

// run runs one job; healthy says whether the child may be used again.
func (p *process) run(ctx context.Context, job node.CodeJob, c *collector, limit time.Duration) (outcomes []outcome, logs []string, healthy bool, err error) {
	p.jobs++
	payload := jobMessage(job, c, limit, p.heap, p.sent != job.Call.Workflow)
	var overran atomic.Bool
	timer := clock.Real().AfterFunc(limit+grace, func() {
		overran.Store(true)
		p.kill()
	})
	ended := context.AfterFunc(ctx, p.kill)
	kept := &printed{}
	m, err := p.talk(payload, job, kept)
	// A kill that has begun cannot be taken back, even if the job was just done.
	inTime, notEnded := timer.Stop(), ended()
	if err != nil {
		p.kill()
		<-p.gone
		if overran.Load() {
			err = errOverrun
		}
		return nil, kept.lines, false, p.ended(ctx, limit, err)
	}
	p.sent = job.Call.Workflow
	outcomes = outcomesOf(m)
	if custom := job.Call.Scope().CustomData; custom != nil {
		for k, v := range m.object("customData").All() {
			custom.Set(k, v)
		}
	}
	return outcomes, kept.lines, inTime && notEnded && !overLimit(outcomes), nil
}

func overLimit(outcomes []outcome) bool {
	for _, o := range outcomes {
		if o.fail != nil && (o.fail.code == fault.CodeCodeLimit || o.fail.code == fault.CodeInternal) {
			return true
		}
	}
	return false
}

// talk sends the job and answers the child until it is done.
func (p *process) talk(payload []byte, job node.CodeJob, logs *printed) (message, error) {
	if err := writeFrame(p.in, frameJob, payload); err != nil {
		return message{}, err
	}
	for {
		kind, b, err := readFrame(p.out)
		if err != nil {
			return message{}, err
		}
		switch kind {
		case frameLog:
			logs.print(string(b))
		case frameQuestion:
			if err := p.answer(b, job.Call.History); err != nil {
				return message{}, err
			}
		case frameDone:
			o, err := value.ParseObject(b)
			return message{o}, err
		default:
			return message{}, fmt.Errorf("a frame of kind %q", kind)
		}
	}
}

// answer tells the child about a node that has run.
func (p *process) answer(b []byte, h workflow.History) error {
	o, err := value.ParseObject(b)
	if err != nil {
		return err
	}
	m := message{o}
	var reply []byte
	_, one := o.Get("index")
	switch {
	case h == nil && one:
	case h == nil:
		reply = []byte("0")
	case one:
		if run := h.Run(m.text("node"), m.number("index")); run != nil {
			reply = workflow.AppendRun(nil, run)
		}
	default:
		reply = value.JSON(float64(h.Runs(m.text("node"))))
	}
	return writeFrame(p.in, frameReply, reply)
}

// ended says why a child ended in the middle of a job.
func (p *process) ended(ctx context.Context, limit time.Duration, err error) error {
	switch {
	case errors.Is(err, errOverrun):
		return fault.Wrap(err, fault.LimitExceeded, fault.CodeCodeLimit, "The code took longer than %s and was stopped.", limit)
	case ctx.Err() != nil:
		if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			return fault.Wrap(ctx.Err(), fault.LimitExceeded, fault.CodeCodeLimit,
				"The code took longer than its node has and was stopped. Do less in one run, or raise the node's setting timeout (seconds).")
		}
		return fault.Wrap(ctx.Err(), fault.Cancelled, fault.CodeCancelled, "The node was cancelled.")
	case p.errors.mentions("out of memory"), p.errors.mentions("cannot allocate memory"):
		return fault.Wrap(err, fault.LimitExceeded, fault.CodeCodeLimit, "The code used more than %d MB of memory and was stopped.", p.heap>>20)
	default:
		return fault.Wrap(fmt.Errorf("%w: %s", err, p.errors), fault.LimitExceeded, fault.CodeCodeLimit,
			"The code was stopped because it passed a limit of its process.")
	}
}

// tail keeps the beginning of what a child writes to its standard error.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const maxTail = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := maxTail - t.buf.Len(); room > 0 {
		t.buf.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

func (t *tail) mentions(s string) bool { return strings.Contains(t.String(), s) }

var _ io.Writer = (*tail)(nil)
