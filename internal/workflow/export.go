package workflow

import (
	"strconv"

	"github.com/automatelanka/automatelanka/internal/value"
)

// MaxExport is how many workflows one export may have.
const MaxExport = 1000

// Export is one workflow of an export: parsed, or why it could not be.
type Export struct {
	Workflow *Workflow
	Err      error // *fault.Error; its locations are within the workflow
}

// ParseExport reads what n8n exports and what people copy: one workflow, a list,
// {"workflows": […]}, {"data": …} of n8n's API, {"workflow": {…}} of templates,
// or the nodes and connections of its clipboard. A workflow that cannot be parsed
// does not spoil the others; an error means that the whole text is of no use.
func ParseExport(raw []byte) ([]Export, error) {
	v, err := parseJSON(raw)
	if err != nil {
		return nil, err
	}
	list := unwrap(v, 0)
	if len(list) > MaxExport {
		return nil, invalid("", "An export has at most "+strconv.Itoa(MaxExport)+" workflows; this one has "+strconv.Itoa(len(list))+".")
	}
	if len(list) == 0 {
		return nil, invalid("", "There is no workflow in the export.")
	}
	out := make([]Export, len(list))
	for i, x := range list {
		out[i].Workflow, out[i].Err = FromValue(x)
	}
	return out, nil
}

// unwrap finds the workflows in the forms of exports.
func unwrap(v any, depth int) []any {
	switch v := v.(type) {
	case []any:
		var out []any
		for _, x := range v {
			if depth == 0 {
				out = append(out, unwrap(x, depth+1)...)
			} else {
				out = append(out, x)
			}
		}
		return out
	case *value.Object:
		if _, ok := v.Get("nodes"); ok || depth > 1 {
			return []any{v}
		}
		for _, key := range []string{"workflows", "data", "workflow"} {
			switch inner, _ := v.Get(key); inner.(type) {
			case []any, *value.Object:
				return unwrap(inner, depth+1)
			}
		}
	}
	return []any{v}
}
