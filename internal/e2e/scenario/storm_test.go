package scenario

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// storm is what `make dev` takes as --faults: writes that fail, writes that
// happened although the caller saw an error, messages and starts that come twice,
// functions that die.
const storm = "dynamodb:error=0.02,apply-then-error=0.02;sqs:duplicate=0.1;states:duplicate=0.1;lambda:kill=0.003"

// stormy is a platform on which things go wrong.
func stormy(o *local.Options) {
	o.Cloud = func(c *localcloud.Options) { c.Faults, c.Seed = storm, 7 }
}

// TestRunsEndOnACloudFullOfFaults holds the promises over the whole platform, with
// the production adapters: every accepted run ends, no payment is made twice, no
// slot stays held.
func TestRunsEndOnACloudFullOfFaults(t *testing.T) {
	w := setupWith(t, nil, stormy)
	id, err := untilTaken(w, func() (string, error) {
		return w.Create(w.ctx, []byte(strings.ReplaceAll(chain("A"+fmt.Sprintf(get, "a"),
			`Pay|n8n-nodes-base.httpRequest|4.2|{"method":"POST","url":"=http://ADDR/pay/{{ $execution.id }}","options":{}}`, "End"+noop), "ADDR", w.counter.Addr)))
	})
	if err != nil {
		t.Fatal(err)
	}
	const runs = 60
	jobs := make([]string, runs)
	for i := range jobs {
		key := fmt.Sprintf("run-%d", i)
		if jobs[i], err = untilTaken(w, func() (string, error) { return w.Run(w.ctx, id, nil, "Idempotency-Key", key) }); err != nil {
			t.Fatal(err)
		}
	}
	for _, job := range jobs {
		j, err := untilTaken(w, func() (platform.Job, error) { return w.Await(w.ctx, job, platform.Job.Ended) })
		if err != nil {
			t.Fatal(err)
		}
		paid := w.counter.Calls("/pay/" + job)
		switch {
		case paid > 1:
			t.Errorf("%s paid %d times", job, paid)
		case j.Status == "completed" && paid == 1:
		case j.Status == "failed" && j.Error != nil && j.Error.Code == "NODE_OUTCOME_UNKNOWN":
		default:
			t.Errorf("%s is %s with %d payments: %+v", job, j.Status, paid, j.Error)
		}
	}
	w.awaitNoSlots(t, runs)
	if met := w.cloud.Meter().Snapshot()["faults.dynamodb"]; met < runs/2 {
		t.Errorf("only %v calls met a fault: that is no storm", met)
	}
}

// untilTaken repeats a request that met a fault, as clients do.
func untilTaken[T any](w *world, ask func() (T, error)) (T, error) {
	for {
		out, err := ask()
		if err == nil || w.ctx.Err() != nil || !(strings.Contains(err.Error(), ": 500") || strings.Contains(err.Error(), ": 503")) {
			return out, err
		}
	}
}

// awaitNoSlots waits until nothing runs, and wants so many runs counted.
func (w *world) awaitNoSlots(t *testing.T, runs int64) {
	t.Helper()
	for {
		var usage struct {
			Concurrency struct{ Used int }
			Runs        struct{ Used int64 }
		}
		_, err := untilTaken(w, func() (struct{}, error) {
			return struct{}{}, w.Call(w.ctx, http.MethodGet, "/api/usage", nil, &usage)
		})
		if err != nil {
			t.Fatal(err)
		}
		if usage.Runs.Used != runs {
			t.Fatalf("%d runs are counted, want %d", usage.Runs.Used, runs)
		}
		if usage.Concurrency.Used == 0 {
			return
		}
		if err := clock.Sleep(w.ctx, clock.Real(), 50*time.Millisecond); err != nil {
			t.Fatalf("%d slots are still held", usage.Concurrency.Used)
		}
	}
}
