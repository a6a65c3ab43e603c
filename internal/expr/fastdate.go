package expr

import (
	"math"
	"strings"
	"time"

	"github.com/dop251/goja/ast"

	"github.com/automatelanka/automatelanka/internal/expr/intl"
)

// dateChain is $now or $today, moved by steps whose arguments are literal, and
// what is read of it at the end. It saves the millisecond that Luxon takes to load.
type dateChain struct {
	today bool
	steps []dateStep
	read  func(d moment) (any, bool) // false: leave it to Luxon
}

// dateStep moves a date; false leaves the expression to Luxon.
type dateStep func(d moment) (moment, bool)

// moment is a point in time with the offset at which it is shown.
type moment struct {
	ms     int64 // since 1970
	zone   *time.Location
	utc    bool // shown with Z
	offset int64
}

// at is the moment of ms in a zone; false where offsets are not whole minutes.
func at(ms int64, zone *time.Location, utc bool) (moment, bool) {
	_, seconds := time.UnixMilli(ms).In(zone).Zone()
	m := moment{ms, zone, utc, int64(seconds) * 1000}
	year := m.local().Year()
	return m, seconds%60 == 0 && year >= 1 && year <= 9999
}

// local is the date and time that clocks show, as if it were UTC.
func (m moment) local() time.Time { return time.UnixMilli(m.ms + m.offset).UTC() }

// showing returns the moment at which clocks show t, by Luxon's rules for the
// hours that daylight saving skips or repeats.
func (m moment) showing(t time.Time) (moment, bool) {
	local := t.UnixMilli()
	offset := func(ms int64) int64 {
		_, s := time.UnixMilli(ms).In(m.zone).Zone()
		return int64(s) * 1000
	}
	guess := local - m.offset
	second := offset(guess)
	if second == m.offset {
		return at(guess, m.zone, m.utc)
	}
	guess -= second - m.offset
	third := offset(guess)
	if second == third {
		return at(guess, m.zone, m.utc)
	}
	return at(local-min(second, third), m.zone, m.utc)
}

func (c *dateChain) eval(e *Evaluator, _ int) (any, error) {
	now := e.scope.Now
	if now.IsZero() {
		now = e.limits.Clock.Now()
	}
	name := e.scope.Timezone
	zone, err := intl.Zone(name)
	if err != nil || name == "" {
		return nil, errSlow
	}
	d, ok := at(now.UnixMilli(), zone, isUTC(name))
	if c.today && ok {
		d, ok = startOf(d, "day")
	}
	for _, step := range c.steps {
		if !ok {
			return nil, errSlow
		}
		d, ok = step(d)
	}
	if !ok {
		return nil, errSlow
	}
	v, ok := c.read(d)
	if !ok {
		return nil, errSlow
	}
	return v, nil
}

// isUTC reports whether Luxon takes the name for UTC itself, not for a zone.
func isUTC(name string) bool { return strings.EqualFold(name, "utc") || strings.EqualFold(name, "gmt") }

// fastDate is the direct form of a date that is printed: $now, moved or not, or
// something read of it. It stands only where the date becomes text.
func fastDate(e ast.Expression) fastNode {
	if c := dateRead(e); c != nil {
		return c
	}
	if c := dateOf(e); c != nil {
		c.read = func(d moment) (any, bool) { return d.iso(), true }
		return c
	}
	return nil
}

// dateOf recognises $now and $today, and the methods that move them.
func dateOf(e ast.Expression) *dateChain {
	switch n := e.(type) {
	case *ast.Identifier:
		if n.Name == "$now" || n.Name == "$today" {
			return &dateChain{today: n.Name == "$today"}
		}
	case *ast.CallExpression:
		dot, ok := n.Callee.(*ast.DotExpression)
		if !ok {
			return nil
		}
		c := dateOf(dot.Left)
		if c == nil {
			return nil
		}
		step := stepOf(dot.Identifier.Name.String(), n.ArgumentList)
		if step == nil {
			return nil
		}
		c.steps = append(c.steps, step)
		return c
	}
	return nil
}

// dateRead recognises what is read of a date: a method that gives text or a
// number, or one of its parts.
func dateRead(e ast.Expression) *dateChain {
	var dot *ast.DotExpression
	var args []ast.Expression
	call, isCall := e.(*ast.CallExpression)
	if isCall {
		dot, _ = call.Callee.(*ast.DotExpression)
		args = call.ArgumentList
	} else {
		dot, _ = e.(*ast.DotExpression)
	}
	if dot == nil {
		return nil
	}
	c := dateOf(dot.Left)
	if c == nil {
		return nil
	}
	name := dot.Identifier.Name.String()
	if isCall {
		c.read = readMethod(name, args)
	} else {
		c.read = dateParts[name]
	}
	if c.read == nil {
		return nil
	}
	return c
}

func readMethod(name string, args []ast.Expression) func(moment) (any, bool) {
	if (name == "format" || name == "toFormat") && len(args) == 1 {
		if s, ok := args[0].(*ast.StringLiteral); ok {
			layout := s.Value.String()
			return func(d moment) (any, bool) { return d.format(layout) }
		}
		return nil
	}
	if len(args) != 0 {
		return nil
	}
	switch name {
	case "toISO", "toString", "toJSON":
		return func(d moment) (any, bool) { return d.iso(), true }
	case "toISODate":
		return func(d moment) (any, bool) { return d.local().Format("2006-01-02"), true }
	case "toMillis", "valueOf":
		return func(d moment) (any, bool) { return float64(d.ms), true }
	case "toSeconds":
		return func(d moment) (any, bool) { return float64(d.ms) / 1000, true }
	case "toUnixInteger":
		return func(d moment) (any, bool) { return math.Floor(float64(d.ms) / 1000), true }
	}
	return nil
}

// dateParts are the properties of a date that are numbers.
var dateParts = map[string]func(moment) (any, bool){
	"year":    part(time.Time.Year),
	"month":   part(func(t time.Time) int { return int(t.Month()) }),
	"day":     part(time.Time.Day),
	"hour":    part(time.Time.Hour),
	"minute":  part(time.Time.Minute),
	"second":  part(time.Time.Second),
	"ordinal": part(time.Time.YearDay),
	"weekday": part(isoWeekday),
	"weekNumber": part(func(t time.Time) int {
		_, w := t.ISOWeek()
		return w
	}),
	"quarter": part(func(t time.Time) int { return (int(t.Month()) + 2) / 3 }),
}

func part(f func(time.Time) int) func(moment) (any, bool) {
	return func(d moment) (any, bool) { return float64(f(d.local())), true }
}

func isoWeekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }
