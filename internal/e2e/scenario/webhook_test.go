package scenario

import (
	"net/http"
	"testing"
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
