package usage

import (
	"context"
	"log/slog"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Counter counts the tokens of a prompt: exactly, or by an upper bound.
type Counter interface {
	Prompt(req node.ChatRequest) (tokens int64, exact bool)
}

const (
	// grace is how long a reservation outlives the provider's deadline.
	grace = time.Minute
	// closing is how long closing a reservation may take, and closeTries how often
	// it is tried; after that the reservation expires by itself.
	closing    = 5 * time.Second
	closeTries = 3
	// defaultTimeout is the provider's deadline if the request names none.
	defaultTimeout = time.Minute
)

// Metered is an AI provider with the budget before it and the log behind it.
// Provider makes the call and fills the reply's usage; the cost is put in here.
type Metered struct {
	Provider node.AIProvider
	Budget   Budget
	Counter  Counter
	Prices   func() *Table // the table that holds now
	Clock    clock.Clock
	Log      *slog.Logger
	// Given reports whether the provider itself said what a call used.
	Given func(node.ChatReply) bool
}

// Chat implements node.AIProvider. Beside the provider's faults it fails with
// AI_TOKEN_BUDGET_EXHAUSTED, RUN_CAP_REACHED or WORKFLOW_CAP_REACHED before
// anything is sent.
func (m *Metered) Chat(ctx context.Context, req node.ChatRequest) (node.ChatReply, error) {
	own := req.APIKey != "" || req.BaseURL != ""
	if req.Timeout <= 0 {
		req.Timeout = defaultTimeout
	}
	asked := req.MaxTokens
	if asked <= 0 {
		price, _ := m.Prices().Find(req.Model, m.Clock.Now())
		req.MaxTokens = int(price.MaxOutput)
	}
	e := m.estimate(req)
	if own { // sent as its author wrote it; the estimate is then a good guess
		req.MaxTokens = asked
	}
	e.OwnKey = own
	c, err := m.begin(ctx, e)
	if err != nil {
		return node.ChatReply{}, err
	}
	defer c.lost() // a panic, or a goroutine that is ended
	reply, err := m.Provider.Chat(ctx, req)
	if err != nil {
		c.failed(err)
		return node.ChatReply{}, err
	}
	reply.CostMicro = c.answered(reply)
	return reply, nil
}

func (m *Metered) estimate(req node.ChatRequest) Estimate {
	prompt, _ := m.Counter.Prompt(req)
	u := workflow.TokenUsage{Model: req.Model, Prompt: prompt, Completion: int64(req.MaxTokens)}
	u.Total = u.Prompt + u.Completion
	return m.priced(Estimate{Origin: OriginOf(req), Usage: u}, req.Timeout)
}

// priced completes the estimate of a call that is made now: what it may cost, and when
// its reservation is over.
func (m *Metered) priced(e Estimate, timeout time.Duration) Estimate {
	e.At = m.Clock.Now()
	e.ID = ident.New("rsv", e.At)
	e.CostMicro, _ = m.Prices().Cost(e.Usage, e.Units, e.At)
	e.Expires = e.At.Add(timeout + grace)
	return e
}

// begin reserves what a call may use. Whoever makes it then closes it; lost does so
// for one who does not come to that.
func (m *Metered) begin(ctx context.Context, e Estimate) (*call, error) {
	c := &call{m: m, ctx: context.WithoutCancel(ctx), estimate: e}
	var err error
	if c.reservation, err = m.Budget.Reserve(ctx, e); err != nil {
		c.unreserved(err)
		return nil, err
	}
	if err := c.late(); err != nil {
		return nil, err
	}
	return c, nil
}

// call is one call on its way; it is closed exactly once.
type call struct {
	m           *Metered
	ctx         context.Context // without the caller's cancellation
	estimate    Estimate
	reservation Reservation
	closed      bool
}

// answered closes the call at what the provider says, and returns its cost.
func (c *call) answered(r node.ChatReply) int64 {
	return c.settled(r.Usage, node.Units{}, r.Latency, c.m.Given != nil && !c.m.Given(r))
}

// settled closes the call at what it used; counted says that the figures are ours.
func (c *call) settled(u workflow.TokenUsage, units node.Units, latency time.Duration, counted bool) int64 {
	rec := c.record(u, units)
	rec.Latency, rec.Confirmed, rec.Counted = latency, true, counted
	if u.Total > c.estimate.Usage.Total && !c.estimate.OwnKey {
		c.m.Log.Warn("usage.estimate.exceeded", "tenantId", c.estimate.Origin.Tenant, "model", u.Model,
			"estimate", c.estimate.Usage.Total, "total", u.Total)
	}
	c.close(rec)
	return rec.CostMicro
}

// failed closes the call by what the failure says about its effect.
func (c *call) failed(err error) {
	if fault.Of(err).Outcome == fault.Unknown {
		c.lost()
		return
	}
	if c.closed {
		return
	}
	c.closed = true
	c.repeat("release", func(ctx context.Context) error { return c.m.Budget.Release(ctx, c.reservation) })
}

// late gives the reservation back if its time was over before anything was sent: the
// instance stood still since it asked, and somebody else goes on by now.
func (c *call) late() error {
	if c.m.Clock.Now().Before(c.estimate.Expires) {
		return nil
	}
	f := fault.New(fault.Timeout, fault.CodeNodeTimeout, "The time for the call to the model was over before it began.")
	f.Outcome = fault.NotSent
	c.failed(f)
	return f
}

// unreserved undoes a reservation that may have been made although the caller
// was told otherwise.
func (c *call) unreserved(err error) {
	if fault.Of(err).Kind == fault.LimitExceeded {
		return
	}
	c.reservation = Reservation{ID: c.estimate.ID, Period: Period(c.estimate.At), Estimate: c.estimate}
	c.repeat("release", func(ctx context.Context) error { return c.m.Budget.Release(ctx, c.reservation) })
}

// lost closes a call that was not closed yet at its estimate: it may have been billed.
func (c *call) lost() {
	if c.closed {
		return
	}
	rec := c.record(c.estimate.Usage, c.estimate.Units)
	rec.CostMicro, rec.Counted = c.estimate.CostMicro, true
	c.close(rec)
}

func (c *call) record(u workflow.TokenUsage, units node.Units) Record {
	cost, rule := c.m.Prices().Cost(u, units, c.estimate.At)
	return Record{
		ID: c.estimate.ID, Origin: c.estimate.Origin, Usage: u, Units: units, CostMicro: cost, Rule: rule,
		OwnKey: c.estimate.OwnKey, At: c.estimate.At,
	}
}

func (c *call) close(rec Record) {
	c.closed = true
	c.repeat("settle", func(ctx context.Context) error { return c.m.Budget.Settle(ctx, c.reservation, rec) })
}

// repeat tries to close a reservation. Its failure does not fail the call, which
// has happened: the reservation expires and then counts as used.
func (c *call) repeat(what string, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(c.ctx, closing)
	defer cancel()
	var err error
	for range closeTries {
		if err = do(ctx); err == nil {
			return
		}
	}
	c.m.Log.Error("usage.close.failed", "step", what, "reservation", c.estimate.ID,
		"tenantId", c.estimate.Origin.Tenant, "error", err.Error())
}

var _ node.AIProvider = (*Metered)(nil)
