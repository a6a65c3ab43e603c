package openai

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

type bench struct {
	*Server
	t   *testing.T
	url string
}

func setup(t *testing.T) *bench {
	s := New(clock.NewManual(time.Unix(1700000000, 0)))
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return &bench{s, t, web.URL}
}

func (b *bench) post(path, body string) (int, string, http.Header) {
	b.t.Helper()
	resp, err := http.Post(b.url+path, "application/json", strings.NewReader(body))
	if err != nil {
		return 0, err.Error(), nil
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, string(text) + " " + err.Error(), resp.Header
	}
	return resp.StatusCode, string(text), resp.Header
}

const chat = "/v1/chat/completions"

func said(t *testing.T, body string) string {
	t.Helper()
	var c completion
	if err := json.Unmarshal([]byte(body), &c); err != nil || len(c.Choices) != 1 {
		t.Fatalf("%s: %v", body, err)
	}
	return string(c.Choices[0].Message.Content)
}

func TestTheSameQuestionHasTheSameAnswer(t *testing.T) {
	b := setup(t)
	const ask = `{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}`
	_, first, _ := b.post(chat, ask)
	_, second, _ := b.post(chat, ask)
	if first != second || said(t, first) != "Echo: hi" {
		t.Errorf("%s and %s", first, second)
	}
	if len(b.Calls()) != 2 || b.Calls()[0].Model != "gpt-4o" || b.Calls()[1].Status != 200 {
		t.Errorf("calls: %+v", b.Calls())
	}
}

func TestAnswersFitWhatIsAskedFor(t *testing.T) {
	for ask, want := range map[string]string{
		`"response_format":{"type":"json_object"}`: `{"echo":"hi"}`,
		`"max_tokens":1`: "Echo",
		`"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object","properties":{"b":{"type":"array","items":{"type":"integer"}},"a":{"enum":["x","y"]}}}}}`: `{"a":"x","b":[1]}`,
	} {
		b := setup(t)
		_, body, _ := b.post(chat, `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],`+ask+`}`)
		if got := said(t, body); got != want {
			t.Errorf("%s gave %s", ask, got)
		}
	}
}

func TestFaultsComeOnceAndInOrder(t *testing.T) {
	b := setup(t)
	b.Push(Fault{Status: 429, RetryAfter: "7"}, Fault{NoUsage: true}, Fault{CutHead: true}, Fault{CutBody: true})
	const ask = `{"model":"m","messages":[{"role":"user","content":"hello there"}]}`
	status, body, h := b.post(chat, ask)
	if status != 429 || h.Get("Retry-After") != "7" || !strings.Contains(body, `"code":"rate_limit_exceeded"`) {
		t.Errorf("%d %s %v", status, body, h)
	}
	if _, body, _ := b.post(chat, ask); strings.Contains(body, "usage") {
		t.Errorf("usage is there: %s", body)
	}
	if status, _, _ := b.post(chat, ask); status != 0 {
		t.Errorf("a cut connection answered %d", status)
	}
	if status, body, _ := b.post(chat, ask); status != 200 || !strings.Contains(body, "unexpected EOF") {
		t.Errorf("a cut answer is %d %s", status, body)
	}
	if status, body, _ := b.post(chat, ask); status != 200 || said(t, body) != "Echo: hello there" {
		t.Errorf("after the faults: %d %s", status, body)
	}
}

func TestStreams(t *testing.T) {
	b := setup(t)
	_, body, _ := b.post(chat, `{"model":"m","stream":true,"messages":[{"role":"user","content":"a b"}]}`)
	var text bytes.Buffer
	for _, line := range strings.Split(body, "\n\n") {
		var chunk struct {
			Choices []struct{ Delta struct{ Content string } }
		}
		if json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &chunk) == nil && len(chunk.Choices) > 0 {
			text.WriteString(chunk.Choices[0].Delta.Content)
		}
	}
	if text.String() != "Echo: a b" || !strings.HasSuffix(body, "data: [DONE]\n\n") || !strings.Contains(body, `"total_tokens"`) {
		t.Errorf("%s", body)
	}
}

func TestIsControlledOverHTTP(t *testing.T) {
	b := setup(t)
	for path, body := range map[string]string{"/_control/faults": `[{"status":500}]`, "/_control/rules": `[{"contains":"x","reply":"y"}]`} {
		if status, text, _ := b.post(path, body); status != http.StatusNoContent {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	const ask = `{"model":"m","messages":[{"role":"user","content":"x"}]}`
	if status, _, _ := b.post("/chat/completions", ask); status != 500 {
		t.Errorf("the fault gave %d", status)
	}
	if _, body, _ := b.post("/chat/completions", ask); said(t, body) != "y" {
		t.Errorf("the rule gave %s", body)
	}
	if status, _, _ := b.post("/_control/faults", `{`); status != http.StatusBadRequest {
		t.Errorf("broken control gave %d", status)
	}
	b.Reset()
	if _, body, _ := b.post("/chat/completions", ask); said(t, body) != "Echo: x" || len(b.Calls()) != 1 {
		t.Errorf("after reset: %s", body)
	}
}
