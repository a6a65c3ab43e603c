package flow

import (
	"context"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// pair is one pair of fields to match.
type pair struct{ field1, field2 string }

// join is the matching of two inputs by fields.
type join struct {
	pairs  []pair
	mode   string // keepMatches, keepNonMatches, keepEverything, enrichInput1, enrichInput2
	from   string // both, input1, input2
	plain  bool   // names with dots are taken as they are
	first  bool   // only the first match counts
	same   func(a, b any) bool
	exact  bool // same is equality
	merger *merger
}

// match is an item of the first input with those of the second that fit.
type match struct {
	entry workflow.Item
	with  []workflow.Item
}

func (m *merger) byFields(ctx context.Context) ([][]workflow.Item, error) {
	j := join{
		mode: m.r.String("joinMode", "keepMatches"), from: m.r.String("outputDataFrom", "both"),
		plain: node.Truthy(m.option("disableDotNotation")), first: m.option("multipleMatches") == "first",
		same: sameValue(node.Truthy(m.option("fuzzyCompare")), 1), merger: m,
	}
	j.exact = !node.Truthy(m.option("fuzzyCompare"))
	var err error
	if j.pairs, err = m.pairs(); err != nil {
		return nil, err
	}
	a, b := m.in[0], m.in[1]
	if m.c.Node.TypeVersion < 2.1 {
		if err := j.present(a, b); err != nil {
			return nil, err
		}
	}
	if len(a) == 0 || len(b) == 0 {
		return m.oneSided(j, a, b), nil
	}
	return j.run(ctx, a, b)
}

// pairs are the fields to match.
func (m *merger) pairs() ([]pair, error) {
	var pairs []pair
	if m.c.Node.TypeVersion >= 3 && !m.r.Bool("advanced", false) {
		for name := range strings.SplitSeq(m.r.String("fieldsToMatchString", ""), ",") {
			name = strings.TrimSpace(name)
			pairs = append(pairs, pair{name, name})
		}
	} else {
		for _, e := range entries(m.r, m.c, "mergeByFields.values", map[string]any{"field1": "", "field2": ""}) {
			pairs = append(pairs, pair{e.text("field1"), e.text("field2")})
		}
	}
	if err := checkPairs(pairs); err != nil {
		return nil, err
	}
	return lastOfEach(pairs), m.r.Err()
}

// lastOfEach keeps the last pair of those with the same second field, as n8n does.
func lastOfEach(pairs []pair) []pair {
	var out []pair
	for i, p := range pairs {
		if !slices.ContainsFunc(pairs[i+1:], func(q pair) bool { return q.field2 == p.field2 }) {
			out = append(out, p)
		}
	}
	return out
}

func checkPairs(pairs []pair) error {
	for i, p := range pairs {
		if p.field1 == "" && p.field2 == "" && len(pairs) == 1 {
			return node.Errorf("You need to define at least one pair of fields in \"Fields to Match\" to match on")
		}
		if p.field1 == "" || p.field2 == "" {
			return node.Errorf("You need to define both fields in \"Fields to Match\" for pair %d", i+1)
		}
	}
	return nil
}

// present is version 2's check that each field is in some item.
func (j *join) present(a, b []workflow.Item) error {
	for _, p := range j.pairs {
		if !j.anyHas(a, p.field1) {
			return node.Errorf("Field '%s' is not present in any of items in 'Input 1'", p.field1)
		}
	}
	for _, p := range j.pairs {
		if !j.anyHas(b, p.field2) {
			return node.Errorf("Field '%s' is not present in any of items in 'Input 2'", p.field2)
		}
	}
	return nil
}

// presentIn is the same for Compare Datasets, which does not mind an empty input.
func (j *join) presentIn(a, b []workflow.Item) error {
	for _, side := range []struct {
		items []workflow.Item
		name  string
		field func(pair) string
	}{{a, "Input A", func(p pair) string { return p.field1 }}, {b, "Input B", func(p pair) string { return p.field2 }}} {
		for _, p := range j.pairs {
			if name := side.field(p); len(side.items) > 0 && !j.anyHas(side.items, name) {
				return node.Errorf("Field '%s' is not present in any of items in '%s'", name, side.name)
			}
		}
	}
	return nil
}

func (j *join) anyHas(items []workflow.Item, name string) bool {
	for _, it := range items {
		if _, ok := j.get(it.JSON, name); ok {
			return true
		}
	}
	return false
}

func (j *join) get(o *value.Object, name string) (any, bool) {
	if j.plain {
		return o.Get(name)
	}
	return field.Get(o, name)
}

// oneSided is the result if an input has no items.
func (m *merger) oneSided(j join, a, b []workflow.Item) [][]workflow.Item {
	switch {
	case j.mode == "keepNonMatches" && (len(a) == 0 && j.from == "input1" || len(b) == 0 && j.from == "input2"):
		return [][]workflow.Item{{}}
	case j.mode == "keepMatches", j.mode == "enrichInput1" && len(a) == 0, j.mode == "enrichInput2" && len(b) == 0:
		if m.c.Node.TypeVersion >= 3 {
			return [][]workflow.Item{}
		}
		return [][]workflow.Item{{}}
	}
	return [][]workflow.Item{append(append([]workflow.Item{}, a...), b...)}
}
