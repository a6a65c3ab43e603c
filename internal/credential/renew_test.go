package credential_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// plain seals nothing: what sealing does is kmsseal's test. It binds texts to
// their owner and name all the same.
type plain struct{}

func (plain) Seal(_ context.Context, o credential.Owner, texts map[string]string) (map[string]credential.Box, error) {
	out := map[string]credential.Box{}
	for name, text := range texts {
		out[name] = credential.Box{Key: []byte(name + string(o.Credential)), Data: []byte("sealed:" + text)}
	}
	return out, nil
}

func (plain) Unseal(_ context.Context, o credential.Owner, boxes map[string]credential.Box) (map[string]string, error) {
	out := map[string]string{}
	for name, b := range boxes {
		if string(b.Key) != name+string(o.Credential) {
			return nil, errors.New("the box belongs to another")
		}
		out[name] = strings.TrimPrefix(string(b.Data), "sealed:")
	}
	return out, nil
}

type nobody struct{}

func (nobody) UsersOf(context.Context, ident.Tenant, ident.Credential, string, string) ([]string, error) {
	return nil, nil
}

// endpoint is a token endpoint that gives each refresh token once.
type endpoint struct {
	mu    sync.Mutex
	calls []credential.TokenCall
	given int
	// during runs in a call, before it is answered; its error is the caller's, after
	// the endpoint has done its work.
	during func(call int) error
	answer string // instead of a token
}

func (e *endpoint) Call(_ context.Context, c credential.TokenCall) (credential.TokenAnswer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls = append(e.calls, c)
	body, status := e.answer, 400
	switch refresh, ok := c.Form["refresh_token"]; {
	case body != "":
	case ok && refresh != fmt.Sprint("refresh-", e.given):
		body = `{"error":"invalid_grant","error_description":"used already"}`
	default:
		e.given++
		body, status = fmt.Sprintf(`{"access_token":"access-%d","refresh_token":"refresh-%d","expires_in":3600,"instance_url":"https://eu.example"}`, e.given, e.given), 200
	}
	if e.during != nil {
		if err := e.during(len(e.calls)); err != nil {
			return credential.TokenAnswer{}, err
		}
	}
	return credential.TokenAnswer{Status: status, Body: []byte(body)}, nil
}

// world is a store with one credential, its vault and its token endpoint.
type world struct {
	*testing.T
	clock    clock.Clock
	store    *dynamostore.Catalog
	vault    *credential.Vault
	endpoint *endpoint
	record   credential.Record
}

var owner = tenant.Actor{ID: "key_1", Role: tenant.Owner}

func setup(t *testing.T, c clock.Clock, typ string, fields map[string]string) *world {
	t.Helper()
	w := &world{T: t, clock: c, endpoint: &endpoint{}}
	w.store = dynamostore.NewCatalog(table.Client(table.Open(t, c)), table.Catalog, nil, c)
	w.vault = &credential.Vault{Store: w.store, Sealer: plain{}, Workflows: nobody{}, Types: credential.Kinds(), Clock: c}
	var err error
	w.record, err = w.vault.Create(t.Context(), owner, "ten_a", credential.New{Type: typ, Name: "mine", Fields: fields})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// connected has a token that was brought along, and that is taken for old.
func connected(t *testing.T, c clock.Clock) *world {
	t.Helper()
	w := setup(t, c, "airtableOAuth2Api", map[string]string{
		"clientId": "c", "clientSecret": "s", credential.FieldTokenData: `{"access_token":"access-0","refresh_token":"refresh-0"}`,
	})
	return w
}

func (w *world) opener(s credential.Tokens) *credential.Opener {
	return &credential.Opener{
		Store: s, Sealer: plain{}, Unsealer: plain{}, Endpoint: w.endpoint, Types: credential.Kinds(), Clock: w.clock, Log: slog.New(slog.DiscardHandler),
	}
}

func (w *world) open(o *credential.Opener) (map[string]string, error) {
	return o.Open(w.Context(), "ten_a", w.record.Type, workflow.CredentialRef{ID: string(w.record.ID)})
}

func (w *world) stored() credential.Record {
	w.Helper()
	r, err := w.store.Credential(w.Context(), "ten_a", w.record.ID)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// TestOneRenewal: 50 runs in five functions find an old token at the same moment;
// then the service refuses the new one, and all of them notice.
func TestOneRenewal(t *testing.T) {
	w := connected(t, clock.Real())
	functions := make([]*credential.Opener, 5)
	for i := range functions {
		functions[i] = w.opener(w.store)
	}
	ref := workflow.CredentialRef{ID: string(w.record.ID)}
	all := func(run func(o *credential.Opener) (map[string]string, error), want string) {
		t.Helper()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				fields, err := run(functions[i%len(functions)])
				if err != nil || fields[credential.FieldToken] != want {
					t.Errorf("run %d: %q %v", i, fields[credential.FieldToken], err)
				}
			})
		}
		wg.Wait()
	}
	all(w.open, "access-1")
	if len(w.endpoint.calls) != 1 {
		t.Fatalf("%d renewals", len(w.endpoint.calls))
	}
	all(func(o *credential.Opener) (map[string]string, error) {
		return o.Renew(t.Context(), "ten_a", w.record.Type, ref, map[string]string{credential.FieldToken: "access-1"})
	}, "access-2")
	if len(w.endpoint.calls) != 2 {
		t.Errorf("%d renewals", len(w.endpoint.calls))
	}
	if c := w.endpoint.calls[0]; c.User != "c" || c.Password != "s" || c.URL != "https://airtable.com/oauth2/v1/token" || c.Form["refresh_token"] != "refresh-0" {
		t.Errorf("%+v", c)
	}
}

func TestTokenIsRenewedBeforeItEnds(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	w := connected(t, c)
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "access-1"}, {58 * time.Minute, "access-1"}, {61 * time.Second, "access-2"}, {time.Minute, "access-2"}} {
		c.Advance(step.after)
		fields, err := w.open(w.opener(w.store))
		if err != nil || fields[credential.FieldToken] != step.want {
			t.Errorf("after %s: %v %v", step.after, fields, err)
		}
		if fields[credential.FieldTokenData] != "" || fields[credential.FieldTokenData+".instance_url"] != "https://eu.example" || fields[credential.FieldTokenData+".refresh_token"] != "" {
			t.Errorf("a node sees %v", fields)
		}
	}
}

// A function that took the lease and died is waited for, and then replaced.
func TestLeaseOfADeadFunctionEnds(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	w := connected(t, c)
	held, err := w.store.TakeLease(t.Context(), w.record.Owner(), w.stored().Token.Version, credential.Lease{Holder: "dead", Until: c.Now().Add(40 * time.Second)})
	if err != nil || !held {
		t.Fatal(held, err)
	}
	opening, end := context.WithCancel(t.Context())
	var fields map[string]string
	go func() {
		defer end()
		if fields, err = w.open(w.opener(w.store)); err != nil {
			t.Error(err)
		}
	}()
	// A little past the lease's end and no further: the call that follows has its own time.
	// Two wait for the clock: the opener, and the database for its next maintenance.
	for past := c.Now().Add(42 * time.Second); c.Now().Before(past) && opening.Err() == nil; {
		if c.BlockUntilContext(opening, 2) == nil {
			c.Advance(time.Second)
		}
	}
	<-opening.Done()
	if fields[credential.FieldToken] != "access-1" || len(w.endpoint.calls) != 1 {
		t.Errorf("%v, %d calls", fields, len(w.endpoint.calls))
	}
	if kept, err := w.store.SaveToken(t.Context(), w.record.Owner(), "dead", credential.Token{Version: 9}); kept || err != nil {
		t.Errorf("the dead one wrote over the new token: %v", err)
	}
}

// A function that died after the service gave a new token, and before it was
// kept: the service takes the old refresh token no more. It is said, and kept.
func TestLostRotationIsSaidOnce(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	w := connected(t, c)
	w.endpoint.given = 1 // what the dead function was given
	for range 3 {
		_, err := w.open(w.opener(w.store))
		if f := fault.Of(err); f == nil || f.Code != fault.CodeCredentialExpired || !strings.Contains(f.Message, "connected again") || !strings.Contains(f.Message, "used already") {
			t.Fatalf("%v", err)
		}
	}
	if len(w.endpoint.calls) != 1 || w.stored().Lease.Holder != "" {
		t.Errorf("%d calls, lease %+v", len(w.endpoint.calls), w.stored().Lease)
	}
}

// lossy loses answers of writes, after or before they happened.
type lossy struct {
	*dynamostore.Catalog
	applied bool
	times   int
}

func (l *lossy) SaveToken(ctx context.Context, o credential.Owner, holder string, t credential.Token) (bool, error) {
	if l.times == 0 {
		return l.Catalog.SaveToken(ctx, o, holder, t)
	}
	l.times--
	if l.applied {
		if _, err := l.Catalog.SaveToken(ctx, o, holder, t); err != nil {
			return false, err
		}
	}
	return false, fault.New(fault.Unavailable, fault.CodeUnavailable, "lost")
}

func TestLostWritesAreRepeated(t *testing.T) {
	for _, applied := range []bool{true, false} {
		w := connected(t, clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)))
		fields, err := w.open(w.opener(&lossy{w.store, applied, 3}))
		if err != nil || fields[credential.FieldToken] != "access-1" || len(w.endpoint.calls) != 1 {
			t.Fatalf("applied %v: %v %v", applied, fields, err)
		}
		if fields, err = w.open(w.opener(w.store)); err != nil || fields[credential.FieldToken] != "access-1" || len(w.endpoint.calls) != 1 {
			t.Errorf("applied %v: the token was not kept: %v %v", applied, fields, err)
		}
	}
}

func TestLostAnswerOfTheEndpoint(t *testing.T) {
	w := connected(t, clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)))
	w.endpoint.during = func(call int) error {
		if call > 1 {
			return nil
		}
		w.endpoint.given-- // this one takes a refresh token again for a while
		f := fault.New(fault.Timeout, fault.CodeNodeTimeout, "no answer")
		f.Outcome = fault.Unknown
		return f
	}
	if fields, err := w.open(w.opener(w.store)); err != nil || fields[credential.FieldToken] != "access-1" || len(w.endpoint.calls) != 2 {
		t.Errorf("%v %v, %d calls", fields, err, len(w.endpoint.calls))
	}
}

func TestFailuresThatPassAreNotKept(t *testing.T) {
	w := connected(t, clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)))
	for _, answer := range []string{`{"error":"invalid_client"}`, `gateway`} {
		w.endpoint.answer = answer
		if answer == "gateway" {
			w.endpoint.during = func(int) error { return fault.New(fault.Unavailable, fault.CodeUpstream, "503") }
		}
		if _, err := w.open(w.opener(w.store)); err == nil {
			t.Fatal("no failure")
		}
		if r := w.stored(); r.Token.Failed != "" || r.Lease.Holder != "" {
			t.Errorf("%s is kept: %+v %+v", answer, r.Token, r.Lease)
		}
	}
	w.endpoint.answer, w.endpoint.during = "", nil
	if fields, err := w.open(w.opener(w.store)); err != nil || fields[credential.FieldToken] != "access-1" {
		t.Errorf("%v %v", fields, err)
	}
}

// A secret that is changed while a token is renewed wins over the renewal.
func TestChangeDuringARenewal(t *testing.T) {
	w := connected(t, clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)))
	w.endpoint.during = func(int) error {
		_, err := w.vault.Update(t.Context(), owner, "ten_a", w.record.ID, credential.Change{Fields: map[string]string{"clientSecret": "new"}})
		return err
	}
	if _, err := w.open(w.opener(w.store)); err != nil {
		t.Fatal(err)
	}
	if r := w.stored(); r.Token.Given() || string(r.Secrets["clientSecret"].Data) != "sealed:new" {
		t.Errorf("%+v", r)
	}
}

func TestServiceAccountSignsForAToken(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for name, pasted := range map[string]string{"as it is": text, "out of JSON": strings.ReplaceAll(text, "\n", `\n`), "in one line": strings.ReplaceAll(text, "\n", " ")} {
		t.Run(name, func(t *testing.T) {
			c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
			w := setup(t, c, "googleApi", map[string]string{"email": "robot@x.example", "privateKey": pasted, "inpersonate": "true", "delegatedEmail": "boss@x.example"})
			for range 3 {
				if fields, err := w.open(w.opener(w.store)); err != nil || fields[credential.FieldToken] != "access-1" {
					t.Fatal(fields, err)
				}
			}
			claims := jwt.MapClaims{}
			_, err := jwt.NewParser(jwt.WithTimeFunc(c.Now), jwt.WithValidMethods([]string{"RS256"})).ParseWithClaims(
				w.endpoint.calls[0].Form["assertion"], claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil })
			if err != nil || len(w.endpoint.calls) != 1 || claims["iss"] != "robot@x.example" || claims["sub"] != "boss@x.example" ||
				claims["aud"] != "https://oauth2.googleapis.com/token" || !strings.Contains(claims["scope"].(string), "auth/spreadsheets") {
				t.Errorf("%v %v, %d calls", err, claims, len(w.endpoint.calls))
			}
		})
	}
}

func TestGrantsWithoutAPerson(t *testing.T) {
	for typ, c := range map[string]struct {
		fields map[string]string
		want   string
	}{
		"payPalApi":            {map[string]string{"clientId": "c", "secret": "s", "env": "live"}, `https://api-m.paypal.com/v1/oauth2/token {"grant_type":"client_credentials"} null c:s`},
		"crowdStrikeOAuth2Api": {map[string]string{"url": "https://api.cs.example/", "clientId": "c", "clientSecret": "s"}, `https://api.cs.example/oauth2/token {"client_id":"c","client_secret":"s","grant_type":"client_credentials"} null :`},
		"wekanApi":             {map[string]string{"url": "https://w.example", "username": "u", "password": "p"}, `https://w.example/users/login null {"password":"p","username":"u"} :`},
	} {
		w := setup(t, clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)), typ, c.fields)
		if _, err := w.open(w.opener(w.store)); err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		call := w.endpoint.calls[0]
		form, _ := json.Marshal(call.Form)
		body, _ := json.Marshal(call.JSON)
		if got := fmt.Sprintf("%s %s %s %s:%s", call.URL, form, body, call.User, call.Password); got != c.want {
			t.Errorf("%s: %s", typ, got)
		}
	}
}

func TestWhatIsOpenedIsKeptForSeconds(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	w := setup(t, c, "slackApi", map[string]string{"accessToken": "first-token"})
	o := w.opener(w.store)
	if fields, err := w.open(o); err != nil || fields["accessToken"] != "first-token" || fields[credential.FieldDomains] != "slack.com,*.slack.com" {
		t.Fatal(fields, err)
	}
	if _, err := w.vault.Update(t.Context(), owner, "ten_a", w.record.ID, credential.Change{Fields: map[string]string{"accessToken": "second"}}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{29 * time.Second, "first-token"}, {2 * time.Second, "second"}} {
		c.Advance(step.after)
		if fields, err := w.open(o); err != nil || fields["accessToken"] != step.want {
			t.Errorf("after %s more: %v %v", step.after, fields, err)
		}
	}
	if r := w.stored(); !r.LastUsed.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("last used %s", r.LastUsed)
	}
}
