package dynamostore

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// Load reads one control item.
func (r *Runs) Load(ctx context.Context, ref execution.Ref) (execution.Control, error) {
	item, err := r.get(ctx, executionKey(ref.Tenant, ref.ID))
	if err != nil {
		return execution.Control{}, err
	}
	if item == nil {
		return execution.Control{}, notFound(ref)
	}
	return decodeControl(item), nil
}

func notFound(ref execution.Ref) error {
	return fault.New(fault.NotFound, fault.CodeNotFound, "There is no execution %s.", ref.ID)
}

// change runs one conditional update of a control item.
func (r *Runs) change(ctx context.Context, ref execution.Ref, e expression) (execution.Control, error) {
	item, ok, err := r.update(ctx, executionKey(ref.Tenant, ref.ID), e)
	switch {
	case err != nil:
		return execution.Control{}, err
	case ok:
		return decodeControl(item), nil
	case item == nil:
		return execution.Control{}, notFound(ref)
	}
	return decodeControl(item), execution.ErrSuperseded
}

// guarded is an expression that holds only for the writer's generation and machine run.
func guarded(g execution.Guard) expression {
	var e expression
	e.If("st = :running AND gn = :g AND mr = :m")
	e.value(":running", str(string(execution.Running)))
	e.value(":g", num(int64(g.Generation)))
	e.value(":m", str(g.MachineRun))
	return e
}

// Bind ties the generation to the machine run; the same machine run may bind again.
func (r *Runs) Bind(ctx context.Context, g execution.Guard, machineStart, now time.Time) (execution.Control, error) {
	var e expression
	e.If("gn = :g AND (st = :queued OR st = :st) AND (attribute_not_exists(mr) OR mr = :mr)")
	e.value(":g", num(int64(g.Generation)))
	e.value(":queued", str(string(execution.Queued)))
	e.Set("st", str(string(execution.Running)))
	e.Set("mr", str(g.MachineRun))
	e.Set("ms", num(millis(machineStart)))
	e.SetRaw("sa = if_not_exists(sa, :now)")
	e.value(":now", num(millis(now)))
	return r.change(ctx, g.Ref, e)
}

// Requeue raises the generation. Leaving a status that is not counted as open
// counts it again, in the same transaction.
func (r *Runs) Requeue(ctx context.Context, q execution.Requeue) (execution.Control, error) {
	e := requeue(q)
	if !countsAgain(q.From) && q.Record == nil && q.Parent == nil {
		return r.change(ctx, q.Ref, e)
	}
	writes := []types.TransactWriteItem{r.updateWrite(executionKey(q.Tenant, q.ID), e)}
	if countsAgain(q.From) {
		var open expression
		open.Add("op", 1)
		writes = append(writes, r.updateWrite(countersKey(q.Tenant), open))
	}
	if q.Record != nil {
		item, err := r.encodeRecords(ctx, q.Ref, []execution.Record{*q.Record})
		if err != nil {
			return execution.Control{}, err
		}
		writes = append(writes, r.putWrite(item, ""))
	}
	if q.Parent != nil {
		writes = append(writes, r.updateWrite(executionKey(q.Parent.Tenant, q.Parent.ID), awaits(*q.Parent, q.ID)))
	}
	reasons, ok, err := r.transact(ctx, writes...)
	if err != nil {
		return execution.Control{}, err
	}
	if ok {
		return r.Load(ctx, q.Ref)
	}
	item, failed := failedAt(reasons, 0)
	switch {
	case item != nil:
		return decodeControl(item), execution.ErrSuperseded
	case !failed: // the parent's guard
		return execution.Control{}, execution.ErrSuperseded
	}
	return execution.Control{}, notFound(q.Ref)
}

// countsAgain reports whether all the statuses are ones that are not counted as open.
func countsAgain(from []execution.Status) bool {
	for _, s := range from {
		if s == execution.Queued || s == execution.Running {
			return false
		}
	}
	return true
}

func requeue(q execution.Requeue) expression {
	var e expression
	e.If("gn = :g")
	e.value(":g", num(int64(q.Generation)))
	e.If(statusIn(&e, q.From))
	e.Set("gn", num(int64(q.Generation)+1))
	e.Set("st", str(string(execution.Queued)))
	e.Set("qa", num(millis(q.Now)))
	e.Set("lo", num(millis(q.Now)))
	e.Set(attrDue, num(millis(q.DueAt)))
	e.Set(attrOpen, str(openShard(string(q.ID))))
	e.Remove("mr", "ms", "er", "fa", "ft", "fp", "fk", "fg", "fx", "ws", attrExpires)
	if q.Resumed {
		e.Set("rg", num(int64(q.Generation)+1))
		e.Set("tf", num(millis(q.Now)))
		if q.Outcome != "" {
			e.Set("uo", str(q.Outcome))
		} else {
			e.Remove("uo")
		}
		if q.Version > 0 {
			e.Set("vr", num(int64(q.Version)))
		}
	}
	if q.HandOver {
		e.Add("hp", 1)
	}
	if q.Child != "" {
		e.If("ws = :child")
		e.value(":child", str(string(q.Child)))
	}
	if q.Parent != nil {
		e.Set("pg", num(int64(q.Since)))
		e.Remove("cx", "oc") // it may have been cancelled
	}
	if q.Record != nil {
		e.Add("cv", 1)
	}
	if !q.NotBefore.IsZero() {
		e.If(attrDue + " <= :notBefore")
		e.value(":notBefore", num(millis(q.NotBefore)))
	}
	return e
}

// statusIn is the condition that the status is one of from.
func statusIn(e *expression, from []execution.Status) string {
	cond := "st IN ("
	for i, s := range from {
		if i > 0 {
			cond += ", "
		}
		name := seqName(":from", i)
		cond += name
		e.value(name, str(string(s)))
	}
	return cond + ")"
}

// AskCancel notes that nothing new may start. Only an execution with an open
// claim needs it; others are settled by who cancels them.
func (r *Runs) AskCancel(ctx context.Context, ref execution.Ref) (execution.Control, error) {
	var e expression
	e.Set("cx", yes)
	e.If(statusIn(&e, []execution.Status{execution.Queued, execution.Running, execution.Waiting}))
	return r.change(ctx, ref, e)
}

// Touch moves the time at which sweep looks again, and notes an offer.
func (r *Runs) Touch(ctx context.Context, ref execution.Ref, gen int, due, offered time.Time) error {
	var e expression
	e.If("gn = :g AND attribute_exists(" + attrOpen + ")")
	e.value(":g", num(int64(gen)))
	e.Set(attrDue, num(millis(due)))
	if !offered.IsZero() {
		e.Set("lo", num(millis(offered)))
	}
	_, err := r.change(ctx, ref, e)
	return err
}
