package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
	"github.com/automatelanka/automatelanka/internal/live"
)

// ticket asks for a ticket.
func (w *world) ticket(t *testing.T, c *platform.Client) (address string) {
	t.Helper()
	var made struct{ Ticket, URL string }
	if err := c.Call(w.ctx, http.MethodPost, "/api/ws-ticket", nil, &made); err != nil {
		t.Fatal(err)
	}
	if want := "ws" + strings.TrimPrefix(w.url, "http") + "/ws?ticket=" + made.Ticket; made.URL != want {
		t.Fatalf("the ticket's address is %s, want %s", made.URL, want)
	}
	return made.URL
}

// socket is a connected client.
type socket struct {
	*websocket.Conn
	t   *testing.T
	ctx context.Context
}

func (w *world) dial(t *testing.T, c *platform.Client) *socket {
	t.Helper()
	conn, _, err := websocket.Dial(w.ctx, w.ticket(t, c), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &socket{conn, t, w.ctx}
}

// event is what the tests look at in a message.
type event struct {
	Type, ExecutionID, Status, Name, NodeID, NodeType, Code, Subscription string
	Version                                                               int64
	Attempts                                                              int
	Progress                                                              struct{ Completed, Total, Percent int }
	Error                                                                 *struct{ Code, Message string }
}

func (s *socket) next() event {
	s.t.Helper()
	_, b, err := s.Read(s.ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	var e event
	if err := json.Unmarshal(b, &e); err != nil {
		s.t.Fatalf("%v: %s", err, b)
	}
	return e
}

// until reads events up to one that fits, and returns all of them.
func (s *socket) until(fits func(event) bool) []event {
	s.t.Helper()
	var all []event
	for {
		all = append(all, s.next())
		if fits(all[len(all)-1]) {
			return all
		}
	}
}

func (s *socket) send(text string) event {
	s.t.Helper()
	if err := s.Write(s.ctx, websocket.MessageText, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
	all := s.until(func(e event) bool { return e.Type == "subscribed" || e.Type == "unsubscribed" || e.Type == "error" })
	return all[len(all)-1]
}

func ended(e event) bool {
	return e.Type == "execution.updated" && (e.Status == "completed" || e.Status == "failed" || e.Status == "cancelled")
}

// TestARunIsSeenWhileItRuns follows one from its queue to its end, with a node that
// fails once and is repeated.
func TestARunIsSeenWhileItRuns(t *testing.T) {
	w := setup(t, func(path string, n int, rw http.ResponseWriter) {
		if path == "/flaky" && n == 1 {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprint(rw, `{"ok":true}`)
	})
	s := w.dial(t, w.Client)
	if e := s.send(`{"subscribe":"*"}`); e.Type != "subscribed" || e.Subscription != "*" {
		t.Fatalf("%+v", e)
	}
	job := w.start(t, chain("Fetch"+fmt.Sprintf(get, "one"), "Again"+fmt.Sprintf(get, "flaky"), "End"+noop))
	seen := s.until(ended)
	var nodes []string
	versions := map[string]int64{}
	for _, e := range seen {
		if e.ExecutionID != job {
			t.Errorf("an event of %s: %+v", e.ExecutionID, e)
		}
		if e.Version <= versions[e.Type+e.Name] {
			t.Errorf("version %d of %s %s comes after %d", e.Version, e.Type, e.Name, versions[e.Type+e.Name])
		}
		versions[e.Type+e.Name] = e.Version
		if e.Type == "node.updated" && e.Status != "running" { // one that is fast may not be seen running
			nodes = append(nodes, e.Name+" "+e.Status)
			if e.NodeID == "" || e.NodeType == "" {
				t.Errorf("%+v", e)
			}
		}
	}
	if got, want := strings.Join(nodes, ", "), "Start completed, Fetch completed, Again pending, Again completed, End completed"; got != want {
		t.Errorf("the nodes' events are %s; want %s", got, want)
	}
	last := seen[len(seen)-1]
	if last.Status != "completed" || last.Progress.Percent != 100 || seen[0].Type != "execution.updated" && seen[0].Name != "Start" {
		t.Errorf("first %+v, last %+v", seen[0], last)
	}
}

func TestAFailureAndItsResumeAreSeen(t *testing.T) {
	w := setup(t, func(_ string, n int, rw http.ResponseWriter) {
		if n == 1 {
			rw.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprint(rw, `{"secret":"of the answer"}`)
	})
	s := w.dial(t, w.Client)
	job := w.start(t, chain("Wait"+`|n8n-nodes-base.wait|1.1|{"amount":1,"unit":"seconds"}`, "Call"+fmt.Sprintf(get, "one")))
	if e := s.send(fmt.Sprintf(`{"subscribe":%q}`, job)); e.Type != "subscribed" {
		t.Fatalf("%+v", e)
	}
	w.await(t, job, "failed")
	if err := w.Call(w.ctx, http.MethodPost, "/api/executions/"+job+"/resume", map[string]any{}, nil); err != nil {
		t.Fatal(err)
	}
	var calls []string
	for _, e := range s.until(func(e event) bool { return ended(e) && e.Status == "completed" }) {
		if e.Name == "Call" && e.Status != "running" {
			calls = append(calls, e.Status)
		}
		if e.Error != nil && strings.Contains(e.Error.Message, "secret") {
			t.Errorf("an event has data: %+v", e.Error)
		}
	}
	if got := strings.Join(calls, " "); got != "failed completed" && got != "completed" { // the failure may have come before the subscription
		t.Errorf("the node's events are %q", got)
	}
}

// TestTenantsSeeOnlyTheirOwn: neither by * nor by the id of another's execution.
func TestTenantsSeeOnlyTheirOwn(t *testing.T) {
	w := setup(t, nil)
	foreign := w.start(t, chain("A"+noop))
	other := w.dial(t, w.as(w.keys.Tenants["dev-enterprise"]))
	for _, id := range []string{foreign, "exe_01ARZ3NDEKTSV4RRFFQ69G5FAV", "E#" + foreign, "../" + foreign, ""} {
		if e := other.send(fmt.Sprintf(`{"subscribe":%q}`, id)); e.Type != "error" || e.Code != "NOT_FOUND" && e.Code != "VALIDATION" {
			t.Errorf("a subscription to %q answers %+v", id, e)
		}
	}
	for _, text := range []string{"x", "{}", `[1]`, `{"subscribe":{"a":1}}`, `{"subscribe":"*","unsubscribe":"*"}`, `{"action":"$connect"}`} {
		if e := other.send(text); e.Type != "error" || e.Code != "VALIDATION" {
			t.Errorf("%s answers %+v", text, e)
		}
	}
	if e := other.send(`{"subscribe":"*"}`); e.Type != "subscribed" {
		t.Fatalf("%+v", e)
	}
	w.await(t, w.start(t, chain("A"+noop)), "completed")
	own := w.as(w.keys.Tenants["dev-enterprise"])
	id, err := own.Create(w.ctx, []byte(chain("A"+noop)))
	if err != nil {
		t.Fatal(err)
	}
	job, err := own.Run(w.ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range other.until(ended) {
		if e.ExecutionID != job {
			t.Errorf("another tenant's event: %+v", e)
		}
	}
	a, err := w.as(w.keys.Operator).Do(w.ctx, http.MethodPost, "/api/ws-ticket", nil)
	if err != nil || a.Status != http.StatusForbidden {
		t.Errorf("an operator, who has no tenant, gets %d (%v)", a.Status, err)
	}
}

func TestATicketOpensOneConnectionInTime(t *testing.T) {
	w := setup(t, nil)
	refused := func(address string) {
		t.Helper()
		conn, resp, err := websocket.Dial(w.ctx, address, nil)
		if err == nil {
			_ = conn.CloseNow()
			t.Fatalf("%s was let in", address)
		}
		if resp == nil || resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %v", address, err)
		}
	}
	used := w.ticket(t, w.Client)
	var wait sync.WaitGroup
	let := make(chan *websocket.Conn, 8)
	for range cap(let) {
		wait.Go(func() {
			if conn, _, err := websocket.Dial(w.ctx, used, nil); err == nil {
				let <- conn
			}
		})
	}
	wait.Wait()
	if len(let) != 1 {
		t.Errorf("a ticket let %d in", len(let))
	}
	_ = (<-let).CloseNow()
	refused(used)
	base, _, _ := strings.Cut(used, "?")
	refused(base)
	refused(base + "?ticket=none")
	old := w.ticket(t, w.Client)
	if err := clock.Sleep(w.ctx, w.clock, live.TicketLife+time.Second); err != nil {
		t.Fatal(err)
	}
	refused(old)
}

// TestManyWatch: two hundred connections see a run, half of them then leave in
// various ways, and the rest sees the next.
func TestManyWatch(t *testing.T) {
	w := setup(t, nil)
	const many = 200
	sockets := make([]*socket, many)
	var wait sync.WaitGroup
	for i := range sockets {
		sockets[i] = w.dial(t, w.Client)
		wait.Go(func() { sockets[i].send(`{"subscribe":"*"}`) })
	}
	wait.Wait()
	see := func(job string, who []*socket) {
		t.Helper()
		for _, s := range who {
			wait.Go(func() {
				for _, e := range s.until(ended) {
					if e.ExecutionID != job {
						t.Errorf("an event of another run: %+v", e)
					}
				}
			})
		}
		wait.Wait()
	}
	see(w.start(t, chain("A"+noop)), sockets)
	for i, s := range sockets[:many/2] {
		if i%2 == 0 {
			_ = s.CloseNow()
		} else {
			_ = s.Close(websocket.StatusNormalClosure, "")
		}
	}
	see(w.start(t, chain("A"+noop)), sockets[many/2:])
	// Those who left are forgotten: there is room for as many new ones.
	for range live.MaxConnections - many/2 {
		sockets = append(sockets, w.dialSoon(t))
	}
	if _, _, err := websocket.Dial(w.ctx, w.ticket(t, w.Client), nil); err == nil {
		t.Error("more connections than a tenant may have were let in")
	}
	see(w.start(t, chain("A"+noop)), sockets[many/2:many])
}

// dialSoon dials until there is room: leaving is noticed a moment later.
func (w *world) dialSoon(t *testing.T) *socket {
	t.Helper()
	for {
		conn, resp, err := websocket.Dial(w.ctx, w.ticket(t, w.Client), nil)
		if err == nil {
			t.Cleanup(func() { _ = conn.CloseNow() })
			return &socket{conn, t, w.ctx}
		}
		if resp == nil || resp.StatusCode != http.StatusTooManyRequests {
			t.Fatal(err)
		}
	}
}
