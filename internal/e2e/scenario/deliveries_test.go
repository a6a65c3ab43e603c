package scenario

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

var deliveries = flag.Int("deliveries", 900, "how many webhook deliveries TestDeliveriesStartOneRunEach sends")

// sender makes the deliveries of one kind of webhook.
type sender struct {
	path string
	make func(w *world, event int) (body string, headers []string)
}

const hooked = `{"name":"deliveries","settings":{"executionOrder":"v1"},"nodes":[
	{"id":"1","name":"Stripe","type":"n8n-nodes-base.stripeTrigger","typeVersion":1,"position":[0,0],"webhookId":"storm-stripe","parameters":{"events":["*"]},"credentials":{"stripeApi":{"id":"ID","name":"Stripe"}}},
	{"id":"2","name":"GitHub","type":"n8n-nodes-base.githubTrigger","typeVersion":1,"position":[0,100],"webhookId":"storm-github","parameters":{"events":["*"]}},
	{"id":"3","name":"Plain","type":"n8n-nodes-base.webhook","typeVersion":2,"position":[0,200],"parameters":{"path":"storm","httpMethod":"POST","options":{}}}],"connections":{}}`

// TestDeliveriesStartOneRunEach sends every event three times, in any order and
// many at once: each event starts one run, of the trigger that it was sent to.
func TestDeliveriesStartOneRunEach(t *testing.T) {
	w := setupWith(t, nil, realTime)
	var done context.CancelFunc
	w.ctx, done = context.WithTimeout(context.Background(), time.Minute+time.Duration(*deliveries)*100*time.Millisecond)
	t.Cleanup(done)
	w.Client = w.as(w.keys.Tenants["dev-enterprise"])
	const secret = "whsec_of_the_endpoint"
	var made struct{ ID string }
	credential := map[string]any{"type": "stripeApi", "name": "Stripe", "fields": map[string]string{"secretKey": "sk_test_of_the_account", "signatureSecret": secret}}
	if err := w.Call(w.ctx, http.MethodPost, "/api/credentials", credential, &made); err != nil {
		t.Fatal(err)
	}
	id, err := w.Create(w.ctx, []byte(strings.Replace(hooked, `"ID"`, `"`+made.ID+`"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Call(w.ctx, http.MethodPost, "/api/workflows/"+id+"/activate", nil, nil); err != nil {
		t.Fatal(err)
	}
	senders := []sender{
		{"/hooks/dev-enterprise/storm-stripe/webhook", func(w *world, event int) (string, []string) {
			body, stamp := fmt.Sprintf(`{"id":"evt_%d","type":"invoice.paid"}`, event), strconv.FormatInt(w.clock.Now().Unix(), 10)
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(stamp + "." + body))
			return body, []string{"Stripe-Signature", "t=" + stamp + ",v1=" + hex.EncodeToString(mac.Sum(nil))}
		}},
		{"/hooks/dev-enterprise/storm-github/webhook", func(_ *world, event int) (string, []string) {
			return fmt.Sprintf(`{"event":%d}`, event), []string{"X-GitHub-Event", "push", "X-GitHub-Delivery", fmt.Sprintf("delivery-%d", event)}
		}},
		{"/hooks/dev-enterprise/storm", func(_ *world, event int) (string, []string) {
			return fmt.Sprintf(`{"event":%d}`, event), []string{"Idempotency-Key", fmt.Sprintf("key-%d", event)}
		}},
	}
	const copies = 3
	events := max(*deliveries/copies, len(senders))
	order := make([]int, 0, events*copies)
	for event := range events {
		for range copies {
			order = append(order, event)
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	w.deliver(t, senders, order)
	w.wantOneRunEach(t, id, events, len(senders))
}

// deliver sends the events, some at a time.
func (w *world) deliver(t *testing.T, senders []sender, order []int) {
	t.Helper()
	work := make(chan int)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			caller := w.as("")
			for event := range work {
				if err := w.send(caller, senders[event%len(senders)], event); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, event := range order {
		work <- event
	}
	close(work)
	wait.Wait()
}

func (w *world) send(caller *platform.Client, s sender, event int) error {
	body, headers := s.make(w, event)
	a, err := caller.Do(w.ctx, http.MethodPost, s.path, []byte(body), headers...)
	if err == nil && a.Status != http.StatusOK {
		err = fmt.Errorf("event %d: %d %s", event, a.Status, a.Body)
	}
	return err
}

// wantOneRunEach reads all runs of the workflow and counts them by trigger.
func (w *world) wantOneRunEach(t *testing.T, id string, events, kinds int) {
	t.Helper()
	byTrigger, runs, cursor := map[string]int{}, map[string]bool{}, ""
	for {
		var page struct {
			Items []struct {
				ID          string
				TriggeredBy string
			}
			NextCursor *string
		}
		if err := w.Call(w.ctx, http.MethodGet, "/api/executions?limit=100&workflowId="+id+"&cursor="+cursor, nil, &page); err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Items {
			runs[e.ID] = true
			byTrigger[e.TriggeredBy]++
		}
		if page.NextCursor == nil {
			break
		}
		cursor = *page.NextCursor
	}
	if len(runs) != events {
		t.Errorf("%d events started %d runs", events, len(runs))
	}
	if len(byTrigger) != kinds {
		t.Errorf("the runs were started by %v", byTrigger)
	}
	for by, n := range byTrigger {
		if n < events/kinds || n > events/kinds+1 {
			t.Errorf("%d of %d events reached %s", n, events/kinds, by)
		}
	}
	t.Logf("%d events, each delivered three times, started %d runs: %v", events, len(runs), byTrigger)
}
