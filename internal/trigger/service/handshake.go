package service

import (
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Greet answers a call by which the service tries the address before it can sign:
// text is the answer. False if the call is no such one.
func (t *Type) Greet(n *workflow.Node, c Call) (answer string, ok bool, err error) {
	h := t.Handshake
	if h.Query != "" && c.Method == "GET" {
		sent, _ := c.Query.Get(h.VerifyToken)
		token, _ := sent.(string)
		if token == "" || !SameSecret(token, n.ID) && !SameSecret(token, n.WebhookID) {
			return "", false, fault.New(fault.Forbidden, fault.CodeForbidden, "The verify token is neither the id nor the webhookId of the trigger's node.")
		}
		challenge, _ := c.Query.Get(h.Query)
		answer, _ = challenge.(string)
		return answer, true, nil
	}
	if h.Head && c.Method == "HEAD" || h.Echo != "" && c.Header(h.Echo) != "" {
		return "", true, nil
	}
	if o, isObject := c.Body.(*value.Object); h.Ping != "" && isObject && o.Len() == 1 {
		_, ok = o.Get(h.Ping)
	}
	return "", ok, nil
}

// Challenge is what a verified call wants to have back; false if it is an event.
func (t *Type) Challenge(c Call) (string, bool) {
	if kind, _ := text(c.Body, "type"); t.Handshake.Kind == "" || kind != t.Handshake.Kind {
		return "", false
	}
	return text(c.Body, "challenge")
}
