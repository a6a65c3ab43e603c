package asl

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
)

var epoch = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// step is what a scripted function does at one call.
type scriptStep struct {
	Return  json.RawMessage `json:"return"`
	Echo    bool            `json:"echo"`
	Fail    string          `json:"fail"`
	Message string          `json:"message"`
	Hang    bool            `json:"hang"` // never answers
}

// world runs machines with scripted functions, on a clock that jumps to whatever is next.
type world struct {
	functions map[string][]scriptStep
	calls     map[string]int
	waited    []time.Duration // how long each Wake was away
	told      []Outcome
	toldAt    []time.Time
}

func (w *world) start(express bool, input any) Start {
	return Start{ID: "arn:aws:states:us-east-1:000000000000:execution:m:e", Name: "e", MachineARN: "arn:aws:states:us-east-1:000000000000:stateMachine:m",
		MachineName: "m", RoleARN: "arn:aws:iam::000000000000:role/m", Input: input, Time: epoch, Express: express, Seed: 7}
}

// run runs m to its end.
func (w *world) run(m *Machine, s Start) *Run {
	r := NewRun(m, s, true)
	w.calls = map[string]int{}
	now := s.Time
	todo := r.Begin()
	for r.Status() == Running {
		i := w.next(todo, r, now)
		e := todo[i]
		todo = slices.Delete(todo, i, i+1)
		o := Outcome{Kind: Woke, Token: e.Token}
		if e.Kind == Invoke && !w.hangs(e.Task) {
			o = w.invoke(e)
		} else if e.At.After(now) {
			w.waited = append(w.waited, e.At.Sub(now))
			now = e.At
		}
		if d := r.Deadline(); !d.IsZero() && !now.Before(d) {
			now, o = d, Outcome{Kind: Expire}
		}
		w.told, w.toldAt = append(w.told, o), append(w.toldAt, now)
		todo = append(todo, r.Resume(o, now)...)
		todo = slices.DeleteFunc(todo, func(e Effect) bool { return !r.Waits(e.Token) })
	}
	return r
}

// next picks the effect to happen next: calls before timers, timers by time.
func (w *world) next(todo []Effect, r *Run, now time.Time) int {
	best := -1
	for i, e := range todo {
		if e.Kind == Invoke && !w.hangs(e.Task) {
			return i
		}
		if best < 0 || e.At.Before(todo[best].At) {
			best = i
		}
	}
	if best < 0 {
		panic(fmt.Sprintf("the run waits for nothing: %+v", r.pending))
	}
	return best
}

func functionName(c *TaskCall) string {
	name := c.Function
	if i := lastIndex(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	if c.Service != "lambda" {
		name = c.Service + ":" + c.Action
	}
	return name
}

func lastIndex(s string, c byte) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == c {
			return i
		}
	}
	return -1
}

func (w *world) step(c *TaskCall) scriptStep {
	script := w.functions[functionName(c)]
	if len(script) == 0 {
		return scriptStep{Fail: "Lambda.ResourceNotFoundException", Message: "no such function: " + functionName(c)}
	}
	return script[min(w.calls[functionName(c)], len(script)-1)]
}

func (w *world) hangs(c *TaskCall) bool { return w.step(c).Hang }

func (w *world) invoke(e Effect) Outcome {
	s := w.step(e.Task)
	w.calls[functionName(e.Task)]++
	switch {
	case s.Fail != "":
		cause := string(JSON(value.Obj("errorMessage", s.Message, "errorType", s.Fail)))
		return Outcome{Kind: Broke, Token: e.Token, Error: s.Fail, Cause: cause}
	case s.Echo:
		return Outcome{Kind: Done, Token: e.Token, Payload: e.Task.Payload}
	}
	return Outcome{Kind: Done, Token: e.Token, Payload: s.Return}
}

func mustParse(t testing.TB, definition string) *Machine {
	t.Helper()
	m, err := Parse([]byte(definition))
	if err != nil {
		t.Fatalf("%v\n%s", err, definition)
	}
	return m
}

func mustJSON(t testing.TB, text string) any {
	t.Helper()
	v, err := ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func readCases(t testing.TB, file string, into any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// checkResult compares a run's end with the wanted output or error.
func checkResult(t *testing.T, r *Run, output json.RawMessage, wantError string) {
	t.Helper()
	if wantError != "" {
		if r.Failure() == nil || r.Failure().Error != wantError {
			t.Fatalf("ended %s with %s and %v, wanted the error %s", r.Status(), JSON(r.Output()), r.Failure(), wantError)
		}
		return
	}
	if r.Status() != Succeeded {
		t.Fatalf("ended %s: %v", r.Status(), r.Failure())
	}
	want := mustJSON(t, string(output))
	if !Equal(r.Output(), want) {
		t.Fatalf("gave\n%s\nwanted\n%s", JSON(r.Output()), output)
	}
}
