package tenant

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Take asks for tokens of an API key's bucket. The bucket holds one minute's worth
// and fills evenly.
type Take struct {
	Tenant    ident.Tenant // "" for operators
	Key       string
	PerMinute int64
	Tokens    int64
	Now       time.Time
	// Idle guesses that the bucket is full. A wrong guess costs a further write.
	Idle bool
}

// Interval is the time in which one token comes.
func (t Take) Interval() time.Duration {
	return max(time.Minute/time.Duration(t.PerMinute), time.Microsecond)
}

// NeverFull is how far ahead no bucket can be: a minute's worth, and a minute for clocks
// that differ.
const NeverFull = 2 * time.Minute

// IsFull reports whether a bucket is full that is said to be at a time. One that would
// be far ahead was moved by a clock that was put back since, and is full, too: else
// nobody would get a token until the clock is there again.
func (t Take) IsFull(at time.Time) bool {
	return !at.After(t.Now) || at.After(t.Now.Add(NeverFull))
}

// Full is when a bucket that is full at an earlier time is full again after the take,
// and whether it may be taken: the generic cell rate algorithm, in which a bucket is
// the time at which it would be full.
func (t Take) Full(full time.Time) (after time.Time, ok bool) {
	if t.IsFull(full) {
		full = t.Now
	}
	after = full.Add(time.Duration(t.Tokens) * t.Interval())
	return after, !after.After(t.Now.Add(time.Minute))
}

// Buckets are the store of buckets.
type Buckets interface {
	// TakeTokens takes all of the tokens or none, and returns when the bucket will be
	// full again.
	TakeTokens(ctx context.Context, t Take) (full time.Time, ok bool, err error)
}

const (
	// leaseTime is for how long tokens that an instance has taken serve it; what is
	// left then is lost to the key.
	leaseTime = 5 * time.Second
	// leaseShare is how much of a minute's worth an instance takes at most at once:
	// a second's.
	leaseShare = 60
	// maxHeld is how many keys' buckets an instance keeps in mind.
	maxHeld = 10_000
)

// Limiter holds API keys to their requests a minute, across all instances of a
// function. An instance takes tokens in advance, more of them the faster they go:
// a rare request costs one write, a thousand a second cost a few. Tokens are counted
// before they are used, so the limit is never exceeded.
type Limiter struct {
	Buckets Buckets // nil: each instance counts alone
	Clock   clock.Clock

	once sync.Once
	held *lru.Cache[string, *lease]
}

// lease is what an instance holds of one bucket.
type lease struct {
	mu      sync.Mutex
	tokens  int64
	until   time.Time // when they are lost
	batch   int64     // how many were taken last
	full    time.Time // of the bucket, as it was last seen
	refused time.Time // nothing can be had before
	limit   int64
}

// Allow takes a token for a request; a Limiter that is nil lets all through. A fault.LimitExceeded says when the next one
// comes. Who is no API key, or has no limit, is always let through, and so is
// everybody while the store does not answer.
func (l *Limiter) Allow(ctx context.Context, who Identity) error {
	if l == nil || who.RequestsPerMinute <= 0 {
		return nil
	}
	b := l.leaseOf(string(who.Tenant) + "#" + who.ID)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := l.Clock.Now()
	if b.limit != who.RequestsPerMinute { // it was changed: what is held counts no longer
		b.limit, b.tokens, b.batch, b.refused = who.RequestsPerMinute, 0, 0, time.Time{}
	}
	if b.tokens > 0 && now.Before(b.until) {
		b.tokens--
		return nil
	}
	if wait := b.refused.Sub(now); wait > 0 && wait <= time.Minute { // more is of a clock that was put back
		return tooFast(who, wait)
	}
	return l.refill(ctx, who, b, now)
}

func (l *Limiter) leaseOf(key string) *lease {
	l.once.Do(func() { l.held, _ = lru.New[string, *lease](maxHeld) }) // fails for sizes below 1
	if b, ok := l.held.Get(key); ok {
		return b
	}
	b := &lease{}
	if other, ok, _ := l.held.PeekOrAdd(key, b); ok {
		return other
	}
	return b
}

// refill takes tokens for this request and the next ones.
func (l *Limiter) refill(ctx context.Context, who Identity, b *lease, now time.Time) error {
	most := max(b.limit/leaseShare, 1)
	next := int64(1)
	if now.Before(b.until) { // the last ones went before their time
		next = min(max(b.batch*2, 1), most)
	}
	t := Take{Tenant: who.Tenant, Key: who.ID, PerMinute: b.limit, Tokens: next, Now: now}
	for t.Tokens > 0 {
		t.Idle = t.IsFull(b.full)
		full, ok, err := l.take(ctx, t, b)
		if err != nil {
			return nil
		}
		b.full = full
		if ok {
			b.tokens, b.batch, b.until = t.Tokens-1, t.Tokens, now.Add(leaseTime)
			return nil
		}
		// What is there is less than a batch.
		there := int64(now.Add(time.Minute).Sub(full) / t.Interval())
		t.Tokens = min(there, t.Tokens-1)
	}
	b.refused = b.full.Add(t.Interval() - time.Minute)
	return tooFast(who, b.refused.Sub(now))
}

func (l *Limiter) take(ctx context.Context, t Take, b *lease) (time.Time, bool, error) {
	if l.Buckets != nil {
		return l.Buckets.TakeTokens(ctx, t)
	}
	full, ok := t.Full(b.full)
	if !ok {
		full = b.full
	}
	return full, ok, nil
}

func tooFast(who Identity, wait time.Duration) error {
	e := fault.New(fault.LimitExceeded, fault.CodePlanRate, "The API key may send %d requests a minute, and has; slow down.", who.RequestsPerMinute)
	e.RetryAfter = max(wait, time.Second)
	return e
}
