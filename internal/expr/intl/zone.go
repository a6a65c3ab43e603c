package intl

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

var zones sync.Map // time.Location by name

// Zone returns a time zone by its IANA name; the name is not case-sensitive.
func Zone(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	if err != nil || name == "" || strings.EqualFold(name, "local") {
		if z, err = anyCase(name); err != nil {
			return nil, fmt.Errorf("invalid time zone specified: %s", name)
		}
	}
	zones.Store(name, z)
	return z, nil
}

// anyCase finds a zone whose name is written in other letters.
func anyCase(name string) (*time.Location, error) {
	if strings.EqualFold(name, "utc") || strings.EqualFold(name, "gmt") {
		return time.UTC, nil
	}
	for known := range data().Zones {
		if strings.EqualFold(known, name) {
			return time.LoadLocation(known)
		}
	}
	return nil, fmt.Errorf("unknown time zone")
}

// zoneName is the name of t's zone: an offset, or a name where the locale has one.
func (l *locale) zoneName(t time.Time, token string) string {
	_, offset := t.Zone()
	long := strings.HasPrefix(token, "zz")
	if strings.HasSuffix(token, "o") {
		return offsetName(offset, long)
	}
	if t.Location() == time.UTC {
		if long && english(l.tag) {
			return "Coordinated Universal Time"
		}
		return "UTC"
	}
	name := t.Location().String()
	for i, season := range data().Zones[name] {
		if season[0] != strings.TrimPrefix(offsetName(offset, true), "GMT") {
			continue
		}
		if long && english(l.tag) {
			return season[2]
		}
		if short, ok := l.Zones[name]; ok && !long {
			return short[i]
		}
	}
	return offsetName(offset, long)
}

// offsetName is GMT, GMT+5:30 or GMT-5; long GMT-05:00.
func offsetName(seconds int, long bool) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	h, m := seconds/3600, seconds%3600/60
	switch {
	case h == 0 && m == 0:
		return "GMT"
	case long:
		return fmt.Sprintf("GMT%s%02d:%02d", sign, h, m)
	case m == 0:
		return fmt.Sprintf("GMT%s%d", sign, h)
	}
	return fmt.Sprintf("GMT%s%d:%02d", sign, h, m)
}
