package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// workflow has pure nodes, three calls that may be repeated (GET), and one that
// may not (POST). Each run calls paths of its own.
const workflow = `{"name":"durable","settings":{"executionOrder":"v1"},"nodes":[
 {"id":"1","name":"Start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},
 {"id":"2","name":"A","type":"n8n-nodes-base.httpRequest","typeVersion":4.2,"position":[200,0],"parameters":{"url":"=http://ADDR/a/{{ $execution.id }}","options":{}}},
 {"id":"3","name":"Between","type":"n8n-nodes-base.set","typeVersion":3.4,"position":[400,0],"parameters":{"assignments":{"assignments":[{"id":"x","name":"n","value":"={{ $json.call }}","type":"number"}]},"options":{}}},
 {"id":"4","name":"B","type":"n8n-nodes-base.httpRequest","typeVersion":4.2,"position":[600,0],"parameters":{"url":"=http://ADDR/b/{{ $execution.id }}","options":{}}},
 {"id":"5","name":"Pay","type":"n8n-nodes-base.httpRequest","typeVersion":4.2,"position":[800,0],"parameters":{"method":"POST","url":"=http://ADDR/pay/{{ $execution.id }}","options":{}}},
 {"id":"6","name":"C","type":"n8n-nodes-base.httpRequest","typeVersion":4.2,"position":[1000,0],"parameters":{"url":"=http://ADDR/c/{{ $execution.id }}","options":{}}}],
 "connections":{"Start":{"main":[[{"node":"A","type":"main","index":0}]]},"A":{"main":[[{"node":"Between","type":"main","index":0}]]},
 "Between":{"main":[[{"node":"B","type":"main","index":0}]]},"B":{"main":[[{"node":"Pay","type":"main","index":0}]]},"Pay":{"main":[[{"node":"C","type":"main","index":0}]]}}}`

// tally counts how the runs of a round ended.
type tally struct{ completed, unknown, repeated int }

func (t *tally) add(o tally) {
	t.completed += o.completed
	t.unknown += o.unknown
	t.repeated += o.repeated
}

func (t tally) String() string {
	return fmt.Sprintf("%d completed, %d stopped for a decision (unknown outcome), %d interrupted calls were safely repeated", t.completed, t.unknown, t.repeated)
}

// round1 is one kill and one restart.
type round1 struct {
	options
	bin, data   string
	rnd         *rand.Rand
	killedAfter time.Duration
	restart     time.Duration
	open        int
	tally       tally
}

func (r *round1) play(ctx context.Context) (time.Duration, error) {
	counter, err := platform.NewCounter(func(path string, n int, w http.ResponseWriter) {
		clock.Real().Sleep(time.Duration(30+10*(int(path[len(path)-1])%6)) * time.Millisecond) // so that calls are under way when it is killed
		fmt.Fprintf(w, `{"call":%d}`, n)
	})
	if err != nil {
		return 0, err
	}
	defer counter.Close()
	p, err := r.start(ctx, counter)
	if err != nil {
		return 0, err
	}
	jobs, err := r.launch(ctx, p, counter)
	if err != nil {
		return 0, err
	}
	r.killedAfter = time.Duration(r.rnd.IntN(1500)) * time.Millisecond
	clock.Real().Sleep(r.killedAfter)
	completed, err := r.before(ctx, p, jobs, counter)
	if err != nil {
		return 0, err
	}
	if r.open, err = r.countOpen(ctx, p); err != nil {
		return 0, err
	}
	p.Kill()
	if p, err = r.start(ctx, counter); err != nil {
		return 0, fmt.Errorf("restart: %w", err)
	}
	defer p.Kill()
	r.restart = p.Startup
	began := clock.Real().Now()
	if err := r.awaitAll(ctx, p, jobs); err != nil {
		return 0, err
	}
	took := clock.Real().Since(began)
	return took, r.check(ctx, p, jobs, counter, completed)
}

func (r *round1) start(ctx context.Context, c *platform.Counter) (*platform.Platform, error) {
	var log io.Writer
	if r.Verbose {
		log = os.Stderr
	}
	return platform.Start(ctx, platform.Options{Binary: r.bin, Data: r.data, Args: []string{"--allow-host", c.Addr}, Log: log})
}

// launch starts the runs, on the largest plan, with all its slots in use.
func (r *round1) launch(ctx context.Context, p *platform.Platform, c *platform.Counter) ([]string, error) {
	client := p.As("dev-enterprise")
	id, err := client.Create(ctx, []byte(strings.ReplaceAll(workflow, "ADDR", c.Addr)))
	if err != nil {
		return nil, err
	}
	jobs := make([]string, r.Runs)
	for i := range jobs {
		if jobs[i], err = client.Run(ctx, id, nil); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

// before notes, just before the kill, which paths belong to node runs that were
// recorded as completed: these must never be called again.
func (r *round1) before(ctx context.Context, p *platform.Platform, jobs []string, c *platform.Counter) (map[string]int, error) {
	client := p.As("dev-enterprise")
	done := map[string]int{}
	for range 10 {
		job := jobs[r.rnd.IntN(len(jobs))]
		var run struct {
			Status string
			Nodes  []struct{ Name, Status string }
		}
		if err := client.Call(ctx, http.MethodGet, "/api/executions/"+job, nil, &run); err != nil {
			return nil, err
		}
		for _, n := range run.Nodes {
			if path, ok := paths[n.Name]; ok && n.Status == "completed" {
				done[path+job] = c.Calls(path + job)
			}
		}
	}
	return done, nil
}

// countOpen is how many runs have not ended.
func (r *round1) countOpen(ctx context.Context, p *platform.Platform) (int, error) {
	n := 0
	for _, status := range []string{"queued", "running"} {
		var page struct{ Items []struct{ ID string } }
		if err := p.As("dev-enterprise").Call(ctx, http.MethodGet, "/api/executions?limit=100&status="+status, nil, &page); err != nil {
			return 0, err
		}
		n += len(page.Items)
	}
	return n, nil
}

var paths = map[string]string{"A": "/a/", "B": "/b/", "Pay": "/pay/", "C": "/c/"}

// awaitAll waits until every run has ended.
func (r *round1) awaitAll(ctx context.Context, p *platform.Platform, jobs []string) error {
	ctx, cancel := context.WithTimeout(ctx, r.Within)
	defer cancel()
	client := p.As("dev-enterprise")
	for _, job := range jobs {
		j, err := client.Await(ctx, job, platform.Job.Ended)
		if err != nil {
			return fmt.Errorf("%s of %d runs: %w", job, len(jobs), err)
		}
		switch {
		case j.Status == "completed":
			r.tally.completed++
		case j.Status == "failed" && j.Error != nil && j.Error.Code == "NODE_OUTCOME_UNKNOWN":
			r.tally.unknown++
		default:
			return fmt.Errorf("job %s ended as %s: %+v", job, j.Status, j.Error)
		}
	}
	return nil
}

// check holds the promises against what the counting server saw.
func (r *round1) check(ctx context.Context, p *platform.Platform, jobs []string, c *platform.Counter, completed map[string]int) error {
	for path, n := range completed {
		if now := c.Calls(path); now != n {
			return fmt.Errorf("%s had completed before the kill and was called again (%d, then %d times)", path, n, now)
		}
	}
	for path, n := range c.All() {
		switch {
		case n > 1 && strings.HasPrefix(path, "/pay/"):
			return fmt.Errorf("%s must not be repeated and was called %d times", path, n)
		case n > 2:
			return fmt.Errorf("%s was called %d times; one interruption explains two", path, n)
		case n == 2:
			r.tally.repeated++
		}
	}
	for _, job := range jobs {
		if j, err := p.As("dev-enterprise").Status(ctx, job); err != nil || j.Status == "completed" && c.Calls("/pay/"+job) != 1 {
			return fmt.Errorf("job %s completed with %d payments (%v)", job, c.Calls("/pay/"+job), err)
		}
	}
	return r.noSlotHeld(ctx, p)
}

// noSlotHeld asks the platform for the tenant's usage: nothing may be running.
func (r *round1) noSlotHeld(ctx context.Context, p *platform.Platform) error {
	ctx, cancel := context.WithTimeout(ctx, r.Within)
	defer cancel()
	client := p.As("dev-enterprise")
	for {
		var usage struct {
			Concurrency struct{ Used int }
		}
		if err := client.Call(ctx, http.MethodGet, "/api/usage", nil, &usage); err != nil {
			return err
		}
		if usage.Concurrency.Used == 0 {
			return nil
		}
		if err := clock.Sleep(ctx, clock.Real(), 50*time.Millisecond); err != nil {
			return fmt.Errorf("%d slots are still held: %w", usage.Concurrency.Used, err)
		}
	}
}
