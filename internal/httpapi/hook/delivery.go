package hook

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// deliveryHeaders are headers in which a sender names its delivery; a repetition
// has the same name.
var deliveryHeaders = []string{
	"Idempotency-Key",
	"X-GitHub-Delivery",              // GitHub
	"X-Gitlab-Event-UUID",            // GitLab
	"X-Shopify-Webhook-Id",           // Shopify
	"X-WC-Webhook-Delivery-ID",       // WooCommerce
	"Webhook-Id",                     // Standard Webhooks
	"Svix-Id",                        // Svix: Clerk, Resend, …
	"I-Twilio-Idempotency-Token",     // Twilio
	"X-Atlassian-Webhook-Identifier", // Jira
	"X-Request-UUID",                 // Bitbucket
}

// deliveryFields are members of a JSON body that name the event, for senders that
// are known by a header.
var deliveryFields = []struct{ header, field string }{
	{"Stripe-Signature", "id"},
	{"X-Slack-Signature", "event_id"},
	{"Typeform-Signature", "event_id"},
}

// maxDelivery is the longest name of a delivery that is taken for one, in bytes.
const maxDelivery = 255

// deliveryKey is the idempotency key of the run; "" where the sender names nothing.
func deliveryKey(r *http.Request, x target, c *call) string {
	name, id := delivery(r, c.body)
	if id == "" || len(id) > maxDelivery {
		return ""
	}
	return runKey(x, r.Method, name, id)
}

// runKey is the same for each repetition of a delivery to a node.
func runKey(x target, method, name, id string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{"hook", x.node.Name, method, name, id}, "\x00")))
	return hex.EncodeToString(sum[:])
}

func delivery(r *http.Request, body any) (name, id string) {
	for _, h := range deliveryHeaders {
		if id := r.Header.Get(h); id != "" {
			return h, id
		}
	}
	for _, f := range deliveryFields {
		if r.Header.Get(f.header) == "" {
			continue
		}
		if v, ok := value.Path(body, f.field); ok {
			if id, ok := v.(string); ok {
				return f.header, id
			}
		}
	}
	return "", ""
}
