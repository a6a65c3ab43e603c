package intl

import (
	"fmt"
	"math"
	"slices"
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

// relativeUnits are those of Intl.RelativeTimeFormat.
var relativeUnits = []string{"year", "quarter", "month", "week", "day", "hour", "minute", "second"}

// Relative writes a distance in time: in 3 days, 2 hours ago; auto: yesterday.
func Relative(tag string, auto bool, n float64, unit string) (string, error) {
	unit = strings.TrimSuffix(unit, "s")
	switch {
	case !english(tag):
		return "", fmt.Errorf("Intl.RelativeTimeFormat is supported in English only")
	case !slices.Contains(relativeUnits, unit):
		return "", fmt.Errorf("invalid unit argument for format() '%s'", unit)
	}
	if auto {
		if word := relativeWord(n, unit); word != "" {
			return word, nil
		}
	}
	amount, err := NewNumber(tag).Format(math.Abs(n))
	if err != nil {
		return "", err
	}
	if amount != "1" {
		unit += "s"
	}
	if math.Signbit(n) {
		return amount + " " + unit + " ago", nil
	}
	return "in " + amount + " " + unit, nil
}

func relativeWord(n float64, unit string) string {
	switch {
	case unit == "day" && n == 0:
		return "today"
	case unit == "day" && n == 1:
		return "tomorrow"
	case unit == "day" && n == -1:
		return "yesterday"
	case unit == "second" && n == 0:
		return "now"
	case n == 0:
		return "this " + unit
	case unit == "hour" || unit == "minute" || unit == "second":
		return ""
	case n == 1:
		return "next " + unit
	case n == -1:
		return "last " + unit
	}
	return ""
}
