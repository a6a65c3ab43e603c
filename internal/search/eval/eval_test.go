package eval

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/builtin"
	"github.com/automatelanka/automatelanka/internal/search/searchtest"
)

func TestJudge(t *testing.T) {
	q := &Query{Text: "q", Relevant: map[string]int{"a": 2, "b": 1}}
	for name, c := range map[string]struct {
		ids  []string
		want Figures
	}{
		"both first":   {[]string{"a", "b", "x"}, Figures{1, 1, 1, 1, 1}},
		"one second":   {[]string{"x", "b"}, Figures{1, 0.5, 1, 0, 0.5}},
		"only sixth":   {[]string{"1", "2", "3", "4", "5", "a"}, Figures{1, 0, 0, 0, 1.0 / 6}},
		"none":         {[]string{"x"}, Figures{1, 0, 0, 0, 0}},
		"nothing came": {nil, Figures{1, 0, 0, 0, 0}},
	} {
		if got := judge(q, c.ids); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	many := &Query{Relevant: map[string]int{"1": 1, "2": 1, "3": 1, "4": 1, "5": 1, "6": 1, "7": 1}}
	if got := judge(many, []string{"1", "2", "3", "4", "5"}); got.Recall != 1 {
		t.Errorf("recall %v with five of seven in five places, want 1", got.Recall)
	}
}

func TestMeanWeighsByQueries(t *testing.T) {
	got := mean([]Figures{{Queries: 1, Hit: 1}, {Queries: 3, Hit: 0}})
	if got.Queries != 4 || got.Hit != 0.25 {
		t.Errorf("%+v", got)
	}
}

func TestMistype(t *testing.T) {
	const text = "send a welcome email to the customer"
	a, b := Mistype(text, 1, 7), Mistype(text, 1, 7)
	if a != b {
		t.Errorf("the same seed gives %q and %q", a, b)
	}
	if a == text || len(strings.Fields(a)) != 7 {
		t.Errorf("%q", a)
	}
	if got := Mistype(text, 0, 7); got != text {
		t.Errorf("%q without errors", got)
	}
	for i, w := range strings.Fields(a) {
		if was := strings.Fields(text)[i]; len(was) < 4 && w != was {
			t.Errorf("the short word %q became %q", was, w)
		}
	}
}

func TestSetsAreInOrder(t *testing.T) {
	x, err := builtin.Index()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("data/*.json")
	if err != nil || len(paths) < 2 {
		t.Fatal(paths, err)
	}
	for _, p := range paths {
		if _, err := Load(p, func(id string) bool { _, ok := x.Document(id); return ok }); err != nil {
			t.Error(err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown document": {`{"queries":[{"q":"x","relevant":{"no":2}}]}`, "does not exist"},
		"no judgement":     {`{"queries":[{"q":"x","relevant":{}}]}`, "nothing relevant"},
		"grade":            {`{"documents":[{"id":"a"}],"queries":[{"q":"x","relevant":{"a":3}}]}`, "it is 1 or 2"},
		"doubled document": {`{"documents":[{"id":"a"},{"id":"a"}],"queries":[]}`, "there twice"},
		"not JSON":         {`{`, "unexpected end"},
	} {
		path := filepath.Join(t.TempDir(), "set.json")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path, func(string) bool { return false }); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want it to say %q", name, err, c.want)
		}
	}
}

// The rule that the queries ask for is chosen, and judged by queries that had no
// part in it.
func TestTune(t *testing.T) {
	e := &searchtest.Embedder{}
	set := &Set{Documents: []Document{{ID: "a", Name: "alpha"}, {ID: "b", Name: "beta gamma"}}}
	for range 10 {
		set.Queries = append(set.Queries, Query{Text: "alhpa", Relevant: map[string]int{"a": 2}})
	}
	x, err := NewIndex(t.Context(), set, e)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Prepare(t.Context(), set, x, e, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Only the likeness of the letters finds it; a floor of 2 lets nothing else in.
	c := Tune([]search.Rule{{Words: -1, Floor: -1}, {Words: 1, Floor: 2}}, b)
	if c.Rule.Words != 1 || c.Unseen.First != 1 || c.Unseen.Queries != 10 {
		t.Errorf("%+v", c)
	}
	figures, misses := b.Run(search.MeaningOnly, search.Measured)
	if figures.Hit != 0 || len(misses) != 10 {
		t.Errorf("by meaning alone: %v, %d misses", figures, len(misses))
	}
}
