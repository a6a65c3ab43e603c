package workflow

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

var sameValues = cmp.Options{
	cmp.Comparer(func(a, b *value.Object) bool {
		return (a == nil) == (b == nil) && string(value.JSON(a)) == string(value.JSON(b))
	}),
	cmpopts.EquateEmpty(),
}

func genValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kind := rapid.IntRange(0, 5).Draw(t, "kind")
		if depth == 0 {
			kind %= 4
		}
		switch kind {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return rapid.Float64Range(-1e9, 1e9).Draw(t, "number")
		case 3:
			return rapid.String().Draw(t, "text")
		case 4:
			return rapid.SliceOfN(genValue(depth-1), 0, 3).Draw(t, "list")
		}
		return genObject(depth-1).Draw(t, "object")
	})
}

func genObject(depth int) *rapid.Generator[*value.Object] {
	return rapid.Custom(func(t *rapid.T) *value.Object {
		o := value.NewObject(2)
		for range rapid.IntRange(0, 3).Draw(t, "keys") {
			o.Set(rapid.StringMatching(`[a-z0-9]{1,3}|json|binary|pairedItem|error`).Draw(t, "key"), genValue(depth).Draw(t, "value"))
		}
		return o
	})
}

var genItem = rapid.Custom(func(t *rapid.T) Item {
	it := Item{JSON: genObject(2).Draw(t, "json"), Error: rapid.SampledFrom([]string{"", "broken"}).Draw(t, "error")}
	for range rapid.IntRange(0, 3).Draw(t, "origins") {
		it.Paired = append(it.Paired, Paired{Item: rapid.IntRange(0, 1000).Draw(t, "item"), Input: rapid.IntRange(0, 3).Draw(t, "input")})
	}
	for _, name := range rapid.SampledFrom([][]string{nil, {"data"}, {"a", "b"}}).Draw(t, "files") {
		if it.Binary == nil {
			it.Binary = map[string]Binary{}
		}
		f := Binary{MimeType: "text/plain", FileName: rapid.String().Draw(t, "name"), Extension: "txt", FileType: "text"}
		if rapid.Bool().Draw(t, "inline") {
			f.Data = rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "data")
			f.Size = int64(len(f.Data))
		} else {
			f.Ref, f.Size = "blob/1", 5_000_000
		}
		it.Binary[name] = f
	}
	return it
})

func TestItemsSurviveTheCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(genItem, 0, 4).Draw(t, "items")
		if rapid.Bool().Draw(t, "nil") {
			items = nil
		}
		got, err := ParseItems(AppendItems(nil, items))
		if err != nil {
			t.Fatal(err)
		}
		if (got == nil) != (items == nil) {
			t.Fatalf("nil became %v or the other way round", got)
		}
		if diff := cmp.Diff(items, got, sameValues); diff != "" {
			t.Fatal(diff)
		}
	})
}

var genRun = rapid.Custom(func(t *rapid.T) *NodeRun {
	r := &NodeRun{
		Node: rapid.String().Draw(t, "node"), Index: rapid.IntRange(0, 99).Draw(t, "index"),
		Status: rapid.SampledFrom([]RunStatus{RunCompleted, RunFailed, RunSkipped}).Draw(t, "status"), Attempts: rapid.IntRange(0, 5).Draw(t, "attempts"),
		Duration: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "duration")), InItems: 1, OutItems: 2, InBytes: 3, OutBytes: 4,
		CostMicro: rapid.Int64Range(0, 1e12).Draw(t, "cost"), Pinned: rapid.Bool().Draw(t, "pinned"),
		Logs: rapid.SampledFrom([][]string{nil, {"a", "b\n"}}).Draw(t, "logs"),
	}
	if rapid.Bool().Draw(t, "sub") {
		r.Sub = &SubRuns{Count: rapid.IntRange(0, 9).Draw(t, "subs"), Tokens: rapid.Int64Range(0, 1e9).Draw(t, "subTokens"), CostMicro: rapid.Int64Range(0, 1e9).Draw(t, "subCost")}
		r.Error = &NodeError{Code: "NODE_ERROR", Child: rapid.String().Draw(t, "child")}
	}
	if rapid.Bool().Draw(t, "started") {
		r.StartedAt = time.UnixMicro(rapid.Int64Range(1, 4e15).Draw(t, "at")).UTC()
	}
	for range rapid.IntRange(0, 3).Draw(t, "outputs") {
		r.Outputs = append(r.Outputs, rapid.OneOf(rapid.Just([]Item(nil)), rapid.SliceOfN(genItem, 0, 2)).Draw(t, "output"))
	}
	for range rapid.IntRange(0, 2).Draw(t, "sources") {
		r.Sources = append(r.Sources, Source{Node: rapid.String().Draw(t, "source"), Output: rapid.IntRange(0, 9).Draw(t, "out"), Run: rapid.IntRange(0, 9).Draw(t, "run")})
	}
	if rapid.Bool().Draw(t, "state?") {
		r.State = genObject(1).Draw(t, "state")
	}
	if rapid.Bool().Draw(t, "failed?") {
		r.Error = &NodeError{Code: fault.CodeNodeError, Message: "no", Detail: rapid.String().Draw(t, "detail"), Item: rapid.IntRange(-1, 3).Draw(t, "item"), Line: 2}
	}
	if rapid.Bool().Draw(t, "usage?") {
		r.Usage = &TokenUsage{Model: "m", Prompt: 1, Completion: 2, Total: 3, Cached: 4}
	}
	return r
})

func TestRunsSurviveTheCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := genRun.Draw(t, "run")
		got, err := ParseRun(AppendRun(nil, run))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(run, got, sameValues); diff != "" {
			t.Fatal(diff)
		}
		for i, out := range run.Outputs {
			if (out == nil) != (got.Outputs[i] == nil) {
				t.Fatalf("output %d: nil and empty were confused", i)
			}
		}
	})
}

func TestParseRunRefusesAnotherForm(t *testing.T) {
	if _, err := ParseRun([]byte(`{"v":99,"n":"A"}`)); err == nil {
		t.Error("a checkpoint of an unknown form was read")
	}
}

func TestItemsOfForeignForms(t *testing.T) {
	for text, want := range map[string]string{
		`[{"json":{"a":1},"pairedItem":3}]`:                   `[{"json":{"a":1},"pairedItem":{"item":3}}]`,
		`[{"json":{},"pairedItem":[1,{"item":2,"input":1}]}]`: `[{"json":{},"pairedItem":[{"item":1},{"item":2,"input":1}]}]`,
		`{"a":1}`:                                `[{"json":{"a":1}}]`,
		`[{"binary":{"d":{"mimeType":"x"}}}]`:    `[{"json":{},"binary":{"d":{"mimeType":"x"}}}]`,
		`[{"json":{},"error":{"message":"no"}}]`: `[{"json":{},"error":"no"}]`,
		`[{}]`:                                   `[{"json":{}}]`,
	} {
		items, err := ParseItems([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := string(AppendItems(nil, items)); got != want {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{`[1]`, `"x"`, `[{"json":5}]`, `[{"json":{},"binary":{"d":7}}]`, `[{"json":{},"binary":{"d":{"data":"%%%"}}}]`} {
		if items, err := ParseItems([]byte(text)); err == nil {
			t.Errorf("%s gave %v", text, items)
		}
	}
}

func TestSizeOfIsNearTheJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := genObject(2).Draw(t, "json")
		got, want := SizeOf([]Item{{JSON: o}}), len(value.JSON(o))
		if got < want/2-10 || got > want*2+40 {
			t.Fatalf("%d for %d bytes: %s", got, want, value.JSON(o))
		}
	})
}

func FuzzParseItems(f *testing.F) {
	f.Add([]byte(`[{"json":{"a":1},"pairedItem":[{"item":1}],"binary":{"x":{"data":"aGk="}}}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		items, err := ParseItems(raw)
		if err != nil {
			return
		}
		again, err := ParseItems(AppendItems(nil, items))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(items, again, sameValues); diff != "" {
			t.Error(diff)
		}
	})
}
