package wirejson

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// read makes of a document what encoding/json makes of it, numbers as int64.
func read(r *Reader) any {
	first, key := true, ""
	switch r.Peek() {
	case '{':
		out := map[string]any{}
		for r.Object(); r.NextKey(&key, &first); {
			out[key] = read(r)
		}
		return out
	case '[':
		out := []any{}
		for r.Array(); r.NextItem(&first); {
			out = append(out, read(r))
		}
		return out
	case '"':
		return r.String()
	case 't', 'f':
		return r.Bool()
	case 'n':
		r.Null()
		return nil
	default:
		return float64(r.Int())
	}
}

func TestReaderReadsWhatEncodingJSONReads(t *testing.T) {
	for _, doc := range []string{
		`{}`, `[]`, ` { "a" : [ 1 , -2 , true , false , null , "x" ] } `,
		`"\"\\\/\b\f\n\r\té😀 \ud83d x"`, `"plain é"`,
		`{"a":{"b":{"c":[[[]]]}}}`, `""`, `12`, `[{"a":"b"},{}]`,
	} {
		var want any
		if err := json.Unmarshal([]byte(doc), &want); err != nil {
			t.Fatal(err)
		}
		r := NewReader([]byte(doc))
		got := read(r)
		r.End()
		if r.Err() != nil {
			t.Errorf("%s: %v", doc, r.Err())
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", doc, d)
		}
		skipped := NewReader([]byte(doc))
		skipped.Skip()
		skipped.End()
		if skipped.Err() != nil {
			t.Errorf("skipping %s: %v", doc, skipped.Err())
		}
	}
}

func TestReaderRefusesWhatIsNotJSON(t *testing.T) {
	for _, doc := range []string{
		``, `{`, `}`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `[1 2]`, `"a`, `"\x"`, `"\u12"`, "\"\n\"",
		`tru`, `nul`, `-`, `1 1`, `{"a":1}}`, `[`, `"\`, `{,}`, `[,]`,
	} {
		for name, walk := range map[string]func(*Reader){"read": func(r *Reader) { read(r) }, "skip": (*Reader).Skip} {
			r := NewReader([]byte(doc))
			walk(r)
			r.End()
			if r.Err() == nil {
				t.Errorf("%s accepts %q", name, doc)
			}
		}
	}
}

func TestSkipIsBounded(t *testing.T) {
	deep := make([]byte, 100_000)
	for i := range deep {
		deep[i] = '['
	}
	r := NewReader(deep)
	r.Skip()
	if r.Err() == nil {
		t.Error("a hundred thousand open brackets were passed over")
	}
}

func TestAppendedStringsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		text := AppendString(nil, s)
		var std string
		if err := json.Unmarshal(text, &std); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if own := NewReader(text).String(); own != std {
			t.Fatalf("%s: read %q, encoding/json %q", text, own, std)
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(`{"TableName":"t","Key":{"pk":{"S":"aé"}},"Limit":1}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r := NewReader(doc)
		r.Skip()
		r.End()
		if json.Valid(doc) && r.Err() != nil && len(doc) < maxDepth {
			t.Errorf("%q is valid: %v", doc, r.Err())
		}
	})
}
