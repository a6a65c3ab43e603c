package convert

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/value"
)

func TestTo(t *testing.T) {
	obj := value.Obj("a", 1.0)
	for _, c := range []struct {
		v    any
		typ  string
		opt  Options
		want string // JSON, "" for an error
	}{
		{"5", "number", Options{}, `5`}, {"5", "number", Options{Strict: true}, ``}, {"x", "number", Options{}, ``}, {nil, "number", Options{Strict: true}, `null`},
		{"TRUE", "boolean", Options{}, `true`}, {1.0, "boolean", Options{}, `true`}, {2.0, "boolean", Options{}, ``}, {"", "boolean", Options{}, ``},
		{1.5, "string", Options{}, `1.5`}, {1.5, "string", Options{ParseStrings: true}, `"1.5"`}, {1.5, "string", Options{ParseStrings: true, Strict: true}, ``},
		{`[1]`, "array", Options{}, `[1]`}, {`['a']`, "array", Options{}, `["a"]`}, {`{}`, "array", Options{}, ``}, {obj, "array", Options{}, ``},
		{`{a:1}`, "object", Options{}, `{"a":1}`}, {obj, "object", Options{Strict: true}, `{"a":1}`}, {`[]`, "object", Options{}, ``}, {`null`, "object", Options{}, `null`},
		{"10:30", "time", Options{}, `"10:30"`}, {"25h", "time", Options{}, ``}, {"2024-01-05", "dateTime", Options{}, `"2024-01-05T00:00:00Z"`}, {"soon", "dateTime", Options{}, ``},
		{obj, "any", Options{}, `{"a":1}`},
	} {
		got, err := To("f", c.v, c.typ, c.opt)
		if err != nil {
			if c.want != "" || !strings.Contains(err.Error(), "'f' expects") {
				t.Errorf("%v to %s: %v", c.v, c.typ, err)
			}
			continue
		}
		if text := string(value.JSON(value.From(got))); text != c.want {
			t.Errorf("%v to %s gives %s, want %s", c.v, c.typ, text, c.want)
		}
	}
}

func TestRepair(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1}`:                         `{"a":1}`,
		"```json\n{\"a\": [1, 2,],}\n```": `{"a":[1,2]}`,
		`{a: 'x', "b": True, c: None}`:    `{"a":"x","b":true,"c":null}`,
		`{"a": "line
two"}`: `{"a":"line\ntwo"}`,
		`{"a": "say "hi" now"}`:             `{"a":"say \"hi\" now"}`,
		`{"a": 1 "b": 2}`:                   `{"a":"1 \"b\": 2"}`,
		`{"a": {"b": [1, 2`:                 `{"a":{"b":[1,2]}}`,
		`{"a": undefined, /* no */ "b": 1}`: `{"a":null,"b":1}`,
		`{“a”: “x”}`:                        `{"a":"x"}`,
		`{"t": 2024-01-05T10:00:00Z}`:       `{"t":"2024-01-05T10:00:00Z"}`,
		`{"a":"\u00e9\ud83d\ude00"}`:        `{"a":"é😀"}`,
	} {
		got, err := Repair(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
		} else if text := string(value.JSON(got)); text != want {
			t.Errorf("%s gives %s, want %s", in, text, want)
		}
	}
	for _, in := range []string{``, `{`, `[1`, strings.Repeat("[", 1000)} {
		_, err := Repair(in)
		if (err == nil) != (in == `{` || in == `[1`) {
			t.Errorf("%.20q: %v", in, err)
		}
	}
}

func TestJSLiteralIsNotARepair(t *testing.T) {
	for _, in := range []string{`{a 1}`, `[1 2]`, `{"a":"x`, `nonsense`, `{"a":1}}`} {
		if v, err := JSLiteral(in); err == nil {
			t.Errorf("%s gives %s", in, value.JSON(v))
		}
	}
}

// Whatever is JSON is read as what it is.
func TestLenientReadersReadJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := value.NewObject(3)
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			o.Set(rapid.StringMatching(`[a-z]{1,3}`).Draw(t, "k"), rapid.OneOf(
				rapid.Just[any](nil), rapid.Just[any](true), rapid.Map(rapid.Float64Range(-1e6, 1e6), func(f float64) any { return f }),
				rapid.Map(rapid.String(), func(s string) any { return s })).Draw(t, "v"))
		}
		text := string(value.JSON(o))
		got, err := JSLiteral(text)
		if err != nil || string(value.JSON(got)) != text {
			t.Fatalf("%s gives %s, %v", text, value.JSON(got), err)
		}
	})
}

func FuzzRepair(f *testing.F) {
	for _, s := range []string{`{a: 'x',}`, "```json\n{}\n```", `{"a": "b`, `[1 2 {`, `{"a" "b"}`, `{]`, `[}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := Repair(s); err == nil {
			if _, err := value.Parse(value.JSON(v)); err != nil {
				t.Error(err)
			}
		}
	})
}
