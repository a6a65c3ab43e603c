package scenario

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// TestQuietTenantsBesideACrowd lets quiet tenants run something alone, while another
// tenant of their plan sends its runs all at once, and while these wait for a slot. Calls
// take as long as on AWS, and nothing else takes time, so that what they wait longer is
// queueing: less than a fifth.
func TestQuietTenantsBesideACrowd(t *testing.T) {
	const (
		quiet   = 8
		each    = 3 // runs of a quiet tenant in each phase
		noise   = 1500
		at      = 200 // how many of them are sent at one time
		slots   = 20  // of the noisy tenant
		allowed = 1.2
	)
	// What packages make when they are first used must not belong to the bubble.
	w := setup(t, nil)
	w.await(t, w.start(t, chain("A"+noop)), "completed")
	synctest.Test(t, func(t *testing.T) {
		f := openFair(t)
		tenants := make([]*fairTenant, quiet)
		for i := range tenants {
			tenants[i] = f.tenant(5)
		}
		noisy := f.tenant(slots)
		waits := func() (mean time.Duration) {
			all := make([]time.Duration, quiet)
			var wg sync.WaitGroup
			for i, q := range tenants {
				wg.Go(func() {
					for range each {
						all[i] += q.wait(q.send())
					}
				})
			}
			wg.Wait()
			for _, d := range all {
				mean += d / (quiet * each)
			}
			return mean
		}
		waits() // caches are filled
		alone := waits()
		var sent sync.WaitGroup
		places := make(chan struct{}, at)
		for range noise {
			sent.Go(func() {
				places <- struct{}{}
				noisy.send()
				<-places
			})
		}
		sending := waits()
		sent.Wait()
		waiting := waits()
		var left struct{ Items []run }
		if err := noisy.Call(t.Context(), http.MethodGet, "/api/executions?limit=1&status=queued", nil, &left); err != nil || len(left.Items) == 0 {
			t.Errorf("the crowd had gone before the quiet tenants' runs were measured (%v)", err)
		}
		for name, beside := range map[string]time.Duration{"while a crowd is sent": sending, "beside a crowd that waits": waiting} {
			t.Logf("alone %v, %s %v", alone, name, beside)
			if float64(beside) > allowed*float64(alone) {
				t.Errorf("a run waits for %v %s, and %v alone", beside, name, alone)
			}
		}
	})
}

// fair is a platform whose calls take their time and whose clock passes by itself.
type fair struct {
	t        *testing.T
	client   *http.Client
	operator *platform.Client
}

// fairTenant is a tenant of the plan PRO with a workflow.
type fairTenant struct {
	*platform.Client
	t        *testing.T
	workflow string
}

// run is what is read of an execution.
type run struct {
	Status              string
	QueuedAt, StartedAt time.Time
}

func openFair(t *testing.T) *fair {
	p, err := local.Open(t.Context(), local.Options{
		Template: "../../../template.yaml", PublicURL: "http://platform.test", Clock: clock.Real(), Log: slog.DiscardHandler,
		OpenAIBaseURL: "http://platform.test", OpenAIKey: "test", Cloud: func(c *localcloud.Options) { c.Latency = "aws" },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	f := &fair{t: t, client: &http.Client{Transport: straight{p.Handler()}}}
	f.operator = &platform.Client{URL: "http://platform.test", Key: p.Keys.Operator, HTTP: f.client}
	return f
}

// straight hands requests to a handler without a network, on which a bubble's clock
// would not wait.
type straight struct{ http.Handler }

func (s straight) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result(), nil
}

// tenant makes one with so many slots and no other limits.
func (f *fair) tenant(slots int) *fairTenant {
	f.t.Helper()
	var made struct{ ID, APIKey string }
	if err := f.operator.Call(f.t.Context(), http.MethodPost, "/api/admin/tenants", map[string]any{"name": "fair", "plan": "PRO"}, &made); err != nil {
		f.t.Fatal(err)
	}
	err := f.operator.Call(f.t.Context(), http.MethodPut, "/api/admin/tenants/"+made.ID, map[string]any{"limits": map[string]int{
		"maxConcurrent": slots, "monthlyRuns": -1, "runsPerMinute": -1, "maxQueued": -1, "requestsPerMinute": -1,
	}}, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	c := &platform.Client{URL: f.operator.URL, Key: made.APIKey, HTTP: f.client}
	id, err := c.Create(f.t.Context(), []byte(chain("A"+noop)))
	if err != nil {
		f.t.Fatal(err)
	}
	return &fairTenant{c, f.t, id}
}

func (q *fairTenant) send() string {
	job, err := q.Run(q.t.Context(), q.workflow, nil)
	if err != nil {
		q.t.Error(err)
	}
	return job
}

func (q *fairTenant) read(job string) (r run) {
	if err := q.Call(q.t.Context(), http.MethodGet, "/api/executions/"+job, nil, &r); err != nil {
		q.t.Error(err)
		r.Status = "unknown"
	}
	return r
}

// wait waits for the run's end, and returns how long it took until it began.
func (q *fairTenant) wait(job string) time.Duration {
	r := q.read(job)
	for ; r.Status == "queued" || r.Status == "running"; r = q.read(job) {
		if err := clock.Sleep(q.t.Context(), clock.Real(), 50*time.Millisecond); err != nil {
			q.t.Error(err)
			break
		}
	}
	if r.Status != "completed" {
		q.t.Errorf("%s is %s", job, r.Status)
	}
	return r.StartedAt.Sub(r.QueuedAt)
}
