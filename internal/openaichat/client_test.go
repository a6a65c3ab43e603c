package openaichat

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

var start = time.Date(2025, 9, 1, 12, 0, 0, 0, time.UTC)

type bench struct {
	*Client
	server *openai.Server
	clock  *clock.Manual
	base   string
}

func setup(t *testing.T) *bench {
	b := &bench{clock: clock.NewManual(start)}
	b.server = openai.New(b.clock)
	web := httptest.NewServer(b.server)
	t.Cleanup(web.Close)
	b.base = web.URL + "/v1"
	u, _ := url.Parse(web.URL)
	platform := safedial.New(safedial.Options{AllowHosts: []string{u.Host}, Clock: b.clock})
	b.Client = New(Options{BaseURL: b.base, APIKey: "sk-platform", Platform: platform, Tenant: safedial.New(safedial.Options{}), Clock: b.clock})
	return b
}

func hello() node.ChatRequest {
	return node.ChatRequest{Model: "gpt-4o-mini", Messages: []node.ChatMessage{{Role: "user", Content: "hello"}}}
}

func TestChat(t *testing.T) {
	b := setup(t)
	reply, err := b.Chat(context.Background(), hello())
	if err != nil {
		t.Fatal(err)
	}
	if reply.Message.Content != "Echo: hello" || reply.Message.Role != "assistant" || reply.FinishReason != "stop" {
		t.Errorf("%+v", reply)
	}
	if diff := cmp.Diff(workflow.TokenUsage{Model: "gpt-4o-mini", Prompt: 5, Completion: 3, Total: 8}, reply.Usage); diff != "" {
		t.Error(diff)
	}
	if !UsageGiven(reply.Raw) {
		t.Error("the provider's usage was not seen")
	}
	if got := b.server.Calls()[0].Header.Get("Authorization"); got != "Bearer sk-platform" {
		t.Errorf("key: %s", got)
	}
}

func TestRequestSaysWhatTheAuthorSet(t *testing.T) {
	zero, half := 0.0, 0.5
	tool, _ := value.ParseObject([]byte(`{"type":"function","function":{"name":"add","description":"adds","parameters":{"type":"object","properties":{"b":{"type":"number"},"a":{"type":"number"}}}}}`))
	call, _ := value.ParseObject([]byte(`{"id":"c1","type":"function","function":{"name":"add","arguments":"{}"}}`))
	for name, c := range map[string]struct {
		change func(*node.ChatRequest)
		want   string
	}{
		"plain": {func(*node.ChatRequest) {}, `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}],"stream":false}`},
		"limits": {
			func(r *node.ChatRequest) { r.MaxTokens, r.TopP, r.PresencePenalty = 7, &half, &half },
			`{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}],"max_tokens":7,"top_p":0.5,"presence_penalty":0.5,"stream":false}`,
		},
		"zero temperature is sent": {
			func(r *node.ChatRequest) { r.Temperature = &zero },
			`{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}],"temperature":1e-45,"stream":false}`,
		},
		"reasoning models have another limit": {
			func(r *node.ChatRequest) { r.Model, r.MaxTokens = "o3-mini", 7 },
			`{"model":"o3-mini","messages":[{"role":"user","content":"hello"}],"max_completion_tokens":7,"stream":false}`,
		},
		"JSON": {
			func(r *node.ChatRequest) { r.JSON = true },
			`{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}],"response_format":{"type":"json_object"},"stream":false}`,
		},
		"tools": {
			func(r *node.ChatRequest) {
				r.Tools = []*value.Object{tool}
				r.Messages = append(r.Messages, node.ChatMessage{Role: "assistant", ToolCalls: []*value.Object{call}}, node.ChatMessage{Role: "tool", ToolCallID: "c1", Content: "3"})
			},
			`{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{}"}}]},{"role":"tool","content":"3","tool_call_id":"c1"}],
			 "tools":[{"type":"function","function":{"name":"add","description":"adds","parameters":{"type":"object","properties":{"b":{"type":"number"},"a":{"type":"number"}}}}}],"stream":false}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			r := hello()
			c.change(&r)
			if _, err := b.Chat(context.Background(), r); err != nil {
				t.Fatal(err)
			}
			var got, want any
			_ = json.Unmarshal(b.server.Calls()[0].Body, &got)
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestToolCallsComeBack(t *testing.T) {
	b := setup(t)
	b.server.Answer(openai.Rule{Contains: "hello", Tool: "add", Reply: `{"a":1}`})
	reply, err := b.Chat(context.Background(), hello())
	if err != nil || len(reply.Message.ToolCalls) != 1 || reply.FinishReason != "tool_calls" {
		t.Fatalf("%+v, %v", reply, err)
	}
	if got := string(value.JSON(reply.Message.ToolCalls[0])); got != `{"id":"call_add","type":"function","function":{"name":"add","arguments":"{\"a\":1}"}}` {
		t.Errorf("call: %s", got)
	}
}

func TestFailuresAreClassed(t *testing.T) {
	for name, c := range map[string]struct {
		fault   openai.Fault
		kind    fault.Kind
		code    fault.Code
		outcome fault.Outcome
		after   time.Duration
	}{
		"rate limit":         {openai.Fault{Status: 429, RetryAfter: "20"}, fault.Unavailable, fault.CodeUpstreamRateLimited, fault.NotSent, 20 * time.Second},
		"rate limit by date": {openai.Fault{Status: 429, RetryAfter: start.Add(time.Minute).Format("Mon, 02 Jan 2006 15:04:05 GMT")}, fault.Unavailable, fault.CodeUpstreamRateLimited, fault.NotSent, time.Minute},
		"quota":              {openai.Fault{Status: 429, Code: "insufficient_quota"}, fault.LimitExceeded, fault.CodeUpstream, fault.NotSent, 0},
		"overloaded":         {openai.Fault{Status: 503, RetryAfter: "3"}, fault.Unavailable, fault.CodeUpstream, fault.NotSent, 3 * time.Second},
		"server error":       {openai.Fault{Status: 500}, fault.Unavailable, fault.CodeUpstream, fault.Refused, 0},
		"context too long":   {openai.Fault{Status: 400, Code: "context_length_exceeded"}, fault.Invalid, fault.CodeUpstream, fault.Refused, 0},
		"wrong key":          {openai.Fault{Status: 401, Code: "invalid_api_key"}, fault.Invalid, fault.CodeUpstream, fault.Refused, 0},
		"no such model":      {openai.Fault{Status: 404, Code: "model_not_found"}, fault.Invalid, fault.CodeUpstream, fault.Refused, 0},
		"cut before answer":  {openai.Fault{CutHead: true}, fault.Unavailable, fault.CodeUpstream, fault.Unknown, 0},
		"cut within answer":  {openai.Fault{CutBody: true}, fault.Unavailable, fault.CodeUpstream, fault.Unknown, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.server.Push(c.fault)
			_, err := b.Chat(context.Background(), hello())
			f := fault.Of(err)
			if err == nil || f.Kind != c.kind || f.Code != c.code || f.Outcome != c.outcome || f.RetryAfter != c.after {
				t.Errorf("%+v", f)
			}
			if len(b.server.Calls()) != 1 {
				t.Errorf("%d calls", len(b.server.Calls()))
			}
		})
	}
}

func TestSlowModelTimesOutUnknown(t *testing.T) {
	b := setup(t)
	b.server.Push(openai.Fault{Hang: true})
	go func() {
		for len(b.server.Calls()) == 0 { // the request must have arrived
			if err := b.clock.BlockUntilContext(context.Background(), 1); err != nil {
				return
			}
		}
		b.clock.Advance(31 * time.Second)
	}()
	r := hello()
	r.Timeout = 30 * time.Second
	_, err := b.Chat(context.Background(), r)
	if f := fault.Of(err); f.Kind != fault.Timeout || f.Code != fault.CodeNodeTimeout || f.Outcome != fault.Unknown {
		t.Errorf("%+v", f)
	}
}

func TestMissingUsageIsCounted(t *testing.T) {
	b := setup(t)
	b.server.Push(openai.Fault{NoUsage: true})
	reply, err := b.Chat(context.Background(), hello())
	if err != nil || UsageGiven(reply.Raw) {
		t.Fatal(err)
	}
	// 3 for the message, 1 each for "user" and "hello", 3 for the reply; "Echo: hello" is 3.
	if diff := cmp.Diff(workflow.TokenUsage{Model: "gpt-4o-mini", Prompt: 8, Completion: 3, Total: 11}, reply.Usage); diff != "" {
		t.Error(diff)
	}
}

func TestTenantsBaseURLGoesThroughTheSafeDialer(t *testing.T) {
	b := setup(t)
	r := hello()
	r.BaseURL, r.APIKey = b.base, "sk-own"
	_, err := b.Chat(context.Background(), r)
	if f := fault.Of(err); f.Code != fault.CodeAddressRefused || len(b.server.Calls()) != 0 {
		t.Errorf("%v after %d calls", err, len(b.server.Calls()))
	}
}

// A tenant's key without a base URL must not reach the platform's, nor the
// platform's key a tenant's base URL.
func TestKeysStayWithTheirBaseURL(t *testing.T) {
	b := setup(t)
	var urls, keys []string
	record := recorder(func(url, key string) { urls, keys = append(urls, url), append(keys, key) })
	c := New(Options{BaseURL: b.base, APIKey: "sk-platform", Platform: record, Tenant: record, Clock: b.clock})
	own, elsewhere := hello(), hello()
	own.APIKey = "sk-own"
	elsewhere.BaseURL = "https://llm.example/v1"
	for _, r := range []node.ChatRequest{own, elsewhere} {
		_, _ = c.Chat(context.Background(), r)
	}
	if diff := cmp.Diff([]string{DefaultBaseURL + "/chat/completions", "https://llm.example/v1/chat/completions"}, urls); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Bearer sk-own", ""}, keys); diff != "" {
		t.Error(diff)
	}
}

func TestNoKeyAtAllIsSaid(t *testing.T) {
	_, err := New(Options{}).Chat(context.Background(), hello())
	if f := fault.Of(err); f.Code != fault.CodeCredentialMissing {
		t.Errorf("%v", err)
	}
}
