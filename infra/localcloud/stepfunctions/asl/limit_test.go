package asl

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/value"
)

const directF = `"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f"`

func returning(n int) map[string][]scriptStep {
	return map[string][]scriptStep{"f": {{Return: json.RawMessage(`"` + strings.Repeat("x", n-2) + `"`)}}}
}

func TestPayloadsEndAt256KiB(t *testing.T) {
	for _, c := range []struct {
		name, state, more string
		input             any
		functions         map[string][]scriptStep
		error             string
	}{
		{"result fits", `{` + directF + `,"End":true}`, "", "x", returning(MaxPayload), ""},
		{"result too large", `{` + directF + `,"End":true}`, "", "x", returning(MaxPayload + 1), ErrDataLimitExceeded},
		{"States.ALL does not catch it", `{` + directF + `,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"H"}],"End":true}`, `,"H":{"Type":"Pass","End":true}`, "x", returning(MaxPayload + 1), ErrDataLimitExceeded},
		{"nor States.TaskFailed", `{` + directF + `,"Retry":[{"ErrorEquals":["States.TaskFailed"]}],"End":true}`, "", "x", returning(MaxPayload + 1), ErrDataLimitExceeded},
		{"its own name does", `{` + directF + `,"Catch":[{"ErrorEquals":["States.DataLimitExceeded"],"Next":"H"}],"End":true}`, `,"H":{"Type":"Pass","End":true}`, "x", returning(MaxPayload + 1), ""},
		{"result and input together", `{` + directF + `,"ResultPath":"$.r","End":true}`, "", value.Obj("a", strings.Repeat("x", MaxPayload/2)), returning(MaxPayload / 2), ErrDataLimitExceeded},
		{"a pass makes too much", `{"Type":"Pass","Parameters":{"a.$":"$","b.$":"$"},"End":true}`, "", strings.Repeat("x", MaxPayload/2), nil, ErrDataLimitExceeded},
		{"task input", `{` + directF + `,"Parameters":{"a.$":"$","b.$":"$"},"End":true}`, "", strings.Repeat("x", MaxPayload/2), returning(2), ErrDataLimitExceeded},
		{"map results", `{"Type":"Map","ItemProcessor":{"StartAt":"T","States":{"T":{` + directF + `,"End":true}}},"End":true}`, "", []any{"1", "2", "3"}, returning(MaxPayload / 2), ErrDataLimitExceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{functions: c.functions}
			r := w.run(mustParse(t, within(c.state, c.more)), w.start(true, c.input))
			got := ""
			if r.Failure() != nil {
				got = r.Failure().Error
			}
			if got != c.error {
				t.Fatalf("ended %s with %q, wanted %q", r.Status(), got, c.error)
			}
		})
	}
}

func TestSizeIsThatOfTheText(t *testing.T) {
	for _, text := range []string{`null`, `true`, `false`, `-1.5e3`, `"a\n\"b\\\u0001é"`, `[]`, `[1,"x",[null]]`, `{}`, `{"a":1,"b\t":{"c":[true,false]}}`} {
		v := mustJSON(t, text)
		if n, want := size(v, 1000), len(JSON(v)); n != want {
			t.Errorf("size of %s is %d, wanted %d", text, n, want)
		}
	}
}

const endless = `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}}`

func TestStandardEndsAt25000Events(t *testing.T) {
	w := &world{}
	r := w.run(mustParse(t, endless), w.start(false, value.NewObject(0)))
	if r.Status() != Failed || len(r.Events()) != MaxEvents || r.Events()[MaxEvents-1].Type != "ExecutionFailed" {
		t.Fatalf("ended %s after %d events: %v", r.Status(), len(r.Events()), r.Failure())
	}
	checkReplay(t, w, r)
}

func TestExpressEndsAfterFiveMinutesWhateverItCatches(t *testing.T) {
	for _, definition := range []string{
		within(`{"Type":"Wait","Seconds":301,"End":true}`, ""),
		within(`{"Type":"Parallel","Branches":[{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":400,"End":true}}}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"H"}],"End":true}`, `,"H":{"Type":"Pass","End":true}`),
		within(`{`+directF+`,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"H"}],"End":true}`, `,"H":{"Type":"Pass","End":true}`),
	} {
		w := &world{functions: map[string][]scriptStep{"f": {{Hang: true}}}}
		r := w.runUntilDeadline(mustParse(t, definition), w.start(true, value.NewObject(0)))
		if r.Status() != TimedOut || r.Failure().Error != ErrTimeout || r.Ended().Sub(epoch) != ExpressTimeout {
			t.Fatalf("ended %s after %s: %v", r.Status(), r.Ended().Sub(epoch), r.Failure())
		}
		checkReplay(t, w, r)
	}
}

// runUntilDeadline is run for machines whose tasks may hang without a timeout.
func (w *world) runUntilDeadline(m *Machine, s Start) *Run {
	r := NewRun(m, s, true)
	w.calls = map[string]int{}
	if hang := r.Begin(); len(hang) == 1 && hang[0].Kind == Invoke {
		o := Outcome{Kind: Expire}
		w.told, w.toldAt = append(w.told, o), append(w.toldAt, r.Deadline())
		r.Resume(o, r.Deadline())
		return r
	}
	return w.run(m, s)
}

func TestTopLevelTimeout(t *testing.T) {
	definition := `{"TimeoutSeconds":10,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":11,"End":true}}}`
	for _, express := range []bool{false, true} {
		w := &world{}
		r := w.run(mustParse(t, definition), w.start(express, nil))
		if r.Status() != TimedOut || r.Ended().Sub(epoch) != 10*time.Second {
			t.Fatalf("ended %s after %s", r.Status(), r.Ended().Sub(epoch))
		}
		last := r.Events()[len(r.Events())-1]
		if last.Type != "ExecutionTimedOut" || last.Previous != 0 {
			t.Errorf("the last event is %+v", last)
		}
	}
}

func TestTaskTimeouts(t *testing.T) {
	for _, c := range []struct{ name, fields, input, error string }{
		{"timeout", `"TimeoutSeconds":5`, `{}`, "States.Timeout"},
		{"timeout by path", `"TimeoutSecondsPath":"$.t"`, `{"t":5}`, "States.Timeout"},
		{"bad path", `"TimeoutSecondsPath":"$.t"`, `{"t":"x"}`, "States.Runtime"},
		{"heartbeat", `"TimeoutSeconds":50,"HeartbeatSeconds":5`, `{}`, "States.HeartbeatTimeout"},
		{"heartbeat by path", `"HeartbeatSecondsPath":"$.t"`, `{"t":5}`, "States.HeartbeatTimeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{functions: map[string][]scriptStep{"f": {{Hang: true}}}}
			r := w.run(mustParse(t, within(`{`+directF+`,`+c.fields+`,"End":true}`, "")), w.start(false, mustJSON(t, c.input)))
			if r.Status() != Failed || r.Failure().Error != c.error {
				t.Fatalf("ended %s: %v", r.Status(), r.Failure())
			}
			if c.error != ErrRuntime && r.Ended().Sub(epoch) != 5*time.Second {
				t.Errorf("ended after %s", r.Ended().Sub(epoch))
			}
		})
	}
}

func TestWhichErrorsCoverATimeout(t *testing.T) {
	for names, want := range map[string]string{`"States.Timeout"`: "caught", `"States.ALL"`: "caught", `"States.TaskFailed"`: "States.Timeout", `"Boom"`: "States.Timeout"} {
		w := &world{functions: map[string][]scriptStep{"f": {{Hang: true}}}}
		r := w.run(mustParse(t, within(`{`+directF+`,"TimeoutSeconds":5,"Catch":[{"ErrorEquals":[`+names+`],"Next":"H"}],"End":true}`, `,"H":{"Type":"Pass","Result":"caught","End":true}`)), w.start(true, nil))
		got, _ := r.Output().(string)
		if r.Failure() != nil {
			got = r.Failure().Error
		}
		if got != want {
			t.Errorf("%s gives %s, wanted %s", names, got, want)
		}
	}
}

func TestRetryDelays(t *testing.T) {
	for _, c := range []struct {
		policy string
		want   []time.Duration
	}{
		{`"IntervalSeconds":2,"MaxAttempts":4`, seconds2(2, 4, 8, 16)},
		{`"MaxAttempts":3`, seconds2(1, 2, 4)},
		{`"IntervalSeconds":3,"BackoffRate":1.0,"MaxAttempts":3`, seconds2(3, 3, 3)},
		{`"IntervalSeconds":2,"BackoffRate":1.5,"MaxAttempts":3`, seconds2(2, 3, 4.5)},
		{`"IntervalSeconds":1,"MaxDelaySeconds":5,"MaxAttempts":5`, seconds2(1, 2, 4, 5, 5)},
	} {
		w := &world{functions: map[string][]scriptStep{"f": {{Fail: "Boom"}}}}
		w.run(mustParse(t, within(`{`+directF+`,"Retry":[{"ErrorEquals":["Boom"],`+c.policy+`}],"End":true}`, "")), w.start(false, nil))
		if diff := cmp.Diff(c.want, w.waited); diff != "" {
			t.Errorf("%s: %s", c.policy, diff)
		}
	}
}

func seconds2(n ...float64) (out []time.Duration) {
	for _, x := range n {
		out = append(out, time.Duration(x*float64(time.Second)))
	}
	return out
}

func TestFullJitterSpreadsDelaysBelowTheFull(t *testing.T) {
	m := mustParse(t, within(`{`+directF+`,"Retry":[{"ErrorEquals":["Boom"],"IntervalSeconds":100,"BackoffRate":1,"MaxAttempts":50,"JitterStrategy":"FULL"}],"End":true}`, ""))
	w := &world{functions: map[string][]scriptStep{"f": {{Fail: "Boom"}}}}
	r := w.run(m, w.start(false, nil))
	low, high := time.Hour, time.Duration(0)
	for _, d := range w.waited {
		low, high = min(low, d), max(high, d)
	}
	if len(w.waited) < 49 || low > 30*time.Second || high > 100*time.Second || high < 70*time.Second {
		t.Fatalf("%d delays between %s and %s", len(w.waited), low, high)
	}
	checkReplay(t, w, r)
}

func TestMapRunsNoMoreThanItMay(t *testing.T) {
	for _, c := range []struct {
		field string
		want  int
	}{{`"MaxConcurrency":3,`, 3}, {``, 40}, {`"MaxConcurrency":0,`, 40}, {`"MaxConcurrency":1000,`, 40}} {
		m := mustParse(t, within(`{"Type":"Map",`+c.field+`"ItemProcessor":{"StartAt":"T","States":{"T":{`+directF+`,"End":true}}},"End":true}`, ""))
		items := make([]any, 100)
		for i := range items {
			items[i] = Number(int64(i))
		}
		r := NewRun(m, (&world{}).start(true, items), false)
		todo := r.Begin()
		most := len(todo)
		for done := 0; r.Status() == Running; done++ {
			if out := len(r.OpenTasks()); out > c.want {
				t.Fatalf("%s: %d tasks are out", c.field, out)
			}
			e := todo[len(todo)-1] // the last first: results keep their order nevertheless
			todo = append(todo[:len(todo)-1], r.Resume(Outcome{Kind: Done, Token: e.Token, Payload: e.Task.Payload}, epoch)...)
		}
		if most != c.want || !Equal(r.Output(), items) {
			t.Errorf("%s: %d at first, gave %s", c.field, most, JSON(r.Output()))
		}
	}
}

func TestOutcomesThatNobodyWaitsForChangeNothing(t *testing.T) {
	m := mustParse(t, within(`{"Type":"Parallel","Branches":[{"StartAt":"A","States":{"A":{`+directF+`,"End":true}}},{"StartAt":"B","States":{"B":{`+directF+`,"End":true}}}],
		"Catch":[{"ErrorEquals":["States.ALL"],"Next":"H"}],"End":true}`, `,"H":{"Type":"Wait","Seconds":5,"End":true}`))
	r := NewRun(m, (&world{}).start(true, nil), false)
	e := r.Begin()
	after := r.Resume(Outcome{Kind: Broke, Token: e[0].Token, Error: "Boom"}, epoch)
	if len(after) != 2 || after[0].Kind != Cancel || after[0].Token != e[1].Token || after[1].Kind != Wake {
		t.Fatalf("a branch failed: %+v", after)
	}
	for _, token := range []uint64{e[0].Token, e[1].Token, 99, 0} {
		if got := r.Resume(Outcome{Kind: Done, Token: token, Payload: []byte(`1`)}, epoch); got != nil || r.Waits(token) {
			t.Errorf("token %d was heard: %+v", token, got)
		}
	}
	r.Resume(Outcome{Kind: Woke, Token: after[1].Token}, epoch)
	if r.Status() != Succeeded {
		t.Fatalf("ended %s: %v", r.Status(), r.Failure())
	}
	if r.Resume(Outcome{Kind: Stop}, epoch); r.Status() != Succeeded {
		t.Error("a run that ended was stopped")
	}
}

func TestStop(t *testing.T) {
	r := NewRun(mustParse(t, within(`{"Type":"Wait","Seconds":5,"End":true}`, "")), (&world{}).start(false, nil), true)
	e := r.Begin()
	got := r.Resume(Outcome{Kind: Stop, Error: "E", Cause: "c"}, epoch)
	if r.Status() != Aborted || r.Failure().Error != "E" || r.Failure().Cause != "c" || len(got) != 1 || got[0].Kind != Cancel || got[0].Token != e[0].Token {
		t.Fatalf("%s %v %+v", r.Status(), r.Failure(), got)
	}
}

func TestPureMachinesPauseForBreath(t *testing.T) {
	r := NewRun(mustParse(t, endless), (&world{}).start(true, value.NewObject(0)), false)
	e := r.Begin()
	if len(e) != 1 || e[0].Kind != Wake || r.Status() != Running {
		t.Fatalf("%+v", e)
	}
	before := r.Transitions()
	e2 := r.Resume(Outcome{Kind: Woke, Token: e[0].Token}, e[0].At)
	if r.Transitions() <= before || len(e2) != 1 {
		t.Fatalf("it did not go on: %+v", e2)
	}
}

func TestTransitionsAreStatesAndRetries(t *testing.T) {
	w := &world{functions: map[string][]scriptStep{"f": {{Fail: "Boom"}, {Return: json.RawMessage(`1`)}}}}
	r := w.run(mustParse(t, within(`{`+directF+`,"Retry":[{"ErrorEquals":["Boom"]}],"Next":"D"}`, `,"D":{"Type":"Succeed"}`)), w.start(false, nil))
	if r.Transitions() != 3 {
		t.Errorf("%d transitions", r.Transitions())
	}
}

func TestHistoryAsTheServiceWritesIt(t *testing.T) {
	w := &world{functions: map[string][]scriptStep{"f": {{Fail: "Boom", Message: "m"}, {Return: json.RawMessage(`{"k":1}`)}}}}
	r := w.run(mustParse(t, within(`{"Type":"Map","MaxConcurrency":1,"ItemProcessor":{"StartAt":"T","States":{"T":{`+directF+`,"TimeoutSeconds":9,"Retry":[{"ErrorEquals":["Boom"]}],"End":true}}},"Next":"D"}`,
		`,"D":{"Type":"Succeed"}`)), w.start(false, []any{"a"}))
	var got []string
	for _, e := range r.Events() {
		got = append(got, fmt.Sprintf("%d<%d %s %s", e.ID, e.Previous, e.Type, detailText(e)))
	}
	want := []string{
		`1<0 ExecutionStarted executionStartedEventDetails{"input":"[\"a\"]","inputDetails":{"truncated":false},"roleArn":"arn:aws:iam::000000000000:role/m"}`,
		`2<0 MapStateEntered stateEnteredEventDetails{"name":"S","input":"[\"a\"]","inputDetails":{"truncated":false}}`,
		`3<2 MapStateStarted mapStateStartedEventDetails{"length":1}`,
		`4<3 MapIterationStarted mapIterationStartedEventDetails{"name":"S","index":0}`,
		`5<4 TaskStateEntered stateEnteredEventDetails{"name":"T","input":"\"a\"","inputDetails":{"truncated":false}}`,
		`6<5 LambdaFunctionScheduled lambdaFunctionScheduledEventDetails{"resource":"arn:aws:lambda:us-east-1:000000000000:function:f","input":"\"a\"","inputDetails":{"truncated":false},"timeoutInSeconds":9}`,
		`7<6 LambdaFunctionStarted `,
		`8<7 LambdaFunctionFailed lambdaFunctionFailedEventDetails{"error":"Boom","cause":"{\"errorMessage\":\"m\",\"errorType\":\"Boom\"}"}`,
		`9<8 LambdaFunctionScheduled lambdaFunctionScheduledEventDetails{"resource":"arn:aws:lambda:us-east-1:000000000000:function:f","input":"\"a\"","inputDetails":{"truncated":false},"timeoutInSeconds":9}`,
		`10<9 LambdaFunctionStarted `,
		`11<10 LambdaFunctionSucceeded lambdaFunctionSucceededEventDetails{"output":"{\"k\":1}","outputDetails":{"truncated":false}}`,
		`12<11 TaskStateExited stateExitedEventDetails{"name":"T","output":"{\"k\":1}","outputDetails":{"truncated":false}}`,
		`13<12 MapIterationSucceeded mapIterationSucceededEventDetails{"name":"S","index":0}`,
		`14<13 MapStateSucceeded `,
		`15<13 MapStateExited stateExitedEventDetails{"name":"S","output":"[{\"k\":1}]","outputDetails":{"truncated":false}}`,
		`16<15 SucceedStateEntered stateEnteredEventDetails{"name":"D","input":"[{\"k\":1}]","inputDetails":{"truncated":false}}`,
		`17<16 SucceedStateExited stateExitedEventDetails{"name":"D","output":"[{\"k\":1}]","outputDetails":{"truncated":false}}`,
		`18<17 ExecutionSucceeded executionSucceededEventDetails{"output":"[{\"k\":1}]","outputDetails":{"truncated":false}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestChanceIsOfTheRunsOwn(t *testing.T) {
	m := mustParse(t, within(`{"Type":"Pass","Parameters":{"u.$":"States.UUID()","r.$":"States.MathRandom(0, 1000000)","s.$":"States.MathRandom(0, 1000000, 5)"},"End":true}`, ""))
	out := func(seed uint64) map[string]any {
		s := (&world{}).start(true, nil)
		s.Seed = seed
		r := NewRun(m, s, false)
		r.Begin()
		o := map[string]any{}
		for k, v := range r.Output().(*value.Object).All() {
			o[k] = v
		}
		return o
	}
	a, again, b := out(1), out(1), out(2)
	if diff := cmp.Diff(a, again); diff != "" {
		t.Error(diff)
	}
	if a["u"] == b["u"] || a["r"] == b["r"] || a["s"] != b["s"] {
		t.Errorf("%v %v", a, b)
	}
	u := a["u"].(string)
	if len(u) != 36 || u[14] != '4' || !strings.ContainsRune("89ab", rune(u[19])) {
		t.Errorf("%s is no version 4 UUID", u)
	}
}
