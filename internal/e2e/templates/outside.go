package templates

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/template"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// outside answers the calls of a case, and notes those that it cannot answer.
type outside struct {
	mu       sync.Mutex // a node may make the calls of its items at the same time
	mocks    map[string]*pending
	files    map[string][]byte
	problems []string
}

// pending are the answers of one node that are left.
type pending struct {
	http []*answer
	chat []template.Reply
}

// answer is an exchange and whether it was asked for.
type answer struct {
	template.Exchange
	used bool
}

// take gives the first exchange that fits the request, or why none does.
func (p *pending) take(req *http.Request, body []byte) (template.Exchange, []string) {
	var why []string
	for _, x := range p.http {
		if x.used && !x.Repeat {
			continue
		}
		if diff := mismatch(x.Exchange, req, body); diff != "" {
			why = append(why, diff)
			continue
		}
		x.used = true
		return x.Exchange, nil
	}
	return template.Exchange{}, append(why, "no further answer")
}

func newOutside(mocks map[string]template.Mock) *outside {
	o := &outside{mocks: map[string]*pending{}, files: map[string][]byte{}}
	for name, m := range mocks {
		p := &pending{chat: m.Chat}
		for _, x := range m.HTTP {
			p.http = append(p.http, &answer{Exchange: x})
		}
		o.mocks[name] = p
	}
	return o
}

// unused names the answers that no call has asked for.
func (o *outside) unused() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(o.mocks)) {
		m := o.mocks[name]
		left := len(m.chat)
		for _, x := range m.http {
			if !x.used {
				left++
			}
		}
		if left > 0 {
			out = append(out, fmt.Sprintf("%q did not make %d of the calls that the case answers", name, left))
		}
	}
	return out
}

func (o *outside) fail(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	o.problems = append(o.problems, text)
	return errors.New(text)
}

// at is what one step sees: the answers of its node and of those that hang on it.
func (o *outside) at(names []string) *door { return &door{o, names} }

type door struct {
	o     *outside
	names []string
}

// Do implements node.HTTPDoer.
func (d *door) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		_ = req.Body.Close()
	}
	d.o.mu.Lock()
	defer d.o.mu.Unlock()
	var why []string
	for _, name := range slices.Backward(d.names) {
		m := d.o.mocks[name]
		if m == nil {
			continue
		}
		x, diffs := m.take(req, body)
		if len(diffs) == 0 {
			return response(x, req), nil
		}
		why = append(why, diffs...)
	}
	return nil, d.o.fail("%q: nothing answers %s %s: %s\n%s", d.names[len(d.names)-1], req.Method, req.URL, strings.Join(why, "; "), body)
}

func response(x template.Exchange, req *http.Request) *http.Response {
	h := http.Header{}
	data := []byte(x.Text)
	if len(x.JSON) > 0 {
		data = x.JSON
		h.Set("Content-Type", "application/json")
	}
	for k, v := range x.Headers {
		h.Set(k, v)
	}
	status := x.Status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader(data)), ContentLength: int64(len(data)), Request: req,
	}
}

// Chat implements node.AIProvider.
func (d *door) Chat(_ context.Context, req node.ChatRequest) (node.ChatReply, error) {
	d.o.mu.Lock()
	defer d.o.mu.Unlock()
	var asked strings.Builder
	for _, m := range req.Messages {
		asked.WriteString(m.Content + "\n")
	}
	for _, name := range d.names {
		m := d.o.mocks[name]
		if m == nil || len(m.chat) == 0 {
			continue
		}
		r := m.chat[0]
		m.chat = m.chat[1:]
		if !strings.Contains(asked.String(), r.Prompt) {
			return node.ChatReply{}, d.o.fail("%q asks the model:\n%s\nthat does not say %q", name, asked.String(), r.Prompt)
		}
		return reply(r)
	}
	return node.ChatReply{}, d.o.fail("%q: nothing answers the model's call:\n%s", d.names[len(d.names)-1], asked.String())
}

func reply(r template.Reply) (node.ChatReply, error) {
	msg := node.ChatMessage{Role: "assistant", Content: r.Content}
	reason := "stop"
	for _, raw := range r.ToolCalls {
		call, err := value.ParseObject(raw)
		if err != nil {
			return node.ChatReply{}, err
		}
		msg.ToolCalls = append(msg.ToolCalls, call)
		reason = "tool_calls"
	}
	message := value.Obj("role", "assistant", "content", r.Content)
	usage := workflow.TokenUsage{Model: "gpt-4o-mini", Prompt: 20, Completion: 10, Total: 30}
	raw := value.Obj("choices", []any{value.Obj("index", 0.0, "message", message, "finish_reason", reason)})
	return node.ChatReply{Message: msg, FinishReason: reason, Usage: usage, Raw: raw}, nil
}

// Put implements node.Blobs.
func (o *outside) Put(_ context.Context, key string, r io.Reader, _ int64) error {
	b, err := io.ReadAll(r)
	o.files[key] = b
	return err
}

// Get implements node.Blobs.
func (o *outside) Get(_ context.Context, key string) (io.ReadCloser, error) {
	b, ok := o.files[key]
	if !ok {
		return nil, fault.New(fault.NotFound, fault.CodeNotFound, "There is no file %q.", key)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// accounts opens every credential: a template's are placeholders.
type accounts struct{}

// Open implements node.CredentialSource with a value for each field of the type.
func (accounts) Open(_ context.Context, _, typ string, _ workflow.CredentialRef) (map[string]string, error) {
	kind := credential.Kinds().Get(typ)
	if kind == nil {
		return nil, fault.New(fault.NotFound, fault.CodeCredentialMissing, "There is no credential type %s.", typ)
	}
	out := make(map[string]string, len(kind.Fields))
	for _, f := range kind.Fields {
		out[f.Name] = valueOf(f)
	}
	if kind.HasToken() {
		out[credential.FieldToken] = "secret-token"
		out[credential.FieldTokenData+".instance_url"] = "https://account.test"
	}
	return kind.Complete(out), nil
}

func valueOf(f credential.Field) string {
	name := strings.ToLower(f.Name)
	switch {
	case f.Default != "":
		return f.Default
	case len(f.Options) > 0:
		return f.Options[0]
	case f.Secret:
		return "secret-" + f.Name + "-us1" // keys of some services end in their data centre
	case name == "subdomain" || name == "shopsubdomain":
		return "account"
	case strings.HasSuffix(name, "url") || strings.HasSuffix(name, "domain") || name == "host":
		return "https://account.test"
	}
	return "test-" + f.Name
}
