package moment

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// isoForm is ISO 8601 as Luxon reads it: a calendar, week or ordinal date, with
// or without a time and an offset.
var isoForm = regexp.MustCompile(`^(?:([+-]\d{6}|\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?|(\d{4})-?W(\d\d)(?:-?(\d))?|(\d{4})-?(\d{3}))` +
	`(?:[Tt ]?` + isoTime + `)?$`)

const isoTime = `(?:T?(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,30}))?)?)?)?(Z|z|[+-]\d\d(?::?\d\d)?)?(?:\[[^\]]*\])?`

// ParseISO reads ISO 8601.
func ParseISO(s string, zone *time.Location) (time.Time, bool) {
	if strings.Contains(s, " ") || strings.HasSuffix(s, "T") {
		return time.Time{}, false
	}
	m := isoForm.FindStringSubmatch(s)
	if m == nil || (len(s) > 4 && m[1] == "" && m[4] == "" && m[7] == "") {
		return time.Time{}, false
	}
	if hasTime := m[9] != ""; hasTime != strings.ContainsAny(s, "Tt") || (!hasTime && m[13] != "") {
		return time.Time{}, false
	}
	day, ok := isoDate(m)
	if !ok {
		return time.Time{}, false
	}
	return build(day, m[9:13], m[13], zone)
}

// date is a day of the calendar.
type date struct{ year, month, day int }

func isoDate(m []string) (date, bool) {
	switch {
	case m[1] != "":
		return date{atoi(m[1]), orOne(m[2]), orOne(m[3])}, true
	case m[4] != "":
		return weekDate(atoi(m[4]), atoi(m[5]), orOne(m[6]))
	default:
		n := atoi(m[8])
		if n < 1 || n > 366 {
			return date{}, false
		}
		t := time.Date(atoi(m[7]), 1, n, 0, 0, 0, 0, time.UTC)
		return dateOf(t), t.Year() == atoi(m[7])
	}
}

func dateOf(t time.Time) date { return date{t.Year(), int(t.Month()), t.Day()} }

// weekDate turns an ISO week date into a calendar date.
func weekDate(year, week, weekday int) (date, bool) {
	if week < 1 || week > 53 || weekday < 1 || weekday > 7 {
		return date{}, false
	}
	jan4 := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := jan4.AddDate(0, 0, -(int(jan4.Weekday())+6)%7)
	t := monday.AddDate(0, 0, (week-1)*7+weekday-1)
	return dateOf(t), true
}

// build makes a time of its parts; clock is hour, minute, second and fraction.
func build(d date, clock []string, offset string, zone *time.Location) (time.Time, bool) {
	h, m, s := atoi(clock[0]), atoi(clock[1]), atoi(clock[2])
	if d.month < 1 || d.month > 12 || d.day < 1 || d.day > daysIn(d.year, d.month) || m > 59 || s > 59 || h > 24 || (h == 24 && (m > 0 || s > 0)) {
		return time.Time{}, false
	}
	loc := zone
	if offset != "" {
		seconds, ok := offsetOf(offset)
		if !ok {
			return time.Time{}, false
		}
		if loc = time.UTC; seconds != 0 {
			loc = time.FixedZone("", seconds)
		}
	}
	return time.Date(d.year, time.Month(d.month), d.day, h, m, s, fraction(clock[3]), loc), true
}

// fraction reads the digits after the decimal point, to the millisecond.
func fraction(digits string) int {
	if digits == "" {
		return 0
	}
	digits = (digits + "000")[:3]
	return atoi(digits) * int(time.Millisecond)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// offsetOf reads Z, +HH, +H, +HHMM and +HH:MM as seconds.
func offsetOf(s string) (int, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) < 2 || (s[0] != '+' && s[0] != '-') {
		return 0, false
	}
	h, m, colon := strings.Cut(s[1:], ":")
	if !colon && len(h) > 2 {
		h, m = h[:len(h)-2], h[len(h)-2:]
	}
	hours, err := strconv.Atoi(h)
	if err != nil || hours > 24 {
		return 0, false
	}
	seconds := hours*3600 + atoi(m)*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func orOne(s string) int {
	if s == "" {
		return 1
	}
	return atoi(s)
}
