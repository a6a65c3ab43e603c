package live

import (
	"context"
	"encoding/json"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// request is what a client sends.
type request struct {
	Subscribe   string `json:"subscribe"`
	Unsubscribe string `json:"unsubscribe"`
}

// reply answers it.
type reply struct {
	Type         string     `json:"type"` // subscribed, unsubscribed or error
	Subscription string     `json:"subscription,omitempty"`
	Code         fault.Code `json:"code,omitempty"`
	Message      string     `json:"message,omitempty"`
}

// Message handles what a client sent, and answers it. The error is one of ours; what
// is wrong with the message is told to the client.
func (h *Hub) Message(ctx context.Context, id string, body []byte) error {
	c, err := h.Connections.Connection(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return h.Pusher.Close(ctx, id) // forgotten meanwhile: the client begins anew
	}
	if err != nil {
		return err
	}
	answer, err := h.handle(ctx, c, body)
	if err != nil {
		f := fault.Of(err)
		if f.Kind == fault.Internal || f.Transient() {
			h.Log.Error("a live message failed", "tenantId", string(c.Tenant), "error", err)
		}
		answer.Type, answer.Code, answer.Message = "error", f.Code, f.Message
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return gone(h.Pusher.Post(ctx, id, text))
}

// gone passes over that the client has left; $disconnect cleans up.
func gone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// connectTime is the longest that connecting takes (API Gateway's integrations of
// WebSocket APIs end after 29 s): an older connection has been seen by everybody.
const connectTime = 30 * time.Second

func (h *Hub) handle(ctx context.Context, c Connection, body []byte) (reply, error) {
	var r request
	if err := json.Unmarshal(body, &r); err != nil || (r.Subscribe == "") == (r.Unsubscribe == "") {
		return reply{}, fault.New(fault.Invalid, fault.CodeValidation, `Send {"subscribe": "<executionId>"}, {"subscribe": "*"}, or unsubscribe in its place.`)
	}
	if r.Unsubscribe != "" {
		return reply{Type: "unsubscribed", Subscription: r.Unsubscribe}, h.Connections.Subscribe(ctx, c, r.Unsubscribe, false)
	}
	answer := reply{Type: "subscribed", Subscription: r.Subscribe}
	if r.Subscribe != All {
		// The key begins with the connection's tenant: what belongs to another one is
		// not there.
		ref := execution.Ref{Tenant: c.Tenant, ID: ident.Execution(r.Subscribe)}
		if !ident.Valid(ident.PrefixExecution, r.Subscribe) {
			return answer, fault.New(fault.NotFound, fault.CodeNotFound, "There is no such execution.")
		}
		if _, err := h.Executions.Load(ctx, ref); err != nil {
			return answer, err
		}
	}
	if err := h.Connections.Subscribe(ctx, c, r.Subscribe, true); err != nil {
		return answer, err
	}
	if h.Clock.Since(c.At) > connectTime {
		return answer, nil
	}
	// Another instance may still believe that the tenant has no connections.
	return answer, clock.Sleep(ctx, h.Clock, aloneFor)
}
