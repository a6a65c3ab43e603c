package dynamostore

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/tenant"
)

var _ tenant.Buckets = (*Runs)(nil)

// attrFull is when an API key's bucket would be full again, in microseconds.
const attrFull = "tat"

// rateKept is for how long a bucket that is not used is kept; it is full after a
// minute. A bucket that is gone is full.
const rateKept = time.Hour

// TakeTokens takes tokens of an API key's bucket by one conditional update; a second
// one follows if the bucket is not as it was thought to be (full, or not).
func (r *Runs) TakeTokens(ctx context.Context, t tenant.Take) (full time.Time, ok bool, err error) {
	for range 3 { // other instances take from it meanwhile
		item, ok, err := r.update(ctx, rateKey(t.Tenant, t.Key), takeTokens(t))
		full = time.UnixMicro(getNum(item, attrFull))
		if err != nil || ok {
			return full, ok, err
		}
		if _, enough := t.Full(full); !enough {
			return full, false, nil
		}
		t.Idle = t.IsFull(full)
	}
	return full, false, nil
}

func takeTokens(t tenant.Take) expression {
	now, need := t.Now.UnixMicro(), (time.Duration(t.Tokens) * t.Interval()).Microseconds()
	e := move{
		attr: attrFull, full: t.Idle, now: now, each: need, latest: now + time.Minute.Microseconds(), never: now + tenant.NeverFull.Microseconds(),
	}.expression()
	e.Set(attrExpires, num(t.Now.Add(rateKept).Unix()))
	return e
}
