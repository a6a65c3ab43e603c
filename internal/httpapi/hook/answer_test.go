package hook

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func TestAnswersAtOnce(t *testing.T) {
	for params, want := range map[string][3]string{
		`{"path":"in"}`: {"200", "application/json; charset=utf-8", `{"message":"Workflow was started"}`},
		`{"path":"in","options":{"responseData":"ok <b>"}}`:                                                                         {"200", "text/html; charset=utf-8", "ok <b>"},
		`{"path":"in","options":{"responseData":"{\"a\":1}","responseCode":{"values":{"responseCode":201}}}}`:                       {"201", "application/json; charset=utf-8", `{"a":1}`},
		`{"path":"in","options":{"noResponseBody":true,"responseCode":{"values":{"responseCode":"customCode","customCode":299}}}}`:  {"299", "", ""},
		`{"path":"in","options":{"responseHeaders":{"entries":[{"name":"Content-Type","value":"text/csv"}]},"responseData":"a,b"}}`: {"200", "text/csv", "a,b"},
	} {
		w := setup(t, "2", params).call("GET", "/hooks/ten_a/in", "", nil)
		if d := cmp.Diff(want, [3]string{fmt.Sprint(w.Code), w.Header().Get("Content-Type"), w.Body.String()}); d != "" {
			t.Errorf("%s:\n%s", params, d)
		}
	}
	w := setup(t, "1", `{"path":"in","responseCode":204}`).call("GET", "/hooks/ten_a/in", "", nil)
	if w.Code != 204 {
		t.Errorf("version 1: %d", w.Code)
	}
}

// items makes items of JSON objects.
func items(t *testing.T, texts ...string) []workflow.Item {
	t.Helper()
	var out []workflow.Item
	for _, s := range texts {
		o, err := value.ParseObject([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, workflow.Item{JSON: o})
	}
	return out
}

func TestAnswersOfTheLastNode(t *testing.T) {
	for params, want := range map[string]string{
		`"responseMode":"lastNode"`:                                                                      `{"a":{"b":"x"}}`,
		`"responseMode":"lastNode","responseData":"allEntries"`:                                          `[{"a":{"b":"x"}},{"c":2}]`,
		`"responseMode":"lastNode","responseData":"noData"`:                                              ``,
		`"responseMode":"lastNode","options":{"responsePropertyName":"a.b"}`:                             `"x"`,
		`"responseMode":"lastNode","options":{"responsePropertyName":"a.b","responseContentType":"t/p"}`: `x`,
		`"responseMode":"lastNode","options":{"responsePropertyName":"no.such"}`:                         `null`,
	} {
		f := setup(t, "2", `{"path":"in",`+params+`}`)
		f.desk.end(execution.Completed, items(t, `{"a":{"b":"x"}}`, `{"c":2}`)...)
		if w := f.call("GET", "/hooks/ten_a/in", "", nil); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %s", params, w.Code, w.Body)
		}
	}
	f := setup(t, "2", `{"path":"in","responseMode":"lastNode","responseData":"firstEntryBinary","responseBinaryPropertyName":"pic"}`)
	it := items(t, `{}`)
	it[0].Binary = map[string]workflow.Binary{"pic": {MimeType: "image/png", Data: []byte{1, 2}}}
	f.desk.end(execution.Completed, it...)
	if w := f.call("GET", "/hooks/ten_a/in", "", nil); w.Header().Get("Content-Type") != "image/png" || !bytes.Equal(w.Body.Bytes(), []byte{1, 2}) {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestFailedRunTellsTheCallerNothing(t *testing.T) {
	f := setup(t, "2", `{"path":"in","responseMode":"lastNode"}`)
	f.desk.end(execution.Failed)
	w := f.call("GET", "/hooks/ten_a/in", "", nil)
	if w.Code != 500 || !strings.Contains(w.Body.String(), "WORKFLOW_FAILED") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestResponseNodeAnswers(t *testing.T) {
	f := setup(t, "2", `{"path":"in","responseMode":"responseNode"}`)
	f.desk.onGet = func(looks int) {
		if looks == 3 {
			f.desk.mu.Lock()
			f.desk.response = &execution.Response{Status: 418, Body: []byte("tea"), Headers: map[string]string{
				"X-A": "b", "Content-Security-Policy": "none", "X-Split": "a\r\nSet-Cookie: b=c\x00\x7f", "X\r\nX-Name": "a", "X Name": "a", "": "a",
				"content-length": "500", "Transfer-Encoding": "chunked", "Connection": "close", "Upgrade": "h2c",
			}}
			f.desk.mu.Unlock()
		}
		if looks < 3 {
			go f.advanceOnce()
		}
	}
	w := f.call("GET", "/hooks/ten_a/in", "", nil)
	if w.Code != 418 || w.Body.String() != "tea" || w.Header().Get("X-A") != "b" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	for name, v := range w.Header() {
		switch name {
		case "X-A", "Content-Security-Policy", "X-Content-Type-Options":
		case "X-Split":
			if v[0] != "a  Set-Cookie: b=c" {
				t.Errorf("%s is %q", name, v)
			}
		default:
			t.Errorf("the header %q is left in", name)
		}
	}
	if !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Error("a workflow took the sandbox away")
	}
}

// advanceOnce moves the clock when the server waits on it.
func (f *fixture) advanceOnce() {
	if f.clock.BlockUntilContext(context.Background(), 1) == nil {
		f.clock.Advance(maxPause)
	}
}

func TestSlowRunsAreAnsweredWithTheirAddress(t *testing.T) {
	f := setup(t, "2", `{"path":"in","responseMode":"lastNode"}`)
	f.desk.onGet = func(int) { go f.advanceOnce() }
	w := f.call("GET", "/hooks/ten_a/in", "", nil)
	if w.Code != 202 || !strings.Contains(w.Body.String(), `"trackingUrl":"/api/jobs/exe_0/status"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if took := f.clock.Now().Sub(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)); took > maxWait {
		t.Errorf("it took %v", took)
	}
}
