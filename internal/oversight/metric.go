package oversight

import (
	"context"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// PlanLoad is what the tenants of one plan, or all, do now and have used this month.
type PlanLoad struct {
	Tenants   int
	Slots     int // in use
	Parked    int
	Open      int64 // queued or running
	Runs      int64 // accepted this month
	Tokens    int64 // of the platform's AI, this month
	Reserved  int64 // of AI calls under way
	CostMicro int64 // of the platform's AI, this month, millionths of a US dollar
}

func (l *PlanLoad) add(o PlanLoad) {
	l.Tenants += o.Tenants
	l.Slots += o.Slots
	l.Parked += o.Parked
	l.Open += o.Open
	l.Runs += o.Runs
	l.Tokens += o.Tokens
	l.Reserved += o.Reserved
	l.CostMicro += o.CostMicro
}

// Metrics are the figures of the dashboard, with those of this moment and month.
type Metrics struct {
	At     time.Time
	Period string
	Total  PlanLoad
	Plans  map[tenant.PlanName]PlanLoad
	// Failures of the last 24 hours by code, and by hour from the oldest.
	Failures map[string]int64
	Hours    [24]int64
	Queues   []Depth
	// Oldest is how long the oldest queued execution of each plan has waited.
	Oldest map[tenant.PlanName]time.Duration
	// Widgets are the dashboard's figures over the last span.
	Widgets []Widget
}

// Metrics reads the figures of now, and the dashboard's over the last span.
func (o *Office) Metrics(ctx context.Context, span time.Duration) (Metrics, error) {
	now := o.Clock.Now().UTC()
	m := Metrics{At: now, Period: usage.Period(now), Plans: map[tenant.PlanName]PlanLoad{}, Failures: map[string]int64{}}
	for _, p := range tenant.PlanNames() {
		m.Plans[p] = PlanLoad{}
	}
	var mu sync.Mutex
	err := o.each(ctx, func(ctx context.Context, t tenant.Tenant) error {
		load, err := o.loadOf(ctx, t.ID, m.Period)
		mu.Lock()
		defer mu.Unlock()
		sum := m.Plans[t.Plan]
		sum.add(load)
		m.Plans[t.Plan] = sum
		m.Total.add(load)
		return err
	})
	if err != nil {
		return m, err
	}
	day := FailedQuery{Since: now.Add(-24 * time.Hour), Until: now.Add(time.Minute)}
	err = o.Index.Failed(ctx, day, func(x Failed) bool {
		m.Failures[string(x.Failure.Code)]++
		hour := int(x.At.Sub(day.Since) / time.Hour)
		m.Hours[min(max(hour, 0), 23)]++
		return true
	})
	if err != nil {
		return m, err
	}
	if m.Queues, m.Oldest, err = o.QueueStates(ctx); err != nil {
		return m, err
	}
	m.Widgets, err = o.Dashboard.Widgets(ctx, span)
	return m, err
}

func (o *Office) loadOf(ctx context.Context, t ident.Tenant, period string) (PlanLoad, error) {
	load, err := o.Ledger.Load(ctx, t)
	if err != nil {
		return PlanLoad{}, err
	}
	tokens, err := o.Ledger.Tokens(ctx, t, period)
	if err != nil {
		return PlanLoad{}, err
	}
	runs, err := o.Ledger.MonthRuns(ctx, t, period)
	return PlanLoad{
		Tenants: 1, Slots: load.Slots, Parked: load.Parked, Open: load.Open, Runs: runs,
		Tokens: tokens.Used, Reserved: tokens.Committed - tokens.Used, CostMicro: tokens.CostMicro,
	}, err
}

// QueueStates are the queues' depths, and how long the oldest queued execution of
// each plan has waited: in SQS, in line, or between two offers of its message.
func (o *Office) QueueStates(ctx context.Context) ([]Depth, map[tenant.PlanName]time.Duration, error) {
	depths, err := o.Queues.Depths(ctx)
	if err != nil {
		return nil, nil, err
	}
	oldest, err := o.oldest(ctx)
	return depths, oldest, err
}

// maxOldest is how many open executions are looked at for the age of the oldest.
const maxOldest = 400

// oldest looks at open executions from the oldest on, until each plan that has a
// queued one has shown it.
func (o *Office) oldest(ctx context.Context) (map[tenant.PlanName]time.Duration, error) {
	refs, err := o.opens(ctx)
	if err != nil {
		return nil, err
	}
	ages := map[tenant.PlanName]time.Duration{}
	now := o.Clock.Now()
	for looked := 0; looked < min(len(refs), maxOldest) && len(ages) < len(tenant.PlanNames()); looked += atOnce {
		end := len(refs) - looked
		batch, err := o.load(ctx, refs[max(0, end-atOnce):end])
		if err != nil {
			return nil, err
		}
		for _, c := range batch {
			if c.Status == execution.Queued {
				ages[c.Plan] = max(ages[c.Plan], now.Sub(c.QueuedAt))
			}
		}
	}
	return ages, nil
}

// Redrive moves a plan's dead letters back to its queue.
func (o *Office) Redrive(ctx context.Context, by tenant.Actor, p tenant.PlanName) (int64, error) {
	n, err := o.Queues.Redrive(ctx, p)
	if err != nil {
		return n, err
	}
	return n, o.note(ctx, by, "", "queue.redriven", string(p), map[string]int64{"messages": n})
}
