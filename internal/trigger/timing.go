package trigger

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Unit is what "every n-th" counts.
type Unit string

// The units.
const (
	Hours  Unit = "hours"
	Days   Unit = "days"
	Weeks  Unit = "weeks"
	Months Unit = "months"
)

// Timing is when a schedule runs.
type Timing struct {
	// Expression is EventBridge Scheduler's: cron(…) or rate(…).
	Expression string `json:"expression"`
	Timezone   string `json:"timezone"` // IANA name
	// Every lets each n-th hour, day, week or month through, counted from the
	// first tick; 0 and 1 let all through.
	Every int  `json:"every,omitempty"`
	Unit  Unit `json:"unit,omitempty"`
	// Grace is how many seconds late a tick may come before it counts as missed; 0:
	// as late as the scheduler delivers one, an hour.
	Grace int `json:"grace,omitempty"`
	// Coalesce runs the newest of several missed ticks; without it none.
	Coalesce bool `json:"coalesce,omitempty"`
}

// Missed reports whether a tick that arrives at now comes too late to count, if first
// was the first.
func (t Timing) Missed(first, at, now time.Time) bool {
	switch late := now.Sub(at); {
	case t.Coalesce && late > time.Duration(t.Grace)*time.Second:
		next := t.Next(first, at)
		return !next.IsZero() && !next.After(now)
	case t.Coalesce || t.Grace == 0:
		return false
	default:
		return late > time.Duration(t.Grace)*time.Second
	}
}

// Due reports whether the tick at is one that counts, if first was the first.
func (t Timing) Due(first, at time.Time) bool {
	if t.Every <= 1 || first.IsZero() {
		return true
	}
	loc, err := time.LoadLocation(t.Timezone)
	if err != nil {
		return true // the zone was checked when the schedule was made
	}
	n := t.Unit.count(at.In(loc)) - t.Unit.count(first.In(loc))
	return n >= 0 && n%t.Every == 0
}

// count numbers the units by local dates; hours by elapsed time, which the change
// to daylight saving neither skips nor doubles.
func (u Unit) count(t time.Time) int {
	day := int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
	switch u {
	case Hours:
		return int(t.Unix() / 3600)
	case Weeks:
		return (day + 4) / 7 // day 0 was a Thursday; weeks begin on Sunday
	case Months:
		return t.Year()*12 + int(t.Month())
	default:
		return day
	}
}

// Next returns the next run after t, if first was or will be the first tick; the
// zero time if it cannot be told.
func (t Timing) Next(first, after time.Time) time.Time {
	if every, ok := t.rate(); ok {
		if first.IsZero() || first.After(after) {
			return first
		}
		return first.Add((after.Sub(first)/every + 1) * every)
	}
	c, loc, err := t.cron()
	if err != nil {
		return time.Time{}
	}
	at := c.next(after.In(loc))
	for range 40_000 { // an hourly tick of which one in a year counts
		if at.IsZero() || t.Due(first, at) {
			return at.UTC()
		}
		at = c.next(at)
	}
	return time.Time{}
}

// First is the first tick at or after start.
func (t Timing) First(start time.Time) time.Time {
	if every, ok := t.rate(); ok {
		return start.Add(every).Truncate(time.Second).UTC()
	}
	c, loc, err := t.cron()
	if err != nil {
		return time.Time{}
	}
	return c.next(start.Add(-time.Nanosecond).In(loc)).UTC()
}

// Rate is the interval of a rate expression; false for cron expressions.
func (t Timing) rate() (time.Duration, bool) {
	text, ok := strings.CutPrefix(t.Expression, "rate(")
	parts := strings.Fields(strings.TrimSuffix(text, ")"))
	if !ok || len(parts) != 2 {
		return 0, false
	}
	n, err := strconv.Atoi(parts[0])
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(parts[1], "s")]
	return time.Duration(n) * unit, err == nil && n > 0 && unit > 0
}

// IsRate reports whether the timing counts from its start and not by the clock.
func (t Timing) IsRate() bool {
	_, ok := t.rate()
	return ok
}

// cron reads the expression back.
func (t Timing) cron() (cron, *time.Location, error) {
	loc, err := time.LoadLocation(t.Timezone)
	if err != nil {
		return cron{}, nil, err
	}
	text, ok := strings.CutPrefix(t.Expression, "cron(")
	f := strings.Fields(strings.TrimSuffix(text, ")"))
	if !ok || len(f) != 6 {
		return cron{}, nil, fmt.Errorf("%q is no cron expression", t.Expression)
	}
	weekdays, err := parseField(f[4], 1, 7, nil)
	if f[4] == "?" || f[4] == "*" {
		weekdays, err = allWeekdays<<1, nil
	}
	if err != nil {
		return cron{}, nil, err
	}
	c, err := parseCron(strings.Join([]string{f[0], f[1], f[2], f[3], "*"}, " "))
	c.weekdays = weekdays >> 1
	return c, loc, err
}

// Cron makes a timing of an expression with five fields, or six with seconds
// first (which must be 0), in the zone.
func Cron(text, zone string) (Timing, error) {
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return Timing{}, fmt.Errorf("%q is no time zone; use an IANA name, for example Asia/Colombo", zone)
	}
	c, err := parseCron(text)
	if err != nil {
		return Timing{}, err
	}
	e, err := c.expression()
	return Timing{Expression: e, Timezone: zone}, err
}

// every makes a timing of a fixed interval, counted from the activation.
func every(n int, unit, zone string) (Timing, error) {
	if n < 1 {
		return Timing{}, fmt.Errorf("every %d %s is no interval", n, unit)
	}
	if n == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return Timing{Expression: fmt.Sprintf("rate(%d %s)", n, unit), Timezone: zone}, nil
}

// nth lets each n-th unit of a timing through.
func nth(t Timing, n int, unit Unit) (Timing, error) {
	if n < 1 {
		return Timing{}, fmt.Errorf("every %d %s is no interval", n, unit)
	}
	if n > 1 {
		t.Every, t.Unit = n, unit
	}
	return t, nil
}
