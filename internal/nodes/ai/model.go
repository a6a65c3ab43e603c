package ai

import (
	"context"
	"net/url"
	"time"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpauth"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/openaichat"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// model is a chat model as a node or a sub-node sets it up.
type model struct {
	name                              string
	baseURL, apiKey                   string
	azureVersion                      string // of Azure's API; "" elsewhere
	maxTokens                         int
	temperature, topP                 *float64
	presencePenalty, frequencyPenalty *float64
	json                              bool
	timeout                           time.Duration
	opened                            map[string]string // the tenant's own credential; nil for the platform's
}

// session makes the calls of one node run and adds up what they used.
type session struct {
	c         *node.Call
	usage     workflow.TokenUsage
	costMicro int64
	item      int      // the one under way, which tools see
	asked     int      // workflows that the node run asked for before this attempt
	changed   bool     // a tool has changed something outside
	ends      []func() // what ends with the node run: sessions of tools
}

// end ends what the node run has opened for its tools.
func (s *session) end() {
	for _, f := range s.ends {
		f()
	}
	s.ends = nil
}

// failed is the failure of a node run whose tools may have changed something:
// repeating the run would repeat that, so its outcome is unknown.
func (s *session) failed(err error) error {
	if !s.changed {
		return err
	}
	return node.WithOutcome(err, fault.Unknown)
}

// maxTimeout is a node's longest, defaultTimeout what one call has otherwise.
const (
	defaultTimeout = time.Minute
	maxTimeout     = 270 * time.Second
)

// prompt is one call of a model for an item.
type prompt struct {
	model    model
	item     int
	messages []node.ChatMessage
	tools    []*value.Object // that the model may call
}

// chat makes one call.
func (s *session) chat(ctx context.Context, p prompt) (node.ChatReply, error) {
	m := p.model
	if err := m.checkHost(); err != nil {
		return node.ChatReply{}, err
	}
	return s.send(ctx, node.ChatRequest{
		Tenant: s.c.Run.Tenant, WorkflowID: s.c.Run.WorkflowID, ExecutionID: s.c.Run.ExecutionID,
		NodeID: s.c.Node.ID, RunIndex: s.c.RunIndex, Item: p.item, Attempt: s.c.Run.Attempt,
		BaseURL: m.baseURL, APIKey: m.apiKey, AzureVersion: m.azureVersion, Model: m.name, Messages: p.messages, MaxTokens: m.maxTokens,
		Temperature: m.temperature, TopP: m.topP, PresencePenalty: m.presencePenalty,
		FrequencyPenalty: m.frequencyPenalty, JSON: m.json, Timeout: m.timeout, Tools: p.tools,
	})
}

// send makes one call and counts it.
func (s *session) send(ctx context.Context, req node.ChatRequest) (node.ChatReply, error) {
	if req.Timeout <= 0 {
		req.Timeout = defaultTimeout
	}
	req.Timeout = min(req.Timeout, maxTimeout)
	reply, err := s.c.Services.AI.Chat(ctx, req)
	if err != nil {
		return reply, err
	}
	s.usage.Model = reply.Usage.Model
	s.usage.Add(reply.Usage)
	s.costMicro += reply.CostMicro
	return reply, nil
}

// count adds what a tool used that calls models itself.
func (s *session) count(res node.Result) {
	if res.Usage != nil {
		s.usage.Add(*res.Usage)
	}
	s.costMicro += res.CostMicro
}

// result is the node's result with what its calls used.
func (s *session) result(items []workflow.Item) node.Result {
	u := s.usage
	return node.Result{Outputs: [][]workflow.Item{items}, Usage: &u, CostMicro: s.costMicro}
}

// open fills in key and base URL from the node's own OpenAI credential, if it
// has one; without one the platform's provider is used.
func (m *model) open(ctx context.Context, c *node.Call) error {
	const typ = "openAiApi"
	if _, ok := c.Node.Credentials[typ]; !ok {
		return nil
	}
	opened, err := httpauth.Open(ctx, c, c.Node, typ)
	if err != nil {
		return err
	}
	if opened.Fields["apiKey"] == "" {
		return fault.New(fault.Invalid, fault.CodeCredentialMissing, "The credential of the node %q (%s) has no API key.", c.Node.Name, typ)
	}
	m.apiKey, m.baseURL, m.opened = opened.Fields["apiKey"], opened.Fields["url"], opened.Fields
	return nil
}

// checkHost refuses to send a tenant's key to a host that may not get it: the
// node's own address counts over the credential's.
func (m model) checkHost() error {
	if m.opened == nil {
		return nil
	}
	base := m.baseURL
	if base == "" {
		base = openaichat.DefaultBaseURL
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return node.Errorf("The base URL of the chat model is no URL.")
	}
	return credential.CheckHost(m.opened, u.Hostname())
}

// number reads an optional number; nil if it is not set.
func number(r *node.Reader, name string) *float64 {
	if v := r.Value(name); v == nil || v == "" {
		return nil
	}
	n := r.Number(name, 0)
	return &n
}

// safe: a chat call changes nothing outside.
func safe(*node.Call) node.Effect { return node.Safe }
