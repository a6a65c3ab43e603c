package scheduler

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cron is an AWS cron expression: minutes, hours, day of month, month, day of
// week (1 is Sunday), year. One of the two days is "?".
type cron struct {
	minutes, hours, months, years set
	day                           func(t time.Time) bool // of a date at midnight
	location                      *time.Location
}

// set is a list of allowed numbers in ascending order.
type set []int

var (
	monthNames = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	dayNames   = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

// The years that a cron expression may name.
const (
	firstYear = 1970
	lastYear  = 2199
)

func parseCron(expr string, loc *time.Location) (*cron, error) {
	f := strings.Fields(expr)
	if len(f) != 6 {
		return nil, fmt.Errorf("a cron expression has 6 fields")
	}
	c := &cron{location: loc}
	var err error
	for _, part := range []struct {
		to        *set
		field     string
		low, high int
		names     []string
	}{
		{&c.minutes, f[0], 0, 59, nil},
		{&c.hours, f[1], 0, 23, nil},
		{&c.months, f[3], 1, 12, monthNames},
		{&c.years, f[5], firstYear, lastYear, nil},
	} {
		if *part.to, err = parseSet(part.field, part.low, part.high, part.names); err != nil {
			return nil, err
		}
	}
	c.day, err = parseDay(f[2], f[4])
	return c, err
}

// parseSet reads "*", "5", "1-5", "0/15", "2-20/3", "MON-FRI", and lists of them.
func parseSet(field string, low, high int, names []string) (set, error) {
	var out set
	for _, item := range strings.Split(field, ",") {
		body, stepText, stepped := strings.Cut(item, "/")
		step := 1
		if stepped {
			var err error
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
				return nil, fmt.Errorf("%q is not a step", stepText)
			}
		}
		from, to := low, high
		if body != "*" {
			first, last, ranged := strings.Cut(body, "-")
			var err error
			if from, err = parseNumber(first, low, high, names); err != nil {
				return nil, err
			}
			switch {
			case ranged:
				if to, err = parseNumber(last, low, high, names); err != nil {
					return nil, err
				}
			case !stepped:
				to = from
			}
		}
		if from > to {
			return nil, fmt.Errorf("%q goes backwards", item)
		}
		for n := from; n <= to; n += step {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func parseNumber(s string, low, high int, names []string) (int, error) {
	if i := slices.Index(names, strings.ToUpper(s)); i >= 0 {
		return i + 1, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%q is not a number from %d to %d", s, low, high)
	}
	return n, nil
}

// parseDay reads the day of the month and the day of the week.
func parseDay(ofMonth, ofWeek string) (func(time.Time) bool, error) {
	switch {
	case (ofMonth == "?") == (ofWeek == "?"):
		return nil, fmt.Errorf("one of the day of the month and the day of the week must be ?, and only one")
	case ofWeek == "?":
		return parseDayOfMonth(ofMonth)
	}
	return parseDayOfWeek(ofWeek)
}

func parseDayOfMonth(field string) (func(time.Time) bool, error) {
	if field == "L" {
		return func(t time.Time) bool { return t.AddDate(0, 0, 1).Day() == 1 }, nil
	}
	if day, ok := strings.CutSuffix(field, "W"); ok {
		n, err := parseNumber(day, 1, 31, nil)
		if err != nil {
			return nil, err
		}
		return func(t time.Time) bool { return t.Day() == nearestWeekday(t, n) }, nil
	}
	days, err := parseSet(field, 1, 31, nil)
	if err != nil {
		return nil, err
	}
	return func(t time.Time) bool { return slices.Contains(days, t.Day()) }, nil
}

// nearestWeekday is the weekday nearest to the day n of t's month, in that month; 0
// if the month has no day n.
func nearestWeekday(t time.Time, n int) int {
	last := time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	if n > last {
		return 0
	}
	switch time.Date(t.Year(), t.Month(), n, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if n == 1 {
			return 3
		}
		return n - 1
	case time.Sunday:
		if n == last {
			return n - 2
		}
		return n + 1
	}
	return n
}

func parseDayOfWeek(field string) (func(time.Time) bool, error) {
	weekday := func(t time.Time) int { return int(t.Weekday()) + 1 }
	if day, ok := strings.CutSuffix(field, "L"); ok {
		if day == "" {
			return func(t time.Time) bool { return weekday(t) == 7 }, nil
		}
		n, err := parseNumber(day, 1, 7, dayNames)
		if err != nil {
			return nil, err
		}
		return func(t time.Time) bool { return weekday(t) == n && t.AddDate(0, 0, 7).Month() != t.Month() }, nil
	}
	if day, nth, ok := strings.Cut(field, "#"); ok {
		n, err := parseNumber(day, 1, 7, dayNames)
		if err != nil {
			return nil, err
		}
		k, err := parseNumber(nth, 1, 5, nil)
		if err != nil {
			return nil, err
		}
		return func(t time.Time) bool { return weekday(t) == n && (t.Day()-1)/7+1 == k }, nil
	}
	days, err := parseSet(field, 1, 7, dayNames)
	if err != nil {
		return nil, err
	}
	return func(t time.Time) bool { return slices.Contains(days, weekday(t)) }, nil
}

// next is the first time after a moment, false if there is none.
func (c *cron) next(after time.Time) (time.Time, bool) {
	local := after.In(c.location)
	date := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	for end := c.years[len(c.years)-1]; date.Year() <= end; date = date.AddDate(0, 0, 1) {
		if !slices.Contains(c.years, date.Year()) || !slices.Contains(c.months, int(date.Month())) || !c.day(date) {
			continue
		}
		for _, h := range c.hours {
			for _, m := range c.minutes {
				t := time.Date(date.Year(), date.Month(), date.Day(), h, m, 0, 0, c.location)
				exists := t.Hour() == h && t.Minute() == m
				if exists && t.After(after) {
					return t, true
				}
			}
		}
	}
	return time.Time{}, false
}
