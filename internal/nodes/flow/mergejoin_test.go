package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

var genJoined = rapid.Custom(func(t *rapid.T) []workflow.Item {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) workflow.Item {
		o := value.NewObject(2)
		for _, k := range []string{"a", "b"} {
			switch v := rapid.SampledFrom([]any{nil, true, 1.0, "1", "x", []any{1.0}, value.Obj("k", "v"), value.Obj("k", nil), "none"}).Draw(t, k); v {
			case "none":
			default:
				o.Set(k, v)
			}
		}
		return workflow.Item{JSON: o}
	}), 0, 12).Draw(t, "items")
})

// The index of the second input finds what comparing everything finds.
func TestFinderMissesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genJoined.Draw(t, "1"), genJoined.Draw(t, "2")
		j := join{
			pairs: []pair{{"a", "a"}, {"b", "b"}}[:rapid.IntRange(1, 2).Draw(t, "pairs")], from: rapid.SampledFrom([]string{"both", "input1"}).Draw(t, "from"),
			first: rapid.Bool().Draw(t, "first"), same: value.Equal,
		}
		all := func(exact bool) []any {
			j.exact = exact
			matched, rest, hit, err := j.matches(t.Context(), a, b)
			if err != nil {
				t.Fatal(err)
			}
			var out []any
			for _, m := range matched {
				out = append(out, "match", value.JSON(m.entry.JSON))
				for _, w := range m.with {
					out = append(out, value.JSON(w.JSON))
				}
			}
			for _, r := range rest {
				out = append(out, "rest", value.JSON(r.JSON))
			}
			return append(out, hit)
		}
		if d := cmp.Diff(all(false), all(true)); d != "" {
			t.Fatal(d)
		}
	})
}
