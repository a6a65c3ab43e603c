package connector

import (
	"encoding/base64"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
)

// filter turns one value into another; nil makes it nothing. Filters do not see
// what is missing.
type filter func(s *scope, v any, arg string) (any, error)

// filters are those of placeholders, by name.
var filters = map[string]filter{
	"default": func(_ *scope, v any, arg string) (any, error) {
		if v == nil || v == "" {
			return arg, nil
		}
		return v, nil
	},
	"string":  func(_ *scope, v any, _ string) (any, error) { return textOf(v), nil },
	"number":  toNumber,
	"boolean": func(_ *scope, v any, _ string) (any, error) { return isTrue(v), nil },
	"not":     func(_ *scope, v any, _ string) (any, error) { return !isTrue(v), nil },
	// json reads a text as JSON; other values stay. stringify is its opposite.
	"json":      toJSON,
	"stringify": func(_ *scope, v any, _ string) (any, error) { return string(value.JSON(v)), nil },

	"lower":    ofText(func(s, _ string) string { return strings.ToLower(s) }),
	"upper":    ofText(func(s, _ string) string { return strings.ToUpper(s) }),
	"trim":     ofText(func(s, _ string) string { return strings.TrimSpace(s) }),
	"prefix":   ofText(func(s, arg string) string { return arg + strings.TrimPrefix(s, arg) }),
	"suffix":   ofText(func(s, arg string) string { return strings.TrimSuffix(s, arg) + arg }),
	"cut":      ofText(func(s, arg string) string { return strings.TrimPrefix(s, arg) }),
	"cutEnd":   ofText(func(s, arg string) string { return strings.TrimSuffix(s, arg) }),
	"escape":   ofText(func(s, _ string) string { return url.QueryEscape(s) }),
	"base64":   ofText(func(s, _ string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
	"unbase64": fromBase64,

	"join":  func(_ *scope, v any, arg string) (any, error) { return join(v, arg), nil },
	"split": split,
	"list": func(_ *scope, v any, _ string) (any, error) {
		if l, ok := v.([]any); ok {
			return l, nil
		}
		return []any{v}, nil
	},
	"pluck":   pluck,
	"first":   func(_ *scope, v any, _ string) (any, error) { return at(v, 0), nil },
	"last":    func(_ *scope, v any, _ string) (any, error) { return at(v, -1), nil },
	"hash":    func(_ *scope, v any, _ string) (any, error) { return hashOf(textOf(v))[:hashChars], nil },
	"bytes":   func(_ *scope, v any, _ string) (any, error) { return float64(len(textOf(v))), nil },
	"count":   func(_ *scope, v any, _ string) (any, error) { return count(v), nil },
	"chunk":   chunk,
	"slice":   slice,
	"keys":    func(_ *scope, v any, _ string) (any, error) { return keysOf(v), nil },
	"snake":   snakeKeys,
	"omit":    func(_ *scope, v any, arg string) (any, error) { return selected(v, arg, false), nil },
	"pick":    func(_ *scope, v any, arg string) (any, error) { return selected(v, arg, true), nil },
	"compact": compact,
	"columns": columns,

	"iso":    ofTime(func(t time.Time) any { return moment.JS(t) }),
	"date":   ofTime(func(t time.Time) any { return t.Format(time.DateOnly) }),
	"unix":   ofTime(func(t time.Time) any { return math.Floor(float64(t.UnixMilli()) / 1000) }),
	"millis": ofTime(func(t time.Time) any { return float64(t.UnixMilli()) }),
	"format": format,
}

func ofText(f func(s, arg string) string) filter {
	return func(_ *scope, v any, arg string) (any, error) { return f(textOf(v), arg), nil }
}

// ofTime reads a moment: ISO and other usual texts, in the workflow's zone where
// they name none; numbers are milliseconds.
func ofTime(f func(time.Time) any) filter {
	return func(s *scope, v any, _ string) (any, error) {
		t, err := s.time(v)
		if err != nil {
			return nil, err
		}
		return f(t), nil
	}
}

func (s *scope) time(v any) (time.Time, error) {
	zone, ok := moment.Zone(s.c.Run.Timezone)
	if !ok {
		zone = time.UTC
	}
	t, ok := moment.ParseValue(v, zone)
	if !ok {
		return t, fmt.Errorf("%q is not a date", textOf(v))
	}
	return t, nil
}

func format(s *scope, v any, arg string) (any, error) {
	t, err := s.time(v)
	if err != nil {
		return nil, err
	}
	return moment.Format(t, arg), nil
}

func toNumber(_ *scope, v any, _ string) (any, error) {
	if v == "" {
		return nil, nil
	}
	n := node.ToNumber(v)
	if math.IsNaN(n) {
		return nil, fmt.Errorf("%q is not a number", textOf(v))
	}
	return n, nil
}

func toJSON(_ *scope, v any, _ string) (any, error) {
	text, ok := v.(string)
	if !ok || strings.TrimSpace(text) == "" {
		if ok {
			return nil, nil
		}
		return v, nil
	}
	parsed, err := value.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("the value is not valid JSON: %w", err)
	}
	return parsed, nil
}

func fromBase64(_ *scope, v any, _ string) (any, error) {
	text := strings.NewReplacer("-", "+", "_", "/", "\n", "", "\r", "").Replace(textOf(v))
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, fmt.Errorf("the value is not base64")
	}
	return strings.ToValidUTF8(string(data), "\ufffd"), nil
}

func join(v any, arg string) string {
	l, ok := v.([]any)
	if !ok {
		return textOf(v)
	}
	texts := make([]string, len(l))
	for i, x := range l {
		texts[i] = textOf(x)
	}
	return strings.Join(texts, arg)
}

// split cuts a text at commas, or at another separator; spaces around parts and
// empty ones go. Lists stay.
func split(_ *scope, v any, arg string) (any, error) {
	if l, ok := v.([]any); ok {
		return l, nil
	}
	if arg == "" {
		arg = ","
	}
	out := []any{}
	for part := range strings.SplitSeq(textOf(v), arg) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out, nil
}

// pluck takes a member of each element.
func pluck(_ *scope, v any, arg string) (any, error) {
	out := []any{}
	for _, x := range elements(v) {
		if m, ok := value.Reach(x, strings.Split(arg, ".")...); ok {
			out = append(out, m)
		}
	}
	return out, nil
}

func at(v any, i int) any {
	l := elements(v)
	if i < 0 {
		i += len(l)
	}
	if i < 0 || i >= len(l) {
		return nil
	}
	return l[i]
}

func count(v any) any {
	if s, ok := v.(string); ok {
		return float64(len([]rune(s)))
	}
	return float64(len(elements(v)))
}

// chunk cuts a list into lists of so many.
func chunk(_ *scope, v any, arg string) (any, error) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("chunk needs a number, not %q", arg)
	}
	out := []any{}
	for part := range slices.Chunk(elements(v), n) {
		out = append(out, part)
	}
	return out, nil
}

// slice keeps the first so many elements, or those from a position on: "10", "2-".
func slice(_ *scope, v any, arg string) (any, error) {
	l := elements(v)
	from, open := strings.CutSuffix(arg, "-")
	n, err := strconv.Atoi(from)
	if err != nil || n < 0 {
		return nil, fmt.Errorf("slice needs a number, not %q", arg)
	}
	n = min(n, len(l))
	if open {
		return l[n:], nil
	}
	return l[:n], nil
}

func keysOf(v any) any {
	o, _ := v.(*value.Object)
	out := []any{}
	for k := range o.All() {
		out = append(out, k)
	}
	return out
}

// snakeKeys turns the keys of an object from camelCase into snake_case.
func snakeKeys(_ *scope, v any, _ string) (any, error) {
	o, ok := v.(*value.Object)
	if !ok {
		return v, nil
	}
	out := value.NewObject(o.Len())
	for k, x := range o.All() {
		out.Set(snake(k), x)
	}
	return out, nil
}

func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if unicode.IsUpper(r) {
			if i > 0 {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// selected are the named members of an object, or all others.
func selected(v any, names string, picked bool) any {
	o, ok := v.(*value.Object)
	if !ok {
		return v
	}
	list, out := node.SplitNames(names), value.NewObject(o.Len())
	for k, x := range o.All() {
		if slices.Contains(list, k) == picked {
			out.Set(k, x)
		}
	}
	return out
}

// compact leaves out what is null or "".
func compact(_ *scope, v any, _ string) (any, error) {
	switch v := v.(type) {
	case []any:
		return slices.DeleteFunc(slices.Clone(v), func(x any) bool { return x == nil || x == "" }), nil
	case *value.Object:
		out := value.NewObject(v.Len())
		for k, x := range v.All() {
			if x != nil && x != "" {
				out.Set(k, x)
			}
		}
		return out, nil
	}
	return v, nil
}

// columns are the values that a resourceMapper gives for the item: those defined
// below, without nulls, or the item's own fields.
func columns(s *scope, v any, _ string) (any, error) {
	o, ok := v.(*value.Object)
	if !ok {
		return nil, nil
	}
	if node.Get(o, "mappingMode", "") == "autoMapInputData" {
		return s.json(), nil
	}
	defined, _ := o.Get("value")
	out := value.NewObject(4)
	if fields, ok := defined.(*value.Object); ok {
		for k, x := range fields.All() {
			if x != nil {
				out.Set(k, x)
			}
		}
	}
	return out, nil
}
