package inject_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/inject"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
)

func plan(t *testing.T, spec string, seed uint64) *inject.Plan {
	t.Helper()
	p, err := inject.New(spec, seed, &meter.Meter{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func outcomes(p *inject.Plan, service, operation string, n int) map[inject.Outcome]int {
	out := map[inject.Outcome]int{}
	for range n {
		out[p.Call(service, operation).Outcome]++
	}
	return out
}

// Faults come as often as the specification says, only where it says.
func TestFrequencies(t *testing.T) {
	p := plan(t, "dynamodb:error=0.1,apply-then-error=0.2,throttle=0.05,conflict=0.1;dynamodb.GetItem:error=0.5;sqs:delay=10ms", 1)
	const n = 20000
	got := outcomes(p, "dynamodb", "PutItem", n)
	for outcome, want := range map[inject.Outcome]float64{
		inject.FailBefore: 0.05, inject.ResetBefore: 0.05, inject.FailAfter: 0.1, inject.ResetAfter: 0.1, inject.Throttle: 0.05, inject.Conflict: 0.1, inject.Fine: 0.55,
	} {
		if share := float64(got[outcome]) / n; share < want*0.9 || share > want*1.1 {
			t.Errorf("outcome %d: %.3f, want %.3f", outcome, share, want)
		}
	}
	if share := float64(outcomes(p, "dynamodb", "GetItem", n)[inject.FailBefore]) / n; share < 0.23 || share > 0.27 {
		t.Errorf("GetItem fails before in %.3f, want 0.25", share)
	}
	if n := outcomes(p, "dynamodb", "Query", 1000)[inject.Conflict]; n != 0 {
		t.Errorf("%d reads met a transaction", n)
	}
	if got := outcomes(p, "s3", "PUT", 100)[inject.Fine]; got != 100 {
		t.Errorf("a service without a rule failed %d times", 100-got)
	}
	for range 100 {
		if d := p.Call("sqs", "SendMessage").Delay; d < 0 || d >= 10*time.Millisecond {
			t.Fatalf("delay %s", d)
		}
	}
}

// The same seed gives the same fates to each operation, however operations interleave.
func TestSeed(t *testing.T) {
	spec := "*:error=0.3,apply-then-error=0.3"
	series := func(p *inject.Plan, other bool) (out []inject.Outcome) {
		for range 50 {
			if other {
				p.Call("sqs", "SendMessage")
			}
			out = append(out, p.Call("dynamodb", "PutItem").Outcome)
		}
		return out
	}
	first := series(plan(t, spec, 7), false)
	if diff := cmp.Diff(first, series(plan(t, spec, 7), true)); diff != "" {
		t.Errorf("the same seed gave something else: %s", diff)
	}
	if cmp.Equal(first, series(plan(t, spec, 8), false)) {
		t.Error("another seed gave the same")
	}
}

func TestNothingToDo(t *testing.T) {
	p := plan(t, "", 1)
	if p != nil || p.Call("sqs", "x") != (inject.Decision{}) || p.Duplicate() || p.Reorder() != 0 || p.IndexLag() != nil {
		t.Error("an empty specification does something")
	}
}

func TestBadSpecs(t *testing.T) {
	for spec, want := range map[string]string{
		"dynamo:error=0.1":   "no service",
		"sqs:error=2":        "probability",
		"sqs:explode=0.1":    "no fault",
		"sqs:delay=long":     "duration",
		"sqs":                "SERVICE:FAULT",
		"s3:duplicate=0.1":   "only in",
		"dynamodb:kill=0.1":  "only in",
		"lambda:reorder=0.1": "only in",
		"sqs:hot=10":         "only in",
		"dynamodb:hot=few":   "write units",
	} {
		if _, err := inject.New(spec, 1, &meter.Meter{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", spec, err, want)
		}
	}
}
