package lambdarun

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

// call sends an event through the bridge and returns what API Gateway would get.
func call(t *testing.T, e events.APIGatewayV2HTTPRequest, h http.HandlerFunc) events.APIGatewayV2HTTPResponse {
	t.Helper()
	payload, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	type who struct{}
	with := func(ctx context.Context, a map[string]any) context.Context { return context.WithValue(ctx, who{}, a) }
	out, err := HTTP(h, with).Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	var answer events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return answer
}

func event(method, path, query, body string) events.APIGatewayV2HTTPRequest {
	e := events.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: path, RawQueryString: query, Body: body,
		Headers: map[string]string{"host": "api.example.com", "x-one": "a,b", "content-type": "text/plain"}, Cookies: []string{"a=1", "b=2"}}
	e.RequestContext.HTTP.Method = method
	e.RequestContext.HTTP.SourceIP = "192.0.2.7"
	return e
}

func TestRequestArrivesWhole(t *testing.T) {
	body := "caf\u00e9 \u0000 \"x\""
	call(t, event("POST", "/a b/c%d", "q=1&q=2&r=%26", body), func(w http.ResponseWriter, r *http.Request) {
		got, _ := io.ReadAll(r.Body)
		cookie, err := r.Cookie("b")
		if err != nil {
			t.Fatal(err)
		}
		seen := []any{r.Method, r.URL.Path, r.URL.EscapedPath(), r.URL.Query(), string(got), r.Host, r.Header.Get("X-One"), cookie.Value, r.RemoteAddr, r.ContentLength}
		want := []any{"POST", "/a b/c%d", "/a%20b/c%25d", map[string][]string{"q": {"1", "2"}, "r": {"&"}}, body, "api.example.com", "a,b", "2", "192.0.2.7", int64(len(body))}
		seen[3] = map[string][]string(r.URL.Query())
		if d := cmp.Diff(want, seen); d != "" {
			t.Error(d)
		}
	})
}

func TestBytesTravelAsBase64(t *testing.T) {
	raw := []byte{0xff, 0x00, 0xfe}
	e := event("PUT", "/", "", base64.StdEncoding.EncodeToString(raw))
	e.IsBase64Encoded = true
	answer := call(t, e, func(w http.ResponseWriter, r *http.Request) {
		got, _ := io.ReadAll(r.Body)
		if d := cmp.Diff(raw, got); d != "" {
			t.Error(d)
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(got)
	})
	if !answer.IsBase64Encoded || answer.Body != base64.StdEncoding.EncodeToString(raw) {
		t.Errorf("%+v", answer)
	}
	// Text that is no UTF-8 would be damaged as text.
	answer = call(t, event("GET", "/", "", ""), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(raw)
	})
	if !answer.IsBase64Encoded {
		t.Errorf("%+v", answer)
	}
}

func TestAnswerArrivesWhole(t *testing.T) {
	answer := call(t, event("GET", "/", "", ""), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Add("Set-Cookie", "a=1; Path=/")
		w.Header().Add("Set-Cookie", "b=2")
		w.Header().Add("Vary", "A")
		w.Header().Add("Vary", "B")
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "{\"x\":\"\u2028 <é>\"}\n")
	})
	want := events.APIGatewayV2HTTPResponse{
		StatusCode: http.StatusTeapot, Body: "{\"x\":\"\u2028 <é>\"}\n", Cookies: []string{"a=1; Path=/", "b=2"},
		Headers: map[string]string{"Content-Type": "application/problem+json", "Vary": "A,B"},
	}
	if d := cmp.Diff(want, answer); d != "" {
		t.Error(d)
	}
	if empty := call(t, event("GET", "/", "", ""), func(http.ResponseWriter, *http.Request) {}); empty.StatusCode != http.StatusOK {
		t.Errorf("an empty answer: %+v", empty)
	}
}

func TestAuthorizerReachesTheContext(t *testing.T) {
	e := event("GET", "/", "", "")
	e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{Lambda: map[string]any{"tenant": "ten_a"}}
	payload, _ := json.Marshal(e)
	var got map[string]any
	h := HTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), func(ctx context.Context, a map[string]any) context.Context {
		got = a
		return ctx
	})
	if _, err := h.Invoke(t.Context(), payload); err != nil || got["tenant"] != "ten_a" {
		t.Errorf("%v %v", got, err)
	}
	// What a client sends as a header is never taken for the authorizer's word.
	e.RequestContext.Authorizer, e.Headers["tenant"] = nil, "ten_b"
	payload, _ = json.Marshal(e)
	got = nil
	if _, err := h.Invoke(t.Context(), payload); err != nil || got != nil {
		t.Errorf("%v %v", got, err)
	}
	if _, err := h.Invoke(t.Context(), []byte("{")); err == nil {
		t.Error("a broken event was taken")
	}
}

func BenchmarkHTTP(b *testing.B) {
	e := event("POST", "/api/workflows/wf_1/run", "", `{"input":{"a":1}}`)
	e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{Lambda: map[string]any{"tenant": "ten_a", "role": "owner"}}
	payload, _ := json.Marshal(e)
	h := HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"jobId":"exe_1"}`)
	}), func(ctx context.Context, _ map[string]any) context.Context { return ctx })
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Invoke(b.Context(), payload); err != nil {
			b.Fatal(err)
		}
	}
}
