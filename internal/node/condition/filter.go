// Package condition decides n8n's conditions: the filter parameters of If,
// Filter and Switch from version 2 and 3 on, and the typed comparisons of their
// first versions.
package condition

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/convert"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Options are those that a filter carries in its parameter.
type Options struct {
	IgnoreCase bool
	Strict     bool // types must fit; otherwise values are converted
	Version    float64
	Zone       *time.Location // of dates that name none
}

// OptionsOf reads a filter's own options.
func OptionsOf(filter *value.Object, zone *time.Location) Options {
	v, _ := filter.Get("options")
	o, _ := v.(*value.Object)
	sensitive, _ := o.Get("caseSensitive")
	version, _ := o.Get("version")
	opt := Options{IgnoreCase: !node.Truthy(sensitive), Strict: node.Get(o, "typeValidation", "") == "strict", Version: 1, Zone: zone}
	if n := node.ToNumber(version); n > 0 {
		opt.Version = n
	}
	return opt
}

// IsFilter reports whether a value is a filter: n8n lets everything else pass
// by its truth.
func IsFilter(v any) bool {
	o, ok := v.(*value.Object)
	if !ok {
		return false
	}
	_, conditions := o.Get("conditions")
	_, combinator := o.Get("combinator")
	return conditions && combinator
}

// Pass decides a filter whose expressions have been evaluated for an item. Errors say which
// value has the wrong type.
func Pass(v any, zone *time.Location, item int) (bool, error) {
	if !IsFilter(v) {
		return node.Truthy(v), nil
	}
	filter := v.(*value.Object)
	opt := OptionsOf(filter, zone)
	combinator := node.Get(filter, "combinator", "and")
	if combinator != "and" && combinator != "or" {
		return false, node.Errorf("The filter combines its conditions by %q; only \"and\" and \"or\" are known.", combinator)
	}
	list, _ := filter.Get("conditions")
	conditions, _ := list.([]any)
	for i, x := range conditions {
		c, _ := x.(*value.Object)
		ok, err := one(c, opt, place{i, item})
		if err != nil {
			return false, err
		}
		if ok != (combinator == "and") {
			return ok, nil
		}
	}
	return combinator == "and", nil
}

// missing stands for a value that is not there (undefined), as distinct from null.
type missing struct{}

// operand is a condition's value: missing, null, or converted to the operator's type.
func operand(c *value.Object, key string) any {
	if v, ok := c.Get(key); ok {
		return v
	}
	return missing{}
}

func absent(v any) bool {
	_, gone := v.(missing)
	return gone || v == nil
}

func one(c *value.Object, opt Options, at place) (bool, error) {
	op, _ := c.Get("operator")
	operator, _ := op.(*value.Object)
	typ, operation := node.Get(operator, "type", ""), node.Get(operator, "operation", "")
	rightType := node.Get(operator, "rightType", typ)
	single, _ := operator.Get("singleValue")
	left, leftErr := parse(operand(c, "leftValue"), typ, opt)
	right, rightErr := parse(operand(c, "rightValue"), rightType, opt)
	if rightErr && node.Truthy(single) {
		right, rightErr = nil, false
	}
	if leftErr {
		return false, wrongType(operand(c, "leftValue"), typ, opt, at)
	}
	if rightErr {
		return false, wrongType(operand(c, "rightValue"), rightType, opt, at)
	}
	n, isNumber := left.(float64)
	exists := !absent(left) && !(isNumber && math.IsNaN(n))
	switch operation {
	case "exists":
		return exists, nil
	case "notExists":
		return !exists, nil
	}
	compare, ok := byType[typ]
	if !ok {
		return false, node.Errorf("The operator type %q of condition %d is not known.", typ, at.condition)
	}
	return compare(comparison{operation, left, right, exists, opt})
}

// comparison is one condition with its values converted.
type comparison struct {
	operation   string
	left, right any
	exists      bool
	opt         Options
}

var byType = map[string]func(comparison) (bool, error){
	"string": compareStrings, "number": compareNumbers, "dateTime": compareDates,
	"boolean": compareBooleans, "array": compareArrays, "object": compareObjects,
}

func (c comparison) unknown(typ string) error {
	return node.Errorf("The operator %q is not known for the type %s.", c.operation, typ)
}

// parse converts an operand; true means that it cannot be.
func parse(v any, typ string, opt Options) (any, bool) {
	if typ == "any" || absent(v) {
		return v, false
	}
	if typ == "boolean" && !opt.Strict {
		if b, ok := convert.Bool(v); ok && opt.Version >= 2 {
			return b, false
		}
		return node.Truthy(v), false
	}
	if typ == "number" {
		if n, ok := v.(float64); ok && math.IsNaN(n) {
			return v, false
		}
		if opt.Version >= 3 && blank(v) {
			return nil, false
		}
	}
	out, err := convert.To("filter", v, typ, convert.Options{Strict: opt.Strict, ParseStrings: true, Zone: opt.Zone})
	return out, err != nil
}

func blank(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0
	}
	return false
}

// place says which condition is judged for which item.
type place struct{ condition, item int }

func wrongType(v any, typ string, opt Options, at place) error {
	place := fmt.Sprintf(" [condition %d, item %d]", at.condition, at.item)
	from := value.KindOf(v)
	if from == "array" {
		from = "object" // as JavaScript's typeof
	}
	if !opt.Strict {
		return node.WithDetail(node.Errorf("Conversion error: the %s %s can't be converted to %s%s", from, convert.Describe(v), article(typ), place),
			"Try changing the type of the comparison.")
	}
	return node.WithDetail(node.Errorf("Wrong type: %s is %s but was expecting %s%s", convert.Describe(v), article(from), article(typ), place),
		"Try changing the type of comparison, or enable \"Convert types where required\".")
}

func article(noun string) string {
	if noun != "" && strings.Contains("aeiou", noun[:1]) {
		return "an " + noun
	}
	return "a " + noun
}
