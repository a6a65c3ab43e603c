package corpus

import (
	"fmt"
	"math"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// difference says where two values differ first: a path and both sides.
type difference struct {
	Path       string
	Want, Have any
}

func (d difference) String() string {
	return fmt.Sprintf("%s: n8n gave %s, here %s", d.Path, clip(d.Want), clip(d.Have))
}

// absent stands for what is not there.
type absent struct{ what string }

func clip(v any) string {
	if a, ok := v.(absent); ok {
		return "no " + a.what
	}
	s := string(value.JSON(v))
	if len(s) > 300 {
		s = s[:300] + "…"
	}
	return s
}

// CompareNode compares all runs of a node; nil means that they agree.
func CompareNode(want []Run, have []*workflow.NodeRun) *difference {
	for i := range max(len(want), len(have)) {
		at := fmt.Sprintf("run %d", i)
		switch {
		case i >= len(have):
			return &difference{at, fmt.Sprintf("%d runs", len(want)), absent{"run"}}
		case i >= len(want):
			return &difference{at, absent{"run"}, fmt.Sprintf("%d runs", len(have))}
		}
		if d := compareRun(at, want[i], have[i]); d != nil {
			return d
		}
	}
	return nil
}

func compareRun(at string, want Run, have *workflow.NodeRun) *difference {
	if want.Error != (have.Error != nil) {
		d := &difference{Path: at + " error", Want: absent{"error"}, Have: absent{"error"}}
		if want.Error {
			d.Want = "an error"
		} else {
			d.Have = have.Error.Message + " " + have.Error.Detail
		}
		return d
	}
	if want.Error && want.Outputs == nil {
		return nil
	}
	for i := range max(len(want.Outputs), len(have.Outputs)) {
		var w []*value.Object
		var h []workflow.Item
		if i < len(want.Outputs) {
			w = want.Outputs[i]
		}
		if i < len(have.Outputs) {
			h = have.Outputs[i]
		}
		if d := compareItems(fmt.Sprintf("%s output %d", at, i), w, h); d != nil {
			return d
		}
	}
	return nil
}

func compareItems(at string, want []*value.Object, have []workflow.Item) *difference {
	for i := range min(len(want), len(have)) {
		if d := compareValue(fmt.Sprintf("%s item %d", at, i), want[i], have[i].JSON); d != nil {
			return d
		}
	}
	if len(want) != len(have) {
		return &difference{at, fmt.Sprintf("%d items", len(want)), fmt.Sprintf("%d items", len(have))}
	}
	return nil
}

func compareValue(at string, want, have any) *difference {
	switch w := want.(type) {
	case *value.Object:
		h, ok := have.(*value.Object)
		if !ok {
			return &difference{at, want, have}
		}
		return compareObjects(at, w, h)
	case []any:
		h, ok := have.([]any)
		if !ok || len(h) != len(w) {
			return &difference{at, want, have}
		}
		for i := range w {
			if d := compareValue(fmt.Sprintf("%s[%d]", at, i), w[i], h[i]); d != nil {
				return d
			}
		}
		return nil
	case float64:
		h, ok := have.(float64)
		if !ok || math.Abs(w-h) > 1e-9*max(math.Abs(w), 1) {
			return &difference{at, want, have}
		}
		return nil
	default:
		if f, ok := have.(float64); ok && math.IsNaN(f) && want == nil {
			return nil // not-a-number is null in JSON
		}
		if !value.Equal(want, have) {
			return &difference{at, want, have}
		}
		return nil
	}
}

func compareObjects(at string, want, have *value.Object) *difference {
	for k, w := range want.All() {
		h, ok := have.Get(k)
		if !ok {
			return &difference{at + "." + k, w, absent{"field"}}
		}
		if d := compareValue(at+"."+k, w, h); d != nil {
			return d
		}
	}
	for k, h := range have.All() {
		if _, ok := want.Get(k); !ok {
			return &difference{at + "." + k, absent{"field"}, h}
		}
	}
	return nil
}
