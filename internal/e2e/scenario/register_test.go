package scenario

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// gitlab is a GitLab with one project, which knows its hooks and one token.
type gitlab struct {
	mu    sync.Mutex
	hooks map[int]map[string]any
	next  int
	token string // "" refuses every call
	down  bool   // answers nothing but 503
}

func (g *gitlab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if g.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if g.token == "" || r.Header.Get("Private-Token") != g.token {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"message":"401 Unauthorized"}`)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/api/v4/projects/acme%2Fshop/hooks")
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var id int
	_, _ = fmt.Sscanf(rest, "/%d", &id)
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	switch r.Method {
	case http.MethodGet:
		list := []any{}
		for _, h := range g.hooks {
			list = append(list, h)
		}
		_ = json.NewEncoder(w).Encode(list)
	case http.MethodDelete:
		delete(g.hooks, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		if r.Method == http.MethodPost {
			g.next++
			id = g.next
			w.WriteHeader(http.StatusCreated)
		}
		body["id"] = id
		g.hooks[id] = body
		_ = json.NewEncoder(w).Encode(body)
	}
}

// hook is the only hook; nil if there are none or several.
func (g *gitlab) hook() map[string]any {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.hooks) != 1 {
		return nil
	}
	for _, h := range g.hooks {
		return h
	}
	return nil
}

func (g *gitlab) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.hooks)
}

func (g *gitlab) set(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.token = token
}

type registeredHooks struct {
	Active   bool
	Webhooks []struct {
		Path         string
		Registration *struct{ Status, Problem string }
	}
	Left []struct{ Path string }
}

// awaitHooks waits until the workflow's addresses are as wanted.
func (w *world) awaitHooks(t *testing.T, id string, ok func(registeredHooks) bool) registeredHooks {
	t.Helper()
	for {
		var got registeredHooks
		if err := w.Call(w.ctx, http.MethodGet, "/api/workflows/"+id+"/webhooks", nil, &got); err != nil {
			t.Fatal(err)
		}
		if ok(got) {
			return got
		}
		select {
		case <-w.ctx.Done():
			t.Fatalf("the addresses stay at %+v", got)
		case <-w.clock.After(time.Second):
		}
	}
}

// TestActivationRegistersAtTheService: an activation makes the hook at GitLab, with
// a secret that proves its calls; a failure is told with what to do; a change of
// the node changes the hook; deactivation and deletion take it away.
func TestActivationRegistersAtTheService(t *testing.T) {
	g := &gitlab{hooks: map[int]map[string]any{}}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	w := setupWith(t, nil, func(o *local.Options) {
		o.PublicURL = "https://platform.test"
		o.AllowHosts = append(o.AllowHosts, strings.TrimPrefix(server.URL, "http://"))
	})
	var made struct{ ID string }
	credential := map[string]any{"type": "gitlabApi", "name": "GitLab", "fields": map[string]string{"server": server.URL, "accessToken": "glpat-of-the-owner"}}
	if err := w.Call(w.ctx, http.MethodPost, "/api/credentials", credential, &made); err != nil {
		t.Fatal(err)
	}
	// The import has no webhookId.
	text := `{"name":"merged","settings":{"executionOrder":"v1"},"nodes":[{"id":"1","name":"GitLab Trigger","type":"n8n-nodes-base.gitlabTrigger","typeVersion":1,"position":[0,0],
		"parameters":{"owner":"acme","repository":"shop","events":["EVENT"]},"credentials":{"gitlabApi":{"id":"` + made.ID + `","name":"GitLab"}}}],"connections":{}}`
	id, err := w.Create(w.ctx, []byte(strings.Replace(text, "EVENT", "merge_requests", 1)))
	if err != nil {
		t.Fatal(err)
	}
	do := func(method, path string, body any) {
		t.Helper()
		if err := w.Call(w.ctx, method, "/api/workflows/"+id+path, body, nil); err != nil {
			t.Fatal(err)
		}
	}
	status := func(want string) func(registeredHooks) bool {
		return func(h registeredHooks) bool {
			return len(h.Webhooks) == 1 && h.Webhooks[0].Registration != nil && h.Webhooks[0].Registration.Status == want
		}
	}
	do(http.MethodPost, "/activate", nil)
	failed := w.awaitHooks(t, id, status("failed"))
	if p := failed.Webhooks[0].Registration.Problem; !strings.Contains(p, "GitLab") || !strings.Contains(p, "scope api") || !strings.Contains(p, "activate the workflow again") {
		t.Errorf("a refused token is told as %q", p)
	}

	g.set("glpat-of-the-owner")
	do(http.MethodPost, "/activate", nil)
	path := w.awaitHooks(t, id, status("registered")).Webhooks[0].Path
	hook := g.hook()
	if hook == nil || hook["url"] != "https://platform.test"+path || hook["merge_requests_events"] != true || hook["push_events"] != false {
		t.Fatalf("GitLab has %v", hook)
	}
	token, _ := hook["token"].(string)
	for key, want := range map[string]int{token: http.StatusOK, "guessed": http.StatusForbidden, "": http.StatusForbidden} {
		a, err := w.as("").Do(w.ctx, http.MethodPost, path, []byte(`{"object_kind":"merge_request"}`), "X-Gitlab-Token", key, "X-Gitlab-Event", "Merge Request Hook", "Idempotency-Key", "d1")
		if err != nil || a.Status != want {
			t.Errorf("the token %q: %d %s, %v", key, a.Status, a.Body, err)
		}
	}

	// A new version without the address keeps it, and changes the hook that is there.
	do(http.MethodPut, "", json.RawMessage(strings.Replace(text, "EVENT", "push", 1)))
	w.awaitHooks(t, id, func(h registeredHooks) bool {
		now := g.hook()
		return status("registered")(h) && h.Webhooks[0].Path == path && now != nil && now["push_events"] == true && now["token"] == token
	})
	do(http.MethodPost, "/deactivate", nil)
	w.awaitHooks(t, id, func(h registeredHooks) bool { return !h.Active && len(h.Left) == 0 && g.count() == 0 })

	do(http.MethodPost, "/activate", nil)
	w.awaitHooks(t, id, status("registered"))
	do(http.MethodDelete, "", nil)
	for g.count() > 0 {
		select {
		case <-w.ctx.Done():
			t.Fatal("the hook of a deleted workflow stays")
		case <-w.clock.After(time.Second):
		}
	}
}

// TestErasureTakesTheTenantsWebhooksAway: a tenant that is erased leaves no webhook at
// a service that lets go of it; one that does not answer holds nothing up for long, and
// the proof names what stayed there.
func TestErasureTakesTheTenantsWebhooksAway(t *testing.T) {
	up, down := &gitlab{hooks: map[int]map[string]any{}, token: "glpat-1"}, &gitlab{hooks: map[int]map[string]any{}, token: "glpat-2"}
	servers := []*httptest.Server{httptest.NewServer(up), httptest.NewServer(down)}
	w := setupWith(t, nil, func(o *local.Options) {
		o.PublicURL = "https://platform.test"
		for _, s := range servers {
			t.Cleanup(s.Close)
			o.AllowHosts = append(o.AllowHosts, strings.TrimPrefix(s.URL, "http://"))
		}
	})
	operator := w.as(w.keys.Operator)
	call := func(c *platform.Client, method, path string, body, out any) {
		t.Helper()
		if _, err := untilTaken(w, func() (struct{}, error) { return struct{}{}, c.Call(w.ctx, method, path, body, out) }); err != nil {
			t.Fatal(err)
		}
	}
	var tenant struct{ ID, APIKey string }
	call(operator, http.MethodPost, "/api/admin/tenants", map[string]any{"name": "Leaving", "plan": "PRO"}, &tenant)
	w.Client = w.as(tenant.APIKey)
	var paths []string
	for i, s := range servers {
		var made struct{ ID string }
		credential := map[string]any{"type": "gitlabApi", "name": s.URL, "fields": map[string]string{"server": s.URL, "accessToken": fmt.Sprintf("glpat-%d", i+1)}}
		call(w.Client, http.MethodPost, "/api/credentials", credential, &made)
		id, err := untilTaken(w, func() (string, error) {
			return w.Create(w.ctx, []byte(`{"name":"hooked","settings":{"executionOrder":"v1"},"nodes":[{"id":"1","name":"GitLab Trigger","type":"n8n-nodes-base.gitlabTrigger","typeVersion":1,"position":[0,0],
			"parameters":{"owner":"acme","repository":"shop","events":["push"]},"credentials":{"gitlabApi":{"id":"`+made.ID+`","name":"GitLab"}}}],"connections":{}}`))
		})
		if err != nil {
			t.Fatal(err)
		}
		call(w.Client, http.MethodPost, "/api/workflows/"+id+"/activate", nil, nil)
		h := w.awaitHooks(t, id, func(h registeredHooks) bool {
			return len(h.Webhooks) == 1 && h.Webhooks[0].Registration != nil && h.Webhooks[0].Registration.Status == "registered"
		})
		paths = append(paths, h.Webhooks[0].Path)
	}
	down.mu.Lock()
	down.down = true
	down.mu.Unlock()
	var proof struct {
		Stage                                    string
		RegisteredWebhooks, UnregisteredWebhooks int
		LeftWebhooks                             []struct{ Service, Address, Problem string }
		Found                                    int
	}
	call(operator, http.MethodDelete, "/api/admin/tenants/"+tenant.ID, nil, &proof)
	for proof.Stage != "done" {
		if err := clock.Sleep(w.ctx, clock.Real(), 100*time.Millisecond); err != nil {
			t.Fatalf("the erasure stands still: %+v", proof)
		}
		call(operator, http.MethodGet, "/api/admin/tenants/"+tenant.ID+"/erasure", nil, &proof)
	}
	if up.count() != 0 || down.count() != 1 {
		t.Errorf("%d webhooks stay at the service that answers, %d at the other", up.count(), down.count())
	}
	if proof.RegisteredWebhooks != 2 || proof.UnregisteredWebhooks != 1 || len(proof.LeftWebhooks) != 1 || proof.Found != 0 {
		t.Fatalf("the proof says %+v", proof)
	}
	if l := proof.LeftWebhooks[0]; l.Address != "https://platform.test"+paths[1] || !strings.Contains(l.Service, "gitlab") || l.Problem == "" {
		t.Errorf("what stayed is told as %+v", l)
	}
	a, err := w.as("").Do(w.ctx, http.MethodPost, paths[1], []byte(`{}`))
	if err != nil || a.Status != http.StatusNotFound {
		t.Errorf("a call to an address that stayed: %d, %v", a.Status, err)
	}
}
