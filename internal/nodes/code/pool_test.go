package code

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/expr/sandbox"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func newPool(t *testing.T, o PoolOptions) *Pool {
	p := NewPool(o)
	t.Cleanup(p.Close)
	return p
}

// children are the processes of the idle workers.
func (p *Pool) children() (pids []int, tenants []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		pids, tenants = append(pids, c.cmd.Process.Pid), append(tenants, c.tenant)
	}
	return pids, tenants
}

func TestPoolRunsCode(t *testing.T) {
	p := newPool(t, PoolOptions{})
	out := call{runner: p, source: `return items.map(i => ({json: {b: i.json.a * 2}}))`, typ: "function", version: 1, items: `[{"json":{"a":1}},{"json":{"a":2}}]`}.run(t)
	if got := output(t, out); got != `[{"b":2},{"b":4}]` {
		t.Errorf("items: %s", got)
	}
}

// A worker serves the tenant of its first job and no other, for its whole life.
func TestAnotherTenantNeverGetsAUsedChild(t *testing.T) {
	p := newPool(t, PoolOptions{Max: 2})
	used := map[int]string{}
	for i := range 12 {
		tenant := fmt.Sprintf("ten_%d", i%3)
		output(t, call{runner: p, tenant: tenant, source: `return [{json:{}}]`}.run(t))
		pids, tenants := p.children()
		if len(pids) > 2 {
			t.Fatalf("%d children, 2 allowed", len(pids))
		}
		for j, pid := range pids {
			if before, ok := used[pid]; ok && before != tenants[j] {
				t.Fatalf("child %d served %s and then %s", pid, before, tenants[j])
			}
			used[pid] = tenants[j]
		}
	}
}

func TestChildIsUsedAgainByItsTenant(t *testing.T) {
	p := newPool(t, PoolOptions{})
	for range 3 {
		output(t, call{runner: p, source: `return [{json:{}}]`}.run(t))
	}
	if pids, _ := p.children(); len(pids) != 1 {
		t.Errorf("%d children for one tenant's three jobs", len(pids))
	}
}

func TestNoTenantNoCode(t *testing.T) {
	p := newPool(t, PoolOptions{})
	_, err := p.Run(context.Background(), node.CodeJob{Call: &node.Call{Workflow: &workflow.Workflow{Raw: value.NewObject(0)}}})
	if err == nil || len(p.slots) != 0 {
		t.Errorf("%v with %d children", err, len(p.slots))
	}
}

func TestEndlessLoopIsKilled(t *testing.T) {
	p := newPool(t, PoolOptions{})
	for name, source := range map[string]string{
		"while": `while (true) {}`, "for": `for (;;) {}`, "promise": `const f = () => Promise.resolve().then(f); await f();`,
		"regexp": `return [{json:{r: /^(a+)+(?=b$)/.test('a'.repeat(60) + 'c')}}]`, "recursion": `const f = () => f(); f()`,
	} {
		t.Run(name, func(t *testing.T) {
			job := p.job(t, source)
			job.Timeout = 300 * time.Millisecond
			_, err := p.Run(t.Context(), job)
			if f := fault.Of(err); err == nil || f.Code != fault.CodeCodeLimit && f.Code != fault.CodeCode {
				t.Errorf("%v", err)
			}
		})
	}
	output(t, call{runner: p, source: `return [{json:{alive:true}}]`}.run(t))
}

// Code that its node's time ends has not met something that passes: it would be
// run again for as long each time.
func TestCodeThatTakesTheNodesTimeIsNotRunAgain(t *testing.T) {
	p := newPool(t, PoolOptions{})
	output(t, call{runner: p, source: `return [{json:{}}]`}.run(t)) // there is a child: to start one may take as long
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := p.Run(ctx, p.job(t, `while (true) {}`))
	if f := fault.Of(err); err == nil || f.Code != fault.CodeCodeLimit || f.Transient() {
		t.Errorf("%v", err)
	}
}

// A match of 5 s is ended with the code; until then it must not look like one that
// found nothing.
func TestMatchThatBacktracksEndsTheCode(t *testing.T) {
	if testing.Short() {
		t.Skip("it backtracks for seconds")
	}
	p := newPool(t, PoolOptions{})
	job := p.job(t, `return [{json: {found: /(a*)*\1b/.test('a'.repeat(40))}}]`)
	job.Timeout = sandbox.RegexpTime + 200*time.Millisecond
	_, err := p.Run(t.Context(), job)
	if f := fault.Of(err); err == nil || f.Code != fault.CodeCodeLimit {
		t.Errorf("%v; want the code to be ended", err)
	}
}

// job is a job outside of node.Execute, so that a test can set its limits.
func (p *Pool) job(t *testing.T, source string) node.CodeJob {
	t.Helper()
	var got node.CodeJob
	call{source: source, runner: runner(func(_ context.Context, job node.CodeJob) (node.CodeResult, error) {
		got = job
		return node.CodeResult{}, nil
	})}.run(t)
	return got
}

type runner func(ctx context.Context, job node.CodeJob) (node.CodeResult, error)

func (r runner) Run(ctx context.Context, job node.CodeJob) (node.CodeResult, error) {
	return r(ctx, job)
}

func TestMemoryIsLimited(t *testing.T) {
	p := newPool(t, PoolOptions{})
	for name, source := range map[string]string{
		"repeat": `return [{json:{s: 'x'.repeat(1e9)}}]`, "array": `const a = []; for (;;) a.push(new Array(1000).fill('abcdefgh'.repeat(10)))`,
		"string": `let s = 'x'; for (;;) s += s`, "buffer": `const b = []; for (;;) b.push(new ArrayBuffer(1 << 24))`,
		"objects": `let o = {}; for (let i = 0;; i++) o['k' + i] = {i, s: 'v' + i}`,
	} {
		t.Run(name, func(t *testing.T) {
			out := call{runner: p, source: source}.run(t)
			if out.Err == nil || out.Err.Code != fault.CodeCodeLimit && out.Err.Code != fault.CodeCode {
				t.Errorf("%v", out.Err)
			}
		})
	}
	output(t, call{runner: p, source: `return [{json:{alive:true}}]`}.run(t))
}

func TestHugeOutputIsRefused(t *testing.T) {
	p := newPool(t, PoolOptions{})
	out := call{runner: p, source: `const s = 'x'.repeat(1 << 20); return Array.from({length: 60}, (_, i) => ({json: {s: s + i}}))`}.run(t)
	if out.Err == nil || out.Err.Code != fault.CodeCodeLimit && out.Err.Code != fault.CodeRunLimit {
		t.Errorf("%v", out.Err)
	}
	out = call{runner: p, source: `for (let i = 0; i < 1e5; i++) console.log('y'.repeat(100)); return []`}.run(t)
	if out.Err != nil {
		t.Fatal(out.Err)
	}
	if n := len(strings.Join(out.Run.Logs, "")); n > maxLogBytes+1000 {
		t.Errorf("%d bytes of logs are kept", n)
	}
}

func TestChildThatDiedIsReplacedAndReaped(t *testing.T) {
	p := newPool(t, PoolOptions{Max: 1})
	output(t, call{runner: p, source: `return [{json:{}}]`}.run(t))
	p.mu.Lock()
	child := p.idle[0]
	p.mu.Unlock()
	_ = syscall.Kill(child.cmd.Process.Pid, syscall.SIGKILL)
	<-child.gone
	output(t, call{runner: p, source: `return [{json:{}}]`}.run(t))
	if err := syscall.Kill(child.cmd.Process.Pid, 0); err == nil {
		t.Errorf("the dead child %d is still there: a zombie", child.cmd.Process.Pid)
	}
	if len(p.slots) != 1 {
		t.Errorf("%d children", len(p.slots))
	}
}

func TestIdleChildrenEnd(t *testing.T) {
	c := clock.NewManual(time.Unix(1700000000, 0))
	p := newPool(t, PoolOptions{Idle: time.Minute, Clock: c})
	output(t, call{runner: p, source: `return [{json:{}}]`}.run(t))
	p.mu.Lock()
	child := p.idle[0]
	p.mu.Unlock()
	c.Advance(time.Minute)
	select {
	case <-child.gone:
	case <-t.Context().Done():
		t.Fatal("the idle child lives on")
	}
}

func TestCancelledJobKillsItsChild(t *testing.T) {
	p := newPool(t, PoolOptions{})
	output(t, call{runner: p, source: `return [{json:{}}]`}.run(t)) // there is a child: to start one may take as long
	ctx, cancel := context.WithCancel(t.Context())
	job := p.job(t, `console.log('started'); while (true) {}`)
	time := clock.Real().AfterFunc(200*time.Millisecond, cancel)
	defer time.Stop()
	_, err := p.Run(ctx, job)
	if f := fault.Of(err); f.Kind != fault.Cancelled {
		t.Errorf("%v", err)
	}
	if len(p.slots) != 0 {
		t.Errorf("%d children are left", len(p.slots))
	}
}

func TestManyTenantsShareFewChildren(t *testing.T) {
	p := newPool(t, PoolOptions{Max: 2, Spare: true})
	var wait sync.WaitGroup
	for i := range 10 {
		wait.Go(func() {
			out := call{runner: p, tenant: fmt.Sprintf("ten_%d", i%5), source: fmt.Sprintf(`return [{json:{i:%d}}]`, i)}.run(t)
			if out.Err != nil || out.Run.Outputs[0][0].JSON.Len() != 1 {
				t.Errorf("job %d: %v", i, out.Err)
			}
		})
	}
	wait.Wait()
	if n := len(p.slots); n > 2 {
		t.Errorf("%d children", n)
	}
}

func TestWaitingForAChildEndsWithItsTime(t *testing.T) {
	p := newPool(t, PoolOptions{Max: 1})
	busy := p.job(t, `while (true) {}`)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		_, _ = p.Run(ctx, busy)
		close(done)
	}()
	for len(p.slots) == 0 {
		syscall.Sync() // yields until the first job has its child
	}
	short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err := p.Run(short, p.job(t, `return []`))
	if f := fault.Of(err); f.Kind != fault.Timeout {
		t.Errorf("%v", err)
	}
	cancel()
	<-done
}
