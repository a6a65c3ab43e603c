package flow

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// entry is one element of a fixedCollection: as written, and evaluated. A member
// that is not written has its default; one whose expression gives undefined is
// left out of the evaluated object.
type entry struct {
	raw, got *value.Object
	defaults map[string]any
}

// entries reads a fixedCollection's list.
func entries(r *node.Reader, c *node.Call, name string, defaults map[string]any) []entry {
	written, _ := c.Raw(name)
	list, _ := written.([]any)
	var out []entry
	for i, o := range r.Objects(name) {
		e := entry{got: o, defaults: defaults}
		if i < len(list) {
			e.raw, _ = list[i].(*value.Object)
		}
		out = append(out, e)
	}
	return out
}

// get returns a member, its default, or condition.Missing.
func (e entry) get(key string) any {
	written, set := e.raw.Get(key)
	if _, isText := e.defaults[key].(string); isText && set && written == nil {
		return e.defaults[key] // null stands for the default where that is a text
	}
	if v, ok := e.got.Get(key); ok {
		return v
	}
	if !set {
		if d, ok := e.defaults[key]; ok {
			return d
		}
	}
	return condition.Missing
}

// text returns a member as text.
func (e entry) text(key string) string {
	v := e.get(key)
	if v == condition.Missing {
		return ""
	}
	return node.Text(v)
}

// zone is the time zone of the run.
func zone(c *node.Call) *time.Location {
	if loc, ok := moment.Zone(c.Run.Timezone); ok {
		return loc
	}
	return time.UTC
}

// derived is an item made of the input item i.
func derived(i int, json *value.Object) workflow.Item {
	return workflow.Item{JSON: json, Paired: []workflow.Paired{{Item: i}}}
}
