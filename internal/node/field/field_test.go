package field

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/value"
)

func parse(t *testing.T, text string) *value.Object {
	t.Helper()
	o, err := value.ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestSplit(t *testing.T) {
	for path, want := range map[string][]string{
		"a":              {"a"},
		"a.b.c":          {"a", "b", "c"},
		"a[0].b":         {"a", "0", "b"},
		`a["x.y"].z`:     {"a", "x.y", "z"},
		`a['it\'s']`:     {"a", "it's"},
		".a":             {"", "a"},
		"a..b":           {"a", "", "b"},
		"a[]":            {"a", ""},
		"a[b]":           {"a", "b"},
		"data[-1].value": {"data", "-1", "value"},
	} {
		if diff := cmp.Diff(want, Split(path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func TestSet(t *testing.T) {
	for _, c := range []struct{ in, path, want string }{
		{`{}`, "a", `{"a":1}`},
		{`{}`, "a.b", `{"a":{"b":1}}`},
		{`{}`, "a[1].b", `{"a":[null,{"b":1}]}`},
		{`{"a.b":0}`, "a.b", `{"a.b":1}`},
		{`{"a":"text"}`, "a.b", `{"a":{"b":1}}`},
		{`{"a":[1,2]}`, "a[0]", `{"a":[1,2]}`},
		{`{"a":[1,2]}`, "a.x", `{"a":[1,2]}`},
		{`{"a":{"b":2,"c":3}}`, "a.b", `{"a":{"b":1,"c":3}}`},
		{`{}`, "__proto__.x", `{}`},
		{`{}`, "a.constructor.x", `{}`},
	} {
		o := parse(t, c.in)
		if err := Set(o, c.path, 1.0); err != nil {
			t.Errorf("%s: %v", c.path, err)
		}
		if got := string(value.JSON(o)); got != c.want {
			t.Errorf("%s with %s gives %s, want %s", c.in, c.path, got, c.want)
		}
	}
	if err := Set(parse(t, `{}`), "a[999999999]", 1.0); err == nil {
		t.Error("a huge index was accepted")
	}
}

func TestUnset(t *testing.T) {
	for _, c := range []struct{ in, path, want string }{
		{`{"a":1,"b":2}`, "a", `{"b":2}`},
		{`{"a":{"b":1,"c":2}}`, "a.b", `{"a":{"c":2}}`},
		{`{"a":[1,2]}`, "a[0]", `{"a":[null,2]}`},
		{`{"a":1}`, "a.b.c", `{"a":1}`},
		{`{"a.b":1,"a":{"b":2}}`, "a.b", `{"a":{"b":2}}`},
	} {
		o := parse(t, c.in)
		Unset(o, c.path)
		if got := string(value.JSON(o)); got != c.want {
			t.Errorf("%s without %s gives %s, want %s", c.in, c.path, got, c.want)
		}
	}
}

// What is set can be read back, and the original that a shallow copy shares its
// insides with stays as it was.
func TestSetThenGetLeavesTheOriginalAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{`{}`, `{"a":{"b":{"c":1}},"l":[{"x":1},2]}`, `{"a":[[1],[2]],"b":"s"}`}).Draw(t, "object")
		path := rapid.StringMatching(`[abl](\.[abcx]|\[[0-3]\]){0,3}`).Draw(t, "path")
		original, _ := value.ParseObject([]byte(text))
		o := original.Shallow()
		if err := Set(o, path, "new"); err != nil {
			t.Fatal(err)
		}
		if got := string(value.JSON(original)); got != text {
			t.Fatalf("the original became %s", got)
		}
		if got, ok := Get(o, path); ok && got != "new" {
			t.Fatalf("read back %v", got)
		}
		Unset(o, path)
		if got := string(value.JSON(original)); got != text {
			t.Fatalf("Unset changed the original to %s", got)
		}
	})
}
