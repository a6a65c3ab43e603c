package dynamostore

import (
	"context"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/pace"
)

// Paces keeps the buckets of outgoing calls in the runs table. It implements
// pace.Store.
type Paces struct{ Runs *Runs }

var _ pace.Store = Paces{}

const (
	attrPaceFull = "fu" // microseconds: when the bucket will be full again
	holdPrefix   = "h_" // and a credential: microseconds, until when it is held
	// paceKept is how long a bucket is kept that nobody uses; it is full long before.
	paceKept = time.Hour
	// paceTries bounds the rounds of Take: each refusal shows the bucket as it is.
	paceTries = 8
)

func paceKeyOf(b pace.Bucket) key {
	if b.Tenant == "" {
		return hostPaceKey(b.Host)
	}
	return paceKey(ident.Tenant(b.Tenant), b.Host)
}

// Take guesses that the bucket is full, and else adds to what it finds, under the
// condition that there is room. An answer that is lost wastes the tokens.
func (p Paces) Take(ctx context.Context, b pace.Bucket, a pace.Ask) (pace.Grant, error) {
	now := p.Runs.clock.Now().UnixMicro()
	full := int64(0)
	for range paceTries {
		next, grant := pace.Advance(full, now, a)
		if grant.Tokens == 0 {
			return grant, nil
		}
		e := advanceFrom(full, next, now, a)
		e.Set(attrExpires, num(p.Runs.clock.Now().Add(paceKept).Unix()))
		item, ok, err := p.Runs.update(ctx, paceKeyOf(b), e)
		if err != nil {
			return pace.Grant{}, err
		}
		reached := getNum(item, attrPaceFull)
		if ok {
			return pace.Grant{Tokens: grant.Tokens, Wait: pace.Wait(reached, now, a.Rate), Holds: holdsOf(item, now)}, nil
		}
		full = reached
	}
	return pace.Grant{}, fault.New(fault.Unavailable, fault.CodeUnavailable, "Too many calls were made to one host at one moment; try again.")
}

// advanceFrom moves a bucket on that is expected to be at full, as long as the
// tokens come soon enough.
func advanceFrom(full, next, now int64, a pace.Ask) expression {
	latest := now + pace.Room(a.Rate)
	if next > latest { // a single token that is still to come
		latest += a.MaxWait.Microseconds()
	}
	never := pace.Never(now, a.Rate)
	isFull := full <= now || full > never
	if isFull {
		full = now
	}
	return move{attr: attrPaceFull, full: isFull, now: now, each: next - full, latest: latest, never: never}.expression()
}

// Hold keeps a hold beside the tenant's bucket of the host; a longer one stays.
func (p Paces) Hold(ctx context.Context, b pace.Bucket, credential string, until time.Time) error {
	name, at := holdPrefix+credential, until.UnixMicro()
	var e expression
	e.Name("#h", name)
	e.SetRaw("#h = :until")
	e.value(":until", num(at))
	e.Set(attrExpires, num(until.Add(paceKept).Unix()))
	e.If("attribute_not_exists(#h) OR #h < :until")
	_, _, err := p.Runs.update(ctx, paceKeyOf(b), e)
	return err
}

func holdsOf(item attrs, now int64) map[string]time.Time {
	var holds map[string]time.Time
	for name := range item {
		id, ok := strings.CutPrefix(name, holdPrefix)
		if until := getNum(item, name); ok && until > now {
			if holds == nil {
				holds = map[string]time.Time{}
			}
			holds[id] = time.UnixMicro(until).UTC()
		}
	}
	return holds
}
