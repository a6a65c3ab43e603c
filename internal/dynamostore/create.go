package dynamostore

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// idempotencyTTL is how long a key is remembered (CONTRACT: 24 h).
const idempotencyTTL = 24 * time.Hour

// createTries bounds the rounds of Create: each refusal that is no answer (a new
// month, the other branch of the rate limit) is mended and tried again.
const createTries = 6

// The places of the writes in Create's transaction.
const (
	writeControl = iota
	writeCounters
)

// Create writes the execution, counts it, and keeps the idempotency key and the
// slot if they are asked for: all of it or nothing, so that a refused request and
// a repeated one count nothing.
func (r *Runs) Create(ctx context.Context, c execution.Creation) (execution.Launched, error) {
	control, extra, err := r.prepare(ctx, &c)
	if err != nil {
		return execution.Launched{}, err
	}
	idle := true // the rate limit's bucket is full: the first guess
	for range createTries {
		writes := append([]types.TransactWriteItem{
			r.putWrite(control, "attribute_not_exists(pk)"),
			r.updateWrite(countersKey(c.Tenant), admitRun(c, idle)),
		}, extra...)
		reasons, ok, err := r.transact(ctx, writes...)
		if err != nil {
			return execution.Launched{}, err
		}
		if ok {
			return execution.Launched{ID: c.ID, Status: execution.Queued}, nil
		}
		answer, again, err := r.refused(ctx, c, reasons)
		if !again {
			return answer, err
		}
		if item, failed := failedAt(reasons, writeCounters); failed && item != nil {
			idle = isFull(getNum(item, "tat"), c.CreatedAt)
		}
	}
	return execution.Launched{}, fault.New(fault.Unavailable, fault.CodeUnavailable, "Too many runs were started at one moment; try again.")
}

// prepare encodes the control item and the writes that not every execution has.
func (r *Runs) prepare(ctx context.Context, c *execution.Creation) (attrs, []types.TransactWriteItem, error) {
	var extra []types.TransactWriteItem
	input, beside, err := r.encodeStart(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	c.Input = input
	if c.Mark != nil {
		extra = append(extra, r.markWrite(c.Tenant, *c.Mark))
	}
	if c.IdempotencyKey != "" {
		item := idempotencyKey(c.Tenant, c.WorkflowID, c.IdempotencyKey).attrs()
		item["ex"], item["bh"] = str(string(c.ID)), str(c.BodyHash)
		item["xp"], item[attrExpires] = num(c.CreatedAt.Add(idempotencyTTL).UnixMilli()), num(c.CreatedAt.Add(idempotencyTTL).Unix())
		w := r.putWrite(item, "attribute_not_exists(pk) OR xp < :now") // TTL may be late: check the expiry
		w.Put.ExpressionAttributeValues = attrs{":now": num(c.CreatedAt.UnixMilli())}
		extra = append(extra, w)
	}
	if !c.LeaseUntil.IsZero() {
		extra = append(extra, r.updateWrite(slotsKey(c.Tenant), acquire(string(c.ID), c.Generation, c.LeaseUntil, c.Limits.Slots(), true)))
	}
	if beside != nil {
		extra = append(extra, r.putWrite(beside, ""))
	}
	if len(c.Runs) > 0 {
		copied, err := r.copyRuns(ctx, c)
		if err != nil {
			return nil, nil, err
		}
		extra = append(extra, r.putWrite(copied, ""))
	}
	return encodeControl(c.Control), extra, nil
}

// admitRun counts one accepted run, if the month, the runs of the month, the
// queue and the rate allow it. The rate is a token bucket in the form of the
// generic cell rate algorithm: tat is the time, in microseconds, at which the
// bucket would be full again.
func admitRun(c execution.Creation, idle bool) expression {
	var e expression
	e.If("mo >= :month") // a clock behind the others counts in the newer month
	e.value(":month", str(month(c.CreatedAt)))
	e.Add("runs", 1)
	e.Add("op", 1)
	if n := c.Limits.MonthlyRuns; n >= 0 {
		e.If("runs < :maxRuns")
		e.value(":maxRuns", num(n))
	}
	if n := c.Limits.MaxQueued; n >= 0 {
		e.If("op < :maxOpen")
		e.value(":maxOpen", num(n+int64(c.Limits.Slots())))
	}
	switch n := c.Limits.RunsPerMinute; {
	case n == 0:
		e.If("op < :none") // never holds
		e.value(":none", num(0))
	case n > 0:
		now, interval := c.CreatedAt.UnixMicro(), int64(time.Minute/time.Microsecond)/n
		e.value(":now", num(now))
		if idle {
			e.If("attribute_not_exists(tat) OR tat <= :now OR tat > :never")
			e.value(":never", num(c.CreatedAt.Add(tenant.NeverFull).UnixMicro()))
			e.Set("tat", num(now+interval))
		} else {
			e.If("tat > :now AND tat <= :latest")
			e.value(":latest", num(now+int64(time.Minute/time.Microsecond)-interval))
			e.SetRaw("tat = tat + :interval")
			e.value(":interval", num(interval))
		}
	}
	return e
}

// refused finds out why the transaction failed: an answer, an error, or a reason
// to try again.
func (r *Runs) refused(ctx context.Context, c execution.Creation, reasons []types.CancellationReason) (answer execution.Launched, again bool, err error) {
	if item, failed := failedAt(reasons, writeControl); failed {
		// A derived id, or our own write whose answer was lost.
		return execution.Launched{ID: c.ID, Status: execution.Status(getStr(item, "st")), Repeated: true}, false, nil
	}
	next := writeCounters + 1
	if c.Mark != nil {
		if _, failed := failedAt(reasons, next); failed {
			return execution.Launched{}, false, execution.ErrSuperseded
		}
		next++
	}
	if c.IdempotencyKey != "" {
		if item, failed := failedAt(reasons, next); failed {
			answer, err = repeatedKey(c, item)
			return answer, false, err
		}
		next++
	}
	if item, failed := failedAt(reasons, writeCounters); failed {
		again, err = r.refusedCount(ctx, c, item)
		return execution.Launched{}, again, err
	}
	if !c.LeaseUntil.IsZero() {
		if _, failed := failedAt(reasons, next); failed {
			return execution.Launched{}, false, slotsFull(c)
		}
	}
	return execution.Launched{}, true, nil
}

func repeatedKey(c execution.Creation, item attrs) (execution.Launched, error) {
	if getStr(item, "bh") != c.BodyHash {
		return execution.Launched{}, fault.New(fault.Conflict, fault.CodeIdempotency,
			"This Idempotency-Key was used with another request; use a new key for a new request.")
	}
	return execution.Launched{ID: ident.Execution(getStr(item, "ex")), Status: execution.Queued, Repeated: true}, nil
}

func slotsFull(c execution.Creation) error {
	e := fault.New(fault.LimitExceeded, fault.CodePlanConcurrency,
		"All %d concurrent runs of the plan are in use; try again when one has ended, or leave onLimit at queue.", c.Limits.Slots())
	e.RetryAfter = 5 * time.Second
	return e
}

// refusedCount says which limit refused the run; a new month is begun instead.
func (r *Runs) refusedCount(ctx context.Context, c execution.Creation, item attrs) (again bool, err error) {
	now, l := c.CreatedAt, c.Limits
	if getStr(item, "mo") < month(now) {
		return true, r.beginMonth(ctx, c.Tenant, item, month(now))
	}
	var e *fault.Error
	switch {
	case l.MonthlyRuns >= 0 && getNum(item, "runs") >= l.MonthlyRuns:
		e = fault.New(fault.LimitExceeded, fault.CodePlanRuns, "The plan's %d runs of this month are used up; they begin anew on the first, or ask for a higher plan.", l.MonthlyRuns)
		e.RetryAfter = nextMonth(now).Sub(now)
	case l.MaxQueued >= 0 && getNum(item, "op") >= l.MaxQueued+int64(l.Slots()):
		e = fault.New(fault.LimitExceeded, fault.CodePlanQueue, "%d runs wait in the queue already, as many as the plan allows; try again when some have ended.", l.MaxQueued)
		e.RetryAfter = 10 * time.Second
	case l.RunsPerMinute == 0:
		e = fault.New(fault.LimitExceeded, fault.CodePlanRate, "The tenant may not start runs at present; ask the platform's operator.")
		e.RetryAfter = time.Minute
	case l.RunsPerMinute > 0 && overRate(getNum(item, "tat"), l.RunsPerMinute, now):
		e = fault.New(fault.LimitExceeded, fault.CodePlanRate, "More than %d runs in a minute; slow down.", l.RunsPerMinute)
		e.RetryAfter = max(time.Second, time.Minute/time.Duration(l.RunsPerMinute))
	default:
		return true, nil // it changed meanwhile, or the bucket's other branch holds
	}
	return false, e
}

// isFull reports whether the bucket of runs is full.
func isFull(tat int64, now time.Time) bool {
	return tenant.Take{Now: now}.IsFull(time.UnixMicro(tat))
}

func overRate(tat, perMinute int64, now time.Time) bool {
	minute := int64(time.Minute / time.Microsecond)
	return !isFull(tat, now) && tat > now.UnixMicro()+minute-minute/perMinute
}

// beginMonth puts the old month's counters aside and starts the new one. Open
// runs go on being counted. Another writer may have done it: that is as good.
func (r *Runs) beginMonth(ctx context.Context, t ident.Tenant, old attrs, to string) error {
	from := getStr(old, "mo")
	var e expression
	e.Set("mo", str(to))
	e.Set("runs", num(0))
	e.Set("pc", num(0))
	if from == "" {
		e.Set("op", num(0))
		e.If("attribute_not_exists(mo)")
		_, _, err := r.update(ctx, countersKey(t), e)
		return err
	}
	e.If("mo = :from AND runs = :seen")
	e.value(":from", str(from))
	e.value(":seen", num(getNum(old, "runs")))
	kept := monthKey(t, from).attrs()
	kept["runs"], kept["pc"] = num(getNum(old, "runs")), num(getNum(old, "pc"))
	_, _, err := r.transact(ctx, r.updateWrite(countersKey(t), e), r.putWrite(kept, ""))
	return err
}

// month names the UTC month of t, as counters are keyed.
func month(t time.Time) string { return t.UTC().Format("2006-01") }

func nextMonth(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

func seqName(prefix string, seq int) string { return prefix + strconv.Itoa(seq) }

// Open is the number of runs that are queued or running, by the counter.
func (r *Runs) Open(ctx context.Context, t ident.Tenant) (int64, error) {
	item, err := r.get(ctx, countersKey(t))
	return getNum(item, "op"), err
}
