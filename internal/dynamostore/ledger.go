package dynamostore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// Ledger keeps the budgets of AI tokens. It implements usage.Budget and
// usage.Recorder.
//
// The item of a tenant's month has `us` (tokens used), `cm` (committed: used and
// reserved) and `co` (cost, millionths of a dollar). A reservation is an item of
// its own, open, expired, settled or released; each change of its state and the
// change of the budget that belongs to it are one transaction, so that committed
// is used plus the open reservations at every moment.
type Ledger struct {
	*Runs
	Limits execution.Limits
}

var (
	_ usage.Budget   = (*Ledger)(nil)
	_ usage.Recorder = (*Ledger)(nil)
)

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

// Reserve sets tokens aside if the month's budget holds them.
func (l *Ledger) Reserve(ctx context.Context, e usage.Estimate) (usage.Reservation, error) {
	t := ident.Tenant(e.Origin.Tenant)
	_, limits, err := l.Limits.Limits(ctx, t)
	if err != nil {
		return usage.Reservation{}, err
	}
	r := usage.Reservation{ID: e.ID, Period: usage.Period(e.At), Estimate: e}
	var budget expression
	budget.Add("cm", e.Usage.Total)
	if limits.AITokens >= 0 {
		if e.Usage.Total > limits.AITokens {
			return r, exhausted(limits.AITokens, e)
		}
		budget.If("attribute_not_exists(cm) OR cm <= :room")
		budget.value(":room", num(limits.AITokens-e.Usage.Total))
	}
	body, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	item := reservationKey(t, e.ID).attrs()
	item[attrState], item["b"] = str(reservationOpen), bin(body)
	item[attrOpen], item[attrDue] = str(reservationShard(e.ID)), num(millis(e.Expires))
	reasons, ok, err := l.transact(ctx, l.updateWrite(tokensKey(t, r.Period), budget), l.putWrite(item, "attribute_not_exists(pk)"))
	if err != nil || ok {
		return r, err
	}
	if _, exists := failedAt(reasons, 1); exists {
		return r, nil // our own write, whose answer was lost
	}
	return r, exhausted(limits.AITokens, e)
}

func exhausted(limit int64, e usage.Estimate) error {
	f := fault.New(fault.LimitExceeded, fault.CodeAIBudget,
		"The plan's %d AI tokens of this month do not hold this call, which may use up to %d. Raise the budget or use a credential of your own, then resume.", limit, e.Usage.Total)
	f.RetryAfter = nextMonth(e.At).Sub(e.At)
	return f
}

// reservationShard lists open reservations in the open index, apart from executions.
func reservationShard(id string) string { return "RSV" + openShard(id)[len("OPEN"):] }

// Settle replaces the reservation by what was used, whether it is open or has expired.
func (l *Ledger) Settle(ctx context.Context, r usage.Reservation, rec usage.Record) error {
	est := r.Estimate
	return l.close(ctx, r, reservationSettled, map[string]change{
		reservationOpen:    {committed: rec.Usage.Total - est.Usage.Total, used: rec.Usage.Total, cost: rec.CostMicro},
		reservationExpired: {committed: rec.Usage.Total - est.Usage.Total, used: rec.Usage.Total - est.Usage.Total, cost: rec.CostMicro - est.CostMicro},
	}, &rec)
}

// Release gives the reservation back: nothing was used.
func (l *Ledger) Release(ctx context.Context, r usage.Reservation) error {
	est := r.Estimate
	return l.close(ctx, r, reservationReleased, map[string]change{
		reservationOpen:    {committed: -est.Usage.Total},
		reservationExpired: {committed: -est.Usage.Total, used: -est.Usage.Total, cost: -est.CostMicro},
	}, nil)
}

// expire counts an open reservation as used, unconfirmed, at its estimate, until
// a late settle corrects it.
func (l *Ledger) expire(ctx context.Context, r usage.Reservation) error {
	est := r.Estimate
	rec := usage.Record{ID: r.ID, Origin: est.Origin, Usage: est.Usage, CostMicro: est.CostMicro, Counted: true, At: est.At}
	return l.close(ctx, r, reservationExpired, map[string]change{
		reservationOpen: {used: est.Usage.Total, cost: est.CostMicro},
	}, &rec)
}

// change is what closing a reservation does to the month's budget.
type change struct{ committed, used, cost int64 }

// close moves a reservation to a state, from whichever of the states in by it is
// in, with the change that belongs to that. One that is in none of them was
// closed before.
func (l *Ledger) close(ctx context.Context, r usage.Reservation, to string, by map[string]change, rec *usage.Record) error {
	t := ident.Tenant(r.Estimate.Origin.Tenant)
	from := reservationOpen
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
	var state, budget expression
	state.If(attrState + " = :from")
	state.value(":from", str(from))
	state.Set(attrState, str(to))
	state.Set(attrExpires, num(r.Estimate.Expires.Add(reservationTTL).Unix()))
	state.Remove(attrOpen, attrDue)
	budget.Add("cm", c.committed)
	budget.Add("us", c.used)
	budget.Add("co", c.cost)
	writes := []types.TransactWriteItem{
		l.updateWrite(reservationKey(t, r.ID), state),
		l.updateWrite(tokensKey(t, r.Period), budget),
	}
	key := usageKey(t, r.Period, r.ID)
	if rec == nil {
		return append(writes, types.TransactWriteItem{Delete: &types.Delete{TableName: l.table, Key: key.attrs()}}), nil
	}
	item, err := encodeUsage(key, *rec)
	return append(writes, l.putWrite(item, "")), err
}

// Record keeps the record of a call that does not draw on the budget.
func (l *Ledger) Record(ctx context.Context, rec usage.Record) error {
	item, err := encodeUsage(usageKey(ident.Tenant(rec.Origin.Tenant), usage.Period(rec.At), rec.ID), rec)
	if err != nil {
		return err
	}
	if _, err := l.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: l.table, Item: item}); err != nil {
		return unavailable(err)
	}
	return nil
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

// Expire counts the reservations as used that nobody closed in time. It returns
// how many there were.
func (l *Ledger) Expire(ctx context.Context) (int, error) {
	n := 0
	for shard := range openShards {
		for {
			open, err := l.dueReservations(ctx, shard)
			if err != nil || len(open) == 0 {
				if err != nil {
					return n, err
				}
				break
			}
			for _, r := range open {
				if err := l.expire(ctx, r); err != nil {
					return n, err
				}
				n++
			}
			if len(open) < expireBatch {
				break
			}
		}
	}
	return n, nil
}

const expireBatch = 100

func (l *Ledger) dueReservations(ctx context.Context, shard int) ([]usage.Reservation, error) {
	out, err := l.db.Query(ctx, &dynamodb.QueryInput{
		TableName: l.table, IndexName: aws.String(indexOpen), Limit: aws.Int32(expireBatch),
		KeyConditionExpression:    aws.String("os = :os AND du < :now"),
		ExpressionAttributeValues: attrs{":os": str(seqName("RSV#", shard)), ":now": num(millis(l.clock.Now()))},
	})
	if err != nil {
		return nil, unavailable(err)
	}
	var open []usage.Reservation
	for _, k := range out.Items {
		item, err := l.get(ctx, key{getStr(k, attrPK), getStr(k, attrSK)}) // the index has keys only, and may be behind
		if err != nil {
			return nil, err
		}
		var r usage.Reservation
		if item == nil || getStr(item, attrState) != reservationOpen {
			continue
		}
		if err := json.Unmarshal(getBin(item, "b"), &r); err != nil {
			return nil, err
		}
		open = append(open, r)
	}
	return open, nil
}

// Tokens reads a tenant's budget of a month ("2026-11").
func (l *Ledger) Tokens(ctx context.Context, t ident.Tenant, period string) (usage.TokenMonth, error) {
	item, err := l.get(ctx, tokensKey(t, period))
	return usage.TokenMonth{Used: getNum(item, "us"), Committed: getNum(item, "cm"), CostMicro: getNum(item, "co")}, err
}

// UsageRecords calls fn for each usage record of a tenant's month, until it returns false.
func (l *Ledger) UsageRecords(ctx context.Context, t ident.Tenant, period string, fn func(usage.Record) bool) error {
	prefix := usageKey(t, period, "")
	pages := dynamodb.NewQueryPaginator(l.db, &dynamodb.QueryInput{
		TableName: l.table, KeyConditionExpression: aws.String("pk = :pk AND begins_with(sk, :month)"),
		ExpressionAttributeValues: attrs{":pk": str(prefix.pk), ":month": str(prefix.sk)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return unavailable(err)
		}
		for _, item := range page.Items {
			var rec usage.Record
			if err := json.Unmarshal(getBin(item, "b"), &rec); err != nil {
				return err
			}
			if !fn(rec) {
				return nil
			}
		}
	}
	return nil
}
