package dynamostore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// What is too large stays so: it must not look like a database that is busy.
func TestItemsThatAreTooLargeAreNotTriedAgain(t *testing.T) {
	c := clock.NewManual(noon)
	r := dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)
	ref := execution.Ref{Tenant: "ten_a", ID: "exe_a"}
	create(t, r, ref, "wf_a", noon)
	big := strings.Repeat("x", 450<<10)
	for name, write := range map[string]func() error{
		"update": func() error {
			_, err := r.Bind(t.Context(), execution.Guard{Ref: ref, Generation: 1, MachineRun: big}, noon, noon)
			return err
		},
		"transaction": func() error {
			_, err := r.Settle(t.Context(), execution.Settlement{
				Guard: execution.Guard{Ref: ref}, AnyGeneration: true, From: execution.Queued, Status: execution.Failed,
				Failure: &execution.Failure{Message: big}, Now: noon,
			})
			return err
		},
	} {
		if err := write(); !fault.Is(err, fault.Invalid) || fault.Of(err).Code != fault.CodePayloadTooLarge {
			t.Errorf("%s: %v; want PAYLOAD_TOO_LARGE", name, err)
		}
	}
}

// TestAClockThatIsPutBackDoesNotStopRuns: the bucket of runs a minute is then where no
// bucket can be, and nobody would start a run until the clock is there again.
func TestAClockThatIsPutBackDoesNotStopRuns(t *testing.T) {
	s := newShelf(t, table.Open(t, clock.NewManual(noon)), "ten_c", 7)
	begin := func(n int, at time.Time) error {
		_, err := s.runs.Create(t.Context(), execution.Creation{
			Control: execution.Control{
				Ref: execution.Ref{Tenant: s.tenant, ID: ident.Execution(fmt.Sprintf("exe_%d_%d", at.Unix(), n))}, WorkflowID: "wf_1", Status: execution.Queued, Generation: 1, CreatedAt: at,
			},
			Limits: tenant.Limits{MonthlyRuns: -1, MaxQueued: -1, RunsPerMinute: 2},
		})
		return err
	}
	for _, at := range []time.Time{noon, noon.Add(-time.Hour), noon.Add(-3 * time.Hour)} {
		for n := range 2 {
			if err := begin(n, at); err != nil {
				t.Fatalf("run %d at %v: %v", n, at, err)
			}
		}
		if err := begin(2, at); fault.Of(err) == nil || fault.Of(err).Code != fault.CodePlanRate {
			t.Errorf("the third run of a minute, at %v: %v", at, err)
		}
	}
}

// TestAClockBehindCountsInTheNewerMonth: hosts do not turn the month at one moment, and
// the one that is late must neither be refused nor turn it back.
func TestAClockBehindCountsInTheNewerMonth(t *testing.T) {
	s := newShelf(t, table.Open(t, clock.NewManual(noon)), "ten_m", 7)
	limits := tenant.Limits{MonthlyRuns: 3, MaxQueued: -1, RunsPerMinute: -1}
	month := time.Date(noon.Year(), noon.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	begin := func(id ident.Execution, at time.Time) error {
		_, err := s.runs.Create(t.Context(), execution.Creation{
			Control: execution.Control{Ref: execution.Ref{Tenant: s.tenant, ID: id}, WorkflowID: "wf_1", Status: execution.Queued, Generation: 1, CreatedAt: at},
			Limits:  limits,
		})
		return err
	}
	for _, step := range []struct {
		id ident.Execution
		at time.Time
	}{{"exe_old", month.Add(-time.Minute)}, {"exe_1", month}, {"exe_2", month.Add(-time.Second)}, {"exe_3", month.Add(time.Second)}} {
		if err := begin(step.id, step.at); err != nil {
			t.Fatalf("%s: %v", step.id, err)
		}
	}
	for _, at := range []time.Time{month.Add(-time.Millisecond), month.Add(time.Minute)} {
		if err := begin("exe_4", at); fault.Of(err) == nil || fault.Of(err).Code != fault.CodePlanRuns {
			t.Errorf("the fourth run of the month, at %v: %v", at, err)
		}
	}
}
