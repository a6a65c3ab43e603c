package expr

import (
	"strings"
	"time"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"github.com/automatelanka/automatelanka/internal/expr/intl"
)

// span is an amount of time as Luxon adds it: months by the calendar, then days
// by the clock on the wall, then the rest exactly.
type span struct{ months, days, ms int }

// add adds n of a unit; false if the unit is none.
func (s *span) add(n int, unit string) bool {
	switch strings.TrimSuffix(unit, "s") {
	case "year":
		s.months += 12 * n
	case "quarter":
		s.months += 3 * n
	case "month":
		s.months += n
	case "week":
		s.days += 7 * n
	case "day":
		s.days += n
	case "hour":
		s.ms += 3_600_000 * n
	case "minute":
		s.ms += 60_000 * n
	case "second":
		s.ms += 1000 * n
	case "millisecond":
		s.ms += n
	default:
		return false
	}
	return true
}

// maxAmount bounds what is added here; more is left to Luxon.
const maxAmount = 100_000

func (s span) to(d moment) (moment, bool) {
	t := d.local()
	if s.months != 0 || s.days != 0 {
		month := t.Year()*12 + int(t.Month()) - 1 + s.months
		year, m := month/12, time.Month(month%12+1)
		last := time.Date(year, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
		day := min(t.Day(), last) + s.days
		var ok bool
		if d, ok = d.showing(time.Date(year, m, day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)); !ok {
			return d, false
		}
	}
	return at(d.ms+int64(s.ms), d.zone, d.utc)
}

// stepOf is the step that a method makes, nil if its arguments are not literal.
func stepOf(method string, args []ast.Expression) dateStep {
	switch method {
	case "plus", "minus":
		s, ok := spanOf(args, map[string]int{"plus": 1, "minus": -1}[method])
		if !ok {
			return nil
		}
		return s.to
	case "startOf", "endOf":
		unit, ok := literalText(args)
		if !ok {
			return nil
		}
		return func(d moment) (moment, bool) {
			begin, ok := startOf(d, unit)
			if method == "startOf" || !ok {
				return begin, ok
			}
			var one span
			one.add(1, unit)
			next, ok := one.to(begin)
			if !ok {
				return next, false
			}
			if next, ok = startOf(next, unit); !ok {
				return next, false
			}
			return at(next.ms-1, d.zone, d.utc)
		}
	case "setZone":
		name, ok := literalText(args)
		if !ok || !strings.Contains(name, "/") {
			return nil
		}
		return func(d moment) (moment, bool) {
			zone, err := intl.Zone(name)
			if err != nil {
				return d, false
			}
			return at(d.ms, zone, false)
		}
	case "toUTC":
		if len(args) == 0 {
			return func(d moment) (moment, bool) { return at(d.ms, time.UTC, true) }
		}
	}
	return nil
}

func literalText(args []ast.Expression) (string, bool) {
	if len(args) != 1 {
		return "", false
	}
	s, ok := args[0].(*ast.StringLiteral)
	if !ok {
		return "", false
	}
	return s.Value.String(), true
}

// spanOf reads (5, "days") or ({days: 5, hours: 1}).
func spanOf(args []ast.Expression, sign int) (s span, ok bool) {
	switch len(args) {
	case 2:
		n, ok1 := wholeNumber(args[0])
		unit, ok2 := literalText(args[1:])
		return s, ok1 && ok2 && s.add(sign*n, unit)
	case 1:
		o, is := args[0].(*ast.ObjectLiteral)
		if !is || len(o.Value) == 0 {
			return s, false
		}
		seen := map[string]bool{}
		for _, p := range o.Value {
			keyed, is := p.(*ast.PropertyKeyed)
			if !is || keyed.Computed || keyed.Kind != ast.PropertyKindValue {
				return s, false
			}
			n, ok := wholeNumber(keyed.Value)
			unit := ""
			switch k := keyed.Key.(type) {
			case *ast.Identifier:
				unit = k.Name.String()
			case *ast.StringLiteral:
				unit = k.Value.String()
			}
			if unit = strings.TrimSuffix(unit, "s"); !ok || seen[unit] || !s.add(sign*n, unit) {
				return s, false
			}
			seen[unit] = true
		}
		return s, true
	}
	return s, false
}

func wholeNumber(e ast.Expression) (int, bool) {
	if u, ok := e.(*ast.UnaryExpression); ok && u.Operator == token.MINUS {
		n, ok := wholeNumber(u.Operand)
		return -n, ok
	}
	lit, ok := e.(*ast.NumberLiteral)
	if !ok {
		return 0, false
	}
	n, whole := lit.Value.(int64)
	return int(n), whole && n <= maxAmount
}

func startOf(d moment, unit string) (moment, bool) {
	t := d.local()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	switch unit {
	case "year":
		month, day, hour, minute, second = 1, 1, 0, 0, 0
	case "quarter":
		month, day, hour, minute, second = (month-1)/3*3+1, 1, 0, 0, 0
	case "month":
		day, hour, minute, second = 1, 0, 0, 0
	case "week":
		day, hour, minute, second = day-isoWeekday(t)+1, 0, 0, 0
	case "day":
		hour, minute, second = 0, 0, 0
	case "hour":
		minute, second = 0, 0
	case "minute":
		second = 0
	case "second":
	default:
		return d, false
	}
	return d.showing(time.Date(year, month, day, hour, minute, second, 0, time.UTC))
}
