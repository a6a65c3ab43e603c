// Package convert turns values into the type that a parameter asks for, by
// n8n's rules of type validation, and reads JSON that people wrote by hand.
package convert

import (
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Options say how hard To tries.
type Options struct {
	Strict       bool // values of another type are refused, not converted
	ParseStrings bool // the type string converts too
	Zone         *time.Location
}

// To converts v to a type: string, number, boolean, array, object, dateTime,
// time or any. null stays null. A dateTime is returned as a time.Time, everything
// else as a value. Errors name the field.
func To(name string, v any, typ string, opt Options) (any, error) {
	if v == nil {
		return nil, nil
	}
	if out, ok := to(v, strings.ToLower(typ), opt); ok {
		return out, nil
	}
	if strings.EqualFold(typ, "time") {
		return nil, node.Errorf("'%s' expects time (hh:mm:(:ss)) but we got %s.", name, Describe(v))
	}
	return nil, node.Errorf("'%s' expects a %s but we got %s", name, typ, Describe(v))
}

func to(v any, typ string, opt Options) (any, bool) {
	switch typ {
	case "string":
		return toString(v, opt)
	case "number":
		n, isNumber := v.(float64)
		if opt.Strict {
			return n, isNumber
		}
		n = node.ToNumber(v)
		return n, !math.IsNaN(n)
	case "boolean":
		if b, ok := v.(bool); ok || opt.Strict {
			return b, ok
		}
		return Bool(v)
	case "object":
		return toObject(v, opt)
	case "array":
		return toArray(v, opt)
	case "datetime":
		zone := opt.Zone
		if zone == nil {
			zone = time.UTC
		}
		return moment.Parse(node.JSString(v), zone)
	case "time":
		s := node.JSString(v)
		return s, timeForm.MatchString(s)
	}
	return v, true
}

var timeForm = regexp.MustCompile(`^\d{2}:\d{2}(:\d{2})?([-+]\d{4})?([-+]\d{1,2}(:\d{2})?)?$`)

func toString(v any, opt Options) (any, bool) {
	if !opt.ParseStrings {
		return v, true
	}
	if s, ok := v.(string); ok || opt.Strict {
		return s, ok
	}
	return node.Text(v), true
}

// Bool reads a boolean: true and false in any case, or what is 0 or 1 as a number.
func Bool(v any) (bool, bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		switch strings.ToLower(v) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
		if strings.TrimSpace(v) == "" {
			return false, false
		}
	}
	n := node.ToNumber(v)
	return n == 1, n == 0 || n == 1
}

func toObject(v any, opt Options) (any, bool) {
	switch v := v.(type) {
	case *value.Object:
		return v, true
	case []any:
		return nil, false
	case string:
		if opt.Strict {
			return nil, false
		}
		parsed, err := value.Parse([]byte(v))
		if err != nil {
			if parsed, err = JSLiteral(v); err != nil {
				return nil, false
			}
		}
		if parsed == nil {
			return nil, true
		}
		o, ok := parsed.(*value.Object)
		return o, ok
	}
	return nil, false
}

func toArray(v any, opt Options) (any, bool) {
	if list, ok := v.([]any); ok || opt.Strict {
		return list, ok
	}
	s := node.JSString(v)
	parsed, err := value.Parse([]byte(s))
	if err != nil {
		if parsed, err = value.Parse([]byte(strings.ReplaceAll(s, "'", `"`))); err != nil {
			return nil, false
		}
	}
	list, ok := parsed.([]any)
	return list, ok
}

// Describe names a value in an error message.
func Describe(v any) string {
	switch v := v.(type) {
	case []any:
		return "array"
	case *value.Object:
		return "object"
	default:
		return "'" + fault.Shorten(node.JSString(v), 100) + "'"
	}
}

// invalidJSON is the error of the lenient readers.
func invalidJSON(at int) error {
	return fault.New(fault.Invalid, fault.CodeNodeError, "The text is not valid JSON at character %d.", at+1)
}
