package asl

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/theory/jsonpath"
)

// FuzzParse holds that no text makes the parser or a run of what it accepts panic
// or hang: every run ends or waits within a bounded number of steps.
func FuzzParse(f *testing.F) {
	var cases []machineCase
	readCases(f, "machines.json", &cases)
	for _, c := range cases {
		f.Add(string(c.Definition), string(c.Runs[0].Input))
	}
	f.Add(`{"StartAt":"S","States":{"S":{"Type":"Pass","Parameters":{"a.$":"States.Format('{}',$..a[?(@.b>1)])"},"End":true}}}`, `{"a":[{"b":2}]}`)
	f.Fuzz(func(t *testing.T, definition, input string) {
		m, err := Parse([]byte(definition))
		if err != nil {
			return
		}
		in, err := ParseJSON([]byte(input))
		if err != nil {
			in = nil
		}
		r := NewRun(m, (&world{}).start(true, in), false)
		todo := r.Begin()
		now := epoch
		for i := 0; i < 50 && len(todo) > 0 && r.Status() == Running; i++ {
			e := todo[0]
			todo = todo[1:]
			o := Outcome{Kind: Woke, Token: e.Token}
			if e.Kind == Invoke {
				o = Outcome{Kind: OutcomeKind(i % 2), Token: e.Token, Payload: e.Task.Payload, Error: "Boom"}
			}
			now = now.Add(time.Second)
			todo = append(todo, r.Resume(o, now)...)
		}
		if r.Status() == Succeeded && tooLarge(r.Output()) {
			t.Error("an output that is too large")
		}
	})
}

// FuzzPath compares the paths with the library's own evaluation, where the path is
// one of RFC 9535 and the library's order is not by chance.
func FuzzPath(f *testing.F) {
	for _, p := range []string{"$", "$.a", "$.a.b[0]", "$['a b'][1]", "$[-1]", "$.a[1:3]", "$.a[::2]", "$.a[::-1]", "$.a[0,2]", "$..b", "$.a[*].b", "$.a[?(@.b > 1)]", "$.a[?@.b == 'x' && @.c]", "$.a-b", "$..a-b", `$["q"]`, "$.a[?(@['b'])]"} {
		f.Add(p, `{"a":[{"b":1,"c":null},{"b":2},{"b":"x","c":3}],"a b":[1,2],"a-b":7,"q":{"b":{"b":0}}}`)
	}
	f.Fuzz(func(t *testing.T, path, document string) {
		p, err := ParsePath(path)
		if err != nil {
			return
		}
		v, err := ParseJSON([]byte(document))
		if err != nil {
			return
		}
		got, found := p.Find(v)
		if p.context {
			return
		}
		theirs, err := jsonpath.Parse(path)
		if err != nil {
			return // the service takes more names than the RFC
		}
		want := theirs.Select(toMaps(v))
		if p.definite {
			if found != (len(want) == 1) || (found && !cmp.Equal(toMaps(got), want[0])) {
				t.Fatalf("%s of %s gives %s (%v), the library %v", path, document, JSON(got), found, want)
			}
			return
		}
		if n := len(got.([]any)); n != len(want) {
			t.Fatalf("%s of %s gives %s, the library %d values", path, document, JSON(got), len(want))
		}
	})
}

// FuzzJSON holds the JSON reader to the standard library's idea of what is valid,
// and a value to its own text.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+3,"\u00e9\ud83d\ude00\n"],"b":null}`, `[true,false,{}]`, `"\ud800"`, `01`, `1.`, `{"a":1,}`, ` null `, `{"a":1,"a":2}`, "\"\x01\"", `-`, `1e`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseJSON([]byte(s))
		if ok := json.Valid([]byte(s)); ok != (err == nil) {
			if err == nil || err.Error()[:len("invalid JSON: nested")] != "invalid JSON: nested" {
				t.Fatalf("%q: %v, valid is %v", s, err, ok)
			}
			return
		}
		if err != nil {
			return
		}
		text := JSON(v)
		again, err := ParseJSON(text)
		if err != nil || string(JSON(again)) != string(text) || !Equal(v, again) {
			t.Fatalf("%q became %s and then %s: %v", s, text, JSON(again), err)
		}
		if n := size(v, 1<<30); n != len(text) {
			t.Fatalf("the size of %s is %d, not %d", text, n, len(text))
		}
	})
}
