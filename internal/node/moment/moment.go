// Package moment reads and writes dates as n8n's nodes do: the ISO, HTTP, RFC
// 2822 and SQL forms that Luxon reads, what JavaScript's Date.parse reads
// besides, and Luxon's tokens for any other format.
package moment

import (
	"math"
	"strings"
	"time"
)

// Zone finds a time zone by name: an IANA name, "UTC", "local" or "" (UTC), or
// an offset like "UTC+2" and "+05:30".
func Zone(name string) (*time.Location, bool) {
	switch strings.ToLower(name) {
	case "", "utc", "gmt", "local", "default", "system":
		return time.UTC, true
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(strings.ToUpper(name), "UTC"), "GMT")
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		if offset, ok := offsetOf(rest); ok {
			return time.FixedZone(name, offset), true
		}
	}
	loc, err := time.LoadLocation(name)
	return loc, err == nil
}

// Parse reads a date as Luxon and JavaScript do, in turn. Text without a zone is
// taken to be in zone; text with one keeps it.
func Parse(text string, zone *time.Location) (time.Time, bool) {
	text = strings.TrimSpace(text)
	for _, form := range []func(string, *time.Location) (time.Time, bool){ParseISO, parseHTTP, parseRFC2822, parseSQL} {
		if t, ok := form(text, zone); ok {
			return t, true
		}
	}
	t, ok := ParseJS(text)
	return t.In(zone), ok
}

// ParseValue is Parse for any value: numbers are milliseconds since 1970.
func ParseValue(v any, zone *time.Location) (time.Time, bool) {
	switch v := v.(type) {
	case float64:
		return FromMillis(v, zone)
	case string:
		return Parse(v, zone)
	}
	return time.Time{}, false
}

// maxMillis is the range of JavaScript's dates.
const maxMillis = 8.64e15

// FromMillis turns milliseconds since 1970 into a time; false outside JavaScript's range.
func FromMillis(ms float64, zone *time.Location) (time.Time, bool) {
	if math.IsNaN(ms) || math.Abs(ms) > maxMillis {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(ms)).In(zone), true
}

// ISO writes t as Luxon's toISO: milliseconds, and the offset or Z.
func ISO(t time.Time) string {
	if t.Location() == time.UTC || t.Location().String() == "UTC" {
		return t.Format("2006-01-02T15:04:05.000") + "Z"
	}
	return t.Format("2006-01-02T15:04:05.000-07:00")
}

// JS writes t as JavaScript's toISOString: in UTC.
func JS(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
