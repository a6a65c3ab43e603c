package pace

import (
	"context"
	"errors"
	"time"
)

// The constants of the promise in the package comment.
const (
	LeaseTime  = 2 * time.Second
	FreeCalls  = 5
	FreeWindow = 10 * time.Second
	KeptFrom   = 2 * time.Second
	// MaxHold bounds what a service may ask for; it is asked again then.
	MaxHold = 5 * time.Minute
	// maxBatch is how many tokens are taken at once.
	maxBatch = 50
)

// ErrHeldBack is the cause of a failure by the platform's own pace: nothing was
// sent, and the attempt is to be repeated however often it was.
var ErrHeldBack = errors.New("held back by the pace of calls")

// Rate is how a bucket fills (tokens a second) and what it holds.
type Rate struct {
	PerSecond float64
	Burst     int
}

// interval is the time in which one token fills in.
func (r Rate) interval() time.Duration {
	return max(time.Duration(float64(time.Second)/r.PerSecond).Truncate(time.Microsecond), time.Microsecond)
}

// batch is how many tokens are taken at once at most: a quarter of what fills in
// while they may be used.
func (r Rate) batch() int {
	return min(max(int(r.PerSecond*LeaseTime.Seconds()/4), 1), maxBatch, max(r.Burst, 1))
}

// Rates are a tenant's, by its plan.
type Rates struct {
	Host Rate // to one host
	All  Rate // to all hosts together
}

// AllTenants is the rate at which all tenants together may call one host.
var AllTenants = Rate{PerSecond: 500, Burst: 1000}

// Bucket names one: a tenant's for a host, a tenant's for all ("" as Host), or a
// host's for all tenants ("" as Tenant).
type Bucket struct{ Tenant, Host string }

// Ask is what an instance wants of a bucket.
type Ask struct {
	Tokens  int // at most
	Rate    Rate
	MaxWait time.Duration // for a single token, if there is none yet
}

// Grant is the store's answer.
type Grant struct {
	Tokens int // 0: refused
	// Wait is until when the token must not be used, or, of a refusal, when it would
	// have been one.
	Wait time.Duration
	// Holds are the credentials that may not be used before a moment.
	Holds map[string]time.Time
}

// Store keeps the buckets.
type Store interface {
	// Take takes what is there of the tokens, or the next one to come if that is
	// not too far off, or nothing.
	Take(ctx context.Context, b Bucket, a Ask) (Grant, error)
	// Hold stops the calls of a credential.
	Hold(ctx context.Context, b Bucket, credential string, until time.Time) error
}

// Advance is the arithmetic of a bucket that is kept as the moment (microseconds)
// at which it will be full again, the generic cell rate algorithm: what becomes of
// it when it is asked at now. Stores share it.
func Advance(full, now int64, a Ask) (next int64, g Grant) {
	each := a.Rate.interval().Microseconds()
	if full < now || full > Never(now, a.Rate) {
		full = now
	}
	if room := (now + Room(a.Rate) - full) / each; room > 0 {
		g.Tokens = min(a.Tokens, int(room))
		return full + int64(g.Tokens)*each, g
	}
	g.Wait = Wait(full+each, now, a.Rate)
	if g.Wait > a.MaxWait {
		return full, g
	}
	g.Tokens = 1
	return full + each, g
}

// Room is how far ahead of now, in microseconds, an empty bucket is full again.
func Room(r Rate) int64 { return int64(r.Burst) * r.interval().Microseconds() }

// longestAhead is longer than any call waits for its token: an invocation ends before.
const longestAhead = 15 * time.Minute

// Never is where no bucket can be, in microseconds: who moved it there had a clock that
// was ahead.
func Never(now int64, r Rate) int64 { return now + Room(r) + longestAhead.Microseconds() }

// Wait is how long the last token must wait that moved full to where it is.
func Wait(full, now int64, r Rate) time.Duration {
	return max(time.Duration(full-now-Room(r))*time.Microsecond, 0)
}

// Caller is on whose account calls are made.
type Caller struct {
	Tenant     string
	Rates      Rates
	Credential string // id, "" if none
}

type callerKey struct{}

// With returns ctx for the calls of a tenant. Calls without one are the
// platform's own and are not paced.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// WithCredential notes which credential the calls are made with.
func WithCredential(ctx context.Context, id string) context.Context {
	c, ok := From(ctx)
	if !ok || id == "" {
		return ctx
	}
	c.Credential = id
	return With(ctx, c)
}

// From is the caller of ctx.
func From(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok && c.Tenant != ""
}
