package stepfunctions

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/value"
)

func field(v any, name string) string {
	x, _ := v.(*value.Object).Get(name)
	return x.(string)
}

// plan is a random machine and the task calls that a run of it must make at least once.
type plan struct {
	definition string
	calls      map[string]bool // state name, and the item for a state inside of a Map
	n          int
}

// block draws a chain of states; suffix stands for the item when it is inside of a Map.
func (p *plan) block(rt *rapid.T, depth int, items []string) string {
	n := rapid.IntRange(1, 3).Draw(rt, "states")
	names := make([]string, n)
	for i := range names {
		p.n++
		names[i] = fmt.Sprintf("s%d", p.n)
	}
	var states []string
	for i, name := range names {
		next := `"End":true`
		if i+1 < n {
			next = `"Next":"` + names[i+1] + `"`
		}
		states = append(states, `"`+name+`":{`+p.state(rt, name, depth, items)+`,`+next+`}`)
	}
	return `"StartAt":"` + names[0] + `","States":{` + strings.Join(states, ",") + `}`
}

func (p *plan) state(rt *rapid.T, name string, depth int, items []string) string {
	kinds := []string{"task", "task", "task", "wait"}
	if depth < 2 {
		kinds = append(kinds, "parallel")
		if len(items) == 1 && items[0] == "" {
			kinds = append(kinds, "map")
		}
	}
	switch rapid.SampledFrom(kinds).Draw(rt, "kind") {
	case "wait":
		return fmt.Sprintf(`"Type":"Wait","Seconds":%d`, rapid.IntRange(0, 8).Draw(rt, "seconds"))
	case "parallel":
		return `"Type":"Parallel","ResultPath":null,"Branches":[{` + p.block(rt, depth+1, items) + `},{` + p.block(rt, depth+1, items) + `}]`
	case "map":
		inside := []string{"0", "1", "2"}[:rapid.IntRange(1, 3).Draw(rt, "items")]
		return fmt.Sprintf(`"Type":"Map","ResultPath":null,"ItemsPath":"$$.Execution.Input.items[0:%d]","MaxConcurrency":%d,"ItemSelector":{"item.$":"$$.Map.Item.Value"},"ItemProcessor":{%s}`,
			len(inside), rapid.IntRange(0, 2).Draw(rt, "concurrency"), p.block(rt, depth+1, inside))
	}
	for _, item := range items {
		p.calls[name+"/"+item] = true
	}
	return `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","Payload":{"call.$":"States.Format('` + name + `/{}', $.item)","run.$":"$$.Execution.Name"}},"ResultPath":null,
		"Retry":[{"ErrorEquals":["Runtime.ExitError"],"IntervalSeconds":1,"BackoffRate":1,"MaxAttempts":99}]`
}

// trial is one world in which processes die.
type trial struct {
	mu       sync.Mutex
	effects  map[string]int // by run and call
	ended    map[string]asl.Status
	late     map[string]bool // ended by their five minutes
	accepted []string
}

// process is one life of the service.
type process struct {
	*Service
	cancel  context.CancelFunc
	calls   chan struct{}
	stuck   func(n int) bool
	n       int
	died    bool
	release chan struct{}
}

func (tr *trial) boot(store kv.Store, c clock.Clock, stuck func(n int) bool) *process {
	p := &process{calls: make(chan struct{}, 10_000), stuck: stuck, release: make(chan struct{})}
	p.Service = New(Options{Store: store, Clock: c, Invoker: &crashingInvoker{tr, p}, OnEnd: func(e RunEnd) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		if !p.died {
			tr.ended[e.Name] = e.Status
			tr.late[e.Name] = e.Express && e.Ended.Sub(e.Started) >= asl.ExpressTimeout
		}
	}})
	return p
}

type crashingInvoker struct {
	tr *trial
	p  *process
}

func (i *crashingInvoker) Invoke(ctx context.Context, _ string, payload []byte) (Result, error) {
	v, err := asl.ParseJSON(payload)
	if err != nil {
		return Result{}, err
	}
	i.tr.mu.Lock()
	if i.p.died {
		i.tr.mu.Unlock()
		return Result{}, ctx.Err()
	}
	i.p.n++
	stuck := i.p.stuck(i.p.n)
	if !stuck {
		i.tr.effects[field(v, "run")+" "+field(v, "call")]++
	}
	i.tr.mu.Unlock()
	i.p.calls <- struct{}{}
	if stuck {
		<-i.p.release
		return Result{}, context.Canceled
	}
	return Result{Payload: payload}, nil
}

// TestRunsSurviveTheProcess lets the process die at random points and holds that
// every accepted run ends well and that the effect of each of its tasks happened.
func TestRunsSurviveTheProcess(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := &plan{calls: map[string]bool{}}
		p.definition = `{` + p.block(rt, 0, []string{""}) + `}`
		express := rapid.Bool().Draw(rt, "express")
		tr := &trial{effects: map[string]int{}, ended: map[string]asl.Status{}, late: map[string]bool{}}
		clk := clock.NewManual(epoch)
		store := newFragile(t)
		var arn string
		for life := range rapid.IntRange(1, 4).Draw(rt, "deaths") {
			mod := rapid.IntRange(2, 5).Draw(rt, "one in so many calls hangs")
			proc := tr.boot(store, clk, func(n int) bool { return n%mod == 0 })
			proc.up(rt)
			if life == 0 {
				var err error
				if arn, err = proc.CreateStateMachine(MachineSpec{Name: "m", Definition: p.definition, Express: express}); err != nil {
					rt.Fatalf("%v\n%s", err, p.definition)
				}
			}
			for k := range rapid.IntRange(0, 3).Draw(rt, "starts") {
				name := fmt.Sprintf("run-%d-%d", life, k)
				if _, err := proc.StartExecution(arn, name, `{"item":"","items":["0","1","2"]}`); err != nil {
					rt.Fatal(err)
				}
				tr.accepted = append(tr.accepted, name)
			}
			proc.live(clk, rapid.IntRange(0, 30).Draw(rt, "steps"))
			store = tr.kill(proc, store, rapid.IntRange(0, 5).Draw(rt, "lazy batches that survive"))
			clk.Advance(time.Duration(rapid.IntRange(0, 20).Draw(rt, "down")) * time.Second)
		}
		proc := tr.boot(store, clk, func(int) bool { return false })
		proc.up(rt)
		proc.finish(rt, clk, tr)
		tr.check(rt, p, proc, store, express)
	})
}

func (p *process) up(rt *rapid.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	if err := p.Start(ctx); err != nil {
		rt.Fatal(err)
	}
}

// live lets so many calls or seconds pass.
func (p *process) live(clk *clock.Manual, steps int) {
	for range steps {
		select {
		case <-p.calls:
		case <-clock.Real().After(200 * time.Microsecond):
			clk.Advance(time.Second)
		}
	}
}

// kill ends a process as kill -9 does: nothing that it still does counts.
func (tr *trial) kill(p *process, store *fragile, keep int) *fragile {
	next := store.cut(keep)
	tr.mu.Lock()
	p.died = true
	tr.mu.Unlock()
	p.cancel()
	close(p.release)
	p.timers.stop()
	p.tasks.Wait()
	return next
}

func (p *process) finish(rt *rapid.T, clk *clock.Manual, tr *trial) {
	for range 20_000 {
		if p.OpenRuns() == 0 {
			tr.mu.Lock()
			all := len(tr.ended) >= len(tr.accepted)
			tr.mu.Unlock()
			if all {
				return
			}
		}
		p.live(clk, 1)
	}
	rt.Fatalf("%d of %d runs ended, %d are open", len(tr.ended), len(tr.accepted), p.OpenRuns())
}

func (tr *trial) check(rt *rapid.T, p *plan, proc *process, store *fragile, express bool) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, name := range tr.accepted {
		if s := tr.ended[name]; s != asl.Succeeded && !tr.late[name] {
			rt.Errorf("%s ended %q\n%s", name, s, p.definition)
		}
		for call := range p.calls {
			if tr.effects[name+" "+call] == 0 && !tr.late[name] {
				rt.Errorf("%s: the effect of %s is lost\n%s", name, call, p.definition)
			}
		}
	}
	left := 0
	for _, prefix := range []string{keyExpress, keyOpen} {
		_ = store.Scan([]byte(prefix), kv.PrefixEnd([]byte(prefix)), false, func(k, _ []byte) bool { left++; return true })
	}
	if left > 0 {
		rt.Errorf("%d records are left of runs that ended", left)
	}
	for _, name := range tr.accepted {
		if express {
			break
		}
		x, ok, err := proc.standard(standardKey("m", name))
		if err != nil || !ok || x.Status != asl.Succeeded {
			rt.Fatalf("%s is kept as %+v: %v", name, x, err)
		}
		events, err := proc.history(x)
		if err != nil || events[len(events)-1].Type != "ExecutionSucceeded" {
			rt.Fatalf("%s has %d events: %v", name, len(events), err)
		}
	}
	proc.Close()
	_ = store.Close()
}
