package httpapi

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// TestEveryKindHasAStatus fails for a kind that was added without a status.
func TestEveryKindHasAStatus(t *testing.T) {
	want := map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 422, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
		fault.Conflict: 409, fault.LimitExceeded: 429, fault.Unavailable: 503, fault.Timeout: 504, fault.Cancelled: 499,
	}
	if len(want) != len(statuses) {
		t.Fatalf("the table has %d kinds, the test %d", len(statuses), len(want))
	}
	for k := fault.Kind(0); int(k) < len(statuses); k++ {
		if statuses[k] != want[k] || statuses[k] == 0 {
			t.Errorf("%v: %d, want %d", k, statuses[k], want[k])
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("there is a kind after the last one of the table")
		}
	}()
	_ = fault.Kind(len(statuses)).String()
}

func TestProblemShowsTheFaceAndNeverTheCause(t *testing.T) {
	cause := errors.New("password=hunter2")
	for _, err := range []error{cause, fault.Wrap(cause, fault.Unavailable, fault.CodeUnavailable, "Try again."), fault.Wrap(cause, fault.Invalid, fault.CodeValidation, "No.")} {
		w := httptest.NewRecorder()
		WriteProblem(w, err)
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s", w.Body)
		}
		var p Problem
		if json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Status != w.Code || p.Code == "" || p.Detail == "" || p.Title == "" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

func TestLimitsSayWhenToTryAgain(t *testing.T) {
	for wait, want := range map[time.Duration]string{0: "1", time.Millisecond: "1", 90 * time.Second: "90", 1500 * time.Millisecond: "2"} {
		w := httptest.NewRecorder()
		WriteProblem(w, &fault.Error{Kind: fault.LimitExceeded, Code: fault.CodePlanRate, Message: "x", RetryAfter: wait})
		if got := w.Header().Get("Retry-After"); got != want || w.Code != 429 {
			t.Errorf("%v: %d %q", wait, w.Code, got)
		}
	}
	w := httptest.NewRecorder()
	WriteProblem(w, fault.New(fault.NotFound, fault.CodeNotFound, "x"))
	if w.Header().Get("Retry-After") != "" {
		t.Error("a 404 says when to try again")
	}
}

func TestHumasRefusalsBecomeProblems(t *testing.T) {
	detail := &huma.ErrorDetail{Location: "body.name", Message: "expected string", Value: "secret value"}
	for status, code := range map[int]fault.Code{400: "VALIDATION", 422: "VALIDATION", 415: "VALIDATION", 413: "PAYLOAD_TOO_LARGE", 500: "INTERNAL"} {
		p := newProblem(status, "validation failed", detail).(*Problem)
		if p.Code != code {
			t.Errorf("%d: %s", status, p.Code)
		}
		b, _ := json.Marshal(p)
		if strings.Contains(string(b), "secret value") {
			t.Errorf("%d repeats the value: %s", status, b)
		}
		if code == "VALIDATION" && (len(p.Errors) != 1 || p.Errors[0].Location != "body.name" || !strings.Contains(p.Detail, "body.name")) {
			t.Errorf("%d: %s", status, b)
		}
	}
}

func TestMoneyAndTimes(t *testing.T) {
	for micro, want := range map[Money]string{0: "0.000000", 1: "0.000001", 1_250_001: "1.250001", -5: "-0.000005", 12_000_000: "12.000000"} {
		b, err := json.Marshal(micro)
		if err != nil || string(b) != want {
			t.Errorf("%d: %s %v", micro, b, err)
		}
		var back Money
		if err := json.Unmarshal(b, &back); err != nil || back != micro {
			t.Errorf("%s: %d %v", b, back, err)
		}
	}
	zone := time.FixedZone("x", 5*3600+1800)
	b, err := json.Marshal(stamp(time.Date(2026, 3, 1, 5, 30, 0, 1_999_999, zone)))
	if err != nil || string(b) != `"2026-03-01T00:00:00.001Z"` {
		t.Errorf("%s %v", b, err)
	}
	if stamp(time.Time{}) != nil {
		t.Error("no time has a stamp")
	}
}

func TestCursors(t *testing.T) {
	c := sealCursor("ten_a", "things", "k#1\x00x")
	if got, err := openCursor("ten_a", "things", c); err != nil || got != "k#1\x00x" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := openCursor("ten_b", "things", c); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant's: %v", err)
	}
	if _, err := openCursor("ten_a", "others", c); !fault.Is(err, fault.Invalid) {
		t.Errorf("another list's: %v", err)
	}
	for _, bad := range []string{"%", "AAAA", "dGVuX2E", sealCursor("ten_a", "things", "")} {
		if _, err := openCursor("ten_a", "things", bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestJSONFaultsNameThePlace(t *testing.T) {
	for body, want := range map[string]string{
		"{\n \"a\": 1,\n}": "line 3, column 1",
		`{"limit": "x"}`:   "line 1",
		"":                 "empty",
		`{"a":1} trailing`: "line 1, column 9",
	} {
		var v struct{ Limit int }
		err := unmarshal([]byte(body), &v)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v lacks %q", body, err, want)
		} else if strings.Contains(err.Error(), "Go ") {
			t.Errorf("%q: the program's inside shows: %v", body, err)
		}
	}
	if _, err := parseRun([]byte("{\"input\":\n  {,}}")); err == nil || !strings.Contains(err.Error(), "line 2, column 4") {
		t.Errorf("a run's body: %v", err)
	}
}

func FuzzParseRun(f *testing.F) {
	for _, s := range []string{`{}`, `{"input":[{"json":{"a":1}}],"test":{"pinData":{"A":[{}]}}}`, `{"onLimit":"reject","version":3}`, `[`, `{"input":7}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if l, err := parseRun(body); err != nil {
			if fault.Of(err).Kind != fault.Invalid {
				t.Errorf("%v", err)
			}
		} else if l.Version < 0 {
			t.Errorf("version %d", l.Version)
		}
	})
}
