package trigger

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// maxExpression is EventBridge Scheduler's limit on an expression, in characters
// (API reference, CreateSchedule, ScheduleExpression).
const maxExpression = 256

// field is a set of numbers below 64.
type field uint64

func (f field) has(n int) bool { return f>>n&1 == 1 }

func span(from, to int) (f field) {
	for n := from; n <= to; n++ {
		f |= 1 << n
	}
	return f
}

// cron is a schedule of local times. A day matches if the month, the day of the
// month and the day of the week all do; the parser refuses what would need "or".
type cron struct {
	minutes, hours, days, months, weekdays field
}

// The ranges of the fields; weekdays count from Sunday.
var (
	allMinutes  = span(0, 59)
	allHours    = span(0, 23)
	allDays     = span(1, 31)
	allMonths   = span(1, 12)
	allWeekdays = span(0, 6)
)

var (
	monthNames   = []string{"", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	weekdayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

// parseCron reads an expression of five fields, or of six with seconds first, as
// n8n takes it.
func parseCron(text string) (cron, error) {
	parts := strings.Fields(text)
	if len(parts) == 6 {
		if n, err := strconv.Atoi(parts[0]); err != nil || n != 0 {
			return cron{}, fmt.Errorf("the seconds are %q, but a schedule ticks once a minute at most; set them to 0", parts[0])
		}
		parts = parts[1:]
	}
	if len(parts) != 5 {
		return cron{}, fmt.Errorf("%q is no cron expression; it has five fields (minute, hour, day, month, weekday), or six with seconds first", text)
	}
	var c cron
	for i, f := range []struct {
		name   string
		into   *field
		lo, hi int
		names  []string
	}{
		{"minute", &c.minutes, 0, 59, nil}, {"hour", &c.hours, 0, 23, nil}, {"day of the month", &c.days, 1, 31, nil},
		{"month", &c.months, 1, 12, monthNames}, {"weekday", &c.weekdays, 0, 7, weekdayNames},
	} {
		set, err := parseField(parts[i], f.lo, f.hi, f.names)
		if err != nil {
			return cron{}, fmt.Errorf("the %s of %q: %w", f.name, text, err)
		}
		*f.into = set
	}
	if c.weekdays.has(7) { // Sunday's other number
		c.weekdays = c.weekdays&allWeekdays | 1
	}
	if c.days != allDays && c.weekdays != allWeekdays {
		return cron{}, fmt.Errorf("%q names days of the month and days of the week, which means either; make two schedules", text)
	}
	return c, nil
}

// parseField reads one field: lists of values, ranges and steps.
func parseField(text string, lo, hi int, names []string) (field, error) {
	var set field
	for part := range strings.SplitSeq(text, ",") {
		base, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			n, err := strconv.Atoi(stepText)
			if err != nil || n < 1 {
				return 0, fmt.Errorf("%q is no step", stepText)
			}
			step = n
		}
		from, to := lo, hi
		if base != "*" && base != "?" {
			first, last, ranged := strings.Cut(base, "-")
			var err error
			if from, err = number(first, lo, hi, names); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if to, err = number(last, lo, hi, names); err != nil {
					return 0, err
				}
			case !stepped:
				to = from
			}
			if to < from {
				return 0, fmt.Errorf("the range %q runs backwards", base)
			}
		} else if hi == 7 {
			to = 6 // every weekday, Sunday once
		}
		for n := from; n <= to; n += step {
			set |= 1 << n
		}
	}
	return set, nil
}

func number(text string, lo, hi int, names []string) (int, error) {
	for i, name := range names {
		if name != "" && strings.EqualFold(text, name) {
			return i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("%q is not between %d and %d", text, lo, hi)
	}
	return n, nil
}

// expression writes the schedule as EventBridge Scheduler wants it: six fields,
// one of the two days "?", weekdays from 1 (Sunday).
func (c cron) expression() (string, error) {
	days, weekdays := c.days.list(allDays, 0), "?"
	if c.weekdays != allWeekdays {
		days, weekdays = "?", c.weekdays.list(allWeekdays, 1)
	}
	e := fmt.Sprintf("cron(%s %s %s %s %s *)",
		c.minutes.list(allMinutes, 0), c.hours.list(allHours, 0), days, c.months.list(allMonths, 0), weekdays)
	if len(e) > maxExpression {
		return "", fmt.Errorf("the schedule names too many single times; split it")
	}
	return e, nil
}

// list writes the set as values and ranges, each moved by shift; "*" if it is all.
func (f field) list(all field, shift int) string {
	if f == all {
		return "*"
	}
	var parts []string
	for rest := f; rest != 0; {
		from := bits.TrailingZeros64(uint64(rest))
		to := from
		for f.has(to + 1) {
			to++
		}
		rest &^= span(from, to)
		switch {
		case to == from:
			parts = append(parts, strconv.Itoa(from+shift))
		case to == from+1:
			parts = append(parts, strconv.Itoa(from+shift), strconv.Itoa(to+shift))
		default:
			parts = append(parts, strconv.Itoa(from+shift)+"-"+strconv.Itoa(to+shift))
		}
	}
	return strings.Join(parts, ",")
}

// searchDays is how far ahead next looks: the 29th of February may be eight years away.
const searchDays = 8*366 + 1

// next returns the first time after t, in t's location; the zero time if there is
// none. A local time that the clocks skip is left out, one that comes twice counts once.
func (c cron) next(t time.Time) time.Time {
	y, m, d := t.Date()
	for i := range searchDays {
		day := time.Date(y, m, d+i, 12, 0, 0, 0, t.Location())
		if !c.months.has(int(day.Month())) || !c.days.has(day.Day()) || !c.weekdays.has(int(day.Weekday())) {
			continue
		}
		for h := range 24 {
			if !c.hours.has(h) {
				continue
			}
			for min := range 60 {
				if !c.minutes.has(min) {
					continue
				}
				at := time.Date(day.Year(), day.Month(), day.Day(), h, min, 0, 0, t.Location())
				if at.After(t) && at.Hour() == h && at.Minute() == min {
					return at
				}
			}
		}
	}
	return time.Time{}
}
