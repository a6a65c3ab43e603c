package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/usage"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The figures of the AI nodes: each call may use up to prompt and answer tokens.
const (
	aiPrompt = 30
	aiAnswer = 70
)

// models is the AI of the simulation: the real meter before a provider that
// answers, refuses, or loses its answer, and counts what it bills.
type models struct {
	w      *world
	billed map[string]int // calls by execution
}

// Prompt implements usage.Counter.
func (m *models) Prompt(node.ChatRequest) (int64, bool) { return aiPrompt, true }

// Chat implements node.AIProvider, behind the meter.
func (m *models) Chat(_ context.Context, req node.ChatRequest) (node.ChatReply, error) {
	w := m.w
	if w.wire.dead() {
		return node.ChatReply{}, errKilled
	}
	if w.chance(w.wire.rate) {
		return node.ChatReply{}, fault.New(fault.Unavailable, fault.CodeUpstreamRateLimited, "slow down")
	}
	m.checkBudget(ident.Tenant(req.Tenant))
	if c, err := w.peek(execution.Ref{Tenant: ident.Tenant(req.Tenant), ID: ident.Execution(req.ExecutionID)}); err == nil {
		w.checkRunning(c)
	}
	m.billed[req.ExecutionID]++
	w.note("model called for %s %s", req.ExecutionID, req.NodeID)
	if w.chance(w.wire.rate) {
		e := fault.New(fault.Timeout, fault.CodeNodeTimeout, "the connection was cut")
		e.Outcome = fault.Unknown
		return node.ChatReply{}, e
	}
	answer := int64(1 + w.among(aiAnswer))
	return node.ChatReply{Usage: workflow.TokenUsage{Model: req.Model, Prompt: aiPrompt, Completion: answer, Total: aiPrompt + answer}}, nil
}

// ask is the side effect of a node "sim.ai".
func (m *models) ask(s execution.Stepping) *fault.Error {
	meter := &usage.Metered{
		Provider: m, Budget: numbered{m.w.ledger, m.w.number("rsv")}, Counter: m, Prices: usage.Builtin, Clock: m.w.clock, Log: silent,
	}
	_, err := meter.Chat(context.Background(), node.ChatRequest{
		Tenant: s.Info.Tenant, WorkflowID: s.Info.WorkflowID, ExecutionID: s.Info.ExecutionID, NodeID: s.Step.Node.Name,
		RunIndex: s.Step.RunIndex, Attempt: s.Info.Attempt, Model: "gpt-4o-mini", MaxTokens: aiAnswer,
	})
	return fault.Of(err)
}

// numbered gives a call's reservation an id by its number. That of the meter is
// made by chance, and decides in which order sweep meets the reservation: a seed
// would not replay exactly.
type numbered struct {
	usage.Budget
	id string
}

func (n numbered) Reserve(ctx context.Context, e usage.Estimate) (usage.Reservation, error) {
	e.ID = n.id
	return n.Budget.Reserve(ctx, e)
}

func (n numbered) Settle(ctx context.Context, r usage.Reservation, rec usage.Record) error {
	r.ID, rec.ID = n.id, n.id
	return n.Budget.Settle(ctx, r, rec)
}

func (n numbered) Release(ctx context.Context, r usage.Reservation) error {
	r.ID = n.id
	return n.Budget.Release(ctx, r)
}

func newLedger(w *world) *dynamostore.Ledger {
	return dynamostore.NewLedger(w.runs, w, w)
}

// months are those that a schedule can touch.
func (w *world) months() []string {
	return []string{usage.Period(begin), usage.Period(begin.AddDate(0, 0, 2))}
}

// checkBudget holds, whenever a model is called, that no month of the tenant has
// committed more than its limit.
func (m *models) checkBudget(t ident.Tenant) {
	w := m.w
	w.past(func() {
		for _, month := range w.months() {
			got, err := w.ledger.Tokens(context.Background(), t, month)
			if err != nil || got.Committed > w.limits[t].AITokens {
				w.nodes.wrong = append(w.nodes.wrong, fmt.Sprintf("%s has committed %d tokens in %s, its limit is %d (%v)", t, got.Committed, month, w.limits[t].AITokens, err))
			}
		}
	})
}

// checkBooks holds, at rest and after reservations have expired: all that is
// committed is used, the log adds up to it, each call that was billed has a
// record, and each record that no call is behind is one of a process that died.
func (w *world) checkBooks(ctx context.Context, t ident.Tenant) (bad []string) {
	w.clock.Advance(time.Hour)
	if _, err := w.ledger.Expire(ctx); err != nil {
		return []string{err.Error()}
	}
	records, unconfirmed, tokens := map[string]int{}, map[string]int{}, map[ident.Execution]int64{}
	for _, month := range w.months() {
		var sum int64
		err := w.ledger.UsageRecords(ctx, t, month, func(r usage.Record) bool {
			sum += r.Usage.Total
			records[r.Origin.ExecutionID]++
			tokens[ident.Execution(r.Origin.ExecutionID)] += r.Usage.Total
			if !r.Confirmed {
				unconfirmed[r.Origin.ExecutionID]++
			}
			return true
		})
		m, failed := w.ledger.Tokens(ctx, t, month)
		if err != nil || failed != nil || m.Committed != m.Used || m.Used != sum {
			bad = append(bad, fmt.Sprintf("%s in %s: committed %d, used %d, the log has %d (%v, %v)", t, month, m.Committed, m.Used, sum, err, failed))
		}
	}
	for ref := range w.accepted {
		id := string(ref.ID)
		if n := records[id] - w.models.billed[id]; ref.Tenant == t && (n < 0 || n > unconfirmed[id]) {
			bad = append(bad, fmt.Sprintf("%s: %d calls were billed, the log has %d, %d of them unconfirmed", id, w.models.billed[id], records[id], unconfirmed[id]))
		}
	}
	return append(bad, w.checkCaps(t, tokens)...)
}

// checkCaps holds that no run has used more than its workflow's cap, with all the
// runs below it.
func (w *world) checkCaps(t ident.Tenant, tokens map[ident.Execution]int64) (bad []string) {
	controls := map[ident.Execution]execution.Control{}
	for _, c := range w.all(t) {
		controls[c.ID] = c
	}
	family := map[ident.Execution]int64{}
	for id, n := range tokens {
		for ; id != ""; id = controls[id].Parent.ID {
			family[id] += n
		}
	}
	for id, n := range family {
		if most := w.wfs[controls[id].WorkflowID].Settings.Caps.RunTokens; most > 0 && n > most {
			bad = append(bad, fmt.Sprintf("%s used %d tokens with what it started, its cap is %d", id, n, most))
		}
	}
	return bad
}
