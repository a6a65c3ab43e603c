package registration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

var (
	seeds    = flag.Int("seeds", 25, "how many storms of activations to run")
	fromSeed = flag.Int("seed", 1, "the first storm")
)

const storming = ident.Tenant("ten_a")

// plainSeals seals nothing: what it seals is not looked at here.
type plainSeals struct{}

func (plainSeals) Seal(_ context.Context, _ credential.Owner, texts map[string]string) (map[string]credential.Box, error) {
	out := map[string]credential.Box{}
	for k, v := range texts {
		out[k] = credential.Box{Data: []byte(v)}
	}
	return out, nil
}

func (plainSeals) Unseal(_ context.Context, _ credential.Owner, boxes map[string]credential.Box) (map[string]string, error) {
	out := map[string]string{}
	for k, b := range boxes {
		out[k] = string(b.Data)
	}
	return out, nil
}

// chance is a source of faults that both the service and the store ask.
type chance struct {
	mu   sync.Mutex
	rand *rand.Rand
	off  bool
}

func (c *chance) hits(p float64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.off && c.rand.Float64() < p
}

func (c *chance) pick(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rand.IntN(n)
}

// hub is GitLab's API for project hooks, with faults.
type hub struct {
	chance *chance
	mu     sync.Mutex
	next   int
	hooks  map[string]map[string]any // by project and id
}

var errLostAnswer = fault.New(fault.Unavailable, fault.CodeUpstream, "The connection was closed unexpectedly before an answer came.")

func (h *hub) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	if h.chance.hits(0.1) {
		return nil, errLostAnswer // nothing was done
	}
	if h.chance.hits(0.05) {
		return answerOf(req, http.StatusTooManyRequests, map[string]any{"message": "slow down"}), nil
	}
	resp := h.serve(req)
	if h.chance.hits(0.15) {
		return nil, errLostAnswer // it was done
	}
	return resp, nil
}

func answerOf(req *http.Request, status int, v any) *http.Response {
	b, _ := json.Marshal(v)
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(b)), Request: req}
}

func (h *hub) serve(req *http.Request) *http.Response {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, rest, _ := strings.Cut(req.URL.EscapedPath(), "/projects/")
	project, tail, _ := strings.Cut(rest, "/hooks")
	id := strings.Trim(tail, "/")
	var body map[string]any
	if req.Body != nil {
		_ = json.NewDecoder(req.Body).Decode(&body)
	}
	key := project + "#" + id
	switch req.Method {
	case http.MethodGet:
		list := []any{}
		for k, v := range h.hooks {
			if strings.HasPrefix(k, project+"#") {
				list = append(list, v)
			}
		}
		return answerOf(req, 200, list)
	case http.MethodPost:
		h.next++
		body["id"] = h.next
		h.hooks[project+"#"+strconv.Itoa(h.next)] = body
		return answerOf(req, 201, body)
	}
	if h.hooks[key] == nil {
		return answerOf(req, 404, map[string]any{"message": "404 Not found"})
	}
	if req.Method == http.MethodDelete {
		delete(h.hooks, key)
		return answerOf(req, 204, nil)
	}
	body["id"] = h.hooks[key]["id"]
	h.hooks[key] = body
	return answerOf(req, 200, body)
}

// shaky is a store whose writes fail, before or after they were applied.
type shaky struct {
	*dynamostore.Catalog
	chance *chance
}

var errShaky = errors.New("the database did not answer")

func shaken[A, B any](s *shaky, f func() (A, B, error)) (a A, b B, err error) {
	if s.chance.hits(0.05) {
		return a, b, errShaky
	}
	x, y, err := f()
	if err == nil && s.chance.hits(0.1) {
		return a, b, errShaky
	}
	return x, y, err
}

func (s *shaky) LeaseRegistration(ctx context.Context, ref trigger.RegistrationRef, holder string, until time.Time) (trigger.Registration, bool, error) {
	return shaken(s, func() (trigger.Registration, bool, error) {
		return s.Catalog.LeaseRegistration(ctx, ref, holder, until)
	})
}

func (s *shaky) NoteRegistration(ctx context.Context, ref trigger.RegistrationRef, holder string, st trigger.RegistrationState) (bool, error) {
	ok, _, err := shaken(s, func() (bool, bool, error) {
		ok, err := s.Catalog.NoteRegistration(ctx, ref, holder, st)
		return ok, true, err
	})
	return ok, err
}

func (s *shaky) SettleRegistration(ctx context.Context, r trigger.Registration, holder string, due time.Time) (trigger.Registration, bool, error) {
	return shaken(s, func() (trigger.Registration, bool, error) { return s.Catalog.SettleRegistration(ctx, r, holder, due) })
}

func (s *shaky) DropRegistration(ctx context.Context, r trigger.Registration, holder string) (bool, error) {
	ok, _, err := shaken(s, func() (bool, bool, error) {
		ok, err := s.Catalog.DropRegistration(ctx, r, holder)
		return ok, true, err
	})
	return ok, err
}

// mailbox is where the catalogue's calls of the function arrive: some are lost,
// some come twice, all of them late.
type mailbox struct {
	chance *chance
	mu     sync.Mutex
	refs   [][]trigger.RegistrationRef
}

func (m *mailbox) Register(_ context.Context, refs []trigger.RegistrationRef) error {
	if m.chance.hits(0.1) {
		return errShaky
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refs = append(m.refs, refs)
	if m.chance.hits(0.2) {
		m.refs = append(m.refs, refs)
	}
	return nil
}

func (m *mailbox) take(n int) []trigger.RegistrationRef {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.refs) == 0 {
		return nil
	}
	i := n % len(m.refs)
	refs := m.refs[i]
	m.refs = append(m.refs[:i:i], m.refs[i+1:]...)
	return refs
}

type storm struct {
	t         *testing.T
	chance    *chance
	hub       *hub
	store     *dynamostore.Catalog
	catalog   *catalog.Catalog
	registrar *Registrar
	mail      *mailbox
	clock     *clock.Manual
	workflows []ident.Workflow
	actor     tenant.Actor
}

type anyType struct{}

func (anyType) Supports(string, float64) bool { return true }
func (anyType) Polls(string, float64) bool    { return false }

type oneTenant struct{}

func (oneTenant) Tenant(_ context.Context, id ident.Tenant) (tenant.Tenant, error) {
	return tenant.Tenant{ID: id, Timezone: "UTC"}, nil
}

func newStorm(t *testing.T, seed int) *storm {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	ch := &chance{rand: rand.New(rand.NewPCG(uint64(seed), 7))}
	s := &storm{t: t, chance: ch, clock: c, mail: &mailbox{chance: ch}, hub: &hub{chance: ch, hooks: map[string]map[string]any{}}, actor: tenant.Actor{ID: "key_1", Role: tenant.Editor}}
	s.store = dynamostore.NewCatalog(table.Client(table.Open(t, c)), table.Catalog, nil, c)
	s.catalog = &catalog.Catalog{Store: s.store, Schedules: s.store, Tenants: oneTenant{}, Types: anyType{}, Clock: c, Registrations: s.store, Registrar: s.mail}
	s.registrar = &Registrar{
		Store: &shaky{s.store, ch}, Others: s.store, Seals: plainSeals{}, PublicURL: "https://al.example", Clock: c, Log: slog.New(slog.DiscardHandler),
		Services: node.Services{HTTP: s.hub, Credentials: vault{"gitlabApi": {"accessToken": "t", "server": "https://gitlab.example"}}},
	}
	for i := range 3 {
		h, err := s.catalog.Create(t.Context(), s.actor, storming, flowOf(i, 0))
		if err != nil {
			t.Fatal(err)
		}
		s.workflows = append(s.workflows, h.ID)
	}
	return s
}

// flowOf is a workflow with a GitLab trigger of its own address; variant chooses
// project and events.
func flowOf(i, variant int) []byte {
	project, events := "p"+strconv.Itoa(variant%2), []string{`"push"`, `"issues"`}[variant/2%2]
	return fmt.Appendf(nil, `{"name":"w%d","nodes":[{"id":"n","name":"Trigger","type":"n8n-nodes-base.gitlabTrigger","typeVersion":1,"position":[0,0],"webhookId":"hook-%d",
		"parameters":{"owner":"o","repository":%q,"events":[%s]},"credentials":{"gitlabApi":{"id":"1","name":"mine"}}}],"connections":{}}`, i, i, project, events)
}

// step does one thing that could happen next.
func (s *storm) step() {
	ctx, i := s.t.Context(), s.chance.pick(len(s.workflows))
	id := s.workflows[i]
	switch s.chance.pick(10) {
	case 0, 1:
		_, _ = s.catalog.Activate(ctx, s.actor, storming, id)
	case 2, 3:
		_, _ = s.catalog.Deactivate(ctx, s.actor, storming, id)
	case 4, 5:
		_, _ = s.catalog.Update(ctx, s.actor, storming, id, flowOf(i, s.chance.pick(4)), 0)
	case 6:
		s.clock.Advance(time.Duration(s.chance.pick(10)) * time.Minute)
		_ = s.registrar.Pass(ctx)
	default:
		// Two invocations at once, perhaps over the same registration.
		var wait sync.WaitGroup
		for range 2 {
			if refs := s.mail.take(s.chance.pick(1000)); refs != nil {
				wait.Go(func() { _ = s.registrar.Each(ctx, refs) })
			}
		}
		wait.Wait()
	}
}

// calm lets everything that is due be done, without faults.
func (s *storm) calm() {
	s.chance.mu.Lock()
	s.chance.off = true
	s.chance.mu.Unlock()
	for range 40 {
		s.clock.Advance(2 * time.Hour)
		if err := s.registrar.Pass(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
		due, err := s.store.DueRegistrations(s.t.Context(), s.clock.Now().Add(1000*time.Hour), 100)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(due) == 0 {
			return
		}
	}
	s.t.Error("registrations are still due after 80 hours without a fault")
}

// TestActivationStorms activates, deactivates and changes workflows while calls
// are lost, repeated, applied and not answered: in the end an active workflow's
// address is at the service exactly once, as its node wants it, and no other is.
func TestActivationStorms(t *testing.T) {
	for seed := *fromSeed; seed < *fromSeed+*seeds; seed++ {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			s := newStorm(t, seed)
			for range 60 {
				s.step()
			}
			s.calm()
			s.check()
		})
	}
}

func (s *storm) check() {
	t := s.t
	left := map[string]map[string]any{}
	for k, v := range s.hub.hooks {
		left[k] = v
	}
	known := map[ident.Registration]trigger.Registration{}
	all, err := s.store.Registrations(t.Context(), storming)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		known[r.ID] = r
	}
	for i, id := range s.workflows {
		h, raw, err := s.catalog.Get(t.Context(), storming, id, 0)
		if err != nil {
			t.Fatal(err)
		}
		path := fmt.Sprintf("hook-%d/webhook", i)
		reg, kept := known[trigger.RegistrationID(storming, path)]
		if !h.Active {
			if kept {
				t.Errorf("workflow %d is not active, and its registration is kept: %+v", i, reg.State)
			}
			continue
		}
		if !kept || reg.State.Status != trigger.RegistrationRegistered || reg.State.Problem != "" {
			t.Errorf("workflow %d is active, and its registration is %+v", i, reg.State)
			continue
		}
		found := 0
		for k, v := range left {
			if v["url"] != "https://al.example/hooks/ten_a/"+path {
				continue
			}
			found++
			delete(left, k)
			if v["token"] != string(reg.State.Held.Secret.Data) {
				t.Errorf("workflow %d: the service has another secret", i)
			}
			project, _, _ := strings.Cut(strings.TrimPrefix(k, "o%2F"), "#")
			if v["push_events"] != bytes.Contains(raw, []byte(`"push"`)) || !bytes.Contains(raw, []byte(`"`+project+`"`)) {
				t.Errorf("workflow %d: the service has %s %v, the node is %s", i, k, v, raw)
			}
		}
		if found != 1 {
			t.Errorf("workflow %d is active, and the service has its address %d times", i, found)
		}
	}
	for k := range left {
		t.Errorf("the service still has %s %v", k, left[k]["url"])
	}
}
