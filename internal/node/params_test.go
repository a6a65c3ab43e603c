package node

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// read runs a node whose function only reads parameters.
func read(t *testing.T, parameters string, params []Param, f func(c *Call)) {
	t.Helper()
	ran := false
	out := world{settings: `"parameters":` + parameters, params: params, run: func(_ context.Context, c *Call) (Result, error) {
		ran = true
		f(c)
		return Result{Outputs: [][]workflow.Item{{}}}, nil
	}}.execute(t)
	if !ran {
		t.Fatalf("%+v", out.Run.Error)
	}
}

func TestReader(t *testing.T) {
	read(t, `{"text":"x","n":3,"nText":" 4 ","list":["a","b"],"names":"a, b,,c","yes":true,"no":"false","o":{"k":1},"json":"{\"k\":2}",
		"rl":{"__rl":true,"mode":"id","value":"id1"},"deep":{"list":[{"a":1},{"a":2}]},"nothing":null,"many":{"a":1}}`, nil, func(c *Call) {
		r := c.At(0)
		for got, want := range map[any]any{
			r.String("text", "d"): "x", r.String("absent", "d"): "d", r.String("nothing", "e"): "e", r.String("n", ""): "3", r.Number("n", 0): 3.0,
			r.Int("nText", 0): 4, r.Int("none", 7): 7, r.Bool("yes", false): true, r.Locator("rl"): "id1", len(r.List("list")): 2,
			len(r.Objects("deep.list")): 2, len(r.Objects("many")): 1, r.Object("o").Len(): 1,
		} {
			if got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		}
		if r.Bool("no", true) || r.Bool("absent", false) || !r.Bool("text", false) {
			t.Error("booleans are read wrong")
		}
		if diff := cmp.Diff([]string{"a", "b", "c"}, r.Names("names")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"a", "b"}, r.Names("list")); diff != "" {
			t.Error(diff)
		}
		if v, _ := r.Object("json").Get("k"); v != 2.0 || r.Err() != nil {
			t.Errorf("JSON text gave %v, %v", v, r.Err())
		}
	})
}

func TestReaderKeepsTheFirstErrorWithItsItem(t *testing.T) {
	read(t, `{"n":"three"}`, nil, func(c *Call) {
		r := c.At(1)
		r.Number("n", 0)
		r.Number("absent", 0)
		err := failureOf(r.Err())
		if err.Item != 1 || err.Err.Message != `The parameter "n" must be a number, not "three".` {
			t.Errorf("%+v", err)
		}
	})
}

func TestDefaultsFollowVersionAndOtherParameters(t *testing.T) {
	params := []Param{
		{Name: "amount", Type: "number", Default: 5.0, Show: map[string][]any{"@version": {2.0}}},
		{Name: "amount", Type: "number", Default: 1.0, Show: map[string][]any{"@version": {1.0}}},
		{Name: "mode", Type: "options", Default: "plain"},
		{Name: "extra", Type: "string", Default: "seen", Show: map[string][]any{"mode": {"plain"}}},
		{Name: "hidden", Type: "string", Default: "unseen", Show: map[string][]any{"mode": {"rich"}}},
		{Name: "loop", Type: "string", Default: "x", Show: map[string][]any{"loop": {"x"}}},
	}
	read(t, `{}`, params, func(c *Call) {
		r := c.At(0)
		if r.Number("amount", 0) != 1 || r.String("extra", "") != "seen" || r.String("hidden", "none") != "none" {
			t.Error("defaults are wrong")
		}
		r.String("loop", "")
	})
	read(t, `{"mode":"rich","amount":9}`, params, func(c *Call) {
		r := c.At(0)
		if r.Number("amount", 0) != 9 || r.String("extra", "none") != "none" || r.String("hidden", "") != "unseen" {
			t.Error("defaults are wrong")
		}
	})
}

func TestToNumberAsJavaScript(t *testing.T) {
	for _, c := range []struct {
		v    any
		want float64
	}{
		{nil, 0}, {true, 1}, {"", 0}, {" 12 ", 12}, {"1e3", 1000}, {"0x1F", 31}, {"-Infinity", math.Inf(-1)}, {".5", .5}, {[]any{}, 0}, {[]any{"7"}, 7},
	} {
		if got := ToNumber(c.v); got != c.want {
			t.Errorf("%v gives %v, want %v", c.v, got, c.want)
		}
	}
	for _, v := range []any{"12px", "1_000", "0xZ", "e5", "NaN", value.NewObject(0), []any{1.0, 2.0}, "1,5", "--1"} {
		if got := ToNumber(v); !math.IsNaN(got) {
			t.Errorf("%v gives %v, want NaN", v, got)
		}
	}
}

func TestToNumberReadsWhatFormatNumberWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Float64().Draw(t, "n")
		if got := ToNumber(value.FormatNumber(n)); got != n {
			t.Fatalf("%v became %v", n, got)
		}
	})
}

func TestJSString(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{nil, "null"}, {1.5, "1.5"}, {true, "true"}, {[]any{1.0, nil, "x", []any{2.0}}, "1,,x,2"}, {value.NewObject(0), "[object Object]"},
	} {
		if got := JSString(c.v); got != c.want {
			t.Errorf("%v gives %q, want %q", c.v, got, c.want)
		}
	}
}

func TestSchema(t *testing.T) {
	s := Spec{Name: "T", Description: "d", Params: []Param{
		{Name: "a", Type: "number", Required: true, Default: 1.0},
		{Name: "b", Type: "options", Options: []Option{{Value: "x", Name: "X"}}},
		{Name: "c", Type: "string", Show: map[string][]any{"b": {"x"}}}, {Name: "c", Type: "boolean"},
	}}
	want := `{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"T","description":"d","type":"object","properties":{` +
		`"a":{"default":1,"type":["number","string"]},"b":{"anyOf":[{"const":"x","title":"X"},{"type":"string","pattern":"^="}]},` +
		`"c":{"anyOf":[{"type":["string"]},{"type":["boolean","string"]}]}},"required":["a"]}`
	if diff := cmp.Diff(want, string(value.JSON(s.Schema()))); diff != "" {
		t.Error(diff)
	}
}
