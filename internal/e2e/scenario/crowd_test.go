package scenario

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// TestStormOfColdStarts sends the runs of one tenant at once to functions of which
// each invocation is the first of its instance, where some find no place at all:
// every run is answered, ends, does its call once, and takes no more slots than the
// plan has; and what instances read to warm up stays bounded.
func TestStormOfColdStarts(t *testing.T) {
	const runs = 60
	w := setupWith(t, nil, func(o *local.Options) {
		o.Cold = true
		o.Cloud = func(c *localcloud.Options) { c.Faults, c.Seed = "lambda:throttle=0.1", 5 }
	})
	w.Client = w.as(w.keys.Tenants["dev-enterprise"])
	id, err := untilTaken(w, func() (string, error) {
		return w.Create(w.ctx, []byte(strings.ReplaceAll(chain(`A|n8n-nodes-base.httpRequest|4.2|{"url":"=http://ADDR/cold/{{ $execution.id }}","options":{}}`, "End"+noop), "ADDR", w.counter.Addr)))
	})
	if err != nil {
		t.Fatal(err)
	}
	before := w.cloud.Meter().Snapshot()["dynamodb.requests"]
	jobs := make([]string, runs)
	var wg sync.WaitGroup
	for i := range jobs {
		wg.Go(func() {
			key := fmt.Sprintf("cold-%d", i) // what was refused for want of a place is sent again
			var err error
			if jobs[i], err = untilTaken(w, func() (string, error) { return w.Run(w.ctx, id, nil, "Idempotency-Key", key) }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, job := range jobs {
		j, err := untilTaken(w, func() (platform.Job, error) { return w.Await(w.ctx, job, platform.Job.Ended) })
		if err != nil {
			t.Fatal(err)
		}
		if n := w.counter.Calls("/cold/" + job); j.Status != "completed" || n != 1 || seen[job] {
			t.Errorf("%s is %s (%+v), with %d calls", job, j.Status, j.Error, n)
		}
		seen[job] = true
	}
	w.awaitNoSlots(t, runs)
	met := w.cloud.Meter().Snapshot()
	// Five functions serve a run, each with empty caches; callers ask how it goes.
	if each := (met["dynamodb.requests"] - before) / runs; each > 150 {
		t.Errorf("%.0f calls of the database for each run", each)
	}
	if met["faults.lambda"] < runs/10 {
		t.Errorf("only %v invocations found no place", met["faults.lambda"])
	}
}

// TestHotTenant sends many runs of one tenant at once where its items take no more
// writes and writes meet each other: the tenant sees accepted runs, or is told to come
// again, and the counts are exact.
func TestHotTenant(t *testing.T) {
	const runs = 80
	w := setupWith(t, nil, func(o *local.Options) {
		o.Cloud = func(c *localcloud.Options) { c.Faults, c.Seed = "dynamodb:hot=200,conflict=0.05", 5 }
	})
	w.Client = w.as(w.keys.Tenants["dev-enterprise"])
	id, err := untilTaken(w, func() (string, error) { return w.Create(w.ctx, []byte(chain("A"+noop, "B"+noop))) })
	if err != nil {
		t.Fatal(err)
	}
	jobs := make([]string, runs)
	var wg sync.WaitGroup
	for i := range jobs {
		wg.Go(func() {
			for {
				a, err := w.Do(w.ctx, http.MethodPost, "/api/workflows/"+id+"/run", []byte(`{}`), "Idempotency-Key", fmt.Sprintf("hot-%d", i))
				switch {
				case err != nil:
					t.Error(err)
				case a.Status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") != "":
					continue
				case a.Status != http.StatusAccepted:
					t.Errorf("%d %s", a.Status, a.Body)
				}
				var job struct{ JobID string }
				if err := a.JSON(&job); err != nil {
					t.Error(err)
				}
				jobs[i] = job.JobID
				return
			}
		})
	}
	wg.Wait()
	for _, job := range jobs {
		j, err := untilTaken(w, func() (platform.Job, error) { return w.Await(w.ctx, job, platform.Job.Ended) })
		if err != nil || j.Status != "completed" {
			t.Fatalf("%q is %s (%v)", job, j.Status, err)
		}
	}
	w.awaitNoSlots(t, runs)
	if met := w.cloud.Meter().Snapshot()["faults.dynamodb"]; met < runs/8 { // those who wait go in line together
		t.Errorf("only %v writes met others", met)
	}
}
