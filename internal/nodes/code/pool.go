package code

import (
	"context"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// PoolOptions configure a Pool; zero fields take the defaults.
type PoolOptions struct {
	Max   int           // children at once; default 4
	Idle  time.Duration // after which an unused child is ended; default one minute
	Spare bool          // keep one started child for the next tenant
	Heap  int64         // memory in bytes that code may use in a child; default and most heapLimit
	Clock clock.Clock
}

// maxJobs is after how many jobs a child is replaced.
const maxJobs = 500

// Pool runs code in child processes of this program. A child serves the tenant of
// its first job and no other. Pool is safe for concurrent use.
type Pool struct {
	opt   PoolOptions
	slots chan struct{} // one for each child that exists or is being made

	mu     sync.Mutex
	idle   []*process // the longest unused first
	closed bool
	wake   chan struct{} // closed and replaced when a child becomes idle or ends
	timer  clock.Timer
}

// NewPool makes a Pool. It panics if main did not begin with MaybeRunWorker,
// because the children would then run main.
func NewPool(o PoolOptions) *Pool {
	if !prepared.Load() {
		panic("code.NewPool: the program's main must begin with code.MaybeRunWorker()")
	}
	if o.Max <= 0 {
		o.Max = 4
	}
	if o.Idle <= 0 {
		o.Idle = time.Minute
	}
	if o.Heap <= 0 || o.Heap > heapLimit {
		o.Heap = heapLimit
	}
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	p := &Pool{opt: o, slots: make(chan struct{}, o.Max), wake: make(chan struct{})}
	if o.Spare {
		go p.prepare()
	}
	return p
}

// Run implements node.CodeRunner.
func (p *Pool) Run(ctx context.Context, job node.CodeJob) (node.CodeResult, error) {
	if job.Call.Workflow == nil || job.Call.Workflow.Raw == nil {
		return node.CodeResult{}, fault.New(fault.Internal, fault.CodeInternal, "The workflow of a code node has no JSON.")
	}
	child, err := p.take(ctx, job.Call.Run.Tenant)
	if err != nil {
		return node.CodeResult{}, err
	}
	c := newCollector(job)
	outcomes, logs, healthy, err := child.run(ctx, job, c, timeOf(job))
	p.put(child, healthy && child.jobs < maxJobs)
	if err != nil {
		return node.CodeResult{Logs: logs}, err
	}
	items, err := c.collect(outcomes)
	return node.CodeResult{Items: items, Logs: logs}, err
}

// take returns a child for the tenant: one of its own, a new one, or, when there
// are as many as may be, a new one in place of another's that is idle.
func (p *Pool) take(ctx context.Context, tenant string) (*process, error) {
	if tenant == "" {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "Code cannot run without a tenant.")
	}
	for {
		if child := p.pick(tenant); child != nil {
			if child.alive() {
				return child, nil
			}
			p.end(child) // it died while it was idle
			continue
		}
		p.mu.Lock()
		wake := p.wake
		p.mu.Unlock()
		select {
		case p.slots <- struct{}{}:
			return p.make(ctx, tenant)
		default:
		}
		if p.evict() {
			continue
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, fault.Wrap(ctx.Err(), fault.Timeout, fault.CodeNodeTimeout, "No worker became free in time.")
		}
	}
}

// pick returns an idle child of the tenant, or one that had no tenant yet.
func (p *Pool) pick(tenant string) *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	fresh := -1
	for i := len(p.idle) - 1; i >= 0; i-- {
		switch p.idle[i].tenant {
		case tenant:
			return p.remove(i)
		case "":
			fresh = i
		}
	}
	if fresh < 0 {
		return nil
	}
	child := p.remove(fresh)
	child.tenant = tenant
	if p.opt.Spare {
		go p.prepare()
	}
	return child
}

func (p *Pool) remove(i int) *process {
	child := p.idle[i]
	p.idle = append(p.idle[:i], p.idle[i+1:]...)
	return child
}

func (p *Pool) make(ctx context.Context, tenant string) (*process, error) {
	child, err := start(ctx)
	if err != nil {
		p.free()
		if ctx.Err() != nil {
			return nil, fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "No worker could be started in time.")
		}
		return nil, fault.Wrap(err, fault.Unavailable, fault.CodeInternal, "No worker could be started for the code.")
	}
	child.tenant, child.heap = tenant, p.opt.Heap
	return child, nil
}

// prepare starts a child for whoever comes next, if there is room.
func (p *Pool) prepare() {
	select {
	case p.slots <- struct{}{}:
	default:
		return
	}
	child, err := p.make(context.Background(), "")
	if err == nil {
		p.put(child, true)
	}
}

// put takes a child back.
func (p *Pool) put(child *process, healthy bool) {
	p.mu.Lock()
	if healthy && !p.closed {
		child.idle = p.opt.Clock.Now()
		p.idle = append(p.idle, child)
		p.schedule()
		p.signal()
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	p.end(child)
}

// end kills a child and gives its place back when it is gone.
func (p *Pool) end(child *process) {
	child.kill()
	<-child.gone
	p.free()
}

func (p *Pool) free() {
	<-p.slots
	p.mu.Lock()
	p.signal()
	p.mu.Unlock()
}

// signal wakes those who wait for a child; mu is held.
func (p *Pool) signal() {
	close(p.wake)
	p.wake = make(chan struct{})
}

// evict ends the child that has been idle longest; false if there is none.
func (p *Pool) evict() bool {
	p.mu.Lock()
	if len(p.idle) == 0 {
		p.mu.Unlock()
		return false
	}
	child := p.remove(0)
	p.mu.Unlock()
	p.end(child)
	return true
}

// schedule sets the timer that ends idle children; mu is held.
func (p *Pool) schedule() {
	if p.timer == nil {
		p.timer = p.opt.Clock.AfterFunc(p.opt.Idle, p.reap)
	}
}

// reap ends the children that have been idle too long; a spare one stays.
func (p *Pool) reap() {
	p.mu.Lock()
	now := p.opt.Clock.Now()
	var old []*process
	for len(p.idle) > 0 && now.Sub(p.idle[0].idle) >= p.opt.Idle {
		old = append(old, p.remove(0))
	}
	p.timer = nil
	if len(p.idle) > 0 && !p.closed {
		p.schedule()
	}
	p.mu.Unlock()
	for _, child := range old {
		p.end(child)
	}
}

// Close ends all children that are idle, and the others when their jobs end.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	old := p.idle
	p.idle = nil
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	for _, child := range old {
		p.end(child)
	}
}
