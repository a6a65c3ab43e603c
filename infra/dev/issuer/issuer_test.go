package issuer

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/oidc"
)

// browser signs in as the console does.
type browser struct {
	t      *testing.T
	server *httptest.Server
	clock  *clock.Manual
	issuer *Issuer
}

func setup(t *testing.T) *browser {
	t.Helper()
	b := &browser{t: t, clock: clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.issuer.ServeHTTP(w, r) }))
	t.Cleanup(b.server.Close)
	var err error
	b.issuer, err = New(b.server.URL, b.clock, func(context.Context) ([]Person, error) {
		return []Person{{"ann@example.com", "Ann <b>", "ten_a", "owner"}, {"op@example.com", "", "", "operator"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (b *browser) request(change map[string]string) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {ClientID}, "redirect_uri": {b.server.URL + "/sign-in"}, "scope": {"openid email"},
		"state": {`a"b`}, "code_challenge": {challenge("verifier")}, "code_challenge_method": {"S256"},
	}
	for k, v := range change {
		q.Set(k, v)
	}
	return q
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// pick opens the page, picks a person, and returns where the browser is sent.
func (b *browser) pick(person string) *url.URL {
	b.t.Helper()
	resp, err := http.Get(b.server.URL + Path + "/authorize?" + b.request(nil).Encode())
	if err != nil {
		b.t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || strings.Contains(string(text), "<b>") {
		b.t.Fatalf("%d %s", resp.StatusCode, text)
	}
	form := url.Values{"person": {person}}
	for _, m := range hidden.FindAllStringSubmatch(string(text), -1) {
		form.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	back, err := client.PostForm(b.server.URL+Path+"/authorize", form)
	if err != nil {
		b.t.Fatal(err)
	}
	back.Body.Close()
	to, err := back.Location()
	if err != nil {
		b.t.Fatalf("%d: %v", back.StatusCode, err)
	}
	return to
}

func (b *browser) change(code string, change map[string]string) (status int, token string) {
	b.t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {ClientID}, "redirect_uri": {b.server.URL + "/sign-in"},
		"code": {code}, "code_verifier": {"verifier"},
	}
	for k, v := range change {
		form.Set(k, v)
	}
	resp, err := http.PostForm(b.server.URL+Path+"/token", form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var out struct {
		IDToken string `json:"id_token"`
	}
	_ = json.NewDecoder(resp.Body).Decode(&out)
	return resp.StatusCode, out.IDToken
}

func TestPersonWhoIsPickedGetsATokenThatThePlatformTakes(t *testing.T) {
	b := setup(t)
	v := oidc.New(b.issuer.URL(), ClientID, b.clock)
	for picked, want := range map[string]oidc.Person{
		"ann@example.com ten_a": {Subject: "ann@example.com", Email: "ann@example.com", Tenant: "ten_a"},
		"op@example.com ":       {Subject: "op@example.com", Email: "op@example.com"},
	} {
		to := b.pick(picked)
		if to.Query().Get("state") != `a"b` || to.Path != "/sign-in" {
			t.Errorf("sent to %s", to)
		}
		status, token := b.change(to.Query().Get("code"), nil)
		got, err := v.Verify(t.Context(), token)
		if status != http.StatusOK || err != nil || got != want {
			t.Errorf("%d, %+v (%v), want %+v", status, got, err, want)
		}
	}
	_, token := b.change(b.pick("op@example.com ").Query().Get("code"), nil)
	b.clock.Advance(tokenLife + time.Minute)
	if _, err := v.Verify(t.Context(), token); err == nil {
		t.Error("a token of yesterday is taken")
	}
}

func TestCodesHoldOnceForTheOneWhoBegan(t *testing.T) {
	for name, c := range map[string]struct {
		change map[string]string
		wait   time.Duration
	}{
		"another verifier": {map[string]string{"code_verifier": "stolen"}, 0},
		"another address":  {map[string]string{"redirect_uri": "http://127.0.0.1/other"}, 0},
		"another client":   {map[string]string{"client_id": "other"}, 0},
		"another grant":    {map[string]string{"grant_type": "password"}, 0},
		"too late":         {nil, codeLife},
	} {
		b := setup(t)
		code := b.pick("ann@example.com ten_a").Query().Get("code")
		b.clock.Advance(c.wait)
		if status, token := b.change(code, c.change); status != http.StatusBadRequest || token != "" {
			t.Errorf("%s: %d %q", name, status, token)
		}
	}
	b := setup(t)
	code := b.pick("ann@example.com ten_a").Query().Get("code")
	b.change(code, nil)
	if status, _ := b.change(code, nil); status != http.StatusBadRequest {
		t.Errorf("the same code again: %d", status)
	}
}

func TestRequestsThatLeadElsewhereAreRefused(t *testing.T) {
	b := setup(t)
	for _, change := range []map[string]string{
		{"redirect_uri": "https://evil.example/sign-in"}, {"redirect_uri": "javascript:alert(1)"}, {"redirect_uri": "http://127.0.0.1@evil.example/"},
		{"client_id": "other"}, {"code_challenge": ""}, {"code_challenge_method": "plain"}, {"response_type": "token"},
	} {
		resp, err := http.Get(b.server.URL + Path + "/authorize?" + b.request(change).Encode())
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%v: %d", change, resp.StatusCode)
		}
	}
}
