package node

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// HTTPDoer sends one HTTP request through the safe dialer. Redirects are
// followed and checked there. Errors are *fault.Error with Outcome set.
type HTTPDoer interface {
	Do(req *http.Request, opt HTTPOptions) (*http.Response, error)
}

// HTTPOptions are limits of one request.
type HTTPOptions struct {
	MaxRedirects  int // -1: do not follow
	MaxBytes      int64
	Timeout       time.Duration
	SkipTLSVerify bool
}

// AIProvider makes chat calls. It reserves the budget before and settles after.
type AIProvider interface {
	Chat(ctx context.Context, req ChatRequest) (ChatReply, error)
}

// ChatRequest is one chat completion.
type ChatRequest struct {
	Tenant, WorkflowID, ExecutionID, NodeID string
	RunIndex, Item, Attempt                 int
	BaseURL, APIKey                         string // the tenant's own credential; "" for the platform's
	AzureVersion                            string // of Azure's API, where Model is a deployment at BaseURL; "" elsewhere
	Model                                   string
	Messages                                []ChatMessage
	Tools                                   []*value.Object // in OpenAI's form
	MaxTokens                               int             // 0: not set
	Temperature, TopP                       *float64
	PresencePenalty, FrequencyPenalty       *float64
	JSON                                    bool // ask for a JSON object
	Timeout                                 time.Duration
}

// ChatMessage is one message of a conversation.
type ChatMessage struct {
	Role       string // system, user, assistant, tool
	Content    string
	ToolCallID string
	ToolCalls  []*value.Object
}

// ChatReply is the model's answer and what it cost.
type ChatReply struct {
	Message      ChatMessage
	FinishReason string
	Usage        workflow.TokenUsage
	CostMicro    int64
	Latency      time.Duration
	Raw          *value.Object // the provider's answer
}

// CodeRunner runs a tenant's JavaScript in a child process of its own.
type CodeRunner interface {
	Run(ctx context.Context, job CodeJob) (CodeResult, error)
}

// CodeJob is one piece of code with all that it may see.
type CodeJob struct {
	Call     *Call
	Source   string
	EachItem bool   // once for each item, or once for all
	Legacy   string // "", "function" or "functionItem": the old nodes' variables
	Timeout  time.Duration
}

// CodeResult is what the code returned and printed.
type CodeResult struct {
	Items []workflow.Item
	Logs  []string
}

// CredentialSource opens the credential that a node refers to.
type CredentialSource interface {
	// Open returns the credential's fields; a fault with CREDENTIAL_MISSING says which one is absent.
	Open(ctx context.Context, tenant string, typ string, ref workflow.CredentialRef) (map[string]string, error)
}

// CredentialRenewer is a CredentialSource that can replace a token which the
// service refused. Old is what Open gave; a token that another run renewed
// meanwhile is taken over.
type CredentialRenewer interface {
	Renew(ctx context.Context, tenant string, typ string, ref workflow.CredentialRef, old map[string]string) (map[string]string, error)
}

// Blobs keeps files too large to travel with the items. A node sees the keys of
// its own tenant alone.
type Blobs interface {
	// Put stores all of r; size is -1 if it is unknown. An error of r is returned as
	// it is, and nothing is stored.
	Put(ctx context.Context, key string, r io.Reader, size int64) error
	Get(ctx context.Context, key string) (io.ReadCloser, error)
}
