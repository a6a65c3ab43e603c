package pace_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/pace"
	"github.com/automatelanka/automatelanka/internal/pace/pacetest"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestMemoryStoreConforms(t *testing.T) {
	c := clock.NewManual(noon)
	pacetest.Conformance(t, &pacetest.Store{Clock: c}, c)
}

func still() float64 { return 0 }

func caller(tenant string, perSecond float64, burst int) context.Context {
	return pace.With(context.Background(), pace.Caller{Tenant: tenant, Rates: pace.Rates{Host: pace.Rate{PerSecond: perSecond, Burst: burst}}})
}

// impatient ends before any wait fits.
func impatient(ctx context.Context, c clock.Clock) (context.Context, context.CancelFunc) {
	return clock.WithTimeout(ctx, c, time.Second)
}

// Many instances make calls at random moments. In no stretch of time do more get
// through than the package promises.
func TestNeverAboveTheLimitPlusTheSlack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clock.NewManual(noon)
		s := &pacetest.Store{Clock: c}
		rate := pace.Rate{PerSecond: rapid.Float64Range(0.5, 80).Draw(t, "rate"), Burst: rapid.IntRange(1, 60).Draw(t, "burst")}
		n := rapid.IntRange(1, 12).Draw(t, "instances")
		instances := make([]*pace.Limiter, n)
		for i := range instances {
			instances[i] = pace.New(s, c, still)
		}
		ctx := pace.With(context.Background(), pace.Caller{Tenant: "ten_a", Rates: pace.Rates{Host: rate}})
		var through []time.Duration
		for range rapid.IntRange(50, 600).Draw(t, "calls") {
			c.Advance(time.Duration(rapid.IntRange(0, 200).Draw(t, "pause")) * time.Millisecond)
			hurried, cancel := impatient(ctx, c)
			err := instances[rapid.IntRange(0, n-1).Draw(t, "instance")].Admit(hurried, "h.example")
			cancel()
			if err == nil {
				through = append(through, c.Since(noon))
			} else if f := fault.Of(err); f.Code != fault.CodeUpstreamRateLimited || f.RetryAfter <= 0 || f.Outcome != fault.NotSent || !errors.Is(err, pace.ErrHeldBack) {
				t.Fatalf("%v after %s", err, f.RetryAfter)
			}
		}
		for i := range through {
			for j := i; j < len(through); j++ {
				d := through[j] - through[i]
				most := float64(rate.Burst) + rate.PerSecond*(d+pace.LeaseTime).Seconds() + float64(n*pace.FreeCalls)*(math.Ceil(d.Seconds()/pace.FreeWindow.Seconds())+1)
				if got := float64(j - i + 1); got > most+1 {
					t.Fatalf("%v calls in %s, promised are %v (rate %+v, %d instances)", got, d, most, rate, n)
				}
			}
		}
	})
}

// A steady flood gets the rate through, not less: batches that lapse cost little.
func TestTheRateIsReached(t *testing.T) {
	c := clock.NewManual(noon)
	s := &pacetest.Store{Clock: c}
	l := pace.New(s, c, still)
	through := 0
	for range 3000 { // 30 s, 100 calls a second are tried
		hurried, cancel := impatient(caller("ten_a", 20, 20), c)
		if l.Admit(hurried, "h.example") == nil {
			through++
		}
		cancel()
		c.Advance(10 * time.Millisecond)
	}
	if through < 600 || through > 20+20*32+20 {
		t.Errorf("%d calls in 30 s at 20 a second", through)
	}
}

func TestFewCallsCostNoWriteAndManyCostFew(t *testing.T) {
	c := clock.NewManual(noon)
	s := &pacetest.Store{Clock: c}
	l := pace.New(s, c, still)
	ctx := caller("ten_a", 50, 500)
	for range pace.FreeCalls {
		if err := l.Admit(ctx, "h.example"); err != nil {
			t.Fatal(err)
		}
	}
	if s.Writes() != 0 {
		t.Errorf("%d writes for %d calls", s.Writes(), pace.FreeCalls)
	}
	for range 300 {
		if err := l.Admit(ctx, "h.example"); err != nil {
			t.Fatal(err)
		}
	}
	if s.Writes() > 40 { // of two buckets: the tenant's for all hosts has no limit here
		t.Errorf("%d writes for 300 calls", s.Writes())
	}
}

// The call waits for its token where there is time, and goes on by itself.
func TestACallWaitsIfThereIsTime(t *testing.T) {
	c := clock.NewManual(noon)
	l := pace.New(&pacetest.Store{Clock: c}, c, still)
	ctx := caller("ten_a", 1, 1)
	for range pace.FreeCalls + 1 {
		if err := l.Admit(ctx, "h.example"); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	done := make(chan time.Time, 3)
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := l.Admit(ctx, "h.example"); err != nil {
				t.Error(err)
			}
			done <- c.Now()
		}()
	}
	if err := c.BlockUntilContext(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	for i := range 3 { // one token a second: each has a place of its own
		c.Advance(time.Second)
		if at := <-done; at.Sub(noon) != time.Duration(i+1)*time.Second {
			t.Errorf("call %d went on at %s", i, at.Sub(noon))
		}
	}
	wg.Wait()
}

func TestOneTenantDoesNotTakeFromAnother(t *testing.T) {
	c := clock.NewManual(noon)
	l := pace.New(&pacetest.Store{Clock: c}, c, still)
	refused := 0
	for range 50 {
		hurried, cancel := impatient(caller("ten_a", 1, 1), c)
		if l.Admit(hurried, "h.example") != nil {
			refused++
		}
		cancel()
	}
	if refused == 0 {
		t.Fatal("nothing was refused")
	}
	if err := l.Admit(caller("ten_b", 1, 1), "h.example"); err != nil {
		t.Error(err)
	}
	if err := l.Admit(caller("ten_a", 1, 1), "other.example"); err != nil {
		t.Error(err)
	}
}

// All tenants together do not hurt one host.
func TestAHostHasALimitForAllTenants(t *testing.T) {
	c := clock.NewManual(noon)
	s := &pacetest.Store{Clock: c}
	through := 0
	for i := range 40 {
		l := pace.New(s, c, still)
		for range 100 {
			hurried, cancel := impatient(pace.With(context.Background(), pace.Caller{Tenant: "ten_" + string(rune('a'+i))}), c)
			if l.Admit(hurried, "h.example") == nil {
				through++
			}
			cancel()
		}
	}
	if most := pace.AllTenants.Burst + 40*pace.FreeCalls; through > most || through < pace.AllTenants.Burst {
		t.Errorf("%d of 4000 calls came through, at most %d may", through, most)
	}
}

// What a service says to one instance, others hear with their next batch, and
// another credential is not concerned.
func TestHoldsAreHeard(t *testing.T) {
	c := clock.NewManual(noon)
	s := &pacetest.Store{Clock: c}
	first, second := pace.New(s, c, still), pace.New(s, c, still)
	ctx := pace.WithCredential(caller("ten_a", 50, 100), "cred_x")
	first.Heard(ctx, "h.example", 30*time.Second)
	refused := func(l *pace.Limiter, ctx context.Context) *fault.Error {
		hurried, cancel := impatient(ctx, c)
		defer cancel()
		return fault.Of(l.Admit(hurried, "h.example"))
	}
	if f := refused(first, ctx); f == nil || f.RetryAfter != 30*time.Second {
		t.Errorf("the instance that heard it: %v", f)
	}
	if f := refused(first, pace.WithCredential(ctx, "cred_y")); f != nil {
		t.Errorf("another credential: %v", f)
	}
	calls := 0
	for refused(second, ctx) == nil && calls < 100 {
		calls++
	}
	if calls > pace.FreeCalls {
		t.Errorf("another instance made %d calls", calls)
	}
	c.Advance(31 * time.Second)
	if f := refused(second, ctx); f != nil {
		t.Errorf("after the hold: %v", f)
	}
	before := s.Writes()
	first.Heard(ctx, "h.example", time.Second)
	if s.Writes() != before {
		t.Error("a short hold was written")
	}
}

func TestCallsOfThePlatformAreNotPaced(t *testing.T) {
	c := clock.NewManual(noon)
	s := &pacetest.Store{Clock: c}
	l := pace.New(s, c, still)
	for range 5000 {
		if err := l.Admit(context.Background(), "h.example"); err != nil {
			t.Fatal(err)
		}
	}
	if s.Writes() != 0 {
		t.Error("it was counted")
	}
}
