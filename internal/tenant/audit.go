package tenant

import (
	"context"
	"encoding/json"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/stamp"
)

// Actor is who asks for a change: a key or a member.
type Actor struct {
	ID   string // of the key or member
	Role Role
}

// Audit records one change: who, what, and what it was before and after. Secrets
// and their hashes are never part of it.
type Audit struct {
	ID     string // ULID: orders the records
	At     time.Time
	Tenant ident.Tenant // whose; "" for the platform's own
	Actor  Actor
	Action string // for example plan.changed
	Target string // id of what was changed
	Before json.RawMessage
	After  json.RawMessage
}

// Audits lists audit records, newest first: one tenant's, or all if t is "".
func (d *Directory) Audits(ctx context.Context, t ident.Tenant, p Paging) ([]Audit, string, error) {
	return d.Store.Audits(ctx, t, p)
}

// audit makes the record of a change.
func (d *Directory) audit(by Actor, t ident.Tenant, action, target string, before, after any) Audit {
	now := d.Clock.Now().UTC()
	return NewAudit(now, Audit{Tenant: t, Actor: by, Action: action, Target: target}, before, after)
}

// NewAudit completes a record with its id, its time and the two states, each
// without what is secret; nil states are left out.
func NewAudit(now time.Time, a Audit, before, after any) Audit {
	a.ID, a.At = ident.New("aud", now), now
	a.Before, a.After = state(before), state(after)
	return a
}

func state(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, err := stamp.Marshal(v)
	if err != nil { // a programming error: states are plain structs
		panic("audit state: " + err.Error())
	}
	return b
}
