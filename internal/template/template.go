package template

import (
	"encoding/json"
	"time"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Template is one built-in template.
type Template struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Category    string   `json:"category"`
	Tags        []string `json:"tags"`
	UseCases    []string `json:"useCases"`
	Apps        []string `json:"apps"`
	// Raw is the workflow in n8n's JSON; Workflow parses it.
	Raw  json.RawMessage `json:"workflow"`
	Test Test            `json:"test"`
}

// Workflow parses the template's workflow.
func (t *Template) Workflow() (*workflow.Workflow, error) { return workflow.Parse(t.Raw) }

// Test is how a template proves that it runs.
type Test struct {
	Cases []Case `json:"cases"`
}

// Case is one run of the template with everything outside answered.
type Case struct {
	Name   string          `json:"name"`
	Now    *time.Time      `json:"now,omitempty"` // nil: it does not matter
	Start  Start           `json:"start"`
	Mocks  map[string]Mock `json:"mocks,omitempty"` // by node name
	Expect Expect          `json:"expect"`
}

// Start is the node that begins the run and what it gives.
type Start struct {
	Node string `json:"node"`
	// Items are the JSON of the trigger's items; none is one empty item.
	Items []json.RawMessage `json:"items,omitempty"`
}

// Mock answers the calls of one node; exactly one of its fields is set.
type Mock struct {
	HTTP []Exchange `json:"http,omitempty"`
	Chat []Reply    `json:"chat,omitempty"`
	// Items replace the node's run: the JSON of the items on its first output.
	Items []json.RawMessage `json:"items,omitempty"`
}

// Exchange is one HTTP request and its response.
type Exchange struct {
	Method string `json:"method,omitempty"` // "" for any
	// URL is compared without the query; * stands for any characters.
	URL string `json:"url,omitempty"`
	// Query and Body must be contained in the request's.
	Query  map[string]string `json:"query,omitempty"`
	Body   json.RawMessage   `json:"body,omitempty"`
	Repeat bool              `json:"repeat,omitempty"` // answers any number of calls, at least one

	Status  int               `json:"status,omitempty"` // 0 is 200
	Headers map[string]string `json:"headers,omitempty"`
	JSON    json.RawMessage   `json:"json,omitempty"` // the response's body,
	Text    string            `json:"text,omitempty"` // or this
}

// Reply is what a chat model says in one call.
type Reply struct {
	Content   string            `json:"content,omitempty"`
	ToolCalls []json.RawMessage `json:"toolCalls,omitempty"` // in OpenAI's form
	Prompt    string            `json:"prompt,omitempty"`    // must be contained in what was asked
}

// Expect is how the run must end.
type Expect struct {
	Status string                `json:"status,omitempty"` // "" is completed
	Last   string                `json:"last,omitempty"`   // the node that ran last
	Nodes  map[string]NodeExpect `json:"nodes,omitempty"`
	NotRun []string              `json:"notRun,omitempty"`
	// Error is the code with which a run fails that should.
	Error string `json:"error,omitempty"`
}

// NodeExpect is what one node must have done.
type NodeExpect struct {
	Runs  *int `json:"runs,omitempty"`
	Items *int `json:"items,omitempty"` // on the first output of its last run
	// JSON must be contained in those items, one by one.
	JSON []json.RawMessage `json:"json,omitempty"`
}
