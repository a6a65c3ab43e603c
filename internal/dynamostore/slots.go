package dynamostore

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// packLease is the value of one lease: generation and expiry, under 60 bytes.
func packLease(gen int, until time.Time) types.AttributeValue {
	return str(strconv.Itoa(gen) + "|" + strconv.FormatInt(until.Unix(), 10))
}

func unpackLease(s string) admission.Lease {
	gen, until, _ := strings.Cut(s, "|")
	sec, _ := strconv.ParseInt(until, 10, 64)
	return admission.Lease{Generation: atoi(gen), Until: time.Unix(sec, 0).UTC(), Raw: s}
}

// acquire is the one conditional update that takes a slot; behindLine gives way
// to those who wait in line.
func acquire(id string, gen int, until time.Time, limit int, behindLine bool) expression {
	var e expression
	e.Name("#e", id)
	e.SetRaw("le.#e = :lease")
	e.value(":lease", packLease(gen, until))
	e.If("attribute_not_exists(le.#e) AND size(le) < :limit")
	e.value(":limit", num(int64(limit)))
	if behindLine {
		e.If("attribute_not_exists(ln)")
	}
	return e
}

func decodeSlots(item attrs) admission.Slots {
	s := admission.Slots{Leases: map[ident.Execution]admission.Lease{}, Line: getNum(item, "ln")}
	for id, v := range getMap(item, "le") {
		if l, ok := v.(*types.AttributeValueMemberS); ok {
			s.Leases[ident.Execution(id)] = unpackLease(l.Value)
		}
	}
	return s
}

// Acquire takes a slot for the execution, or returns the slots as they are and false.
func (r *Runs) Acquire(ctx context.Context, a admission.Acquire) (admission.Slots, bool, error) {
	item, ok, err := r.update(ctx, slotsKey(a.Tenant), acquire(string(a.ID), a.Generation, a.Until, a.Limit, true))
	if err == nil && !ok && item == nil {
		if err := r.makeSlots(ctx, a.Tenant); err != nil {
			return admission.Slots{}, false, err
		}
		item, ok, err = r.update(ctx, slotsKey(a.Tenant), acquire(string(a.ID), a.Generation, a.Until, a.Limit, true))
	}
	return decodeSlots(item), ok, err
}

// Grant takes a slot for an execution in line, in one transaction with the
// condition that it is queued at that generation: the entry of one that ended
// could outlive it. A refusal brings the slots as they are.
func (r *Runs) Grant(ctx context.Context, a admission.Acquire) (admission.Slots, bool, error) {
	e := acquire(string(a.ID), a.Generation, a.Until, a.Limit, false)
	reasons, ok, err := r.transact(ctx, r.updateWrite(slotsKey(a.Tenant), e), r.checkQueued(a.Ref, a.Generation))
	switch {
	case err != nil:
		return admission.Slots{}, false, err
	case ok:
		return admission.Slots{}, true, nil
	}
	if _, failed := failedAt(reasons, 1); failed {
		return admission.Slots{}, false, admission.ErrNotQueued
	}
	item, _ := failedAt(reasons, 0)
	return decodeSlots(item), false, nil
}

// checkQueued is the condition that an execution is queued at a generation.
func (r *Runs) checkQueued(ref execution.Ref, gen int) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: r.table, Key: executionKey(ref.Tenant, ref.ID).attrs(),
		ConditionExpression:       aws.String("st = :queued AND gn = :gen"),
		ExpressionAttributeValues: attrs{":queued": str(string(execution.Queued)), ":gen": num(int64(gen))},
	}}
}

// makeSlots makes the item with the empty map of leases; it stays if it is there.
func (r *Runs) makeSlots(ctx context.Context, t ident.Tenant) error {
	var e expression
	e.SetRaw("le = if_not_exists(le, :empty)")
	e.value(":empty", &types.AttributeValueMemberM{Value: attrs{}})
	_, _, err := r.update(ctx, slotsKey(t), e)
	return err
}

// MakeTenant makes the items of a new tenant; those that are there stay.
func (r *Runs) MakeTenant(ctx context.Context, t ident.Tenant) error {
	if err := r.makeSlots(ctx, t); err != nil {
		return err
	}
	var e expression
	e.SetRaw("mo = if_not_exists(mo, :month)")
	e.value(":month", str(month(r.clock.Now())))
	e.SetRaw("op = if_not_exists(op, :zero)")
	e.SetRaw("runs = if_not_exists(runs, :zero)")
	e.value(":zero", num(0))
	_, _, err := r.update(ctx, countersKey(t), e)
	return err
}

// Retake gives the lease that was read a new generation and expiry.
func (r *Runs) Retake(ctx context.Context, a admission.Acquire, old admission.Lease) (admission.Slots, bool, error) {
	var e expression
	e.Name("#e", string(a.ID))
	e.SetRaw("le.#e = :lease")
	e.value(":lease", packLease(a.Generation, a.Until))
	e.If("le.#e = :old")
	e.value(":old", str(old.Raw))
	item, ok, err := r.update(ctx, slotsKey(a.Tenant), e)
	return decodeSlots(item), ok, err
}

// Free removes the lease that was read; if it is another one by now, nothing happens.
func (r *Runs) Free(ctx context.Context, ref execution.Ref, old admission.Lease) (admission.Slots, error) {
	var e expression
	e.Name("#e", string(ref.ID))
	e.Remove("le.#e")
	e.If("le.#e = :old")
	e.value(":old", str(old.Raw))
	item, _, err := r.update(ctx, slotsKey(ref.Tenant), e)
	return decodeSlots(item), err
}

// FreeGeneration removes the lease of exactly this generation.
func (r *Runs) FreeGeneration(ctx context.Context, ref execution.Ref, gen int) (admission.Slots, bool, error) {
	var e expression
	e.Name("#e", string(ref.ID))
	e.Remove("le.#e")
	e.If("begins_with(le.#e, :gen)")
	e.value(":gen", str(strconv.Itoa(gen)+"|"))
	item, ok, err := r.update(ctx, slotsKey(ref.Tenant), e)
	return decodeSlots(item), ok, err
}

// Slots reads a tenant's slots, consistently.
func (r *Runs) Slots(ctx context.Context, t ident.Tenant) (admission.Slots, error) {
	item, err := r.get(ctx, slotsKey(t))
	return decodeSlots(item), err
}

// mostParked is how many entries of a line are written together: a transaction has a
// hundred writes at most (DynamoDB, quotas), and one is the mark.
const mostParked = 99

// Park puts executions in line and marks the line as not empty, in one transaction:
// an entry without the mark would be passed by, and stay. It reports whether the line
// had no mark before.
func (r *Runs) Park(ctx context.Context, t ident.Tenant, line []admission.Parked, marked bool) (began bool, err error) {
	for entries := range slices.Chunk(line, mostParked) {
		first, err := r.park(ctx, t, entries, marked)
		if err != nil {
			return false, err
		}
		began, marked = began || first, true
	}
	return began, nil
}

func (r *Runs) park(ctx context.Context, t ident.Tenant, entries []admission.Parked, marked bool) (began bool, err error) {
	for len(entries) > 0 {
		writes := make([]types.TransactWriteItem, 0, len(entries)+1)
		for _, p := range entries {
			writes = append(writes, r.lineWrite(p))
		}
		mark := r.markLine(t, len(entries), marked)
		reasons, ok, err := r.transact(ctx, append(writes, r.updateWrite(slotsKey(t), mark))...)
		if err != nil || ok {
			return ok && !marked, err
		}
		if _, otherwise := failedAt(reasons, len(entries)); otherwise {
			marked = !marked
		}
		var rest []admission.Parked // without those that stand there already, newer ones
		for i, p := range entries {
			if _, newer := failedAt(reasons, i); !newer {
				rest = append(rest, p)
			}
		}
		entries = rest
	}
	return false, nil
}

// markLine marks a line that has entries, or begins one, with the number of all
// parkings so far: no two lines of a tenant have the same mark. Were it to begin anew
// with each line, who saw an earlier one empty could clear the mark of this one. While
// it stands, the open index has the tenant: sweep sees to every line.
func (r *Runs) markLine(t ident.Tenant, parkings int, marked bool) expression {
	var e expression
	e.Set(attrOpen, str(lineShard(t)))
	e.SetRaw(attrDue + " = if_not_exists(" + attrDue + ", :began)") // a changed one would be a write of the index
	e.value(":began", num(millis(r.clock.Now())))
	e.SetRaw("ln = if_not_exists(lp, :none) + :parkings")
	e.SetRaw("lp = if_not_exists(lp, :none) + :parkings")
	e.value(":none", num(0))
	e.value(":parkings", num(int64(parkings)))
	if marked {
		e.If("attribute_exists(ln)")
	} else {
		e.If("attribute_not_exists(ln)")
	}
	return e
}

// lineWrite puts an entry in line. A redelivered message of an older generation must
// not take the newer one's place.
func (r *Runs) lineWrite(p admission.Parked) types.TransactWriteItem {
	item := lineKey(p.Tenant, p.ID).attrs()
	item["gn"], item["pl"] = num(int64(p.Generation)), str(string(p.Plan))
	entry := r.putWrite(item, "attribute_not_exists(pk) OR gn <= :g")
	entry.Put.ExpressionAttributeValues = attrs{":g": num(int64(p.Generation))}
	return entry
}

// Heads returns the first n executions in line, read from the base table:
// an index could miss one that was parked a moment ago.
func (r *Runs) Heads(ctx context.Context, t ident.Tenant, n int) ([]admission.Parked, error) {
	out, err := r.db.Query(ctx, &dynamodb.QueryInput{
		TableName: r.table, ConsistentRead: aws.Bool(true), Limit: aws.Int32(int32(n)),
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :line)"),
		ExpressionAttributeValues: attrs{":pk": str(tenantPK(t)), ":line": str(linePrefix)},
	})
	if err != nil {
		return nil, unavailable(err)
	}
	var heads []admission.Parked
	for _, item := range out.Items {
		heads = append(heads, admission.Parked{
			Ref:        execution.Ref{Tenant: t, ID: ident.Execution(strings.TrimPrefix(getStr(item, attrSK), linePrefix))},
			Generation: int(getNum(item, "gn")), Plan: tenant.PlanName(getStr(item, "pl")),
		})
	}
	return heads, nil
}

// Unpark removes the execution from the line, unless it stands there with a newer generation.
func (r *Runs) Unpark(ctx context.Context, ref execution.Ref, gen int) error {
	_, err := r.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: r.table, Key: lineKey(ref.Tenant, ref.ID).attrs(),
		ConditionExpression: aws.String("gn <= :g"), ExpressionAttributeValues: attrs{":g": num(int64(gen))},
	})
	var newer *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &newer) {
		return unavailable(err)
	}
	return nil
}

// ClearLine removes the mark that the line is not empty, unless somebody parked
// since the mark was seen, and returns the slots as they are then.
func (r *Runs) ClearLine(ctx context.Context, t ident.Tenant, seen int64) (admission.Slots, error) {
	var e expression
	e.Remove("ln", attrOpen, attrDue)
	e.If("ln = :seen")
	e.value(":seen", num(seen))
	item, _, err := r.update(ctx, slotsKey(t), e)
	return decodeSlots(item), err
}

// PlaceInLine counts those in line up to the execution; 0 if it is not in line.
func (r *Runs) PlaceInLine(ctx context.Context, ref execution.Ref) (int, error) {
	own := lineKey(ref.Tenant, ref.ID)
	item, err := r.get(ctx, own)
	if err != nil || item == nil {
		return 0, err
	}
	count := 0
	pages := dynamodb.NewQueryPaginator(r.db, &dynamodb.QueryInput{
		TableName: r.table, ConsistentRead: aws.Bool(true), Select: types.SelectCount,
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :own"),
		ExpressionAttributeValues: attrs{":pk": str(own.pk), ":from": str(linePrefix), ":own": str(own.sk)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, unavailable(err)
		}
		count += int(page.Count)
	}
	return count, nil
}
