package openaichat

import (
	"context"
	"errors"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// DefaultBaseURL is OpenAI's own.
const DefaultBaseURL = "https://api.openai.com/v1"

// DefaultTimeout holds for a call that names none.
const DefaultTimeout = 60 * time.Second

// maxAnswer is the largest answer that is read, in bytes.
const maxAnswer = 16 << 20

// Options configure a Client.
type Options struct {
	BaseURL string // the platform's; "" is OpenAI's
	APIKey  string // the platform's
	// Platform sends calls to BaseURL, Tenant those to a base URL that a tenant
	// chose or with a key that a tenant brought; both end in a safe dialer.
	Platform, Tenant node.HTTPDoer
	Clock            clock.Clock
	Counter          *Counter // counts what an answer without usage used
}

// Client calls chat models. It is safe for concurrent use.
type Client struct{ opt Options }

// New makes a Client.
func New(o Options) *Client {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Counter == nil {
		o.Counter = NewCounter()
	}
	return &Client{opt: o}
}

// Chat makes one call. The reply's usage is the provider's, or counted here if
// the provider gave none (Estimated). Faults: UPSTREAM_RATE_LIMITED with
// RetryAfter, UPSTREAM_ERROR, NODE_TIMEOUT, ADDRESS_REFUSED, CREDENTIAL_MISSING,
// CANCELLED; Outcome says whether the call may have been billed.
func (c *Client) Chat(ctx context.Context, req node.ChatRequest) (node.ChatReply, error) {
	x := &exchange{ctx: ctx, doer: c.opt.Platform, timeout: req.Timeout}
	base, key := c.opt.BaseURL, c.opt.APIKey
	if req.BaseURL != "" || req.APIKey != "" {
		x.doer, key = c.opt.Tenant, req.APIKey
		base = DefaultBaseURL
		if req.BaseURL != "" {
			base = req.BaseURL
		}
	}
	if key == "" && strings.HasPrefix(base, DefaultBaseURL) {
		return node.ChatReply{}, fault.New(fault.Invalid, fault.CodeCredentialMissing,
			"No OpenAI key is configured: connect an OpenAI credential to the node, or set the platform's OPENAI_API_KEY.")
	}
	if x.timeout <= 0 {
		x.timeout = DefaultTimeout
	}
	config := openai.DefaultConfig(key)
	if req.AzureVersion != "" {
		config = openai.DefaultAzureConfig(key, base)
		config.APIVersion = req.AzureVersion
		config.AzureModelMapperFunc = func(model string) string { return model }
	}
	config.BaseURL, config.HTTPClient = base, x
	body, err := request(req)
	if err != nil {
		return node.ChatReply{}, err
	}
	began := c.opt.Clock.Now()
	resp, err := openai.NewClientWithConfig(config).CreateChatCompletion(ctx, body)
	if err != nil {
		return node.ChatReply{}, c.classify(x, err)
	}
	return c.reply(req, x, resp, c.opt.Clock.Since(began))
}

// reply turns the answer into ours.
func (c *Client) reply(req node.ChatRequest, x *exchange, resp openai.ChatCompletionResponse, latency time.Duration) (node.ChatReply, error) {
	raw, err := value.ParseObject(x.body)
	if err != nil || len(resp.Choices) == 0 {
		return node.ChatReply{}, outcome(fault.Unknown, fault.Wrap(errors.Join(err, errors.New("no choices")),
			fault.Unavailable, fault.CodeUpstream, "The model's answer is not a chat completion."))
	}
	choice := resp.Choices[0]
	out := node.ChatReply{
		Message:      node.ChatMessage{Role: choice.Message.Role, Content: choice.Message.Content},
		FinishReason: string(choice.FinishReason),
		Latency:      latency,
		Raw:          raw,
	}
	if calls, ok := value.Path(raw, "choices", 0, "message", "tool_calls"); ok {
		list, _ := calls.([]any)
		for _, call := range list {
			if o, ok := call.(*value.Object); ok {
				out.Message.ToolCalls = append(out.Message.ToolCalls, o)
			}
		}
	}
	out.Usage = c.usage(req, raw, resp, out.Message)
	return out, nil
}

// usage is what the call used: the provider's figures, or ours where they are missing.
func (c *Client) usage(req node.ChatRequest, raw *value.Object, resp openai.ChatCompletionResponse, m node.ChatMessage) workflow.TokenUsage {
	u := workflow.TokenUsage{
		Model:      req.Model,
		Prompt:     int64(resp.Usage.PromptTokens),
		Completion: int64(resp.Usage.CompletionTokens),
		Total:      int64(resp.Usage.TotalTokens),
	}
	if d := resp.Usage.PromptTokensDetails; d != nil {
		u.Cached = int64(d.CachedTokens)
	}
	if u.Prompt > 0 || u.Completion > 0 {
		u.Total = max(u.Total, u.Prompt+u.Completion)
		return u
	}
	u.Prompt, _ = c.opt.Counter.Prompt(req)
	u.Completion = c.opt.Counter.Completion(req.Model, m)
	u.Total = u.Prompt + u.Completion
	return u
}

// UsageGiven reports whether the provider's answer said what it used.
func UsageGiven(raw *value.Object) bool {
	n, _ := value.Path(raw, "usage", "prompt_tokens")
	f, ok := n.(float64)
	return ok && f > 0
}
