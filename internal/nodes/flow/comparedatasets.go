package flow

import (
	"context"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/value"
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
	j := join{pairs: k.pairs, plain: k.g.plain, same: k.same}
	for _, x := range a {
		if ctx.Err() != nil {
			return node.TimedOut(ctx)
		}
		var with []workflow.Item
		for i, y := range b {
			if j.fits(x, y) {
				hit[i] = true
				with = append(with, y)
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

// stripped leaves out the fields that do not count.
func (k *comparer) stripped(o *value.Object) *value.Object {
	out := o.Shallow()
	for _, name := range k.skip {
		if name != "" {
			k.g.unset(out, name)
		}
	}
	return out
}

func (k *comparer) equal(a, b *value.Object) bool {
	if !k.fuzzy {
		return value.Equal(a, b)
	}
	for name, v := range a.All() {
		if !k.same(v, getter{plain: true}.get(b, name)) {
			return false
		}
	}
	return true
}

// mixed is one of the items with some fields of the other.
func (k *comparer) mixed(x, y workflow.Item) workflow.Item {
	out, other := x, y
	if k.r.String("preferWhenMix", "input1") != "input1" {
		out, other = y, x
	}
	for _, name := range k.r.Names("exceptWhenMix") {
		v := k.g.get(other.JSON, name)
		switch {
		case !k.g.plain && (v == condition.Missing || !node.Truthy(v)):
			out.JSON.Set(name, nil)
		case v == condition.Missing:
			out.JSON.Delete(name)
		default:
			out.JSON.Set(name, v)
		}
	}
	return out
}

// both shows what is the same in two items and what differs.
func (k *comparer) both(x, y workflow.Item) (workflow.Item, error) {
	keys, same, different, skipped := value.NewObject(2), value.NewObject(4), value.NewObject(4), value.NewObject(0)
	plain := getter{plain: true}
	for _, p := range k.pairs {
		if v := plain.get(x.JSON, p.field1); v != condition.Missing {
			keys.Set(p.field1, v)
		}
	}
	all := x.JSON.Shallow()
	for name := range y.JSON.All() {
		if _, ok := all.Get(name); !ok {
			all.Set(name, nil)
		}
	}
	for name := range all.All() {
		a, b := plain.get(x.JSON, name), plain.get(y.JSON, name)
		inBoth := a != condition.Missing && b != condition.Missing
		if (inBoth || (k.fuzzy && k.version >= 2.1)) && k.same(a, b) {
			if a != condition.Missing {
				same.Set(name, a)
			}
			continue
		}
		if err := k.differs(name, k.shown(a), k.shown(b), different, skipped); err != nil {
			return workflow.Item{}, err
		}
	}
	out := workflow.Item{JSON: value.Obj("keys", keys, "same", same, "different", different)}
	if skipped.Len() > 0 {
		out.JSON.Set("skipped", skipped)
	}
	out.Paired = append(append(out.Paired, x.Paired...), y.Paired...)
	return out, nil
}

// shown is how a value stands in the comparison: version 1 shows all that is
// false as null.
func (k *comparer) shown(v any) any {
	if v == condition.Missing || (k.version < 2 && !node.Truthy(v)) {
		return nil
	}
	return v
}

func (k *comparer) differs(name string, a, b any, different, skipped *value.Object) error {
	first, second := "inputA", "inputB"
	if k.version < 2 {
		first, second = "input1", "input2"
	}
	into := different
	if slices.Contains(k.skip, name) {
		into = skipped
	} else if k.version >= 2.1 && !k.g.plain {
		var err error
		if a, b, err = k.withoutNested(name, a, b, skipped, [2]string{first, second}); err != nil {
			return err
		}
	}
	into.Set(name, value.Obj(first, a, second, b))
	return nil
}

// withoutNested moves the nested fields that do not count from a difference to
// the skipped ones.
func (k *comparer) withoutNested(name string, a, b any, skipped *value.Object, inputs [2]string) (any, any, error) {
	var nested []string
	for _, s := range k.skip {
		if strings.HasPrefix(s, name) && strings.Contains(s, ".") {
			nested = append(nested, strings.Replace(s, name+".", "", 1))
		}
	}
	if len(nested) == 0 {
		return a, b, nil
	}
	if jsType(a) != "object" || jsType(b) != "object" {
		return nil, nil, node.Errorf("The field '%s' is not an object. It is not possible to use dot notation.", name)
	}
	values := [2]any{a, b}
	shown := value.NewObject(2)
	for i, v := range values {
		gone := value.NewObject(1)
		if o, ok := v.(*value.Object); ok {
			o = o.Shallow()
			g := getter{}
			for _, path := range nested {
				if x := g.get(o, path); x != condition.Missing {
					_ = g.set(gone, path, x)
				}
				g.unset(o, path)
			}
			values[i] = o
		}
		shown.Set(inputs[i], gone)
	}
	skipped.Set(name, shown)
	return values[0], values[1], nil
}
