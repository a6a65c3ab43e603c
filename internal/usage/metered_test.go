package usage

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// ledger is a Budget that keeps its state in memory, under the same rules as the
// real one: no more committed than the limit, every step idempotent.
type ledger struct {
	mu        sync.Mutex
	limit     int64
	committed int64
	used      int64
	open      map[string]int64
	closed    map[string]string // how each reservation ended
	records   []Record
	// fail makes the next calls of a step fail; with applied they fail after they
	// have happened.
	fail    map[string]int
	applied bool
}

func newLedger(limit int64) *ledger {
	return &ledger{limit: limit, open: map[string]int64{}, closed: map[string]string{}, fail: map[string]int{}}
}

var errLost = errors.New("the answer of the store was lost")

// step runs one step with the faults that are set for it.
func (l *ledger) step(name string, do func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	failing := l.fail[name] > 0
	if failing {
		l.fail[name]--
	}
	if failing && !l.applied {
		return errLost
	}
	if err := do(); err != nil {
		return err
	}
	if failing {
		return errLost
	}
	return nil
}

func (l *ledger) Reserve(_ context.Context, e Estimate) (Reservation, error) {
	err := l.step("reserve", func() error {
		if _, again := l.open[e.ID]; again {
			return nil
		}
		if e.OwnKey {
			l.open[e.ID] = 0
			return nil
		}
		if l.committed+e.Usage.Total > l.limit {
			return fault.New(fault.LimitExceeded, fault.CodeAIBudget, "The month's AI tokens are used up.")
		}
		l.committed += e.Usage.Total
		l.open[e.ID] = e.Usage.Total
		return nil
	})
	return Reservation{ID: e.ID, Period: Period(e.At), Estimate: e}, err
}

func (l *ledger) Settle(ctx context.Context, r Reservation, rec Record) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return l.step("settle", func() error {
		if l.closed[r.ID] != "" {
			return nil
		}
		l.closed[r.ID] = "settled"
		if !r.Estimate.OwnKey {
			l.committed += rec.Usage.Total - l.open[r.ID]
			l.used += rec.Usage.Total
		}
		delete(l.open, r.ID)
		l.records = append(l.records, rec)
		return nil
	})
}

func (l *ledger) Release(ctx context.Context, r Reservation) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return l.step("release", func() error {
		if l.closed[r.ID] == "" {
			l.closed[r.ID] = "released"
			l.committed -= l.open[r.ID]
			delete(l.open, r.ID)
		}
		return nil
	})
}

// provider answers as a function says.
type provider func(ctx context.Context, req node.ChatRequest) (node.ChatReply, error)

func (p provider) Chat(ctx context.Context, req node.ChatRequest) (node.ChatReply, error) {
	return p(ctx, req)
}

// fixed counts every prompt as so many tokens.
type fixed int64

func (n fixed) Prompt(node.ChatRequest) (int64, bool) { return int64(n), true }

func metered(l *ledger, p provider) *Metered {
	table := Builtin()
	return &Metered{
		Provider: p, Budget: l, Counter: fixed(100), Prices: func() *Table { return table },
		Clock: clock.NewManual(day("2025-09-01")), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

var ask = node.ChatRequest{Tenant: "ten_1", ExecutionID: "exe_1", NodeID: "n1", Model: "gpt-4o-mini", MaxTokens: 50}

func answer(prompt, completion int64) provider {
	return func(_ context.Context, req node.ChatRequest) (node.ChatReply, error) {
		return node.ChatReply{
			Usage:   workflow.TokenUsage{Model: req.Model, Prompt: prompt, Completion: completion, Total: prompt + completion},
			Latency: time.Second,
		}, nil
	}
}

func failed(kind fault.Kind, o fault.Outcome) provider {
	return func(context.Context, node.ChatRequest) (node.ChatReply, error) {
		f := fault.New(kind, fault.CodeUpstream, "failed")
		f.Outcome = o
		return node.ChatReply{}, f
	}
}

// check fails unless the ledger is quiet and its sums agree.
func (l *ledger) check(t *testing.T, used int64, records int) {
	t.Helper()
	if len(l.open) != 0 || l.used != used || l.committed != used || len(l.records) != records {
		t.Errorf("open %v, committed %d, used %d (want %d), %d records (want %d)", l.open, l.committed, l.used, used, len(l.records), records)
	}
}

func TestAnsweredCallIsSettledAtWhatItUsed(t *testing.T) {
	l := newLedger(1000)
	reply, err := metered(l, answer(90, 20)).Chat(context.Background(), ask)
	if err != nil || reply.CostMicro != 26 { // 90*0.15 + 20*0.6 = 25.5
		t.Fatalf("cost %d, %v", reply.CostMicro, err)
	}
	l.check(t, 110, 1)
	r := l.records[0]
	if !r.Confirmed || r.Counted || r.OwnKey || r.CostMicro != 26 || r.Rule != "gpt-4o-mini@2024-07-18" || r.Latency != time.Second || r.Origin.NodeID != "n1" {
		t.Errorf("record: %+v", r)
	}
}

func TestMoreThanEstimatedIsRecorded(t *testing.T) {
	l := newLedger(1000)
	if _, err := metered(l, answer(300, 200)).Chat(context.Background(), ask); err != nil {
		t.Fatal(err)
	}
	l.check(t, 500, 1)
}

func TestRefusedAndUnsentCallsAreReleased(t *testing.T) {
	for _, o := range []fault.Outcome{fault.NotSent, fault.Refused} {
		l := newLedger(1000)
		if _, err := metered(l, failed(fault.Unavailable, o)).Chat(context.Background(), ask); err == nil {
			t.Fatal("the failure was lost")
		}
		l.check(t, 0, 0)
	}
}

func TestLostCallCountsAtItsEstimate(t *testing.T) {
	l := newLedger(1000)
	if _, err := metered(l, failed(fault.Timeout, fault.Unknown)).Chat(context.Background(), ask); !fault.Is(err, fault.Timeout) {
		t.Fatal(err)
	}
	l.check(t, 150, 1)
	if r := l.records[0]; r.Confirmed || !r.Counted || r.CostMicro != 45 {
		t.Errorf("record: %+v", r)
	}
}

func TestPanicCountsAtItsEstimate(t *testing.T) {
	l := newLedger(1000)
	m := metered(l, func(context.Context, node.ChatRequest) (node.ChatReply, error) { panic("provider") })
	func() {
		defer func() { _ = recover() }()
		_, _ = m.Chat(context.Background(), ask)
	}()
	l.check(t, 150, 1)
}

func TestCancelledCallIsStillClosed(t *testing.T) {
	for outcome, used := range map[fault.Outcome]int64{fault.Unknown: 150, fault.NotSent: 0} {
		l := newLedger(1000)
		ctx, cancel := context.WithCancel(context.Background())
		m := metered(l, func(ctx context.Context, req node.ChatRequest) (node.ChatReply, error) {
			cancel()
			return failed(fault.Cancelled, outcome)(ctx, req)
		})
		_, _ = m.Chat(ctx, ask)
		l.check(t, used, int(used/150))
	}
}

func TestExhaustedBudgetFailsBeforeAnyCall(t *testing.T) {
	l := newLedger(149)
	called := false
	m := metered(l, func(context.Context, node.ChatRequest) (node.ChatReply, error) {
		called = true
		return node.ChatReply{}, nil
	})
	_, err := m.Chat(context.Background(), ask)
	if f := fault.Of(err); called || f.Code != fault.CodeAIBudget {
		t.Errorf("called: %v, %v", called, err)
	}
	l.check(t, 0, 0)
}

func TestOwnKeyIsRecordedAndDoesNotDraw(t *testing.T) {
	l := newLedger(0)
	req := ask
	req.APIKey = "sk-own"
	reply, err := metered(l, answer(90, 20)).Chat(context.Background(), req)
	if err != nil || reply.CostMicro != 26 {
		t.Fatalf("%d, %v", reply.CostMicro, err)
	}
	if len(l.records) != 1 || !l.records[0].OwnKey || l.committed != 0 || l.used != 0 {
		t.Errorf("%+v, committed %d", l.records, l.committed)
	}
	if _, err := metered(l, failed(fault.Unavailable, fault.Refused)).Chat(context.Background(), req); err == nil || len(l.records) != 1 {
		t.Errorf("a refused call was recorded: %v", err)
	}
}

// A lost answer to a call with the tenant's own key is in the log too, once.
func TestOwnKeyThatIsLostIsRecordedAtItsEstimate(t *testing.T) {
	l := newLedger(0)
	req := ask
	req.APIKey = "sk-own"
	_, err := metered(l, failed(fault.Timeout, fault.Unknown)).Chat(context.Background(), req)
	if err == nil || len(l.records) != 1 || l.records[0].Confirmed || l.records[0].Usage.Total != 150 || l.used != 0 {
		t.Errorf("%v, %+v, used %d", err, l.records, l.used)
	}
}

func TestUnsetMaximumIsSet(t *testing.T) {
	l := newLedger(100_000)
	var got, own int
	m := metered(l, func(_ context.Context, req node.ChatRequest) (node.ChatReply, error) {
		if got = req.MaxTokens; req.APIKey != "" {
			own = req.MaxTokens
		}
		return answer(1, 1)(context.Background(), req)
	})
	req := ask
	req.MaxTokens = 0
	if _, err := m.Chat(context.Background(), req); err != nil || got != 4096 {
		t.Errorf("%d, %v", got, err)
	}
	req.APIKey = "sk-own"
	if _, err := m.Chat(context.Background(), req); err != nil || own != 0 {
		t.Errorf("own key: %d, %v", own, err)
	}
}

// The store answers with an error, before or after the step has happened: the
// step is repeated, and counts once.
func TestStoreThatLosesAnswers(t *testing.T) {
	for _, applied := range []bool{false, true} {
		l := newLedger(1000)
		l.applied, l.fail = applied, map[string]int{"settle": 2, "release": 2}
		if _, err := metered(l, answer(90, 20)).Chat(context.Background(), ask); err != nil {
			t.Fatal(err)
		}
		if _, err := metered(l, failed(fault.Unavailable, fault.NotSent)).Chat(context.Background(), ask); err == nil {
			t.Fatal("the failure was lost")
		}
		l.check(t, 110, 1)
	}
}

func TestReservationWhoseAnswerWasLostIsReleased(t *testing.T) {
	for _, applied := range []bool{false, true} {
		l := newLedger(1000)
		l.applied, l.fail = applied, map[string]int{"reserve": 1}
		if _, err := metered(l, answer(90, 20)).Chat(context.Background(), ask); !errors.Is(err, errLost) {
			t.Fatal(err)
		}
		l.check(t, 0, 0)
	}
}

func TestStoreThatStaysAwayDoesNotLoseTheAnswer(t *testing.T) {
	l := newLedger(1000)
	l.fail = map[string]int{"settle": 100}
	reply, err := metered(l, answer(90, 20)).Chat(context.Background(), ask)
	if err != nil || reply.Usage.Total != 110 {
		t.Errorf("%+v, %v", reply, err)
	}
	if len(l.open) != 1 { // expires, and then counts as used
		t.Errorf("open: %v", l.open)
	}
}

// 1,000 calls at once against a budget for 50.
func TestManyCallsNeverOverspend(t *testing.T) {
	const each = 150
	l := newLedger(50 * each)
	gate := make(chan struct{})
	m := metered(l, func(ctx context.Context, req node.ChatRequest) (node.ChatReply, error) {
		<-gate
		return answer(100, 50)(ctx, req)
	})
	var wait sync.WaitGroup
	var mu sync.Mutex
	ok, refused := 0, 0
	for range 1000 {
		wait.Go(func() {
			_, err := m.Chat(context.Background(), ask)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				ok++
			} else if refused++; refused == 950 {
				close(gate)
			}
		})
	}
	wait.Wait()
	if ok != 50 || refused != 950 {
		t.Errorf("%d answered, %d refused", ok, refused)
	}
	l.check(t, 50*each, 50)
}

// Whatever happens in whatever order, the sums agree when all calls have ended.
func TestEveryWayOutClosesTheCall(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLedger(rapid.Int64Range(0, 2000).Draw(rt, "limit"))
		l.applied = rapid.Bool().Draw(rt, "applied")
		for i := range rapid.IntRange(1, 12).Draw(rt, "calls") {
			for _, step := range []string{"settle", "release"} {
				l.fail[step] = rapid.IntRange(0, closeTries-1).Draw(rt, step)
			}
			way := rapid.SampledFrom([]provider{
				answer(80, 10), answer(400, 400), failed(fault.Unavailable, fault.NotSent), failed(fault.Invalid, fault.Refused),
				failed(fault.Timeout, fault.Unknown), func(context.Context, node.ChatRequest) (node.ChatReply, error) { panic(i) },
			}).Draw(rt, "way")
			func() {
				defer func() { _ = recover() }()
				_, _ = metered(l, way).Chat(context.Background(), ask)
			}()
		}
		var sum int64
		for _, r := range l.records {
			sum += r.Usage.Total
		}
		if len(l.open) != 0 || l.committed != l.used || l.used != sum {
			rt.Fatalf("open %v, committed %d, used %d, records %d", l.open, l.committed, l.used, sum)
		}
	})
}
