package pace

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

const (
	// keptBuckets is how many buckets an instance remembers: a function instance
	// serves many tenants, one after another.
	keptBuckets = 4096
	// reserve is what a call keeps of the node's time for itself.
	reserve = 5 * time.Second
	// longestWait is the wait where the node's time has no end.
	longestWait = 30 * time.Second
)

// Limiter paces the calls of one instance. It is safe for concurrent use.
type Limiter struct {
	store  Store
	clock  clock.Clock
	jitter func() float64 // in [0, 1)

	mu      sync.Mutex
	buckets *lru.Cache[Bucket, *bucket]
}

// New makes the limiter of an instance.
func New(s Store, c clock.Clock, jitter func() float64) *Limiter {
	kept, err := lru.New[Bucket, *bucket](keptBuckets)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &Limiter{store: s, clock: c, jitter: jitter, buckets: kept}
}

// Admit returns when the caller of ctx may make one call to host. Its faults are
// UPSTREAM_RATE_LIMITED with RetryAfter, if the wait does not fit into ctx's time,
// and those of the store; all have Outcome NotSent.
func (l *Limiter) Admit(ctx context.Context, host string) error {
	who, ok := From(ctx)
	if !ok {
		return nil
	}
	own := Bucket{Tenant: who.Tenant, Host: host}
	for {
		wait := l.held(own, who.Credential)
		if wait > 0 {
			// Those who wait for the same moment do not all come back at once.
			wait += time.Duration(l.jitter() * float64(time.Second))
		} else {
			var err error
			if wait, err = l.takeAll(ctx, own, who.Rates, host); err != nil {
				return err
			}
			if l.held(own, who.Credential) <= 0 { // a batch may have brought word of a hold
				return l.pause(ctx, host, wait)
			}
			continue
		}
		if err := l.pause(ctx, host, wait); err != nil {
			return err
		}
	}
}

// pause waits if that fits into ctx's time.
func (l *Limiter) pause(ctx context.Context, host string, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	if wait > l.fits(ctx) || clock.Sleep(ctx, l.clock, wait) != nil {
		return heldBack(host, wait)
	}
	return nil
}

// takeAll takes a token of each bucket and says how long to wait for the last of
// them to come. If one refuses, the others get theirs back.
func (l *Limiter) takeAll(ctx context.Context, own Bucket, rates Rates, host string) (time.Duration, error) {
	wants := []want{{own, rates.Host}, {Bucket{Tenant: own.Tenant}, rates.All}, {Bucket{Host: host}, AllTenants}}
	var longest time.Duration
	for i, w := range wants {
		grant, err := l.take(ctx, w)
		if err == nil && grant.Tokens == 0 {
			err = heldBack(host, grant.Wait)
		}
		if err != nil {
			for _, taken := range wants[:i] {
				l.giveBack(taken.bucket)
			}
			return 0, err
		}
		longest = max(longest, grant.Wait)
	}
	return longest, nil
}

type want struct {
	bucket Bucket
	rate   Rate
}

var here = Grant{Tokens: 1}

// take takes one token: one that is here, a free one, or one of a new batch.
func (l *Limiter) take(ctx context.Context, w want) (Grant, error) {
	if w.rate.PerSecond <= 0 {
		return here, nil // unlimited
	}
	n := l.local(w)
	if n == 0 {
		return here, nil
	}
	grant, err := l.store.Take(ctx, w.bucket, Ask{Tokens: n, Rate: w.rate, MaxWait: l.fits(ctx)})
	if err != nil {
		return grant, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.get(w.bucket)
	for id, until := range grant.Holds {
		b.hold(id, until)
	}
	if grant.Tokens > 0 {
		b.fill(grant.Tokens-1, l.clock.Now())
	}
	return grant, nil
}

// local takes a token that the instance has; otherwise it says how many to ask for.
func (l *Limiter) local(w want) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.get(w.bucket)
	if b.spend(l.clock.Now()) {
		return 0
	}
	return b.next(w.rate.batch())
}

func (l *Limiter) giveBack(k Bucket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.get(k).giveBack()
}

// get is called with the lock held.
func (l *Limiter) get(k Bucket) *bucket {
	b, ok := l.buckets.Get(k)
	if !ok {
		b = &bucket{}
		l.buckets.Add(k, b)
	}
	return b
}

// fits is how long a call of ctx may wait.
func (l *Limiter) fits(ctx context.Context) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return longestWait
	}
	return l.clock.Until(end) - reserve
}

// held is how long the credential must not be used for the host.
func (l *Limiter) held(own Bucket, credential string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.clock.Until(l.get(own).holds[credential])
	if wait > MaxHold { // of a clock that was put back since
		return 0
	}
	return wait
}

// Heard notes that the service wants no further calls of ctx's caller for a time.
// That it cannot be kept is no failure of the call.
func (l *Limiter) Heard(ctx context.Context, host string, wait time.Duration) {
	who, ok := From(ctx)
	if !ok || wait <= 0 {
		return
	}
	own := Bucket{Tenant: who.Tenant, Host: host}
	until := l.clock.Now().Add(min(wait, MaxHold))
	l.mu.Lock()
	known := l.get(own).hold(who.Credential, until)
	l.mu.Unlock()
	if known || wait < KeptFrom {
		return
	}
	_ = l.store.Hold(context.WithoutCancel(ctx), own, who.Credential, until)
}

func heldBack(host string, wait time.Duration) error {
	f := fault.Wrap(ErrHeldBack, fault.Unavailable, fault.CodeUpstreamRateLimited,
		"Calls to %s are held back for now: your plan's rate, or the service's own, is reached. They go on by themselves.", host)
	f.RetryAfter = wait
	return f
}
