package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// world is a hub with everything around it in memory.
type world struct {
	t     *testing.T
	clock *clock.Manual
	hub   *Hub

	mu          sync.Mutex
	tickets     map[string]Ticket
	connections map[string]Connection
	looks       int // how often a tenant's connections were listed
	controls    map[execution.Ref]execution.Control
	records     map[execution.Ref][]execution.Record
	unreadable  error            // of executions
	posts       map[string][]ev  // by connection
	broken      map[string]error // what posting to a connection gives
	closed      []string
}

// ev is an event as the test's forms write it.
type ev struct {
	What          string
	ID            ident.Execution
	Status        string
	Version       int64
	Type, Code    string
	Subscription  string
	Message, Node string
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, clock: clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), tickets: map[string]Ticket{}, connections: map[string]Connection{},
		controls: map[execution.Ref]execution.Control{}, records: map[execution.Ref][]execution.Record{}, posts: map[string][]ev{}, broken: map[string]error{},
	}
	w.hub = New(Parts{
		Tickets: w, Connections: w, Executions: w, Workflows: w, Forms: w, Pusher: w, Clock: w.clock, Log: slog.New(slog.DiscardHandler),
	})
	return w
}

var missing = fault.New(fault.NotFound, fault.CodeNotFound, "missing")

func (w *world) PutTicket(_ context.Context, t Ticket) error {
	w.tickets[t.Hash] = t
	return nil
}

func (w *world) TakeTicket(_ context.Context, hash string) (Ticket, error) {
	t, ok := w.tickets[hash]
	if !ok {
		return t, missing
	}
	delete(w.tickets, hash)
	return t, nil
}

func (w *world) PutConnection(_ context.Context, c Connection) error {
	w.connections[c.ID] = c
	return nil
}

func (w *world) Connection(_ context.Context, id string) (Connection, error) {
	if c, ok := w.connections[id]; ok {
		return c, nil
	}
	return Connection{}, missing
}

func (w *world) Connections(_ context.Context, t ident.Tenant) ([]Connection, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	var out []Connection
	for _, c := range w.connections {
		if c.Tenant == t {
			out = append(out, c)
		}
	}
	return out, nil
}

func (w *world) Subscribe(_ context.Context, c Connection, s string, on bool) error {
	c = w.connections[c.ID]
	if on {
		c.Subscriptions = append(c.Subscriptions, s)
	} else {
		c.Subscriptions = slices.DeleteFunc(c.Subscriptions, func(x string) bool { return x == s })
	}
	w.connections[c.ID] = c
	return nil
}

func (w *world) ForgetConnection(_ context.Context, c Connection) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.connections, c.ID)
	return nil
}

func (w *world) Load(_ context.Context, ref execution.Ref) (execution.Control, error) {
	if w.unreadable != nil {
		return execution.Control{}, w.unreadable
	}
	if c, ok := w.controls[ref]; ok {
		return c, nil
	}
	return execution.Control{}, missing
}

func (w *world) Records(_ context.Context, c execution.Control, from int) ([]execution.Record, error) {
	var out []execution.Record
	for _, r := range w.records[c.Ref] {
		if r.Seq >= from {
			out = append(out, r)
		}
	}
	return out, nil
}

func (w *world) Workflow(context.Context, ident.Tenant, ident.Workflow, int) (*workflow.Workflow, int, error) {
	return &workflow.Workflow{}, 1, nil
}

func (w *world) Execution(c execution.Control, version int64) ([]byte, error) {
	return json.Marshal(ev{What: "execution", ID: c.ID, Status: string(c.Status), Version: version})
}

func (w *world) Node(_ *workflow.Workflow, c execution.Control, n Node) ([]byte, error) {
	e := ev{What: "node", ID: c.ID, Version: n.Version, Node: n.id().node, Status: "running"}
	switch {
	case n.Ended != nil:
		e.Status = string(n.Ended.Status)
	case n.Retry != nil:
		e.Status = "pending"
	}
	return json.Marshal(e)
}

func (w *world) Post(_ context.Context, id string, message []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.broken[id]; err != nil {
		return err
	}
	var e ev
	if err := json.Unmarshal(message, &e); err != nil {
		w.t.Errorf("%v: %s", err, message)
	}
	w.posts[id] = append(w.posts[id], e)
	return nil
}

func (w *world) Close(_ context.Context, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = append(w.closed, id)
	return nil
}

// connect lets a client of the tenant in, which watches something.
func (w *world) connect(id string, t ident.Tenant, watches ...string) {
	w.t.Helper()
	office := Office{Tickets: w, Clock: w.clock}
	text, _, err := office.Ticket(w.t.Context(), tenant.Identity{Actor: tenant.Actor{ID: "key_1", Role: tenant.Viewer}, Tenant: t})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.hub.Connect(w.t.Context(), id, text); err != nil {
		w.t.Fatal(err)
	}
	c := w.connections[id]
	c.Subscriptions = watches
	w.connections[id] = c
}

// put changes an execution, and tells the hub.
func (w *world) put(c execution.Control, records ...execution.Record) error {
	w.controls[c.Ref] = c
	w.records[c.Ref] = append(w.records[c.Ref], records...)
	return w.hub.Changed(w.t.Context(), []execution.Ref{c.Ref})
}

// got are the events of a connection since the last call, as text.
func (w *world) got(id string) string {
	var out []string
	for _, e := range w.posts[id] {
		out = append(out, strings.TrimSpace(e.Node+" "+e.Status))
	}
	delete(w.posts, id)
	return strings.Join(out, ", ")
}

func ref(t ident.Tenant, n int) execution.Ref {
	return execution.Ref{Tenant: t, ID: ident.Execution(ident.New(ident.PrefixExecution, time.UnixMilli(int64(n))))}
}

func ended(seq int, node string, status workflow.RunStatus, attempts int) execution.Record {
	return execution.Record{Seq: seq, Run: workflow.NodeRun{Node: node, Status: status, Attempts: attempts}}
}

// TestALifeIsToldInOrder follows an execution through claims in parallel, a repeated
// attempt, a failure and a resume. Claims that close out of order are not missed.
func TestALifeIsToldInOrder(t *testing.T) {
	w := newWorld(t)
	w.connect("c", "a", All)
	c := execution.Control{Ref: ref("a", 1), Status: execution.Queued, Generation: 1}
	claim := func(node string, attempt int) execution.Claim { return execution.Claim{Node: node, Attempt: attempt} }
	last := int64(0)
	for _, step := range []struct {
		change  func()
		records []execution.Record
		want    string
	}{
		{func() {}, nil, "queued"},
		{func() { c.Status = execution.Running }, nil, "running"},
		{func() { c.Next = 1 }, []execution.Record{ended(0, "S", workflow.RunCompleted, 0)}, "S completed, running"},
		{func() { c.Claims = map[int]execution.Claim{1: claim("A", 1), 2: claim("B", 1)} }, nil, "A running, B running"},
		{func() {}, nil, ""},
		{func() { c.Next, c.Claims = 2, map[int]execution.Claim{1: claim("A", 1)} }, []execution.Record{ended(2, "B", workflow.RunCompleted, 1)}, "B completed, running"},
		{func() { c.Claims, c.Retries = nil, map[int]execution.Pending{1: {Node: "A", Attempt: 1}} }, nil, "A pending"},
		{func() { c.Claims = map[int]execution.Claim{1: claim("A", 2)} }, nil, "A running"},
		{func() { c.CancelAsked = true }, nil, "running"},
		{func() { c.Next, c.Claims, c.Retries, c.Status = 3, nil, nil, execution.Failed }, []execution.Record{ended(1, "A", workflow.RunFailed, 2)}, "A failed, failed"},
		{func() { c.Generation, c.Status, c.CancelAsked = 2, execution.Queued, false }, nil, "queued"},
		{func() { c.Status, c.Claims = execution.Running, map[int]execution.Claim{3: claim("A", 1)} }, nil, "A running, running"},
		{func() { c.Next, c.Claims, c.Status = 4, nil, execution.Completed }, []execution.Record{ended(3, "A", workflow.RunCompleted, 1)}, "A completed, completed"},
		{func() {}, nil, ""},
	} {
		step.change()
		if err := w.put(c, step.records...); err != nil {
			t.Fatal(err)
		}
		for _, e := range w.posts["c"] {
			if e.What == "execution" {
				if e.Version <= last {
					t.Errorf("%s has version %d after %d", e.Status, e.Version, last)
				}
				last = e.Version
			}
		}
		if got := w.got("c"); got != step.want {
			t.Errorf("told %q, want %q", got, step.want)
		}
	}
}

// TestNodeVersionsGrow: whatever may follow on what.
func TestNodeVersionsGrow(t *testing.T) {
	versions := []int64{
		nodeVersion(0, 0, phaseEnded), nodeVersion(1, 1, phaseRunning), nodeVersion(1, 1, phasePending), nodeVersion(1, 2, phaseRunning),
		nodeVersion(1, 98, phaseEnded), nodeVersion(1, 5000, phaseEnded), nodeVersion(2, 0, phaseRunning),
	}
	if !slices.IsSorted(versions) || versions[0] <= 0 {
		t.Errorf("%v", versions)
	}
}

func TestOnlyWhoWatchesIsTold(t *testing.T) {
	w := newWorld(t)
	one, two := ref("a", 1), ref("a", 2)
	w.connect("all", "a", All)
	w.connect("one", "a", string(one.ID))
	w.connect("none", "a")
	w.connect("other", "b", All, string(one.ID))
	for _, r := range []execution.Ref{one, two, ref("b", 3)} {
		if err := w.put(execution.Control{Ref: r, Status: execution.Queued, Generation: 1}); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string][]ident.Execution{}
	for id, posts := range w.posts {
		for _, e := range posts {
			seen[id] = append(seen[id], e.ID)
		}
	}
	if len(seen["all"]) != 2 || !slices.Equal(seen["one"], []ident.Execution{one.ID}) || len(seen["none"]) != 0 || len(seen["other"]) != 1 || seen["other"][0] == one.ID {
		t.Errorf("%v", seen)
	}
}

// TestNobodyIsCheap: without connections a second of changes costs one look.
func TestNobodyIsCheap(t *testing.T) {
	w := newWorld(t)
	r := ref("a", 1)
	w.unreadable = errors.New("nobody watches: it must not be read")
	for range 100 {
		if err := w.hub.Changed(t.Context(), []execution.Ref{r, r, ref("a", 2)}); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(5 * time.Millisecond)
	}
	if w.looks != 1 {
		t.Errorf("%d looks in half a second", w.looks)
	}
	w.clock.Advance(aloneFor)
	_ = w.hub.Changed(t.Context(), []execution.Ref{r})
	if w.looks != 2 {
		t.Errorf("%d looks after it", w.looks)
	}
	w.unreadable = nil
	w.connect("c", "a", All) // on this instance it counts at once
	if err := w.put(execution.Control{Ref: r, Status: execution.Running, Generation: 1}); err != nil || w.got("c") != "running" {
		t.Errorf("the first connection was not told: %v", err)
	}
}

// TestWhoCannotBeServedIsClosed, so that nobody believes to have seen everything.
func TestWhoCannotBeServedIsClosed(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"well", "gone", "slow"} {
		w.connect(id, "a", All)
	}
	w.broken["gone"] = missing
	w.broken["slow"] = fault.New(fault.Unavailable, fault.CodeUnavailable, "throttled")
	c := execution.Control{Ref: ref("a", 1), Status: execution.Running, Generation: 1}
	if err := w.put(c, ended(0, "A", workflow.RunCompleted, 0)); err != nil {
		t.Fatal(err)
	}
	slices.Sort(w.closed)
	if !slices.Equal(w.closed, []string{"gone", "slow"}) || len(w.connections) != 1 || w.got("well") != "A completed, running" {
		t.Errorf("closed %v, left %v", w.closed, w.connections)
	}
	w.clock.Advance(ConnectionLife)
	c.Next++
	if err := w.put(c); err != nil || w.got("well") != "" || len(w.connections) != 0 || w.closed[len(w.closed)-1] != "well" {
		t.Errorf("a connection whose time is over is still served: %v %v", w.connections, err)
	}
}

// TestWhatCouldNotBeReadIsToldLater: the batch comes again, and nothing was noted as told.
func TestWhatCouldNotBeReadIsToldLater(t *testing.T) {
	w := newWorld(t)
	w.connect("c", "a", All)
	c := execution.Control{Ref: ref("a", 1), Status: execution.Completed, Generation: 1}
	w.unreadable = fault.New(fault.Unavailable, fault.CodeUnavailable, "down")
	if err := w.put(c, ended(0, "A", workflow.RunCompleted, 0)); err == nil {
		t.Fatal("a failed read is no error")
	}
	w.unreadable = nil
	if err := w.hub.Changed(t.Context(), []execution.Ref{c.Ref}); err != nil || w.got("c") != "A completed, completed" {
		t.Errorf("%v", err)
	}
	delete(w.controls, c.Ref)
	if err := w.hub.Changed(t.Context(), []execution.Ref{c.Ref}); err != nil {
		t.Errorf("an erased execution: %v", err)
	}
}

// TestALongPastIsNotRetold to who asks for it by the API anyway.
func TestALongPastIsNotRetold(t *testing.T) {
	w := newWorld(t)
	w.connect("c", "a", All)
	var past []execution.Record
	for i := range 5 * maxRetold {
		past = append(past, ended(i, fmt.Sprint(i), workflow.RunCompleted, 0))
	}
	c := execution.Control{Ref: ref("a", 1), Status: execution.Running, Generation: 1, Next: len(past)}
	if err := w.put(c, past...); err != nil || len(w.posts["c"]) != maxRetold+1 {
		t.Errorf("%d events: %v", len(w.posts["c"]), err)
	}
	w.got("c")
	c.Next++
	if err := w.put(c, ended(len(past), "next", workflow.RunCompleted, 0)); err != nil || w.got("c") != "next completed, running" {
		t.Errorf("%v", err)
	}
}

func TestTicketsAreUsedOnceAndInTime(t *testing.T) {
	w := newWorld(t)
	office := Office{Tickets: w, Clock: w.clock}
	who := tenant.Identity{Actor: tenant.Actor{ID: "key_1", Role: tenant.Viewer}, Tenant: "a"}
	refused := func(text, why string) {
		t.Helper()
		if err := w.hub.Connect(t.Context(), "x", text); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", why, err)
		}
	}
	refused("", "none")
	refused("guess", "a guess")
	text, expires, err := office.Ticket(t.Context(), who)
	if err != nil || !expires.Equal(w.clock.Now().Add(TicketLife)) {
		t.Fatal(expires, err)
	}
	for hash := range w.tickets {
		refused(hash, "what the store holds")
	}
	if err := w.hub.Connect(t.Context(), "x", text); err != nil || w.connections["x"].Tenant != "a" || w.connections["x"].Actor != "key_1" {
		t.Errorf("%v %+v", err, w.connections)
	}
	refused(text, "used")
	text, _, _ = office.Ticket(t.Context(), who)
	w.clock.Advance(TicketLife)
	refused(text, "expired, and not yet deleted")
	for i := len(w.connections); i < MaxConnections; i++ {
		w.connections[fmt.Sprint(i)] = Connection{ID: fmt.Sprint(i), Tenant: "a", Expires: w.clock.Now().Add(time.Hour)}
	}
	text, _, _ = office.Ticket(t.Context(), who)
	if err := w.hub.Connect(t.Context(), "y", text); !fault.Is(err, fault.LimitExceeded) {
		t.Errorf("one more than a tenant may have: %v", err)
	}
}

// TestSubscribedIsAPromise: it is said only when no instance can still believe that
// the tenant has no connections.
func TestSubscribedIsAPromise(t *testing.T) {
	w := newWorld(t)
	c := execution.Control{Ref: ref("a", 1), Status: execution.Running, Generation: 1}
	w.controls[c.Ref] = c
	w.connect("c", "a")
	done := make(chan error)
	go func() { done <- w.hub.Message(t.Context(), "c", fmt.Appendf(nil, `{"subscribe":%q}`, c.ID)) }()
	if err := w.clock.BlockUntilContext(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	early := len(w.posts["c"])
	w.mu.Unlock()
	w.clock.Advance(aloneFor)
	if err := <-done; err != nil || early != 0 || len(w.posts["c"]) != 1 || w.posts["c"][0].Type != "subscribed" {
		t.Errorf("%d early, then %+v: %v", early, w.posts["c"], err)
	}
	w.clock.Advance(connectTime) // an old connection is known to all: no waiting
	w.posts = map[string][]ev{}
	if err := w.hub.Message(t.Context(), "c", []byte(`{"subscribe":"*"}`)); err != nil || w.posts["c"][0].Subscription != "*" {
		t.Errorf("%+v: %v", w.posts["c"], err)
	}
	if err := w.hub.Message(t.Context(), "forgotten", []byte(`{"subscribe":"*"}`)); err != nil || !slices.Equal(w.closed, []string{"forgotten"}) {
		t.Errorf("closed %v: %v", w.closed, err)
	}
	for _, id := range []string{"c", "c"} {
		if err := w.hub.Disconnect(t.Context(), id); err != nil || len(w.connections) != 0 {
			t.Errorf("%v %v", w.connections, err)
		}
	}
}
