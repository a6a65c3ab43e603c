package dynamostore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// Ledger keeps the budgets of AI tokens. It implements usage.Budget.
//
// The item of a tenant's month has `us` (tokens used), `cm` (committed: used and
// reserved) and `co` (cost, millionths of a dollar). Each run and each workflow's
// month have an item with `cm` and `cc` (committed cost), which caps are held
// against; a run's has what the runs below it use as well. A reservation is an item of its own, open, expired, settled or
// released; each change of its state and the changes of the counters that belong
// to it are one transaction, so that committed is used plus the open reservations
// at every moment.
type Ledger struct {
	*Runs
	Limits execution.Limits
	// Workflows tells the caps in a workflow's settings.
	Workflows execution.Workflows
	descents  *lru.Cache[execution.Ref, descent]
}

// NewLedger makes the ledger over the runs table; without workflows there are no caps.
func NewLedger(r *Runs, l execution.Limits, w execution.Workflows) *Ledger {
	return &Ledger{Runs: r, Limits: l, Workflows: w, descents: newDescents()}
}

var _ usage.Budget = (*Ledger)(nil)

// The states of a reservation.
const (
	reservationOpen     = "open"
	reservationExpired  = "expired" // counts as used, at the estimate
	reservationSettled  = "settled"
	reservationReleased = "released"
)

// reservationTTL is how long a closed reservation is kept: late settles find it.
const reservationTTL = 7 * 24 * time.Hour

const attrState = "rs"

// Reserve sets tokens and cost aside if the month's budget and the workflow's caps
// hold them.
func (l *Ledger) Reserve(ctx context.Context, e usage.Estimate) (usage.Reservation, error) {
	t := ident.Tenant(e.Origin.Tenant)
	var err error
	if e.Above, err = l.above(ctx, e); err != nil {
		return usage.Reservation{ID: e.ID}, err
	}
	r := usage.Reservation{ID: e.ID, Period: usage.Period(e.At), Estimate: e}
	counters, err := l.cappedCounters(ctx, r)
	if err != nil {
		return r, err
	}
	if !e.OwnKey {
		_, limits, err := l.Limits.Limits(ctx, t)
		if err != nil {
			return r, err
		}
		counters = append(counters, budgetCounter(r, limits.AITokens))
	}
	item, err := encodeReservation(r)
	if err != nil {
		return r, err
	}
	writes := []types.TransactWriteItem{l.putWrite(item, "attribute_not_exists(pk)")}
	for _, c := range counters {
		if c.never {
			return r, c.full
		}
		writes = append(writes, l.updateWrite(c.key, c.draw))
	}
	reasons, ok, err := l.transact(ctx, writes...)
	if err != nil || ok {
		return r, err
	}
	if _, exists := failedAt(reasons, 0); exists {
		return r, nil // our own write, whose answer was lost
	}
	for i, c := range counters {
		if _, failed := failedAt(reasons, i+1); failed {
			return r, c.full
		}
	}
	return r, unavailable(nil)
}

func encodeReservation(r usage.Reservation) (attrs, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	item := reservationKey(ident.Tenant(r.Estimate.Origin.Tenant), r.ID).attrs()
	item[attrState], item["b"] = str(reservationOpen), bin(body)
	item[attrOpen], item[attrDue] = str(reservationShard(r.ID)), num(millis(r.Estimate.Expires))
	return item, nil
}

// reservationShard lists open reservations in the open index, apart from executions.
func reservationShard(id string) string { return "RSV" + openShard(id)[len("OPEN"):] }

// Settle replaces the reservation by what was used, whether it is open or has expired.
func (l *Ledger) Settle(ctx context.Context, r usage.Reservation, rec usage.Record) error {
	est := r.Estimate
	return l.close(ctx, r, reservationSettled, map[string]change{
		reservationOpen: {
			committed: rec.Usage.Total - est.Usage.Total, committedCost: rec.CostMicro - est.CostMicro,
			used: rec.Usage.Total, cost: rec.CostMicro,
		},
		reservationExpired: {
			committed: rec.Usage.Total - est.Usage.Total, committedCost: rec.CostMicro - est.CostMicro,
			used: rec.Usage.Total - est.Usage.Total, cost: rec.CostMicro - est.CostMicro,
		},
	}, &rec)
}

// Release gives the reservation back: nothing was used.
func (l *Ledger) Release(ctx context.Context, r usage.Reservation) error {
	est := r.Estimate
	return l.close(ctx, r, reservationReleased, map[string]change{
		reservationOpen:    {committed: -est.Usage.Total, committedCost: -est.CostMicro},
		reservationExpired: {committed: -est.Usage.Total, committedCost: -est.CostMicro, used: -est.Usage.Total, cost: -est.CostMicro},
	}, nil)
}

// change is what closing a reservation does to the counters.
type change struct{ committed, committedCost, used, cost int64 }

// close moves a reservation to a state, from whichever of the states in by it is
// in, with the change that belongs to that. One that is in none of them was
// closed before.
func (l *Ledger) close(ctx context.Context, r usage.Reservation, to string, by map[string]change, rec *usage.Record) error {
	t := ident.Tenant(r.Estimate.Origin.Tenant)
	from := reservationOpen
	if r.Estimate.Above == nil { // it is the caller's that never saw an answer, or there are none
		var err error
		if r.Estimate.Above, err = l.above(ctx, r.Estimate); err != nil {
			return err
		}
	}
	for range 3 { // open, or expired meanwhile, or closed by then
		c, ok := by[from]
		if !ok {
			return nil
		}
		writes, err := l.closing(r, from, to, c, rec)
		if err != nil {
			return err
		}
		reasons, done, err := l.transact(ctx, writes...)
		if err != nil || done {
			return err
		}
		item, failed := failedAt(reasons, 0)
		if failed && item == nil && to == reservationReleased {
			return nil // it was never made: the answer to Reserve was an error
		}
		if !failed || item == nil {
			return fault.New(fault.Internal, fault.CodeInternal, "The reservation %s of %s is gone.", r.ID, t)
		}
		from = getStr(item, attrState)
	}
	return nil
}

func (l *Ledger) closing(r usage.Reservation, from, to string, c change, rec *usage.Record) ([]types.TransactWriteItem, error) {
	t := ident.Tenant(r.Estimate.Origin.Tenant)
	var state expression
	state.If(attrState + " = :from")
	state.value(":from", str(from))
	state.Set(attrState, str(to))
	state.Set(attrExpires, num(r.Estimate.Expires.Add(reservationTTL).Unix()))
	state.Remove(attrOpen, attrDue)
	writes := append([]types.TransactWriteItem{l.updateWrite(reservationKey(t, r.ID), state)}, l.correct(r, c)...)
	key := usageKey(t, r.Period, r.ID)
	if rec == nil {
		return append(writes, types.TransactWriteItem{Delete: &types.Delete{TableName: l.table, Key: key.attrs()}}), nil
	}
	item, err := encodeUsage(key, *rec)
	return append(writes, l.putWrite(item, "")), err
}

func encodeUsage(k key, rec usage.Record) (attrs, error) {
	b, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	item := k.attrs()
	item["b"] = bin(b)
	return item, nil
}
