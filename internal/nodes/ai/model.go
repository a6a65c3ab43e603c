package ai

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// model is a chat model as a node or a sub-node sets it up.
type model struct {
	name                              string
	baseURL, apiKey                   string
	maxTokens                         int
	temperature, topP                 *float64
	presencePenalty, frequencyPenalty *float64
	json                              bool
	timeout                           time.Duration
}

// session makes the calls of one node run and adds up what they used.
type session struct {
	c         *node.Call
	usage     workflow.TokenUsage
	costMicro int64
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
	return s.send(ctx, node.ChatRequest{
		Tenant: s.c.Run.Tenant, WorkflowID: s.c.Run.WorkflowID, ExecutionID: s.c.Run.ExecutionID,
		NodeID: s.c.Node.ID, RunIndex: s.c.RunIndex, Item: p.item, Attempt: s.c.Run.Attempt,
		BaseURL: m.baseURL, APIKey: m.apiKey, Model: m.name, Messages: p.messages, MaxTokens: m.maxTokens,
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
	s.usage.Prompt += reply.Usage.Prompt
	s.usage.Completion += reply.Usage.Completion
	s.usage.Total += reply.Usage.Total
	s.usage.Cached += reply.Usage.Cached
	s.costMicro += reply.CostMicro
	return reply, nil
}

// result is the node's result with what its calls used.
func (s *session) result(items []workflow.Item) node.Result {
	u := s.usage
	return node.Result{Outputs: [][]workflow.Item{items}, Usage: &u, CostMicro: s.costMicro}
}

// credential fills in key and base URL from the node's own OpenAI credential, if it
// has one; without one the platform's provider is used.
func credential(ctx context.Context, c *node.Call, m *model) error {
	const typ = "openAiApi"
	ref, ok := c.Node.Credentials[typ]
	if !ok {
		return nil
	}
	if c.Services.Credentials == nil {
		return fault.New(fault.Invalid, fault.CodeCredentialMissing, "The credential %q (%s) cannot be opened here.", ref.Name, typ)
	}
	fields, err := c.Services.Credentials.Open(ctx, c.Run.Tenant, typ, ref)
	if err != nil {
		return err
	}
	if fields["apiKey"] == "" {
		return fault.New(fault.Invalid, fault.CodeCredentialMissing, "The credential %q (%s) has no API key.", ref.Name, typ)
	}
	m.apiKey, m.baseURL = fields["apiKey"], fields["url"]
	return nil
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
