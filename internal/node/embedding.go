package node

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Embedder turns texts into vectors. It reserves the budget before a call and
// settles after, as AIProvider does.
type Embedder interface {
	// Embed makes one call. The reply has one vector for each text, in their order,
	// all of one length.
	Embed(ctx context.Context, req EmbedRequest) (EmbedReply, error)
}

// EmbedProtocol is the API that an embedding service speaks.
type EmbedProtocol string

// The protocols. OpenAI's is Mistral's too.
const (
	EmbedOpenAI EmbedProtocol = "openai"
	EmbedGemini EmbedProtocol = "gemini"
	EmbedCohere EmbedProtocol = "cohere"
	EmbedOllama EmbedProtocol = "ollama"
)

// EmbedRequest is one batch of texts.
type EmbedRequest struct {
	Tenant, WorkflowID, ExecutionID, NodeID string
	RunIndex, Item, Attempt                 int
	Protocol                                EmbedProtocol
	BaseURL, APIKey                         string // the tenant's own credential; "" for the platform's
	Model                                   string
	Texts                                   []string
	Query                                   bool // the texts are questions, not documents: some models tell them apart
	Dimensions                              int  // 0: the model's own
	Timeout                                 time.Duration
}

// EmbedReply is the vectors and what they cost.
type EmbedReply struct {
	Vectors   [][]float32
	Usage     workflow.TokenUsage // of the prompt alone
	Counted   bool                // the figures are ours: the service gave none
	CostMicro int64
	Latency   time.Duration
}

// Tokenizer cuts a text into a model's tokens.
type Tokenizer interface {
	// Pieces returns the tokens of a text by cl100k_base. Together they are the text;
	// one may end inside a character.
	Pieces(text string) []string
}
