package poll_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/connector"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/poll"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const acme = ident.Tenant("ten_acme")

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a poller over the real store, with a feed as the service.
type world struct {
	*poll.Poller
	t        *testing.T
	rnd      *rand.Rand
	clock    *clock.Manual
	db       *faulty
	runs     *dynamostore.Runs
	schedule trigger.Schedule
	plan     tenant.Limits
	suspended,
	gone bool

	feed   []string // titles, newest first
	status int      // of the service; 0: 200
	header map[string]string
	asked  int
	during func() // what happens while the service is asked
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	c := clock.NewManual(start)
	w := &world{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), clock: c, plan: tenant.Limits{MonthlyRuns: -1, MaxQueued: -1, RunsPerMinute: -1}}
	w.db = &faulty{DB: table.Client(table.Open(t, c)), w: w}
	w.runs = dynamostore.NewRuns(w.db, table.Runs, nil, c)
	if err := w.runs.MakeTenant(t.Context(), acme); err != nil {
		t.Fatal(err)
	}
	desk := &execution.Desk{Store: w.runs, Workflows: w, Limits: w, Line: line{}, Observer: silent{}, Clock: c}
	log := slog.New(slog.DiscardHandler)
	w.Poller = &poll.Poller{
		Schedules: w, Workflows: w, Limits: w, Marks: w.runs, Launcher: desk, Clock: c, Log: log,
		Service: connector.NewAsker(node.Services{HTTP: w}, c),
	}
	w.activate()
	return w
}

const flow = `{"id": "wf_1", "name": "W", "nodes": [{"id": "1", "name": "RSS", "type": "n8n-nodes-base.rssFeedReadTrigger", "typeVersion": 1, "position": [0, 0],
	"parameters": {"feedUrl": "https://feed.example/rss", "pollTimes": {"item": [{"mode": "everyMinute"}]}}}], "connections": {}}`

// activate registers the trigger anew.
func (w *world) activate() {
	wf, _, err := w.Workflow(w.t.Context(), acme, "wf_1", 1)
	if err != nil {
		w.t.Fatal(err)
	}
	set, err := trigger.Of(wf, trigger.Owner{
		Tenant: acme, Workflow: "wf_01HX00000000000000000000AA", Version: 1, Timezone: "UTC", Now: w.clock.Now().UTC(), By: "key_1", Polls: node.NewRegistry(connector.Types()).Polls,
	})
	if err != nil || len(set.Schedules) != 1 {
		w.t.Fatal(set, err)
	}
	w.schedule = set.Schedules[0]
}

func (w *world) Schedule(context.Context, ident.Tenant, ident.Schedule) (trigger.Schedule, error) {
	if w.gone {
		return trigger.Schedule{}, fault.New(fault.NotFound, fault.CodeNotFound, "none")
	}
	return w.schedule, nil
}

func (w *world) Workflow(context.Context, ident.Tenant, ident.Workflow, int) (*workflow.Workflow, int, error) {
	wf, err := workflow.Parse([]byte(flow))
	return wf, 1, err
}

func (w *world) Limits(context.Context, ident.Tenant) (tenant.Tenant, tenant.Limits, error) {
	return tenant.Tenant{ID: acme, Plan: tenant.Pro, Suspended: w.suspended}, w.plan, nil
}

// Do implements node.HTTPDoer: the service.
func (w *world) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	w.asked++
	var b strings.Builder
	for _, title := range w.feed {
		fmt.Fprintf(&b, "<item><title>%s</title><guid>%s</guid></item>", title, title)
	}
	status, header := w.status, http.Header{}
	if status == 0 {
		status = http.StatusOK
	}
	for k, v := range w.header {
		header.Set(k, v)
	}
	if during := w.during; during != nil {
		w.during = nil
		during()
	}
	return &http.Response{
		StatusCode: status, Header: header, Request: req, Body: io.NopCloser(strings.NewReader("<rss><channel>" + b.String() + "</channel></rss>")),
	}, nil
}

// tick delivers the tick of the present minute.
func (w *world) tick() error {
	return w.Tick(w.t.Context(), trigger.Tick{Tenant: acme, Schedule: w.schedule.ID, At: w.clock.Now().Truncate(time.Minute)})
}

// mustTick is tick without a fault.
func (w *world) mustTick() {
	w.t.Helper()
	if err := w.tick(); err != nil {
		w.t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
}

// started counts in how many runs each title is.
func (w *world) started() map[string]int {
	w.t.Helper()
	out := map[string]int{}
	for cursor := ""; ; {
		page, err := w.runs.List(w.t.Context(), acme, execution.Filter{Limit: 100, Cursor: cursor})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, c := range page.Items {
			s, err := w.runs.Start(w.t.Context(), c)
			if err != nil {
				w.t.Fatal(err)
			}
			for _, it := range s.Items {
				title, _ := it.JSON.Get("title")
				out[fmt.Sprint(title)]++
			}
		}
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}

func (w *world) state() poll.State {
	w.t.Helper()
	m, err := w.runs.Mark(w.t.Context(), acme, string(w.schedule.Poll.Mark))
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := poll.Read(m, w.schedule.Poll.Since)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

type line struct{}

func (line) Offer(context.Context, execution.Message) error       { return nil }
func (line) Release(context.Context, execution.Ref, int) error    { return nil }
func (line) Leave(context.Context, execution.Ref, int) error      { return nil }
func (line) Position(context.Context, execution.Ref) (int, error) { return 0, nil }

type silent struct{}

func (silent) Node(execution.NodeEvent)           {}
func (silent) Execution(execution.ExecutionEvent) {}

var (
	errLost = errors.New("the answer got lost")
	errDead = errors.New("the function died")
)

// faulty is a database that fails before or after it does what it is asked, and
// after which the function may be dead: then nothing of this tick works any more.
type faulty struct {
	dynamostore.DB
	w    *world
	rate float64 // of failing calls
	dead bool
}

func (f *faulty) call(do func() error) error {
	if f.dead {
		return errDead
	}
	switch {
	case f.w.rnd.Float64() >= f.rate:
		return do()
	case f.w.rnd.IntN(2) == 0: // nothing was done
		f.dead = f.w.rnd.IntN(2) == 0
		return errLost
	}
	err := do()
	f.dead = f.w.rnd.IntN(2) == 0
	return errors.Join(err, errLost)
}

func (f *faulty) GetItem(ctx context.Context, in *sdk.GetItemInput, o ...func(*sdk.Options)) (out *sdk.GetItemOutput, err error) {
	err = f.call(func() error { out, err = f.DB.GetItem(ctx, in, o...); return err })
	return out, err
}

func (f *faulty) PutItem(ctx context.Context, in *sdk.PutItemInput, o ...func(*sdk.Options)) (out *sdk.PutItemOutput, err error) {
	err = f.call(func() error { out, err = f.DB.PutItem(ctx, in, o...); return err })
	return out, err
}

func (f *faulty) UpdateItem(ctx context.Context, in *sdk.UpdateItemInput, o ...func(*sdk.Options)) (out *sdk.UpdateItemOutput, err error) {
	err = f.call(func() error { out, err = f.DB.UpdateItem(ctx, in, o...); return err })
	return out, err
}

func (f *faulty) TransactWriteItems(ctx context.Context, in *sdk.TransactWriteItemsInput, o ...func(*sdk.Options)) (out *sdk.TransactWriteItemsOutput, err error) {
	err = f.call(func() error { out, err = f.DB.TransactWriteItems(ctx, in, o...); return err })
	return out, err
}
