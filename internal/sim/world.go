package sim

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// begin is when every schedule begins.
var begin = time.Date(2026, 10, 31, 23, 40, 0, 0, time.UTC) // a month ends on the way

// silent is a log that nobody reads: what happened is noted.
var silent = slog.New(slog.DiscardHandler)

// world is one schedule: the system and all that moves it.
type world struct {
	seed    uint64
	rnd     *rand.Rand
	clock   *clock.Manual
	wire    *wire
	runs    *dynamostore.Runs
	limits  map[ident.Tenant]tenant.Limits
	wfs     map[ident.Workflow]*workflow.Workflow
	states  *execution.States
	nodes   *nodes
	models  *models
	ledger  *dynamostore.Ledger
	desk    *execution.Desk
	admit   *admission.Desk
	sweeper *admission.Desk

	messages []delivery
	machines []*machine
	accepted map[execution.Ref]bool
	asked    map[execution.Ref]bool // cancel was answered with success
	ceiling  map[ident.Tenant]int   // slots that may be held: more than the limit while a lowered one takes effect
	stopped  map[ident.Tenant]bool  // suspended by an operator
	requests []request              // launches that may come again
	saw      map[string]int         // what happened, by kinds
	log      []string               // what happened, for a failing seed
	serial   int
	still    bool     // nothing happens by chance
	timed    bool     // a node's function runs, which its timeout ends
	current  *machine // whose state is being taken
	killNext *int     // the next function dies at this call, counted from 0; nil: it lives
	checked  int      // writes of the database when the promises were last checked
	restless int      // writes of the database when somebody was last found not to have ended
}

func newWorld(seed uint64, db http.RoundTripper, name string) *world {
	w := &world{
		seed: seed, rnd: rand.New(rand.NewPCG(seed, 1)), clock: clock.NewManual(begin),
		limits: map[ident.Tenant]tenant.Limits{}, wfs: shapes(), checked: -1, restless: -1, accepted: map[execution.Ref]bool{},
		asked: map[execution.Ref]bool{}, ceiling: map[ident.Tenant]int{}, stopped: map[ident.Tenant]bool{}, saw: map[string]int{},
	}
	w.wire = &wire{next: db, rnd: w.rnd, killAt: -1, shown: map[string][]byte{}}
	w.runs = dynamostore.NewRuns(table.Direct(w.wire), name, nil, w.clock)
	w.nodes = newNodes(w)
	w.models = &models{w: w, billed: map[string]int{}}
	w.ledger = newLedger(w)
	w.states = &execution.States{Store: w.runs, Workflows: w}
	w.admit = &admission.Desk{Store: w.runs, Limits: w, Queue: w, Machine: w, Clock: w.clock, Log: silent}
	w.admit.Cancel = &execution.Canceller{Store: w.runs, Line: w.admit, Observer: quiet{}, Clock: w.clock}
	w.sweeper = w.admit
	w.desk = &execution.Desk{Store: w.runs, Workflows: w, Limits: w, Line: w.admit, Observer: quiet{}, Clock: w.clock, LeaseTime: admission.LeaseTime}
	return w
}

// note keeps a line of what happened.
func (w *world) note(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf("%s  ", w.clock.Now().Format("15:04:05.000"))+fmt.Sprintf(format, args...))
}

// number makes an id by its number.
func (w *world) number(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s_%x_%d", prefix, w.seed, w.serial)
}

func (w *world) chance(p float64) bool { return !w.still && w.rnd.Float64() < p }

// among picks one of n.
func (w *world) among(n int) int {
	if w.still {
		return 0
	}
	return w.rnd.IntN(n)
}

// Limits answers as the directory does.
func (w *world) Limits(_ context.Context, t ident.Tenant) (tenant.Tenant, tenant.Limits, error) {
	return tenant.Tenant{ID: t, Plan: tenant.Pro, Suspended: w.stopped[t]}, w.limits[t], nil
}

// Workflow answers as the catalogue does.
func (w *world) Workflow(_ context.Context, _ ident.Tenant, id ident.Workflow, _ int) (*workflow.Workflow, int, error) {
	return w.wfs[id], 1, nil
}

// delivery is a message in the queue.
type delivery struct {
	execution.Message
	at time.Time // not before
}

// Send puts a message into the queue; now and then twice.
func (w *world) Send(_ context.Context, m execution.Message) error {
	if w.wire.dead() {
		return errKilled
	}
	if w.wire.before() {
		return errFault
	}
	at := w.clock.Now().Add(m.Delay)
	w.messages = append(w.messages, delivery{m, at})
	if w.chance(0.05) {
		w.messages = append(w.messages, delivery{m, at.Add(time.Duration(w.rnd.IntN(30000)) * time.Millisecond)})
	}
	if w.wire.after() {
		return errFault
	}
	return nil
}

// Start starts a machine run; now and then Express starts it twice.
func (w *world) Start(_ context.Context, name string, input []byte) error {
	if w.wire.dead() {
		return errKilled
	}
	if w.wire.before() {
		return errFault
	}
	w.startMachine(name, input)
	if w.chance(0.03) {
		w.startMachine(name, input)
	}
	if w.wire.after() {
		return errFault
	}
	return nil
}

// quiet is an observer that sees nothing.
type quiet struct{}

func (quiet) Node(execution.NodeEvent)           {}
func (quiet) Execution(execution.ExecutionEvent) {}
