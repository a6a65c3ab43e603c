package gateway_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// The most exact route wins: full paths before greedy ones, methods before ANY.
func TestRouteSelection(t *testing.T) {
	all := []string{
		"ANY /api/{proxy+}", "GET /api/openapi.json", "GET /api/items/{id}", "ANY /api/items/{id}", "GET /api/items/new",
		"POST /hooks/{tenant}/{proxy+}", "GET /", "$default",
	}
	for target, want := range map[string]struct {
		key    string
		params map[string]string
	}{
		"GET /api/openapi.json":     {"GET /api/openapi.json", nil},
		"POST /api/openapi.json":    {"ANY /api/{proxy+}", map[string]string{"proxy": "openapi.json"}},
		"GET /api/items/7":          {"GET /api/items/{id}", map[string]string{"id": "7"}},
		"PUT /api/items/7":          {"ANY /api/items/{id}", map[string]string{"id": "7"}},
		"GET /api/items/new":        {"GET /api/items/new", nil},
		"GET /api/items/7/parts":    {"ANY /api/{proxy+}", map[string]string{"proxy": "items/7/parts"}},
		"POST /hooks/ten_1/a/b%20c": {"POST /hooks/{tenant}/{proxy+}", map[string]string{"tenant": "ten_1", "proxy": "a/b c"}},
		"POST /hooks/ten_1":         {"$default", nil},
		"GET /":                     {"GET /", nil},
		"GET /api":                  {"$default", nil},
	} {
		b := newBench(t)
		h := b.http(samtemplate.API{Routes: routes(all...)})
		method, path, _ := strings.Cut(target, " ")
		if w := request(h, method, path, ""); w.Code != 200 {
			t.Errorf("%s: status %d", target, w.Code)
			continue
		}
		e := b.functions.last(t, "fn:"+want.key)
		if diff := cmp.Diff(want.params, e.PathParameters); diff != "" || e.RouteKey != want.key {
			t.Errorf("%s: route %s %s", target, e.RouteKey, diff)
		}
	}
	b := newBench(t)
	if w := request(b.http(samtemplate.API{Routes: routes("GET /a")}), "POST", "/a", ""); w.Code != 404 || w.Body.String() != `{"message":"Not Found"}` {
		t.Errorf("no route: %d %s", w.Code, w.Body)
	}
}

func TestEvent(t *testing.T) {
	b := newBench(t)
	h := b.http(samtemplate.API{Routes: routes("ANY /a/{id}")})
	request(h, "POST", "http://api.example.com:8080/a/%C3%BC?x=1&x=2&y=a+b", `{"n":"\u0001"}`,
		"Content-Type", "application/json", "X-Two", "one", "X-Two", "two", "Cookie", "a=1; b=2", "User-Agent", "test")
	e := b.functions.last(t, "fn:ANY /a/{id}")
	if e.Version != "2.0" || e.RawPath != "/a/ü" || e.RawQueryString != "x=1&x=2&y=a+b" || e.Body != `{"n":"\u0001"}` || e.IsBase64Encoded {
		t.Errorf("%+v", e)
	}
	if diff := cmp.Diff(map[string]string{"x": "1,2", "y": "a b"}, e.QueryStringParameters); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a=1", "b=2"}, e.Cookies); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"x-two": "one,two", "content-type": "application/json", "host": "api.example.com:8080", "x-forwarded-proto": "http",
		"x-forwarded-port": "8080", "user-agent": "test", "content-length": "14", "cookie": "",
	} {
		if e.Headers[name] != want {
			t.Errorf("header %s: %q, want %q", name, e.Headers[name], want)
		}
	}
	c := e.RequestContext
	if c.HTTP.Method != "POST" || c.HTTP.Path != "/a/ü" || c.HTTP.UserAgent != "test" || c.HTTP.SourceIP != "192.0.2.1" ||
		c.Stage != "$default" || c.APIID != "api1" || c.TimeEpoch != b.clock.Now().UnixMilli() || c.Time != "01/Mar/2026:12:00:00 +0000" {
		t.Errorf("%+v", c)
	}
}

// Bodies arrive as they were sent: as text where API Gateway passes text, else in base64.
func TestBodies(t *testing.T) {
	for contentType, c := range map[string]struct {
		body   string
		base64 bool
	}{
		"application/json":                  {`{"a":"ü"}`, false},
		"text/plain; charset=utf-8":         {"line\nline\x00\t\"quoted\"\\", false},
		"application/problem+json":          {"{}", false},
		"application/x-www-form-urlencoded": {"a=1&b=2", true},
		"application/octet-stream":          {"\xff\xfe\x00", true},
		"text/html":                         {"latin1 \xe4", true},
	} {
		b := newBench(t)
		request(b.http(samtemplate.API{Routes: routes("POST /a")}), "POST", "/a", c.body, "Content-Type", contentType)
		e := b.functions.last(t, "fn:POST /a")
		got := []byte(e.Body)
		if e.IsBase64Encoded {
			got, _ = base64.StdEncoding.DecodeString(e.Body)
		}
		if string(got) != c.body || e.IsBase64Encoded != c.base64 {
			t.Errorf("%s: %q, base64 %v", contentType, got, e.IsBase64Encoded)
		}
	}
}

func TestResponses(t *testing.T) {
	for payload, want := range map[string]struct {
		status int
		body   string
		header http.Header
	}{
		`{"statusCode":201,"headers":{"content-type":"application/json","X-N":7},"cookies":["a=1","b=2"],"body":"{}"}`: {
			201, "{}", http.Header{"Content-Type": {"application/json"}, "X-N": {"7"}, "Set-Cookie": {"a=1", "b=2"}},
		},
		`{"statusCode":200,"body":"/wA=","isBase64Encoded":true,"headers":{"Content-Type":"image/png"}}`: {200, "\xff\x00", http.Header{"Content-Type": {"image/png"}}},
		`{"statusCode":204}`:              {204, "", http.Header{}},
		`{"ok":true}`:                     {200, `{"ok":true}`, http.Header{"Content-Type": {"application/json"}}},
		`"text"`:                          {200, `"text"`, http.Header{"Content-Type": {"application/json"}}},
		`{"statusCode":200,"body":"x"`:    {500, `{"message":"Internal Server Error"}`, http.Header{"Content-Type": {"application/json"}}},
		`{"statusCode":99}`:               {500, `{"message":"Internal Server Error"}`, http.Header{"Content-Type": {"application/json"}}},
		`{"statusCode":200,"body":"hi"}`:  {200, "hi", http.Header{"Content-Type": {"text/plain; charset=utf-8"}}},
		`{"statusCode":"two","body":"x"}`: {500, `{"message":"Internal Server Error"}`, http.Header{"Content-Type": {"application/json"}}},
	} {
		b := newBench(t)
		b.functions.do["fn:GET /a"] = answer(payload)
		w := request(b.http(samtemplate.API{Routes: routes("GET /a")}), "GET", "/a", "")
		w.Header().Del("Apigw-Requestid")
		if w.Code != want.status || w.Body.String() != want.body {
			t.Errorf("%s: %d %q", payload, w.Code, w.Body)
		}
		if diff := cmp.Diff(want.header, w.Header()); diff != "" {
			t.Errorf("%s: %s", payload, diff)
		}
	}
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		result lambdahost.Result
		err    error
		status int
	}{
		"function error": {lambdahost.Result{FunctionError: "Unhandled", Payload: []byte(`{}`)}, nil, 500},
		"throttled":      {lambdahost.Result{}, &wire.Error{Status: 429, Type: "TooManyRequestsException"}, 503},
		"too large":      {lambdahost.Result{}, &wire.Error{Status: 413, Type: "RequestTooLargeException"}, 413},
	} {
		b := newBench(t)
		b.functions.do["fn:GET /a"] = func(context.Context, []byte) (lambdahost.Result, error) { return c.result, c.err }
		if w := request(b.http(samtemplate.API{Routes: routes("GET /a")}), "GET", "/a", ""); w.Code != c.status {
			t.Errorf("%s: %d, want %d", name, w.Code, c.status)
		}
	}
}

func TestIntegrationTimeout(t *testing.T) {
	b := newBench(t)
	b.functions.do["fn:GET /slow"] = func(ctx context.Context, _ []byte) (lambdahost.Result, error) {
		b.clock.Advance(30 * time.Second)
		<-ctx.Done()
		return lambdahost.Result{}, ctx.Err()
	}
	w := request(b.http(samtemplate.API{Routes: routes("GET /slow")}), "GET", "/slow", "")
	if w.Code != 503 || w.Body.String() != `{"message":"Service Unavailable"}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestLimits(t *testing.T) {
	b := newBench(t)
	h := b.http(samtemplate.API{Routes: routes("POST /a")})
	if w := request(h, "POST", "/a", strings.Repeat("x", 10<<20+1)); w.Code != 413 {
		t.Errorf("a body over 10 MB: %d", w.Code)
	}
	if w := request(h, "POST", "/a", "", "X-Long", strings.Repeat("x", 10240)); w.Code != 431 {
		t.Errorf("headers over 10,240 bytes: %d", w.Code)
	}
	if n := b.functions.count("fn:POST /a"); n != 0 {
		t.Errorf("the function was called %d times", n)
	}
}

func TestAuthorizer(t *testing.T) {
	b := newBench(t)
	api := samtemplate.API{Routes: routes("GET /a", "GET /b"), Authorizers: map[string]samtemplate.Authorizer{
		"Key": {Name: "Key", FunctionARN: "auth", Identity: []string{"$request.header.Authorization"}, TTL: 5 * time.Second, Simple: true, Payload: "2.0"},
	}}
	for i := range api.Routes {
		api.Routes[i].Authorizer = "Key"
	}
	h := b.http(api)
	b.functions.do["auth"] = func(_ context.Context, payload []byte) (lambdahost.Result, error) {
		var e struct {
			IdentitySource []string `json:"identitySource"`
			Type           string   `json:"type"`
			RouteArn       string   `json:"routeArn"`
		}
		if err := json.Unmarshal(payload, &e); err != nil || e.Type != "REQUEST" || !strings.HasPrefix(e.RouteArn, "arn:aws:execute-api:us-east-1:000000000000:api1/$default/GET/") {
			t.Errorf("%+v %v", e, err)
		}
		switch e.IdentitySource[0] {
		case "broken":
			return lambdahost.Result{FunctionError: "Unhandled"}, nil
		case "good":
			return lambdahost.Result{Payload: []byte(`{"isAuthorized":true,"context":{"tenant":"ten_1","n":1}}`)}, nil
		}
		return lambdahost.Result{Payload: []byte(`{"isAuthorized":false}`)}, nil
	}
	get := func(path, key string) int {
		if key == "" {
			return request(h, "GET", path, "").Code
		}
		return request(h, "GET", path, "", "Authorization", key).Code
	}
	for _, step := range []struct {
		path, key     string
		status, asked int
	}{
		{"/a", "", 401, 0}, {"/a", "bad", 403, 1}, {"/a", "bad", 403, 1}, {"/a", "good", 200, 2}, {"/b", "good", 200, 2},
		{"/a", "broken", 500, 3}, {"/a", "broken", 500, 4}, // an error is not kept
	} {
		if got := get(step.path, step.key); got != step.status || b.functions.count("auth") != step.asked {
			t.Errorf("%+v: status %d, asked %d times", step, got, b.functions.count("auth"))
		}
	}
	if diff := cmp.Diff(map[string]any{"tenant": "ten_1", "n": 1.0}, b.functions.last(t, "fn:GET /a").RequestContext.Authorizer.Lambda); diff != "" {
		t.Error(diff)
	}
	b.clock.Advance(5 * time.Second)
	if get("/a", "good"); b.functions.count("auth") != 5 {
		t.Error("the result was kept longer than its time to live")
	}
}

func TestCORS(t *testing.T) {
	b := newBench(t)
	h := b.http(samtemplate.API{Routes: routes("ANY /a"), CORS: &samtemplate.CORS{
		Origins: []string{"https://app.example.com"}, Methods: []string{"GET", "POST"}, Headers: []string{"authorization"}, MaxAge: time.Hour, Credentials: true,
	}})
	w := request(h, "OPTIONS", "/a", "", "Origin", "https://app.example.com", "Access-Control-Request-Method", "POST")
	want := http.Header{
		"Access-Control-Allow-Origin": {"https://app.example.com"}, "Access-Control-Allow-Methods": {"GET,POST"}, "Vary": {"Origin"},
		"Access-Control-Allow-Headers": {"authorization"}, "Access-Control-Max-Age": {"3600"}, "Access-Control-Allow-Credentials": {"true"},
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" || w.Code != 204 || b.functions.count("fn:ANY /a") != 0 {
		t.Errorf("preflight: %d %s", w.Code, diff)
	}
	if w := request(h, "GET", "/a", "", "Origin", "https://app.example.com"); w.Header().Get("Access-Control-Allow-Origin") != "https://app.example.com" {
		t.Error("the answer lacks the allowed origin")
	}
	if w := request(h, "GET", "/a", "", "Origin", "https://evil.example.com"); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error("another origin was allowed")
	}
}
