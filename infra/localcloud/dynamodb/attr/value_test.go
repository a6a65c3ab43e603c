package attr

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
)

// anyValue draws a value of any type, nested to a depth.
func anyValue(depth int) *rapid.Generator[Value] {
	return rapid.Custom(func(t *rapid.T) Value {
		kinds := []Kind{String, Number, Binary, Bool, Null, StringSet, NumberSet, BinarySet}
		if depth > 0 {
			kinds = append(kinds, List, Map)
		}
		v := Value{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		switch v.Kind {
		case Bool:
			v.Bool = rapid.Bool().Draw(t, "bool")
		case Null:
		case List:
			for range rapid.IntRange(0, 3).Draw(t, "length") {
				v.Kids = append(v.Kids, Field{Value: anyValue(depth-1).Draw(t, "element")})
			}
		case Map:
			v.Kids = anyFields(t, depth-1)
		case StringSet, NumberSet, BinarySet:
			for range rapid.IntRange(1, 4).Draw(t, "size") {
				v.Kids = append(v.Kids, Field{Value: Value{Kind: v.Kind.Element(), Str: anyText(t, v.Kind.Element())}})
			}
			v.Kids = SortSet(v.Kids)
		default:
			v.Str = anyText(t, v.Kind)
		}
		return v
	})
}

func anyText(t *rapid.T, kind Kind) string {
	switch kind {
	case Number:
		return number(t, "number")
	case Binary:
		return string(rapid.SliceOf(rapid.Byte()).Draw(t, "binary"))
	}
	return strings.ToValidUTF8(rapid.String().Draw(t, "string"), "?")
}

func anyFields(t *rapid.T, depth int) []Field {
	var out []Field
	for range rapid.IntRange(0, 5).Draw(t, "fields") {
		name := rapid.StringMatching(`[a-zé"]{1,3}`).Draw(t, "name")
		out = append(out, Field{Name: name, Value: anyValue(depth).Draw(t, "value")})
	}
	return sortFields(out)
}

func TestItemsSurviveJSONAndStorage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := Item(anyFields(t, 3))
		text := item.AppendJSON(nil)
		if !json.Valid(text) {
			t.Fatalf("not JSON: %s", text)
		}
		r := wirejson.NewReader(text)
		read := ReadItem(r)
		if r.Err() != nil {
			t.Fatalf("%s: %v", text, r.Err())
		}
		stored := read.AppendStored(nil)
		back, err := ReadStored(stored)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(item, back, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("-want +got:\n%s", d)
		}
		if direct := AppendStoredJSON(nil, stored); !bytes.Equal(direct, text) {
			t.Fatalf("from storage %s, from the item %s", direct, text)
		}
		if got, want := StoredSize(stored), item.Size(); got != want {
			t.Fatalf("stored size %d, want %d", got, want)
		}
		whole := Value{Kind: Map, Kids: item}
		if same := (Value{Kind: Map, Kids: back}); !Equal(&whole, &same) {
			t.Fatalf("%s is not equal to itself", text)
		}
	})
}

func TestReadRefuses(t *testing.T) {
	deep := func(n int) string {
		return strings.Repeat(`{"L":[`, n) + `{"S":"x"}` + strings.Repeat(`]}`, n)
	}
	for _, c := range []struct{ doc, want string }{
		{`{}`, string(errNoType)},
		{`{"Q":"a"}`, string(errNoType)},
		{`{"S":"a","N":"1"}`, string(errTwoTypes)},
		{`{"NULL":false}`, string(errNullFalse)},
		{`{"N":"abc"}`, "The parameter cannot be converted to a numeric value: abc"},
		{`{"SS":[]}`, "One or more parameter values were invalid: An string set  may not be empty"},
		{`{"NS":[]}`, "One or more parameter values were invalid: An number set  may not be empty"},
		{`{"BS":[]}`, "One or more parameter values were invalid: Binary sets should not be empty"},
		{`{"SS":["b","a","b"]}`, "One or more parameter values were invalid: Input collection [b, a, b] contains duplicates."},
		{`{"NS":["1","1.0"]}`, "Input collection contains duplicates"},
		{`{"BS":["YQ==","YQ=="]}`, "One or more parameter values were invalid: Input collection of type BS contains duplicates."},
		{`{"M":{"":{"S":"a"}}}`, string(errNoName)},
		{deep(32), string(errNesting)},
		{`{"N":1}`, wirejson.ErrSyntax.Error()},
		{`{"S":1}`, wirejson.ErrSyntax.Error()},
		{`{"B":"no base64"}`, wirejson.ErrSyntax.Error()},
		{`"a"`, wirejson.ErrSyntax.Error()},
	} {
		r := wirejson.NewReader([]byte(c.doc))
		ReadValue(r)
		if got := fmt.Sprint(r.Err()); got != c.want {
			t.Errorf("%.60s: %s, want %s", c.doc, got, c.want)
		}
	}
	r := wirejson.NewReader([]byte(deep(31)))
	if ReadValue(r); r.Err() != nil {
		t.Errorf("31 lists around a string: %v", r.Err())
	}
}

func TestSize(t *testing.T) {
	for doc, want := range map[string]int{
		`{"a":{"S":"abc"}}`: 4, `{"aé":{"S":"é"}}`: 5, `{"a":{"BOOL":true}}`: 2, `{"a":{"NULL":true}}`: 2,
		`{"a":{"N":"0"}}`: 2, `{"a":{"N":"1"}}`: 3, `{"a":{"N":"100"}}`: 3, `{"a":{"N":"101"}}`: 4, `{"a":{"N":"-12.5"}}`: 5,
		`{"a":{"N":"0.001"}}`: 3, `{"a":{"L":[]}}`: 4, `{"a":{"L":[{"S":"x"},{"S":"yz"}]}}`: 9,
		`{"a":{"M":{"k":{"S":"x"}}}}`: 7, `{"a":{"SS":["x","yz"]}}`: 4, `{"a":{"B":"` + base64.StdEncoding.EncodeToString([]byte("12345")) + `"}}`: 6,
	} {
		if got := ReadItem(wirejson.NewReader([]byte(doc))).Size(); got != want {
			t.Errorf("size of %s is %d, want %d", doc, got, want)
		}
	}
}

func TestSortFormsKeepTheOrderOfStrings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a', 0xff}), 0, 5)
		a, b := string(text.Draw(t, "a")), string(text.Draw(t, "b"))
		sa := AppendSortable(nil, &Value{Kind: Binary, Str: a})
		sb := AppendSortable(nil, &Value{Kind: Binary, Str: b})
		if got, want := bytes.Compare(sa, sb), strings.Compare(a, b); got != want {
			t.Fatalf("%q and %q: %d, want %d", a, b, got, want)
		}
		if got, want := bytes.HasPrefix(sb, AppendSortablePrefix(nil, a)), strings.HasPrefix(b, a); got != want {
			t.Fatalf("%q begins with %q: %v, want %v", b, a, got, want)
		}
		if a != b && bytes.HasPrefix(sb, sa) {
			t.Fatalf("the sort form of %q begins with that of %q", b, a)
		}
	})
}

func FuzzReadStored(f *testing.F) {
	item := Item{{Name: "pk", Value: Value{Kind: String, Str: "a"}}, {Name: "l", Value: Value{Kind: List, Kids: []Field{{Value: Value{Kind: Null}}}}}}
	f.Add(item.AppendStored(nil))
	f.Fuzz(func(t *testing.T, stored []byte) {
		if it, err := ReadStored(stored); err == nil {
			it.AppendJSON(nil)
		}
		AppendStoredJSON(nil, stored)
	})
}

func BenchmarkItem(b *testing.B) {
	doc := []byte(`{"pk":{"S":"ten_01ARZ3NDEKTSV4RRFFQ69G5FAV#exe_01ARZ3NDEKTSV4RRFFQ69G5FAV"},"sk":{"S":"control"},"st":{"S":"running"},"ge":{"N":"3"},` +
		`"cl":{"M":{"a":{"S":"x"},"b":{"N":"12"}}},"du":{"N":"1795467285225"},"ve":{"N":"7"},"ok":{"BOOL":true}}`)
	item := ReadItem(wirejson.NewReader(doc))
	stored := item.AppendStored(nil)
	b.Run("ReadJSON", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			ReadItem(wirejson.NewReader(doc))
		}
	})
	b.Run("ReadStored", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			_, _ = ReadStored(stored)
		}
	})
	b.Run("AppendStored", func(b *testing.B) {
		out := make([]byte, 0, 1024)
		for range b.N {
			out = item.AppendStored(out[:0])
		}
	})
	b.Run("AppendStoredJSON", func(b *testing.B) {
		out := make([]byte, 0, 1024)
		for range b.N {
			out = AppendStoredJSON(out[:0], stored)
		}
	})
}
