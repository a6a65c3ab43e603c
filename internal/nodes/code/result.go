package code

import (
	"fmt"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// itemKeys are the keys that an item may have.
var itemKeys = map[string]bool{"json": true, "binary": true, "pairedItem": true, "error": true, "metadata": true, "index": true}

// collector turns what code returned into items.
type collector struct {
	job   node.CodeJob
	in    []workflow.Item
	goOn  bool
	files map[string]workflow.Binary // files in the blob store that the code could see, by reference
}

func newCollector(job node.CodeJob) *collector {
	c := &collector{job: job, in: job.Call.Items(), goOn: job.Call.Continues(), files: map[string]workflow.Binary{}}
	for _, items := range job.Call.Inputs {
		for _, it := range items {
			for _, b := range it.Binary {
				if b.Ref != "" {
					c.files[b.Ref] = b
				}
			}
		}
	}
	return c
}

// collect makes the items of a node run. The first failure ends it, unless the
// node's settings pass failures on as items.
func (c *collector) collect(outcomes []outcome) ([]workflow.Item, error) {
	var out []workflow.Item
	for i, o := range outcomes {
		items, err := c.one(i, o)
		if err != nil {
			f := fault.Of(err)
			if !c.goOn || f.Code == fault.CodeCodeLimit {
				return nil, err
			}
			items = []workflow.Item{c.errorItem(i, o, f)}
		}
		out = append(out, items...)
	}
	return out, nil
}

// errorItem is a failure that is passed on. The old nodes give what the code threw,
// without its place and without the fields of the item.
func (c *collector) errorItem(i int, o outcome, f *fault.Error) workflow.Item {
	if o.fail != nil && c.old() {
		return workflow.Item{JSON: value.Obj("error", o.fail.message)}
	}
	return workflow.Item{JSON: value.Obj("error", f.Message), Paired: c.paired(i)}
}

func (c *collector) old() bool { return c.job.Legacy == legacyItem || c.job.Legacy == legacyFunction }

func (c *collector) paired(i int) []workflow.Paired {
	if !c.job.EachItem {
		return nil
	}
	return []workflow.Paired{{Item: i}}
}

func (c *collector) one(i int, o outcome) ([]workflow.Item, error) {
	switch {
	case o.fail != nil:
		return nil, c.raised(i, o.fail)
	case o.undefined:
		return nil, c.nothing(i)
	case c.job.Legacy == tool:
		return []workflow.Item{{JSON: value.Obj("response", o.value)}}, nil
	case c.job.Legacy == legacyItem:
		return c.functionItem(i, o.value)
	case c.job.Legacy == legacyFunction:
		return c.function(o.value)
	case c.job.EachItem:
		return c.eachItem(i, o.value)
	default:
		return c.allItems(o.value)
	}
}

// raised is an error that the code threw, with the place.
func (c *collector) raised(i int, f *failure) error {
	message := f.message
	switch {
	case f.line > 0 && c.job.Legacy == legacyItem:
		message = fmt.Sprintf("%s [Line %d | Item Index: %d]", message, f.line, i)
	case c.job.Legacy == legacyItem:
		message = fmt.Sprintf("%s [Item Index: %d]", message, i)
	case f.line > 0 && c.job.Legacy == legacyFunction:
		message = fmt.Sprintf("%s [Line %d]", message, f.line)
	case f.line > 0 && c.job.EachItem:
		message = fmt.Sprintf("%s [line %d, for item %d]", message, f.line, i)
	case f.line > 0:
		message = fmt.Sprintf("%s [line %d]", message, f.line)
	case c.job.EachItem:
		message = fmt.Sprintf("%s [item %d]", message, i)
	}
	kind, item := fault.Invalid, -1
	if f.code == fault.CodeCodeLimit {
		kind = fault.LimitExceeded
	}
	if c.job.EachItem {
		item = i
	}
	return &node.Failure{Err: fault.New(kind, f.code, "%s", message), Item: item, Line: f.line}
}

// nothing is the error of code that returned nothing at all.
func (c *collector) nothing(i int) error {
	switch {
	case c.job.Legacy == tool:
		return wrong(-1, "Wrong output type returned", "The response property should be a string, but it is undefined.")
	case c.job.Legacy == legacyItem:
		return &node.Failure{Err: fault.New(fault.Invalid, fault.CodeCode, "No data got returned. Always an object has to be returned!"), Item: i}
	case c.job.Legacy == legacyFunction:
		return &node.Failure{Err: fault.New(fault.Invalid, fault.CodeCode, "No data got returned. Always return an Array of items!"), Item: -1}
	case c.job.EachItem:
		return wrong(i, "Code doesn't return an object", "Please return an object representing the output item. ('undefined' was returned instead.)")
	default:
		return wrong(-1, properly, returnItems)
	}
}

// wrong is a value that is not of the form that n8n takes; item is -1 for none.
func wrong(item int, message, description string, args ...any) error {
	if item >= 0 {
		message += fmt.Sprintf(" [item %d]", item)
	}
	return &node.Failure{Err: fault.New(fault.Invalid, fault.CodeCode, "%s", message), Item: item, Detail: fmt.Sprintf(description, args...)}
}

const (
	properly    = "Code doesn't return items properly"
	returnItems = "Please return an array of objects, one for each item you would like to output."
)

// allItems reads what code returned that ran once for all items.
func (c *collector) allItems(v any) ([]workflow.Item, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		return c.list(v)
	case *value.Object:
		it, err := c.item(0, v, false)
		return []workflow.Item{it}, err
	default:
		return nil, wrong(-1, properly, returnItems)
	}
}

// list reads a list of items. If any element has a key of items, all keys must be such.
func (c *collector) list(list []any) ([]workflow.Item, error) {
	strict := false
	for _, x := range list {
		o, ok := x.(*value.Object)
		if !ok {
			return nil, wrong(-1, properly, returnItems)
		}
		for k := range o.All() {
			strict = strict || itemKeys[k]
		}
	}
	items := make([]workflow.Item, len(list))
	for i, x := range list {
		it, err := c.item(i, x.(*value.Object), strict)
		if err != nil {
			return nil, err
		}
		items[i] = it
	}
	return items, nil
}

// function reads what the old Function node returned, which takes items, bare
// objects and one object alike, but no mixture.
func (c *collector) function(v any) ([]workflow.Item, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	wraps, files := 0, 0
	for i, x := range list {
		o, ok := x.(*value.Object)
		if !ok {
			return nil, wrong(i, "All returned items have to contain a property named \"json\"", "this one is %s", value.KindOf(x))
		}
		if _, has := o.Get("json"); has {
			wraps++
		} else if _, has := o.Get("binary"); has {
			files++
		}
	}
	if wraps > 0 && wraps < len(list) {
		return nil, wrong(-1, "Inconsistent item format", "%d of %d items have a property named \"json\"", wraps, len(list))
	}
	items := make([]workflow.Item, len(list))
	for i, x := range list {
		o := x.(*value.Object)
		if wraps == 0 && files < len(list) {
			items[i] = workflow.Item{JSON: o}
			continue
		}
		if wraps == 0 {
			o = o.Shallow()
			o.Set("json", value.NewObject(0))
		}
		var err error
		if items[i], err = c.wrapped(i, o); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// item reads one item; an object without keys of items is its json.
func (c *collector) item(i int, o *value.Object, strict bool) (workflow.Item, error) {
	known, unknown := "", ""
	for k := range o.All() {
		if itemKeys[k] && known == "" {
			known = k
		} else if !itemKeys[k] && unknown == "" {
			unknown = k
		}
	}
	if known == "" && (!strict || o.Len() == 0) {
		return workflow.Item{JSON: o}, nil
	}
	if unknown != "" && known != "" {
		return workflow.Item{}, wrong(i, "Invalid output format",
			"An output item contains the reserved key %s. To get around this, please wrap each item in an object, under a key called json.", known)
	}
	if unknown != "" {
		return workflow.Item{}, wrong(i, "Unknown top-level item key: "+unknown, "Access the properties of an item under `.json`, e.g. `item.json`")
	}
	return c.wrapped(i, o)
}

// wrapped reads an item of the form {json, binary, pairedItem}.
func (c *collector) wrapped(i int, o *value.Object) (workflow.Item, error) {
	json, given := o.Get("json")
	data, ok := json.(*value.Object)
	if !ok {
		if given {
			return workflow.Item{}, wrong(i, "A 'json' property isn't an object", "In the returned data, every key named 'json' must point to an object.")
		}
		return workflow.Item{}, wrong(i, "A 'json' property isn't an object", "The returned item has no 'json'.")
	}
	if b, ok := o.Get("binary"); ok && b != nil {
		if _, ok := b.(*value.Object); !ok {
			return workflow.Item{}, wrong(i, "A 'binary' property isn't an object", "In the returned data, every key named 'binary' must point to an object.")
		}
	}
	it, err := workflow.ItemOf(o)
	if err != nil {
		return workflow.Item{}, wrong(i, "Code doesn't return items properly", "%s", err)
	}
	it.JSON, it.Error = data, ""
	return it, c.checkFiles(i, &it)
}

// checkFiles lets code pass on a stored file only if it was given that file: a
// reference that code made up could name another tenant's.
func (c *collector) checkFiles(i int, it *workflow.Item) error {
	for name, b := range it.Binary {
		if b.Ref == "" {
			continue
		}
		stored, ok := c.files[b.Ref]
		if !ok {
			return wrong(i, "A 'binary' property isn't valid", "The file '%s' refers to stored data that the node was not given.", name)
		}
		stored.FileName, stored.MimeType = b.FileName, b.MimeType
		stored.Extension, stored.FileType = b.Extension, b.FileType
		it.Binary[name] = stored
	}
	return nil
}

// eachItem reads what code returned that ran for one item.
func (c *collector) eachItem(i int, v any) ([]workflow.Item, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		first := "An empty array was returned."
		if len(v) > 0 {
			first = fmt.Sprintf("An array of %ss was returned.", value.KindOf(v[0]))
		}
		return nil, wrong(i, "Code doesn't return a single object",
			"%s If you need to output multiple items, please use the 'Run Once for All Items' mode instead.", first)
	case *value.Object:
		it, err := c.item(i, v, false)
		if len(it.Paired) == 0 {
			it.Paired = c.paired(i)
		}
		return []workflow.Item{it}, err
	default:
		return nil, wrong(i, "Code doesn't return an object",
			"Please return an object representing the output item. ('%s' was returned instead.)", value.JSON(v))
	}
}

// functionItem reads what a Function Item returned: the new json of the item.
func (c *collector) functionItem(i int, v any) ([]workflow.Item, error) {
	o, ok := v.(*value.Object)
	switch {
	case v == nil:
		return nil, &node.Failure{Err: fault.New(fault.Invalid, fault.CodeCode, "Cannot convert undefined or null to object"), Item: i, Detail: "The code must return an object: the fields of the item."}
	case !ok:
		o = value.NewObject(0) // n8n takes any other value; what is no object has no fields to read
	}
	it := workflow.Item{JSON: o, Paired: c.paired(i)}
	if i < len(c.in) {
		it.Binary = c.in[i].Binary
	}
	return []workflow.Item{it}, nil
}
