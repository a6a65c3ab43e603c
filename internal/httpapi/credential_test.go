package httpapi_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// credential makes a credential and returns its id.
func (c *client) credential(typ, name string, fields map[string]any) string {
	c.t.Helper()
	return c.do("POST", "/api/credentials", map[string]any{"type": typ, "name": name, "fields": fields}).want(201)["id"].(string)
}

// call writes an HTTP Request node with a predefined credential, by id or, with
// id "", by name alone.
func call(target, typ, id, name string) string {
	ref, _ := json.Marshal(map[string]any{typ: map[string]string{"id": id, "name": name}})
	n := node("Call", "n8n-nodes-base.httpRequest", 4.2, fmt.Sprintf(`{"url":%q,"authentication":"predefinedCredentialType","nodeCredentialType":%q}`, target, typ))
	return strings.Replace(n, `"parameters"`, `"credentials":`+string(ref)+`,"parameters"`, 1)
}

const secretText = "sk-marker-4711-secret"

func TestSecretsGoInAndNeverComeOut(t *testing.T) {
	c := newTenant(t, "PRO")
	a := c.do("POST", "/api/credentials", map[string]any{
		"type": "openAiApi", "name": "Mine", "fields": map[string]any{"apiKey": secretText, "organizationId": "org-1"},
	})
	m := a.want(201)
	id := m["id"].(string)
	if fmt.Sprint(m["fields"], m["secrets"], m["typeDomains"]) != "map[organizationId:org-1] [apiKey] [api.openai.com]" {
		t.Errorf("made: %s", a.body)
	}
	seen := string(a.body)
	for _, path := range []string{"/api/credentials", "/api/credentials/" + id} {
		seen += string(c.do("GET", path, nil).body)
	}
	m = c.do("PUT", "/api/credentials/"+id, map[string]any{"name": "Renamed", "fields": map[string]any{"organizationId": "org-2"}}).want(200)
	if fmt.Sprintf("%v %v %v", m["name"], m["fields"], m["secrets"]) != "Renamed map[organizationId:org-2] [apiKey]" {
		t.Errorf("changed: %v", m)
	}
	seen += string(operator(t).do("GET", "/api/admin/audit?limit=200", nil).body)
	if !strings.Contains(seen, "credential.updated") || strings.Contains(seen, secretText) {
		t.Errorf("the audit lacks the change, or a secret came out: %s", seen)
	}
	c.do("POST", "/api/credentials", map[string]any{"type": "openAiApi", "name": "Renamed", "fields": map[string]any{"apiKey": "x"}}).refused(409, "CREDENTIAL_NAME_TAKEN")
	c.do("POST", "/api/credentials", map[string]any{"type": "openAiApi", "name": "Mine", "fields": map[string]any{"apiKey": "x"}}).want(201)
}

func TestCredentialsAreChecked(t *testing.T) {
	c := newTenant(t, "PRO")
	for name, x := range map[string]struct {
		body map[string]any
		want string
	}{
		"type":     {map[string]any{"type": "noSuchApi", "name": "x"}, "noSuchApi"},
		"name":     {map[string]any{"type": "slackApi", "name": " "}, "name"},
		"required": {map[string]any{"type": "slackApi", "name": "x"}, "Access Token is required"},
		"unknown":  {map[string]any{"type": "slackApi", "name": "x", "fields": map[string]any{"accessToken": "a", "colour": "red"}}, "colour"},
		"number":   {map[string]any{"type": "smtp", "name": "x", "fields": map[string]any{"port": "many"}}, "number"},
		"domain":   {map[string]any{"type": "slackApi", "name": "x", "fields": map[string]any{"accessToken": "a"}, "allowedDomains": []string{"a..b"}}, "no host"},
	} {
		p := c.do("POST", "/api/credentials", x.body).refused(422, "VALIDATION")
		if text := fmt.Sprint(p["detail"], p["errors"]); !strings.Contains(text, x.want) {
			t.Errorf("%s: %s", name, text)
		}
	}
	hook := c.credential("discordWebhookApi", "hook", map[string]any{"webhookUri": "https://discord.com/api/webhooks/1/secret"})
	if m := c.do("GET", "/api/credentials/"+hook, nil).want(200); fmt.Sprint(m["typeDomains"]) != "[{webhookUri}]" {
		t.Errorf("%v", m)
	}
	id := c.credential("smtp", "mail", map[string]any{"host": "mail.example.com", "port": 587, "secure": true, "password": "p"})
	if m := c.do("GET", "/api/credentials/"+id, nil).want(200); fmt.Sprint(m["fields"].(map[string]any)["port"]) != "587" {
		t.Errorf("%v", m)
	}
}

// Who may use a credential need not learn it: not by sending it elsewhere either.
func TestOnlyWhoKnowsASecretSendsItElsewhere(t *testing.T) {
	c := newTenant(t, "PRO")
	id := c.credential("mattermostApi", "chat", map[string]any{"accessToken": secretText, "baseUrl": "https://chat.example.com"})
	editor, viewer := c.as("editor"), c.as("viewer")
	viewer.do("GET", "/api/credentials", nil).refused(403, "FORBIDDEN")
	for _, change := range []map[string]any{
		{"fields": map[string]any{"baseUrl": "https://evil.example"}}, {"allowedDomains": []string{"evil.example"}},
	} {
		editor.do("PUT", "/api/credentials/"+id, change).refused(403, "FORBIDDEN")
		c.do("PUT", "/api/credentials/"+id, change).want(200)
	}
	editor.do("PUT", "/api/credentials/"+id, map[string]any{"name": "talk"}).want(200)
	editor.do("PUT", "/api/credentials/"+id, map[string]any{"fields": map[string]any{"baseUrl": "https://new.example", "accessToken": "known"}}).want(200)
}

func TestCredentialInUseIsNotDeleted(t *testing.T) {
	c := newTenant(t, "PRO")
	id := c.credential("httpBearerAuth", "token", map[string]any{"token": "t"})
	wf := c.create(line("Uses it", manual(), call("https://x.example", "httpBearerAuth", "17", "token")))
	p := c.do("DELETE", "/api/credentials/"+id, nil).refused(409, "CREDENTIAL_IN_USE")
	if !strings.Contains(p["detail"].(string), "Uses it") {
		t.Errorf("%v", p)
	}
	c.as("editor").do("DELETE", "/api/credentials/"+id+"?force=true", nil).refused(403, "FORBIDDEN")
	c.do("DELETE", "/api/workflows/"+wf, nil).want(204)
	c.do("DELETE", "/api/credentials/"+id, nil).want(204)
	c.do("GET", "/api/credentials/"+id, nil).refused(404, "NOT_FOUND")
}

func TestCredentialsReachTheService(t *testing.T) {
	var mu sync.Mutex
	var got []string
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Header.Get("Authorization"))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok":true}`)
	})
	c := newTenant(t, "PRO")
	id := c.credential("httpBearerAuth", "mine", map[string]any{"token": secretText})
	for _, n := range []string{call(target, "httpBearerAuth", id, "other"), call(target, "httpBearerAuth", "17", "mine"), call(target, "httpBearerAuth", "", "mine")} {
		if m := c.run(c.create(line("w", manual(), n)), nil); m["status"] != "completed" {
			t.Fatalf("%v", m)
		}
	}
	if want := "Bearer " + secretText; len(got) != 3 || got[0] != want || got[1] != want || got[2] != want {
		t.Errorf("the service got %q", got)
	}
	if m := c.do("GET", "/api/credentials/"+id, nil).want(200); m["lastUsed"] == nil {
		t.Errorf("the use was not noted: %v", m)
	}
	report := c.do("POST", "/api/workflows/import", line("i", manual(), call(target, "httpBearerAuth", "17", "mine"))).want(200)
	if needs := fmt.Sprint(report["items"].([]any)[0].(map[string]any)["credentials"]); needs != "[map[found:true known:true name:mine nodes:[Call] type:httpBearerAuth]]" {
		t.Errorf("the import needs %s", needs)
	}
	fails := func(c *client, n, code, text string) {
		t.Helper()
		m := c.run(c.create(line("w", manual(), n)), nil)
		e, _ := m["error"].(map[string]any)
		if m["status"] != "failed" || e["code"] != code || !strings.Contains(fmt.Sprint(e["message"]), text) {
			t.Errorf("want %s with %q: %v", code, text, m)
		}
	}
	fails(c, call(target, "httpBearerAuth", "", "none"), "CREDENTIAL_MISSING", `"none"`)
	fails(c, call(target, "slackApi", id, "none"), "CREDENTIAL_MISSING", "slackApi") // another type's id
	fails(newTenant(t, "PRO"), call(target, "httpBearerAuth", id, "x"), "CREDENTIAL_MISSING", "Call")
	c.do("PUT", "/api/credentials/"+id, map[string]any{"allowedDomains": []string{"api.example.com", "*.example.org"}}).want(200)
	other := c.credential("httpBearerAuth", "narrow", map[string]any{"token": secretText})
	c.do("PUT", "/api/credentials/"+other, map[string]any{"allowedDomains": []string{"api.example.com"}}).want(200)
	before := len(got)
	fails(c, call(target, "httpBearerAuth", other, ""), "CREDENTIAL_DOMAIN", "api.example.com")
	if len(got) != before {
		t.Error("the request was sent all the same")
	}
}

// provider is a small OAuth2 server.
type provider struct {
	mu        sync.Mutex
	challenge map[string]string // by code
	tokens    int
	refreshes int
	expiresIn int
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = r.ParseForm()
	answer := func(status int, v map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	id, secret, _ := r.BasicAuth()
	if id != "client" || secret != secretText {
		answer(401, map[string]any{"error": "invalid_client"})
		return
	}
	switch r.Form.Get("grant_type") {
	case "authorization_code":
		sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
		want, ok := p.challenge[r.Form.Get("code")]
		if delete(p.challenge, r.Form.Get("code")); !ok || want != base64.RawURLEncoding.EncodeToString(sum[:]) {
			answer(400, map[string]any{"error": "invalid_grant"})
			return
		}
	case "refresh_token":
		if p.refreshes++; r.Form.Get("refresh_token") != fmt.Sprintf("refresh-%d-secret", p.tokens) {
			answer(400, map[string]any{"error": "invalid_grant"})
			return
		}
	}
	p.tokens++
	answer(200, map[string]any{
		"access_token": fmt.Sprintf("access-%d-secret", p.tokens), "refresh_token": fmt.Sprintf("refresh-%d-secret", p.tokens), "expires_in": p.expiresIn, "token_type": "bearer",
	})
}

// agree is what a browser and the provider's pages do: the answer is the callback.
func (p *provider) agree(t *testing.T, authorization string) *url.URL {
	t.Helper()
	u, err := url.Parse(authorization)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("client_id") != "client" || q.Get("scope") != "a b" {
		t.Fatalf("the authorization is %s", authorization)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := fmt.Sprintf("code-%d", len(p.challenge)+1)
	p.challenge[code] = q.Get("code_challenge")
	back, _ := url.Parse(q.Get("redirect_uri"))
	back.RawQuery = url.Values{"state": {q.Get("state")}, "code": {code}}.Encode()
	return back
}

func TestOAuth2FromAuthorizationToRenewal(t *testing.T) {
	p := &provider{challenge: map[string]string{}, expiresIn: 30} // ends within the skew: each run renews
	token := serve(t, p.ServeHTTP)
	var mu sync.Mutex
	var got []string
	service := strings.Replace(token, t.Name(), t.Name()+"Service", 1)
	upstream.Store("/"+t.Name()+"Service", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Header.Get("Authorization"))
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	c := newTenant(t, "PRO")
	id := c.credential("oAuth2Api", "oauth", map[string]any{
		"grantType": "authorizationCode", "authUrl": "https://provider.example/authorize?x=1", "accessTokenUrl": token,
		"clientId": "client", "clientSecret": secretText, "scope": "a b", "authentication": "header",
	})
	wf := c.create(line("w", manual(), call(service, "oAuth2Api", id, "oauth")))
	if m := c.run(wf, nil); m["status"] != "failed" || m["error"].(map[string]any)["code"] != "CREDENTIAL_MISSING" {
		t.Fatalf("a credential that is not connected: %v", m)
	}
	m := c.do("POST", "/api/credentials/"+id+"/authorize", nil).want(200)
	back := p.agree(t, m["url"].(string))
	if back.Host != "al.example" || back.Path != "/api/oauth2/callback" {
		t.Fatalf("the service is told to come back to %s", back)
	}
	nobody := &client{t: t}
	if a := nobody.do("GET", back.RequestURI(), nil); a.status != 200 || !strings.Contains(string(a.body), "oauth") || a.header.Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	nobody.do("GET", back.RequestURI(), nil).refused(404, "NOT_FOUND") // a state is good once
	if a := nobody.do("GET", back.RequestURI(), nil, "Accept", "text/html"); a.status != 404 || !strings.Contains(string(a.body), "<h1>Not connected") {
		t.Errorf("for a browser: %d %s", a.status, a.body)
	}
	for range 2 {
		if m := c.run(wf, nil); m["status"] != "completed" {
			t.Fatalf("%v", m)
		}
	}
	if strings.Join(got, " ") != "Bearer access-2-secret Bearer access-3-secret" || p.refreshes != 2 {
		t.Errorf("%q after %d renewals", got, p.refreshes)
	}
	p.tokens += 10 // the provider forgets its refresh tokens
	m = c.run(wf, nil)
	if e := m["error"].(map[string]any); e["code"] != "CREDENTIAL_EXPIRED" || !strings.Contains(e["message"].(string), "connected again") {
		t.Errorf("%v", m)
	}
	before := p.refreshes
	c.run(wf, nil)
	if state := c.do("GET", "/api/credentials/"+id, nil).want(200)["token"].(map[string]any); state["connected"] != false || p.refreshes != before {
		t.Errorf("%v, and %d more renewals", state, p.refreshes-before)
	}
}

// A tenant's own key is called with, logged and priced, and draws on no budget.
func TestOwnKeyOfAnAIProvider(t *testing.T) {
	var authorization string
	base := serve(t, func(http.ResponseWriter, *http.Request) {})
	upstream.Store("/"+t.Name()+"/chat/completions", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization = r.Header.Get("Authorization")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"model":"gpt-4o-mini","choices":[{"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000000,"completion_tokens":9,"total_tokens":1000009}}`)
	}))
	c := newTenant(t, "FREE")
	id := c.credential("openAiApi", "own", map[string]any{"apiKey": secretText, "url": base})
	n := node("AI", "@n8n/n8n-nodes-langchain.openAi", 1.8, `{"modelId":{"__rl":true,"mode":"list","value":"gpt-4o-mini"},"messages":{"values":[{"content":"hi"}]},"options":{}}`)
	n = strings.Replace(n, `"parameters"`, `"credentials":{"openAiApi":{"id":"`+id+`","name":"own"}},"parameters"`, 1)
	if m := c.run(c.create(line("w", manual(), n)), nil); m["status"] != "completed" || authorization != "Bearer "+secretText {
		t.Fatalf("%v, sent %q", m, authorization)
	}
	records := c.do("GET", "/api/usage/records", nil).want(200)["items"].([]any)
	if len(records) != 1 || records[0].(map[string]any)["costUsd"].(float64) <= 0 {
		t.Errorf("%v", records)
	}
	if used := string(c.do("GET", "/api/usage", nil).body); !strings.Contains(used, `"tokens":{"used":0,"reserved":0,`) || !strings.Contains(used, `"costUsd":0.150006`) {
		t.Errorf("usage: %s", used)
	}
}
