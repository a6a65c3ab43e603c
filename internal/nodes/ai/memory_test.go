package ai

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/service/servertest"
	"github.com/automatelanka/automatelanka/internal/postgres"
	"github.com/automatelanka/automatelanka/internal/redis"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// remember attaches a memory.
func (b *bench) remember(typ string, version float64, params string) {
	b.attach("AI", "ai_memory", typ, version, params)
	for _, n := range b.nodes {
		n.Credentials = map[string]workflow.CredentialRef{"postgres": {ID: "c1"}, "redis": {ID: "c1"}}
	}
}

// awaitSQL waits until the server answers.
func (b *bench) awaitSQL() {
	b.t.Helper()
	fields, _ := b.creds.Open(b.t.Context(), "ten_1", "postgres", workflow.CredentialRef{ID: "c1"})
	ctx, cancel := context.WithTimeout(b.t.Context(), clocktest.Hang)
	defer cancel()
	for {
		conn, err := b.postgres.Connect(b.t.Context(), fields, node.SQLOptions{})
		if err == nil {
			conn.Close()
			return
		}
		if clock.Sleep(ctx, clock.Real(), 100*time.Millisecond) != nil {
			b.t.Fatalf("PostgreSQL does not answer: %v", err)
		}
	}
}

// memories holds what every memory does: an agent remembers its last exchanges, an
// exchange that is repeated is said once, and the manager reads and changes them.
func memories(t *testing.T, b *bench, typ string, version float64, params string) {
	say := func(exec, session, text string) []openai.Message {
		b.exec = exec
		b.next().remember(typ, version, params)
		b.attach("AI", "ai_languageModel", "lmChatOpenAi", 1, `{"model":"gpt-4o-mini","options":{}}`)
		b.items(b.run(lc+"agent", 1.7, `{}`, json(`{"sessionId":"`+session+`","chatInput":"`+text+`"}`)))
		calls := b.server.Calls()
		return calls[len(calls)-1].Messages
	}
	say("e1", "s'1", "one")
	say("e1", "s'1", "one") // the attempt is repeated
	say("e2", "s'1", "two")
	say("e3", "other", "else")
	var got []string
	for _, m := range say("e4", "s'1", "three") {
		got = append(got, m.Role+" "+string(m.Content))
	}
	want := "system " + agentSystem + "|user two|assistant Echo: two|user three"
	if text := strings.Join(got, "|"); text != want {
		t.Errorf("sent: %s", text)
	}
	manage := func(exec string, version float64, with string) string {
		b.exec = exec
		b.next().remember(typ, 1.3, params)
		return b.items(b.run(lc+"memoryManager", version, with, json(`{"sessionId":"s'1"}`)))
	}
	for i, c := range []struct {
		version    float64
		with, want string
	}{
		{1.1, `{"options":{}}`, `[{"messages":[{"human":"one","ai":"Echo: one"},{"human":"two","ai":"Echo: two"},{"human":"three","ai":"Echo: three"}],"messagesCount":3}]`},
		{1, `{"options":{}}`, `[{"human":"one","ai":"Echo: one"},{"human":"two","ai":"Echo: two"},{"human":"three","ai":"Echo: three"}]`},
		{1.1, `{"mode":"delete","lastMessagesCount":4}`, `[{"success":true}]`},
		{1.1, `{"mode":"delete","lastMessagesCount":9}`, `[{"success":true}]`},
		{1.1, `{"mode":"insert","messages":{"messageValues":[{"type":"system","message":"be"},{"type":"user","message":"hi"},{"type":"ai","message":"ho"}]}}`, `[{"success":true}]`},
		{1.1, `{"options":{"groupMessages":false}}`, `[{"human":"one","ai":"Echo: one","system":"be"},{"human":"hi","ai":"ho"}]`},
		{1, `{"mode":"insert","insertMode":"override","messages":{"messageValues":[{"type":"user","message":"new"}]}}`,
			`[{"lc":1,"type":"constructor","id":["langchain_core","messages","HumanMessage"],"kwargs":{"content":"new","additional_kwargs":{},"response_metadata":{}}}]`},
		{1.1, `{"mode":"delete","deleteMode":"all"}`, `[{"success":true}]`},
		{1.1, `{}`, `[{"messages":[],"messagesCount":0}]`},
	} {
		if got := manage(fmt.Sprint("m", i), c.version, c.with); got != c.want {
			t.Errorf("%s gives\n%s\nwant\n%s", c.with, got, c.want)
		}
	}
}

func TestMemoryInFiles(t *testing.T) {
	b := setup(t)
	b.blobs = &shelf{blobs: map[string][]byte{}}
	memories(t, b, "memoryBufferWindow", 1.3, `{"contextWindowLength":1}`)
}

func TestMemoryInPostgres(t *testing.T) {
	s := servertest.Postgres(t)
	b := setup(t)
	b.postgres = postgres.New(safedial.New(safedial.Options{AllowHosts: []string{s.Addr()}}))
	b.creds = vault{"host": s.Host, "port": s.Port, "user": "ada", "password": "sesame", "database": "postgres"}
	b.awaitSQL()
	memories(t, b, "memoryPostgresChat", 1.3, `{"contextWindowLength":1,"tableName":"it's \"chat\""}`)
}

func TestMemoryInRedis(t *testing.T) {
	s := servertest.Redis(t)
	b := setup(t)
	b.redis = redis.New(safedial.New(safedial.Options{AllowHosts: []string{s.Addr()}}))
	b.creds = vault{"host": s.Host, "port": s.Port, "password": "sesame"}
	memories(t, b, "memoryRedisChat", 1.4, `{"contextWindowLength":1,"sessionTTL":60}`)
}

func TestMemoryManagerEffects(t *testing.T) {
	b := setup(t)
	for params, want := range map[string]node.Effect{`{}`: node.Safe, `{"mode":"insert"}`: node.Safe, `{"mode":"delete","deleteMode":"all"}`: node.Safe, `{"mode":"delete"}`: node.Unsafe} {
		if e := b.effect(lc+"memoryManager", 1.1, params); e != want {
			t.Errorf("%s is %s", params, e)
		}
	}
	if out := b.run(lc+"memoryManager", 1.1, `{}`); out.Err == nil || out.Err.Message != "A Memory sub-node must be connected and enabled" {
		t.Errorf("%v", out.Err)
	}
}

func TestStoredMessages(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":"human","content":"a"}`:                                    "user a",
		`{"type":"ai","data":{"content":"b"}}`:                              "assistant b",
		`{"type":"human","content":[{"type":"text","text":"c"},{"url":1}]}`: "user c",
		`{"type":"ai","content":"","tool_calls":[{}]}`:                      "",
		`{"type":"tool","content":"d"}`:                                     "",
		`{}`:                                                                "",
	} {
		m, ok := storedMessage(json(text).JSON)
		if got := strings.TrimSpace(m.Role + " " + m.Content); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q %v", text, got, ok)
		}
	}
}

func TestAzureModel(t *testing.T) {
	var got *http.Request
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = w.Write([]byte(`{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}`))
	}))
	t.Cleanup(web.Close)
	b := setup(t)
	host, _ := url.Parse(web.URL)
	b.ai = chatTo(host.Host)
	b.attach("AI", "ai_languageModel", "lmChatAzureOpenAi", 1, `{"model":"my deployment","options":{}}`)
	b.nodes[0].Credentials = map[string]workflow.CredentialRef{"azureOpenAiApi": {ID: "c1"}}
	b.creds = vault{"apiKey": "very-secret", "resourceName": "res", "apiVersion": "2024-06-01", "endpoint": web.URL + "/"}
	if out := b.items(b.run(lc+"chainLlm", 1.5, `{"promptType":"define","text":"x"}`)); out != `[{"text":"hi"}]` {
		t.Errorf("items: %s", out)
	}
	if got.URL.Path != "/openai/deployments/my deployment/chat/completions" || got.URL.Query().Get("api-version") != "2024-06-01" || got.Header.Get("Api-Key") != "very-secret" || got.Header.Get("Authorization") != "" {
		t.Errorf("asked %s with %v", got.URL, got.Header)
	}
	m := model{}
	m.openAzure(map[string]string{"resourceName": "res"})
	if m.baseURL != "https://res.openai.azure.com" || m.azureVersion == "" {
		t.Errorf("%+v", m)
	}
}

func TestSearchAnswers(t *testing.T) {
	for body, want := range map[string]string{
		`{"answer_box":{"answer":"42"},"organic_results":[{"snippet":"s"}]}`: "42",
		`{"knowledge_graph":{"description":"k"}}`:                            "k",
		`{"organic_results":[{"title":"T","link":"L","snippet":"s"},{}]}`:    "T (L): s",
		`{}`: "No good search result found", `<`: "No good search result found",
	} {
		if got := searchAnswer([]byte(body)); got != want {
			t.Errorf("%s: %q", body, got)
		}
	}
}
