package flow

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func compareDatasets() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.compareDatasets", Versions: []float64{1, 2, 2.1, 2.2, 2.3}, Name: "Compare Datasets",
			Description: "Compares the items of two inputs by fields: only in A, the same, different, only in B.",
			Group:       "transform", Family: node.Pure, Inputs: []string{"input A", "input B"},
			Outputs: []string{"in A only", "same", "different", "in B only"},
			Params: []node.Param{
				{Name: "mergeByFields", Type: "fixedCollection", Default: map[string]any{"values": []any{map[string]any{"field1": "", "field2": ""}}}, Description: "The pairs of fields to match: field1, field2."},
				{Name: "resolve", Type: "options", Default: "preferInput2", Description: "What different items give: preferInput1, preferInput2, mix or includeBoth.", Show: map[string][]any{"@version": {1.0, 2.0}}},
				{Name: "resolve", Type: "options", Default: "includeBoth", Description: "What different items give: preferInput1, preferInput2, mix or includeBoth.", Show: map[string][]any{"@version": {2.1, 2.2, 2.3}}},
				{Name: "fuzzyCompare", Type: "boolean", Default: false, Description: "Whether 1 and \"1\" and the like are the same."},
				{Name: "preferWhenMix", Type: "options", Default: "input1", Description: "The input that mix takes.", Show: map[string][]any{"resolve": {"mix"}}},
				{Name: "exceptWhenMix", Type: "string", Default: "", Description: "The fields that mix takes from the other input, by comma.", Show: map[string][]any{"resolve": {"mix"}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "skipFields, disableDotNotation, multipleMatches (first, all), fuzzyCompare in version 1."},
			},
		},
		Run: runCompare,
	}
}

// comparer is one run.
type comparer struct {
	c       *node.Call
	r       *node.Reader
	g       getter
	version float64
	pairs   []pair
	fuzzy   bool
	same    func(a, b any) bool
	resolve string
	skip    []string
	out     [4][]workflow.Item
}

func runCompare(ctx context.Context, c *node.Call) (node.Result, error) {
	r := c.At(0)
	m := &merger{c: c, r: r}
	k := &comparer{c: c, r: r, g: getterOf(r), version: c.Node.TypeVersion, resolve: r.String("resolve", "includeBoth")}
	for name := range strings.SplitSeq(node.Text(option(r, "skipFields")), ",") {
		k.skip = append(k.skip, strings.TrimSpace(name))
	}
	k.fuzzy = r.Bool("fuzzyCompare", false)
	if k.version < 2 {
		k.fuzzy = node.Truthy(option(r, "fuzzyCompare"))
	}
	k.same = sameValue(k.fuzzy, int(k.version))
	var err error
	if k.pairs, err = m.comparePairs(); err != nil {
		return node.Result{}, err
	}
	a, b := withFields(c.Input(0)), withFields(c.Input(1))
	if k.version < 2.2 {
		j := join{pairs: k.pairs, plain: k.g.plain}
		if err := j.presentIn(a, b); err != nil {
			return node.Result{}, err
		}
	}
	if err := k.run(ctx, a, b); err != nil {
		return node.Result{}, err
	}
	return node.Result{Outputs: k.out[:]}, r.Err()
}

// comparePairs reads the pairs in the form that all versions have.
func (m *merger) comparePairs() ([]pair, error) {
	var pairs []pair
	for _, e := range entries(m.r, m.c, "mergeByFields.values", map[string]any{"field1": "", "field2": ""}) {
		pairs = append(pairs, pair{e.text("field1"), e.text("field2")})
	}
	return pairs, checkPairs(pairs)
}

// withFields leaves out the items without any field. The others get json of their
// own: mixing changes an item wherever it appears, also in later comparisons.
func withFields(items []workflow.Item) []workflow.Item {
	var out []workflow.Item
	for _, it := range items {
		if it.JSON.Len() > 0 {
			it.JSON = it.JSON.Shallow()
			out = append(out, it)
		}
	}
	return out
}

func (k *comparer) run(ctx context.Context, a, b []workflow.Item) error {
	for i := range k.out {
		k.out[i] = []workflow.Item{}
	}
	hit := make([]bool, len(b))
	j := join{pairs: k.pairs, plain: k.g.plain, same: k.same, exact: !k.fuzzy && k.resolve != "mix"}
	find := j.finder(b)
	for _, x := range a {
		if ctx.Err() != nil {
			return node.TimedOut(ctx)
		}
		var with []workflow.Item
		for _, i := range find.candidates(x) {
			if j.fits(x, b[i]) {
				hit[i] = true
				with = append(with, b[i])
				if option(k.r, "multipleMatches") != "all" {
					break
				}
			}
		}
		if len(with) == 0 {
			k.out[0] = append(k.out[0], x)
			continue
		}
		if err := k.compare(x, with); err != nil {
			return err
		}
	}
	for i, y := range b {
		if !hit[i] {
			k.out[3] = append(k.out[3], y)
		}
	}
	return nil
}

// compare sorts the matches of one item into the same and the different ones.
func (k *comparer) compare(x workflow.Item, with []workflow.Item) error {
	var same *workflow.Item
	for _, y := range with {
		if k.equal(k.stripped(x.JSON), k.stripped(y.JSON)) {
			if same == nil {
				same = &x
				if k.fuzzy && k.resolve == "preferInput2" {
					same = &y
				}
			}
			continue
		}
		switch k.resolve {
		case "preferInput1":
			k.out[2] = append(k.out[2], x)
		case "preferInput2":
			k.out[2] = append(k.out[2], y)
		case "mix":
			k.out[2] = append(k.out[2], k.mixed(x, y))
		default:
			it, err := k.both(x, y)
			if err != nil {
				return err
			}
			k.out[2] = append(k.out[2], it)
		}
	}
	if same != nil {
		k.out[1] = append(k.out[1], *same)
	}
	return nil
}
