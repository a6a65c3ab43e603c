package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// clients is how many requests are under way together.
const clients = 16

// small is a workflow of two pure nodes: what is measured is the way to its begin.
const small = `{"name":"Small","settings":{"executionOrder":"v1"},"nodes":[
	{"id":"1","name":"Start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},
	{"id":"2","name":"Nothing","type":"n8n-nodes-base.noOp","typeVersion":1,"position":[200,0],"parameters":{}}],
	"connections":{"Start":{"main":[[{"node":"Nothing","type":"main","index":0}]]}}}`

// tenant is a tenant with a workflow.
type tenant struct {
	*platform.Client
	id       string
	workflow string
	mu       sync.Mutex
}

// tenant makes one of a plan with a number of slots, and no other limits.
func (b *bench) tenant(ctx context.Context, name, plan string, slots int) (*tenant, error) {
	var made struct{ ID, APIKey string }
	if err := b.operator.Call(ctx, http.MethodPost, "/api/admin/tenants", map[string]any{"name": name, "plan": plan}, &made); err != nil {
		return nil, err
	}
	if err := b.limit(ctx, made.ID, slots); err != nil {
		return nil, err
	}
	t := &tenant{Client: &platform.Client{URL: b.operator.URL, Key: made.APIKey, HTTP: b.operator.HTTP}, id: made.ID}
	var err error
	t.workflow, err = t.Create(ctx, []byte(small))
	return t, err
}

// limit gives a tenant so many slots, and no other limits.
func (b *bench) limit(ctx context.Context, id string, slots int) error {
	return b.operator.Call(ctx, http.MethodPut, "/api/admin/tenants/"+id, map[string]any{"limits": map[string]int{
		"maxConcurrent": slots, "monthlyRuns": -1, "runsPerMinute": -1, "maxQueued": -1, "requestsPerMinute": -1,
	}}, nil)
}

// timing is when a run was accepted, begun and ended.
type timing struct {
	ID                              string
	QueuedAt, StartedAt, FinishedAt time.Time
}

// each calls f for 0 to n-1, some of them together.
func each(n int, f func(int) error) error {
	var g errgroup.Group
	g.SetLimit(clients)
	for i := range n {
		g.Go(func() error { return f(i) })
	}
	return g.Wait()
}

// send starts runs as fast as it can, and returns when all are accepted.
func (t *tenant) send(ctx context.Context, n int) ([]string, error) {
	jobs := make([]string, n)
	return jobs, each(n, func(i int) (err error) {
		jobs[i], err = t.Run(ctx, t.workflow, nil)
		return err
	})
}

// burst sends runs and waits for them; in the order in which they began.
func (t *tenant) burst(ctx context.Context, n int) ([]timing, error) {
	jobs, err := t.send(ctx, n)
	if err != nil {
		return nil, err
	}
	return t.finished(ctx, jobs)
}

// oneByOne sends each run when the one before has ended.
func (t *tenant) oneByOne(ctx context.Context, n int) ([]timing, error) {
	var jobs []string
	for range n {
		job, err := t.Run(ctx, t.workflow, nil)
		if err == nil {
			_, err = t.Await(ctx, job, platform.Job.Ended)
		}
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job)
	}
	return t.finished(ctx, jobs)
}

// ended counts the runs that are over.
func (t *tenant) ended(ctx context.Context, jobs []string) int {
	runs, err := t.list(ctx, jobs)
	if err != nil {
		return 0
	}
	return len(runs)
}

// finished waits until all have ended.
func (t *tenant) finished(ctx context.Context, jobs []string) ([]timing, error) {
	for {
		runs, err := t.list(ctx, jobs)
		if err != nil || len(runs) == len(jobs) {
			slices.SortFunc(runs, func(a, b timing) int { return a.StartedAt.Compare(b.StartedAt) })
			return runs, err
		}
		if err := clock.Sleep(ctx, clock.Real(), 100*time.Millisecond); err != nil {
			return nil, fmt.Errorf("%d of %d runs have ended: %w", len(runs), len(jobs), err)
		}
	}
}

// list reads those of the runs that have ended.
func (t *tenant) list(ctx context.Context, jobs []string) ([]timing, error) {
	want := map[string]bool{}
	for _, j := range jobs {
		want[j] = true
	}
	var out []timing
	for cursor := ""; ; {
		var page struct {
			Items      []timing
			NextCursor string
		}
		if err := t.Call(ctx, http.MethodGet, "/api/executions?limit=100&status=completed&cursor="+cursor, nil, &page); err != nil {
			return nil, err
		}
		for _, e := range page.Items {
			if want[e.ID] {
				out = append(out, e)
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			return out, nil
		}
	}
}

func waits(runs []timing) []time.Duration {
	out := make([]time.Duration, len(runs))
	for i, r := range runs {
		out[i] = r.StartedAt.Sub(r.QueuedAt)
	}
	return out
}

func mean(all []time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	return sum / time.Duration(max(1, len(all)))
}

func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[int(q*float64(len(all)-1))]
}

// perSecond is how many runs began a second, from the first one accepted to the
// last one begun.
func perSecond(runs []timing) string {
	if len(runs) == 0 {
		return "-"
	}
	first, last := runs[0].QueuedAt, runs[0].StartedAt
	for _, r := range runs {
		if r.QueuedAt.Before(first) {
			first = r.QueuedAt
		}
		if r.StartedAt.After(last) {
			last = r.StartedAt
		}
	}
	return fmt.Sprintf("%.0f", float64(len(runs))/last.Sub(first).Seconds())
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
