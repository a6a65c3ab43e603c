package intl

import (
	"fmt"
	"math"
	"strings"
)

// english reports whether the locale is one of English, the only language whose
// units, lists and relative times are known.
func english(tag string) bool { return tag == "" || tag == "en" || strings.HasPrefix(tag, "en-") }

var unitShort = map[string][2]string{
	"year": {"yr", "yrs"}, "month": {"mth", "mths"}, "week": {"wk", "wks"}, "day": {"day", "days"}, "hour": {"hr", "hr"},
	"minute": {"min", "min"}, "second": {"sec", "sec"}, "millisecond": {"ms", "ms"},
}

var unitNarrow = map[string]string{
	"year": "y", "month": "m", "week": "w", "day": "d", "hour": "h", "minute": "m", "second": "s", "millisecond": "ms",
}

// unit writes an amount of time.
func (o Number) unit(amount string) (string, error) {
	short, ok := unitShort[o.Unit]
	if !ok || !english(o.Locale) {
		return "", fmt.Errorf("the unit %q is not supported in %q", o.Unit, o.Locale)
	}
	one := amount == "1" || amount == "-1"
	switch o.UnitDisplay {
	case "long":
		if one {
			return amount + " " + o.Unit, nil
		}
		return amount + " " + o.Unit + "s", nil
	case "narrow":
		return amount + unitNarrow[o.Unit], nil
	case "", "short":
		if one {
			return amount + " " + short[0], nil
		}
		return amount + " " + short[1], nil
	}
	return "", fmt.Errorf("unitDisplay %q is not supported", o.UnitDisplay)
}

// compact writes 1.2K, 3.4M and so on.
func (o Number) compact(n float64) (string, error) {
	if !english(o.Locale) || (o.Style != "" && o.Style != "decimal") {
		return "", fmt.Errorf("compact notation is supported for plain numbers in English only")
	}
	suffix := ""
	for _, s := range []string{"K", "M", "B", "T"} {
		if math.Abs(n) < 999.5 {
			break
		}
		n, suffix = n/1000, s
	}
	plain := NewNumber(o.Locale)
	plain.MaxFraction = 0
	if math.Abs(n) < 100 {
		plain.MaxSignificant = 2
	}
	if o.MaxFraction >= 0 {
		plain.MaxFraction, plain.MaxSignificant = o.MaxFraction, -1
	}
	text, err := plain.Format(n)
	return text + suffix, err
}

// List joins texts: conjunction (and), disjunction (or) or unit.
func List(tag, kind, style string, items []string) (string, error) {
	if !english(tag) {
		return "", fmt.Errorf("Intl.ListFormat is supported in English only")
	}
	word := map[string]string{"": "and", "conjunction": "and", "disjunction": "or"}[kind]
	switch {
	case kind == "unit" && style == "narrow":
		return strings.Join(items, " "), nil
	case kind == "unit", kind != "disjunction" && style == "narrow":
		return strings.Join(items, ", "), nil
	}
	switch len(items) {
	case 0:
		return "", nil
	case 1:
		return items[0], nil
	case 2:
		return items[0] + " " + word + " " + items[1], nil
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + ", " + word + " " + items[last], nil
}
