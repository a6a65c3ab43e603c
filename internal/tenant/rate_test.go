package tenant_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// shared is a store of one bucket.
type shared struct {
	mu     sync.Mutex
	full   time.Time
	writes int
	fail   error
}

func (s *shared) TakeTokens(_ context.Context, t tenant.Take) (time.Time, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writes++; s.fail != nil {
		return time.Time{}, false, s.fail
	}
	full, ok := t.Full(s.full)
	if ok {
		s.full = full
	}
	return s.full, ok, nil
}

func caller(perMinute int64) tenant.Identity {
	return tenant.Identity{Actor: tenant.Actor{ID: "key_1", Role: tenant.Owner}, Tenant: "ten_a", RequestsPerMinute: perMinute}
}

var rateStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestAKeyIsHeldToItsRequestsAMinute(t *testing.T) {
	c, store := clock.NewManual(rateStart), &shared{}
	l := &tenant.Limiter{Buckets: store, Clock: c}
	ctx := t.Context()
	for i := range 6 {
		if err := l.Allow(ctx, caller(6)); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	err := l.Allow(ctx, caller(6))
	if f := fault.Of(err); f.Kind != fault.LimitExceeded || f.Code != fault.CodePlanRate || f.RetryAfter != 10*time.Second {
		t.Fatalf("%v, again after %s", err, f.RetryAfter)
	}
	writes := store.writes
	for range 100 {
		if l.Allow(ctx, caller(6)) == nil {
			t.Fatal("a request too many was let through")
		}
	}
	if store.writes != writes {
		t.Errorf("100 refusals cost %d writes", store.writes-writes)
	}
	c.Advance(10 * time.Second)
	if err := l.Allow(ctx, caller(6)); err != nil {
		t.Errorf("after the time to wait: %v", err)
	}
	if l.Allow(ctx, caller(6)) == nil {
		t.Error("one token came, and two were had")
	}
	c.Advance(time.Second) // in which one comes now
	if err := l.Allow(ctx, caller(60)); err != nil {
		t.Errorf("after the limit was raised: %v", err)
	}
}

func TestWhoIsNotLimitedCostsNothing(t *testing.T) {
	store := &shared{}
	l := &tenant.Limiter{Buckets: store, Clock: clock.NewManual(rateStart)}
	if err := errors.Join(l.Allow(t.Context(), caller(0)), (*tenant.Limiter)(nil).Allow(t.Context(), caller(1))); err != nil || store.writes != 0 {
		t.Errorf("%v, %d writes", err, store.writes)
	}
}

// TestManyRequestsCostFewWrites: at most one write a request, and far fewer when
// they come fast.
func TestManyRequestsCostFewWrites(t *testing.T) {
	c, store := clock.NewManual(rateStart), &shared{}
	l := &tenant.Limiter{Buckets: store, Clock: c}
	for range 10_000 {
		if err := l.Allow(t.Context(), caller(12_000)); err != nil {
			t.Fatal(err)
		}
		c.Advance(5 * time.Millisecond) // 200 a second
	}
	if store.writes > 100 {
		t.Errorf("10,000 requests cost %d writes", store.writes)
	}
	store.writes = 0
	for range 20 {
		c.Advance(10 * time.Second)
		if err := l.Allow(t.Context(), caller(12_000)); err != nil {
			t.Fatal(err)
		}
	}
	if store.writes != 20 {
		t.Errorf("20 rare requests cost %d writes", store.writes)
	}
}

func TestAStoreThatDoesNotAnswerStopsNobody(t *testing.T) {
	l := &tenant.Limiter{Buckets: &shared{fail: errors.New("throttled")}, Clock: clock.NewManual(rateStart)}
	for range 3 {
		if err := l.Allow(t.Context(), caller(1)); err != nil {
			t.Error(err)
		}
	}
}

// TestTheLimitIsNeverExceeded: whatever instances serve a key, and whenever, no
// more is let through in any time than the bucket held and got.
func TestTheLimitIsNeverExceeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 5000).Draw(t, "limit")
		c := clock.NewManual(rateStart)
		var store tenant.Buckets
		instances := make([]*tenant.Limiter, 1)
		if rapid.Bool().Draw(t, "shared") {
			store, instances = &shared{}, make([]*tenant.Limiter, rapid.IntRange(1, 5).Draw(t, "instances"))
		}
		for i := range instances {
			instances[i] = &tenant.Limiter{Buckets: store, Clock: c}
		}
		let := int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			c.Advance(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			l := instances[rapid.IntRange(0, len(instances)-1).Draw(t, "instance")]
			for range rapid.IntRange(1, 100).Draw(t, "burst") {
				if l.Allow(context.Background(), caller(limit)) == nil {
					let++
				}
			}
			gone := c.Now().Sub(rateStart)
			if most := limit + int64(gone/(time.Minute/time.Duration(limit))) + 1; let > most {
				t.Fatalf("%d were let through in %s at %d a minute; at most %d may", let, gone, limit, most)
			}
		}
	})
}

func TestAKeysOwnLimitIsAtMostThePlans(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	rate := func(text string) int64 {
		t.Helper()
		f.clock.Advance(6 * time.Second) // answers are 5 s old at most
		who, err := f.dir.Authenticate(ctx, text)
		if err != nil {
			t.Fatal(err)
		}
		back, ok := tenant.IdentityOf(who.Claims())
		if !ok || back.RequestsPerMinute != who.RequestsPerMinute {
			t.Errorf("the limit got lost on the way: %v", who.Claims())
		}
		return who.RequestsPerMinute
	}
	plan := tenant.DefaultLimits(tenant.Pro).RequestsPerMinute
	k, text, err := f.dir.CreateKey(ctx, operator, f.id, tenant.NewKey{Name: "k", Role: tenant.Editor, RequestsPerMinute: 30})
	if err != nil || rate(text) != 30 || rate(f.key) != plan {
		t.Fatalf("%v: %d and %d", err, rate(text), rate(f.key))
	}
	for _, bad := range []int64{-1, plan + 1} {
		if _, err := f.dir.LimitKey(ctx, operator, f.id, k.ID, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d: %v", bad, err)
		}
	}
	if _, err := f.dir.LimitKey(ctx, operator, "ten_other", k.ID, 0); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant: %v", err)
	}
	if _, err := f.dir.LimitKey(ctx, operator, f.id, k.ID, 0); err != nil || rate(text) != plan {
		t.Errorf("back to the plan's: %v, %d", err, rate(text))
	}
	if _, err := f.dir.LimitKey(ctx, operator, f.id, k.ID, 40); err != nil || rate(text) != 40 {
		t.Errorf("%v, %d", err, rate(text))
	}
	limits := tenant.DefaultLimits(tenant.Pro)
	limits.RequestsPerMinute = 20
	if err := f.dir.PutPlan(ctx, operator, tenant.Pro, limits); err != nil || rate(text) != 20 {
		t.Errorf("a lower plan: %v, %d", err, rate(text))
	}
	limits.RequestsPerMinute = 0
	if err := f.dir.PutPlan(ctx, operator, tenant.Pro, limits); !fault.Is(err, fault.Invalid) {
		t.Errorf("a plan that lets nobody in: %v", err)
	}
}
