package value

import (
	"math"
	"testing"
)

func TestJSONRoundTripKeepsOrder(t *testing.T) {
	for _, text := range []string{
		`null`, `true`, `[]`, `{}`, `"a\"b\\c\n\u0001é😀"`, `[1,-0.5,1e+21,1e-7,123456789012345680000]`,
		`{"b":1,"a":{"z":[1,{"y":null}],"c":2}}`,
	} {
		v, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := string(JSON(v)); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
}

func TestArrayIndexKeysComeFirst(t *testing.T) {
	v, _ := Parse([]byte(`{"b":1,"10":2,"2":3,"01":4,"a":5}`))
	if got, want := string(JSON(v)), `{"2":3,"10":2,"b":1,"01":4,"a":5}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{``, `{`, `{"a"}`, `[1,]`, `1 2`, `nul`, `{"a":1}}`} {
		if v, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q gave %v, want an error", text, v)
		}
	}
}

func TestObjectSetDeleteBeyondIndexing(t *testing.T) {
	o := NewObject(0)
	for i := range 100 {
		o.Set(string(rune('a'+i%26))+string(rune('a'+i/26)), float64(i))
	}
	for i := 0; i < 100; i += 2 {
		if !o.Delete(string(rune('a'+i%26)) + string(rune('a'+i/26))) {
			t.Fatalf("key %d was lost", i)
		}
	}
	if o.Len() != 50 {
		t.Fatalf("%d keys left, want 50", o.Len())
	}
	for i := 1; i < 100; i += 2 {
		if v, ok := o.Get(string(rune('a'+i%26)) + string(rune('a'+i/26))); !ok || v != float64(i) {
			t.Errorf("key %d gives %v, %v", i, v, ok)
		}
	}
}

func TestFormatNumberAsJavaScript(t *testing.T) {
	for n, want := range map[float64]string{
		0: "0", 1: "1", -1.5: "-1.5", 1e21: "1e+21", 1e-7: "1e-7", 1.5e-10: "1.5e-10",
		123456789012345680000: "123456789012345680000", math.Inf(1): "Infinity", 0.30000000000000004: "0.30000000000000004",
	} {
		if got := FormatNumber(n); got != want {
			t.Errorf("%g gives %s, want %s", n, got, want)
		}
	}
}

func TestCloneIsDeep(t *testing.T) {
	a := Obj("x", []any{Obj("y", 1.0)})
	b := a.Clone()
	list, _ := b.Get("x")
	list.([]any)[0].(*Object).Set("y", 2.0)
	if !Equal(a, Obj("x", []any{Obj("y", 1.0)})) {
		t.Error("changing the clone changed the original")
	}
}
