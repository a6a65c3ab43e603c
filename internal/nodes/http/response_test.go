package http

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// reply is a handler with a fixed answer.
func reply(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func format(f string) string {
	return `{"url":"/","options":{"response":{"response":{"responseFormat":"` + f + `"}}}}`
}

func TestItemsOfAnswers(t *testing.T) {
	const auto = `{"url":"/"}`
	for name, c := range map[string]struct {
		version                   float64
		params, contentType, body string
		want                      string
	}{
		"object":                      {4.2, auto, "application/json; charset=utf-8", `{"b":1,"a":2}`, `[{"b":1,"a":2}]`},
		"list":                        {4.2, auto, "application/json", `[{"a":1},{"a":2},null]`, `[{"a":1},{"a":2},{}]`},
		"list of plain values":        {4.2, auto, "application/json", `[1,"x"]`, `[{"data":1},{"data":"x"}]`},
		"empty list":                  {4.2, auto, "application/json", `[]`, `[]`},
		"empty JSON":                  {4.2, auto, "application/json", ``, `[{}]`},
		"vendor JSON is text":         {4.2, auto, "application/problem+json", `{"a":1}`, `[{"data":"{\"a\":1}"}]`},
		"text":                        {4.2, auto, "text/html", `<p>hi</p>`, `[{"data":"<p>hi</p>"}]`},
		"empty text":                  {4.2, auto, "text/plain", ``, `[{}]`},
		"latin 1":                     {4.2, auto, "text/plain; charset=iso-8859-1", "caf\xe9", `[{"data":"café"}]`},
		"JSON asked for":              {4.2, format("json"), "text/plain", `{"a":1}`, `[{"a":1}]`},
		"text asked for":              {4.2, format("text"), "text/plain", `hello`, `[{"data":"hello"}]`},
		"text asked for is JSON":      {4.2, format("text"), "application/json", `{ "a" : 1 }`, `[{"data":"{\"a\":1}"}]`},
		"text into another field":     {4.2, `{"url":"/","options":{"response":{"response":{"responseFormat":"text","outputPropertyName":"page"}}}}`, "text/plain", `x`, `[{"page":"x"}]`},
		"byte order mark":             {4.2, auto, "application/json", "\ufeff{\"a\":1}", `[{"a":1}]`},
		"version 1 does not split":    {1, auto, "application/json", `[{"a":1}]`, `[{"0":{"a":1}}]`},
		"version 1 splits if told to": {1, `{"url":"/","options":{"splitIntoItems":true}}`, "application/json", `[{"a":1},{"a":2}]`, `[{"a":1},{"a":2}]`},
		"version 1 text":              {1, `{"url":"/","responseFormat":"string","dataPropertyName":"html"}`, "text/html", `<p>`, `[{"html":"<p>"}]`},
		"version 2 wants JSON":        {2, auto, "text/plain", `{"a":1}`, `[{"a":1}]`},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.answer = reply(200, c.contentType, c.body)
			if got := b.items(b.run(c.version, c.params)); got != c.want && !(got == "null" && c.want == "[]") {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestFullResponse(t *testing.T) {
	b := setup(t)
	b.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
		w.Header().Set("X-One", "1")
		w.Header().Set("Date", "")
		reply(201, "application/json", `[{"a":1}]`)(w, nil)
	}
	got := b.items(b.run(4.2, `{"url":"/","options":{"response":{"response":{"fullResponse":true}}}}`))
	for _, part := range []string{`"body":[{"a":1}]`, `"set-cookie":["a=1","b=2"]`, `"x-one":"1"`, `"statusCode":201`, `"statusMessage":"Created"`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
}

func TestFilesKeepTheItem(t *testing.T) {
	b := setup(t)
	b.answer = reply(200, "image/png", "PNG")
	out := b.run(4.2, `{"url":"/pics/cat.png?size=1"}`, withFile("old", "x"))
	if got := b.items(out); got != `[{"id":7}]` {
		t.Errorf("items: %s", got)
	}
	files := out.Run.Outputs[0][0].Binary
	f := files["data"]
	if string(f.Data) != "PNG" || f.MimeType != "image/png" || f.FileName != "cat.png" || f.Extension != "png" || f.FileType != "image" || f.Size != 3 {
		t.Errorf("file: %+v", f)
	}
	if string(files["old"].Data) != "x" {
		t.Error("the item's own file was lost")
	}
}

func TestFileNameOfTheServerCannotLeaveItsFolder(t *testing.T) {
	b := setup(t)
	b.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="../../etc/passwd"`)
		reply(200, "application/pdf", "x")(w, nil)
	}
	out := b.run(4.2, `{"url":"/"}`)
	if name := out.Run.Outputs[0][0].Binary["data"].FileName; name != "passwd" {
		t.Errorf("file name %q", name)
	}
}

func TestInvalidJSONIsSaid(t *testing.T) {
	for params, want := range map[string]string{
		`{"url":"/"}`:  "Invalid JSON in response body",
		format("json"): `Response body is not valid JSON. Change "Response Format" to "Text"`,
	} {
		b := setup(t)
		b.answer = reply(200, "application/json", "<html>")
		out := b.run(4.2, params)
		if out.Err == nil || out.Err.Message != want || out.Err.Outcome != fault.Refused {
			t.Errorf("%v, outcome %v", out.Err, out.Err.Outcome)
		}
	}
}

func TestAnswersMadeToFillMemory(t *testing.T) {
	for name, body := range map[string]string{
		"deep JSON": strings.Repeat("[", 1<<20), "deep objects": strings.Repeat(`{"a":`, 1<<19), "many objects": "[" + strings.Repeat("{},", 600_000) + "{}]",
	} {
		b := setup(t)
		b.answer = reply(200, "application/json", body)
		out := b.run(4.2, `{"url":"/"}`)
		if out.Err == nil || out.Err.Outcome != fault.Refused || out.Err.Code == fault.CodeInternal {
			t.Errorf("%s gave %v", name, out.Err)
		}
		b.answer = reply(500, "application/json", body)
		if out := b.run(4.2, `{"url":"/"}`); out.Err == nil || len(out.Run.Error.Detail) > 2*500 {
			t.Errorf("%s as an error gave %v", name, out.Err)
		}
	}
}

func TestStatusesAreClassed(t *testing.T) {
	for status, want := range map[int]struct {
		kind    fault.Kind
		code    fault.Code
		outcome fault.Outcome
	}{
		400: {fault.Invalid, fault.CodeUpstream, fault.Refused}, 404: {fault.Invalid, fault.CodeUpstream, fault.Refused},
		408: {fault.Timeout, fault.CodeUpstream, fault.Refused}, 429: {fault.Unavailable, fault.CodeUpstreamRateLimited, fault.NotSent},
		500: {fault.Unavailable, fault.CodeUpstream, fault.Refused}, 502: {fault.Unavailable, fault.CodeUpstream, fault.Refused},
		503: {fault.Unavailable, fault.CodeUpstream, fault.NotSent}, 301: {fault.Invalid, fault.CodeUpstream, fault.Refused},
	} {
		b := setup(t)
		b.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "17")
			reply(status, "application/json", `{"error":{"message":"it is so"}}`)(w, nil)
		}
		out := b.run(4.2, `{"url":"/","method":"POST"}`)
		f := out.Err
		if f == nil || f.Kind != want.kind || f.Code != want.code || f.Outcome != want.outcome || f.RetryAfter != 17*time.Second {
			t.Errorf("%d gave %+v", status, f)
			continue
		}
		if out.Run.Error.Detail != "it is so" || out.Run.Error.Item != 0 {
			t.Errorf("%d: %+v", status, out.Run.Error)
		}
	}
}

func TestNeverErrorTakesEveryStatus(t *testing.T) {
	for version, params := range map[float64]string{
		4.2: `{"url":"/","options":{"response":{"response":{"neverError":true}}}}`, 1: `{"url":"/","options":{"ignoreResponseCode":true}}`,
	} {
		b := setup(t)
		b.answer = reply(500, "application/json", `{"bad":1}`)
		if got := b.items(b.run(version, params)); got != `[{"bad":1}]` {
			t.Errorf("version %v: %s", version, got)
		}
	}
}

func TestRedirectsByVersion(t *testing.T) {
	for name, c := range map[string]struct {
		version float64
		params  string
		follows bool
	}{
		"4 follows":             {4.2, `{"url":"/a","method":"POST"}`, true},
		"4 told not to":         {4.2, `{"url":"/a","options":{"redirect":{"redirect":{}}}}`, false},
		"3 does not":            {3, `{"url":"/a"}`, false},
		"3 told to":             {3, `{"url":"/a","options":{"redirect":{"redirect":{"followRedirects":true}}}}`, true},
		"1 follows GET":         {1, `{"url":"/a"}`, true},
		"1 does not for POST":   {1, `{"url":"/a","requestMethod":"POST"}`, false},
		"1 told to follow all":  {1, `{"url":"/a","requestMethod":"POST","options":{"followAllRedirects":true}}`, true},
		"1 told not to for GET": {1, `{"url":"/a","options":{"followRedirect":false}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.answer = func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/a" {
					http.Redirect(w, r, "/b", http.StatusFound)
					return
				}
				reply(200, "application/json", `{}`)(w, r)
			}
			out := b.run(c.version, c.params)
			if (len(b.requests) == 2) != c.follows || (out.Err == nil) != c.follows {
				t.Errorf("%d requests, %v", len(b.requests), out.Err)
			}
		})
	}
}

func items(n int) []workflow.Item {
	list := make([]workflow.Item, n)
	for i := range list {
		list[i] = workflow.Item{JSON: value.Obj("i", float64(i))}
	}
	return list
}

// failing answers 500 to the second request.
func failing(b *bench) {
	b.answer = func(w http.ResponseWriter, r *http.Request) {
		if len(b.requests) == 2 {
			reply(500, "application/json", `{"message":"no"}`)(w, r)
			return
		}
		reply(200, "application/json", `{"ok":true}`)(w, r)
	}
}

func TestUnsafeItemsStopAtTheFirstFailure(t *testing.T) {
	b := setup(t)
	failing(b)
	out := b.run(4.2, `{"url":"/","method":"POST"}`, items(4)...)
	if len(b.requests) != 2 || out.Err == nil || out.Run.Error.Item != 1 {
		t.Errorf("%d requests, %+v", len(b.requests), out.Run.Error)
	}
	// The first item's request had its effect: repeating the run would repeat it.
	if out.Err.Outcome != fault.Unknown {
		t.Errorf("outcome %v", out.Err.Outcome)
	}
}

func TestFailuresPassedOnAsItems(t *testing.T) {
	b := setup(t)
	failing(b)
	b.tweak = func(n *workflow.Node) { n.OnError = workflow.OnErrorContinueRegular }
	got := b.items(b.run(4.2, `{"url":"/","method":"POST"}`, items(3)...))
	want := `[{"ok":true},{"error":{"message":"500 - \"{\\\"message\\\":\\\"no\\\"}\"","name":"AxiosError","code":"ERR_BAD_RESPONSE","status":500}},{"ok":true}]`
	if got != want || len(b.requests) != 3 {
		t.Errorf("%s after %d requests", got, len(b.requests))
	}
}

// From version 4.5 an error item says beside the client's error what n8n shows of it.
func TestErrorItemsHaveDetails(t *testing.T) {
	for _, c := range []struct {
		version float64
		answer  http.HandlerFunc
		want    string
	}{
		{4.4, reply(404, "application/json", `{"message":"no such thing"}`), `null`},
		{4.5, reply(404, "application/json", `{"message":"no such thing","n":1}`),
			`{"message":"The resource you are requesting could not be found","description":"no such thing","httpCode":"404","body":{"message":"no such thing","n":1},"context":{"itemIndex":0}}`},
		{4.5, reply(500, "text/plain", `oops`),
			`{"message":"The service was not able to process your request","description":"oops","httpCode":"500","body":"oops","context":{"itemIndex":0}}`},
	} {
		b := setup(t)
		b.answer = c.answer
		b.tweak = func(n *workflow.Node) { n.OnError = workflow.OnErrorContinueRegular }
		got, _ := b.run(c.version, `{"url":"/"}`, items(1)...).Run.Outputs[0][0].JSON.Get("details")
		if text := string(value.JSON(got)); text != c.want {
			t.Errorf("version %v: %s", c.version, text)
		}
	}
}

// Workflows look for the status and the answer in the message of an error item.
func TestMessagesOfErrorItemsAreThoseOfN8N(t *testing.T) {
	for _, c := range []struct {
		version float64
		status  int
		body    string
		want    string
	}{
		{4.2, 404, `{"a":1}`, `404 - "{\"a\":1}"`},
		{3, 404, `gone`, `404 - "gone"`},
		{4.2, 503, ``, `503 - ""`},
		{4.2, 429, `slow`, `Try spacing your requests out using the batching settings under 'Options'`},
		{2, 404, `{"a":1}`, `404 - {"a":1}`},
		{1, 404, `gone`, `404 - "gone"`},
	} {
		b := setup(t)
		b.answer = reply(c.status, "text/plain", c.body)
		b.tweak = func(n *workflow.Node) { n.OnError = workflow.OnErrorContinueRegular }
		out := b.run(c.version, `{"url":"/"}`, items(1)...)
		got, _ := value.Path(out.Run.Outputs[0][0].JSON, "error", "message")
		if got != c.want {
			t.Errorf("version %v, %d: %v", c.version, c.status, got)
		}
	}
}

// A downloaded file is named as the server says, else as its address ends, whatever
// the type; the extension is the name's, else the type's.
func TestFilesAreNamedByTheirAddress(t *testing.T) {
	for address, want := range map[string]string{
		"/a/report.CSV?x=1": "report.CSV CSV",
		"/a/photo":          "photo txt",
		"/a/b%20c.tar.gz":   "b%20c.tar.gz gz",
		"/":                 "data.txt txt",
	} {
		b := setup(t)
		b.answer = reply(200, "text/plain", "x")
		out := b.run(4.2, `{"url":"`+address+`","options":{"response":{"response":{"responseFormat":"file"}}}}`, items(1)...)
		if out.Run.Error != nil {
			t.Errorf("%s: %v", address, out.Run.Error)
			continue
		}
		if f := out.Run.Outputs[0][0].Binary["data"]; f.FileName+" "+f.Extension != want {
			t.Errorf("%s: %s, %s", address, f.FileName, f.Extension)
		}
	}
}

func TestItemsKeepTheirOrderSideBySide(t *testing.T) {
	b := setup(t)
	b.answer = reply(200, "application/json", `[{"a":1},{"a":2}]`)
	out := b.run(4.2, `{"url":"/"}`, items(20)...)
	if len(out.Run.Outputs[0]) != 40 {
		t.Fatalf("%d items, %v", len(out.Run.Outputs[0]), out.Err)
	}
	for i, it := range out.Run.Outputs[0] {
		if it.Paired[0].Item != i/2 {
			t.Errorf("item %d comes from %v", i, it.Paired)
		}
	}
}

func TestKeysDifferByItemOnly(t *testing.T) {
	b := setup(t)
	b.items(b.run(4.2, `{"url":"/","method":"POST"}`, items(2)...))
	b.items(b.run(4.2, `{"url":"/","method":"POST"}`, items(2)...))
	key := func(i int) string { return b.requests[i].Header.Get("Idempotency-Key") }
	if key(0) == key(1) || key(0) != key(2) || key(1) != key(3) {
		t.Errorf("keys %s %s %s %s", key(0), key(1), key(2), key(3))
	}
}

func TestEffect(t *testing.T) {
	for params, want := range map[string]node.Effect{
		`{"url":"/"}`: node.Safe, `{"url":"/","method":"HEAD"}`: node.Safe, `{"url":"/","method":"POST"}`: node.Unsafe,
		`{"url":"/","method":"DELETE","options":{"idempotency":"off"}}`:    node.Unsafe,
		`{"url":"/","method":"POST","options":{"idempotency":"honoured"}}`: node.Keyed,
	} {
		b := setup(t)
		env, step := b.env(4.2, params, items(2)...)
		if got := env.EffectOf(t.Context(), step); got != want {
			t.Errorf("%s is %s", params, got)
		}
	}
}
