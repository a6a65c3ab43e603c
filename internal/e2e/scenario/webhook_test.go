package scenario

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestWebhookAsksForItsCredential: what callers must show is a credential of the
// tenant, sealed as all others; without it nothing is started.
func TestWebhookAsksForItsCredential(t *testing.T) {
	w := setup(t, nil)
	var made struct{ ID string }
	body := map[string]any{"type": "httpHeaderAuth", "name": "Caller", "fields": map[string]string{"name": "X-Key", "value": "s3cret-of-the-caller"}}
	if err := w.Call(w.ctx, http.MethodPost, "/api/credentials", body, &made); err != nil {
		t.Fatal(err)
	}
	id, err := w.Create(w.ctx, []byte(`{"name":"guarded","settings":{"executionOrder":"v1"},"nodes":[{"id":"1","name":"Hook","type":"n8n-nodes-base.webhook","typeVersion":2,"position":[0,0],
		"parameters":{"path":"guarded","httpMethod":"POST","authentication":"headerAuth","options":{}},"credentials":{"httpHeaderAuth":{"id":"`+made.ID+`","name":"Caller"}}}],"connections":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Call(w.ctx, http.MethodPost, "/api/workflows/"+id+"/activate", nil, nil); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]int{"": http.StatusForbidden, "wrong": http.StatusForbidden, "s3cret-of-the-caller": http.StatusOK} {
		a, err := w.as("").Do(w.ctx, http.MethodPost, "/hooks/dev-pro/guarded", []byte(`{"n":1}`), "X-Key", key)
		if err != nil || a.Status != want {
			t.Errorf("the key %q: %d %s, %v; want %d", key, a.Status, a.Body, err, want)
		}
	}
	var page struct{ Items []struct{ ID string } }
	if err := w.Call(w.ctx, http.MethodGet, "/api/executions?workflowId="+id, nil, &page); err != nil || len(page.Items) != 1 {
		t.Errorf("%d runs, %v; one call was allowed", len(page.Items), err)
	}
}

// TestStripeStartsAWorkflow: the trigger's address is the answer of its activation,
// a signed event starts one run however often it comes, and what is forged or old
// starts none.
func TestStripeStartsAWorkflow(t *testing.T) {
	w := setup(t, nil)
	const secret = "whsec_of_the_endpoint"
	var made struct{ ID string }
	body := map[string]any{"type": "stripeApi", "name": "Stripe", "fields": map[string]string{"secretKey": "sk_test_of_the_account", "signatureSecret": secret}}
	if err := w.Call(w.ctx, http.MethodPost, "/api/credentials", body, &made); err != nil {
		t.Fatal(err)
	}
	id, err := w.Create(w.ctx, []byte(`{"name":"paid","settings":{"executionOrder":"v1"},"nodes":[
		{"id":"1","name":"Stripe Trigger","type":"n8n-nodes-base.stripeTrigger","typeVersion":1,"position":[0,0],"webhookId":"6f1d5bb0-4a5e-4c1e-9a53-1f1a34f7a001",
		 "parameters":{"events":["invoice.paid"]},"credentials":{"stripeApi":{"id":"`+made.ID+`","name":"Stripe"}}},
		{"id":"2","name":"Set","type":"n8n-nodes-base.set","typeVersion":3.4,"position":[200,0],
		 "parameters":{"assignments":{"assignments":[{"id":"a","name":"invoice","value":"={{ $json.data.object.id }}","type":"string"}]},"options":{}}}],
		"connections":{"Stripe Trigger":{"main":[[{"node":"Set","type":"main","index":0}]]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var active struct {
		Webhooks []struct{ Method, Path, Node string }
	}
	if err := w.Call(w.ctx, http.MethodPost, "/api/workflows/"+id+"/activate", nil, &active); err != nil {
		t.Fatal(err)
	}
	if len(active.Webhooks) != 1 || !strings.HasSuffix(active.Webhooks[0].Path, "/6f1d5bb0-4a5e-4c1e-9a53-1f1a34f7a001/webhook") {
		t.Fatalf("the activation answers %+v", active)
	}
	send := func(key, event string, at time.Time) int {
		t.Helper()
		stamp := strconv.FormatInt(at.Unix(), 10)
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(stamp + "." + event))
		a, err := w.as("").Do(w.ctx, http.MethodPost, active.Webhooks[0].Path, []byte(event), "Stripe-Signature", "t="+stamp+",v1="+hex.EncodeToString(mac.Sum(nil)))
		if err != nil {
			t.Fatal(err)
		}
		return a.Status
	}
	paid, voided := `{"id":"evt_1","type":"invoice.paid","data":{"object":{"id":"in_7"}}}`, `{"id":"evt_2","type":"invoice.voided"}`
	for _, c := range []struct {
		what, key, event string
		ago              time.Duration
		want             int
	}{
		{"forged", "whsec_guessed", paid, 0, http.StatusForbidden},
		{"replayed", secret, paid, time.Hour, http.StatusForbidden},
		{"another event", secret, voided, 0, http.StatusOK},
		{"good", secret, paid, 0, http.StatusOK},
		{"repeated", secret, paid, 0, http.StatusOK},
	} {
		if got := send(c.key, c.event, w.clock.Now().Add(-c.ago)); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
	var page struct{ Items []struct{ ID string } }
	if err := w.Call(w.ctx, http.MethodGet, "/api/executions?workflowId="+id, nil, &page); err != nil || len(page.Items) != 1 {
		t.Fatalf("%d runs, %v; one event was signed", len(page.Items), err)
	}
	if j := w.await(t, page.Items[0].ID, "completed"); !strings.Contains(fmt.Sprint(j.Output), "in_7") {
		t.Errorf("the run gave %v", j.Output)
	}
}
