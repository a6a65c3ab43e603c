package flow

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// clash says what happens to fields that both items have.
type clash struct {
	resolve  string // "", preferInput1, preferInput2, preferLast, addSuffix
	given    bool   // the author set it
	shallow  bool
	keepFull bool // an empty value does not replace another
}

func clashOf(options *value.Object) clash {
	v, _ := value.Path(options, "clashHandling", "values")
	o, ok := v.(*value.Object)
	if !ok {
		return clash{}
	}
	keep, _ := o.Get("overrideEmpty")
	c := clash{
		resolve: node.Get(o, "resolveClash", ""), given: true,
		shallow: node.Get(o, "mergeMode", "deepMerge") == "shallowMerge", keepFull: node.Truthy(keep),
	}
	return c
}

// preferred is the number of the input that wins, -1 if there is no such one.
func (c clash) preferred(inputs int) int {
	n, ok := strings.CutPrefix(c.resolve, "preferInput")
	if !ok {
		return inputs - 1
	}
	i, err := strconv.Atoi(n)
	if err != nil || i < 1 || i > inputs {
		return -1
	}
	return i - 1
}

// items merges items; fields of later ones win.
func (c clash) items(first workflow.Item, rest ...workflow.Item) workflow.Item {
	out := workflow.Item{JSON: first.JSON.Shallow(), Binary: first.Binary, Paired: slices.Clone(first.Paired)}
	for _, it := range rest {
		c.into(out.JSON, it.JSON)
		out.Binary = joinFiles(out.Binary, it.Binary)
		out.Paired = append(out.Paired, it.Paired...)
	}
	return out
}

func joinFiles(a, b map[string]workflow.Binary) map[string]workflow.Binary {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// into sets the fields of src in dst, which is private to the caller at its top level.
func (c clash) into(dst, src *value.Object) {
	for k, v := range src.All() {
		old, ok := dst.Get(k)
		if ok && c.keepFull && (v == nil || v == "") {
			continue
		}
		if !c.shallow {
			v = c.deep(old, v)
		}
		dst.Set(k, v)
	}
}

// deep merges v over old: objects by key, lists by index, all else is replaced.
func (c clash) deep(old, v any) any {
	switch v := v.(type) {
	case *value.Object:
		switch old := old.(type) {
		case *value.Object:
			out := old.Shallow()
			c.into(out, v)
			return out
		case []any:
			return old // its named properties do not show in JSON
		}
	case []any:
		if list, ok := old.([]any); ok {
			out := slices.Clone(list)
			for i, x := range v {
				switch {
				case i >= len(out):
					out = append(out, x)
				case c.keepFull && (x == nil || x == ""):
				default:
					out[i] = c.deep(out[i], x)
				}
			}
			return out
		}
	}
	return v
}

// suffixed gives all fields of items a suffix: name_1.
func suffixed(items []workflow.Item, suffix string) []workflow.Item {
	out := slices.Clone(items)
	for i, it := range items {
		o := value.NewObject(it.JSON.Len())
		for k, v := range it.JSON.All() {
			o.Set(k+"_"+suffix, v)
		}
		out[i].JSON = o
	}
	return out
}
