package registration

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// calmWorld is a storm without wind, whose first workflow is active.
func calmWorld(t *testing.T) *storm {
	s := newStorm(t, 1)
	s.chance.off = true
	if _, err := s.catalog.Activate(t.Context(), s.actor, storming, s.workflows[0]); err != nil {
		t.Fatal(err)
	}
	return s
}

// look has the first workflow's registration looked at, and reads it.
func (s *storm) look() trigger.Registration {
	s.t.Helper()
	ref := trigger.RegistrationRef{Tenant: storming, ID: trigger.RegistrationID(storming, "hook-0/webhook")}
	if err := s.registrar.Each(s.t.Context(), []trigger.RegistrationRef{ref}); err != nil {
		s.t.Fatal(err)
	}
	r, err := s.store.Registration(s.t.Context(), ref.Tenant, ref.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// due reports whether anything is to be looked at within d.
func (s *storm) due(d time.Duration) bool {
	s.t.Helper()
	refs, err := s.store.DueRegistrations(s.t.Context(), s.clock.Now().Add(d), 10)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(refs) > 0
}

// answering is a service that answers every request alike.
type answering struct {
	status int
	body   string
	calls  int
}

func (a *answering) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	a.calls++
	return answerOf(req, a.status, json.RawMessage(a.body)), nil
}

func TestLastingFailuresAreToldWithWhatToDo(t *testing.T) {
	for what, c := range map[string]struct {
		change func(s *storm)
		want   []string
	}{
		"no public address": {func(s *storm) { s.registrar.PublicURL = "http://al.example" }, []string{"PublicUrl", "https", "operator"}},
		"no credential":     {func(s *storm) { s.registrar.Services.Credentials = vault{} }, []string{"GitLab", "gitlabApi", "activate the workflow again"}},
		"refused": {func(s *storm) {
			s.registrar.Services.HTTP = &answering{status: 401, body: `{"message":"401 Unauthorized"}`}
		}, []string{"GitLab", "scope api", "401 Unauthorized"}},
		"not allowed": {func(s *storm) {
			s.registrar.Services.HTTP = &answering{status: 403, body: `{"message":"no Maintainer"}`}
		}, []string{"no Maintainer", "by hand"}},
	} {
		s := calmWorld(t)
		c.change(s)
		r := s.look()
		if r.State.Status != trigger.RegistrationFailed || s.due(1000*time.Hour) {
			t.Errorf("%s: %+v, due %v", what, r.State, s.due(1000*time.Hour))
		}
		for _, word := range c.want {
			if !strings.Contains(r.State.Problem, word) {
				t.Errorf("%s: %q does not say %q", what, r.State.Problem, word)
			}
		}
	}
}

// TestTransientFailuresAreTriedAgain with longer and longer pauses, and not for ever.
func TestTransientFailuresAreTriedAgain(t *testing.T) {
	s := calmWorld(t)
	a := &answering{status: 503, body: `{"message":"maintenance"}`}
	s.registrar.Services.HTTP = a
	r := s.look()
	if r.State.Status != trigger.RegistrationPending || !strings.Contains(r.State.Problem, "maintenance") || s.due(20*time.Second) || !s.due(time.Minute) {
		t.Fatalf("after one failure: %+v", r.State)
	}
	for range 3 * maxAttempts {
		s.clock.Advance(2 * time.Hour)
		if err := s.registrar.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r = s.look()
	if r.State.Status != trigger.RegistrationFailed || a.calls < maxAttempts || a.calls > maxAttempts+1 {
		t.Errorf("after many failures: %+v, %d calls", r.State, a.calls)
	}
	// Activating again tries again, and finds the service well.
	s.registrar.Services.HTTP = s.hub
	if _, err := s.catalog.Activate(t.Context(), s.actor, storming, s.workflows[0]); err != nil {
		t.Fatal(err)
	}
	if r = s.look(); r.State.Status != trigger.RegistrationRegistered || r.State.Problem != "" || len(s.hub.hooks) != 1 {
		t.Errorf("%+v", r.State)
	}
}

// TestSecretsStayOutOfProblems: a service may repeat what it was sent.
func TestSecretsStayOutOfProblems(t *testing.T) {
	s := calmWorld(t)
	first := s.look()
	secret := string(first.State.Held.Secret.Data)
	s.registrar.Services.HTTP = &answering{status: 422, body: `{"message":"bad token ` + secret + ` for access t"}`}
	if _, err := s.catalog.Activate(t.Context(), s.actor, storming, s.workflows[0]); err != nil {
		t.Fatal(err)
	}
	if r := s.look(); secret == "" || strings.Contains(r.State.Problem, secret) || !strings.Contains(r.State.Problem, "bad token") {
		t.Errorf("%q", r.State.Problem)
	}
}

// TestHookThatEndsIsRenewed a day before its end, and one that was taken away by
// hand is made again when the workflow is activated again.
func TestHookThatEndsIsRenewed(t *testing.T) {
	s := calmWorld(t)
	r := s.look()
	r.State.Held.Updated, r.State.Held.Expires = s.clock.Now(), s.clock.Now().Add(72*time.Hour)
	w := &work{Registrar: s.registrar, reg: r}
	if due := w.conclude(nil); !due.Equal(s.clock.Now().Add(48 * time.Hour)) {
		t.Errorf("a hook of three days is renewed at %v", due)
	}
	for after, want := range map[time.Duration]bool{47 * time.Hour: false, 48 * time.Hour: true, 80 * time.Hour: true} {
		s.clock.Advance(after)
		if got := w.renews(r.State.Held); got != want {
			t.Errorf("after %v: %v", after, got)
		}
		s.clock.Advance(-after)
	}
	clear(s.hub.hooks)
	if _, err := s.catalog.Activate(t.Context(), s.actor, storming, s.workflows[0]); err != nil {
		t.Fatal(err)
	}
	if s.look(); len(s.hub.hooks) != 1 {
		t.Errorf("%d hooks", len(s.hub.hooks))
	}
}

// botAPI is Telegram's for one bot, which calls one address.
type botAPI struct{ url string }

func (b *botAPI) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	var body struct {
		URL string `json:"url"`
	}
	if req.Body != nil {
		_ = json.NewDecoder(req.Body).Decode(&body)
	}
	switch {
	case strings.HasSuffix(req.URL.Path, "/setWebhook"):
		b.url = body.URL
	case strings.HasSuffix(req.URL.Path, "/deleteWebhook"):
		b.url = ""
	}
	return answerOf(req, 200, map[string]any{"ok": true, "result": map[string]any{"url": b.url}}), nil
}

// TestOneAddressForOneBot: a bot's address is not taken away from another active
// workflow, but from servers elsewhere and from workflows that are no longer active.
func TestOneAddressForOneBot(t *testing.T) {
	s := newStorm(t, 1)
	s.chance.off = true
	bot := &botAPI{url: "https://n8n.example/webhook/old"}
	s.registrar.Services = node.Services{HTTP: bot, Credentials: vault{"telegramApi": {"accessToken": "1:a"}}}
	see := func(path string) trigger.RegistrationState {
		t.Helper()
		ref := trigger.RegistrationRef{Tenant: storming, ID: trigger.RegistrationID(storming, path+"/webhook")}
		if err := s.registrar.Each(t.Context(), []trigger.RegistrationRef{ref}); err != nil {
			t.Fatal(err)
		}
		r, err := s.store.Registration(t.Context(), ref.Tenant, ref.ID)
		if err != nil {
			return trigger.RegistrationState{}
		}
		return r.State
	}
	for _, path := range []string{"bot-a", "bot-b"} {
		h, err := s.catalog.Create(t.Context(), s.actor, storming, []byte(`{"name":"`+path+`","nodes":[{"id":"n","name":"T","type":"n8n-nodes-base.telegramTrigger","typeVersion":1.2,"position":[0,0],
			"webhookId":"`+path+`","parameters":{"updates":["*"]},"credentials":{"telegramApi":{"id":"1","name":"bot"}}}],"connections":{}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.catalog.Activate(t.Context(), s.actor, storming, h.ID); err != nil {
			t.Fatal(err)
		}
		s.workflows = append(s.workflows, h.ID)
	}
	if st := see("bot-a"); st.Status != trigger.RegistrationRegistered || bot.url != "https://al.example/hooks/ten_a/bot-a/webhook" {
		t.Fatalf("%+v, %s", st, bot.url)
	}
	if st := see("bot-b"); st.Status != trigger.RegistrationFailed || !strings.Contains(st.Problem, "only one address") || !strings.HasSuffix(bot.url, "bot-a/webhook") {
		t.Errorf("%+v, %s", st, bot.url)
	}
	// The first one goes; its removal, which comes last, leaves the second's address alone.
	if _, err := s.catalog.Deactivate(t.Context(), s.actor, storming, s.workflows[3]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.catalog.Activate(t.Context(), s.actor, storming, s.workflows[4]); err != nil {
		t.Fatal(err)
	}
	if st := see("bot-b"); st.Status != trigger.RegistrationRegistered {
		t.Errorf("%+v", st)
	}
	if see("bot-a"); !strings.HasSuffix(bot.url, "bot-b/webhook") {
		t.Errorf("the bot calls %q", bot.url)
	}
}
