package scheduler

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// expression tells when a schedule is due.
type expression interface {
	// next is the first time after a moment, false if there is none.
	next(after time.Time) (time.Time, bool)
}

// rate is due at even distances from its anchor.
type rate struct {
	every  time.Duration
	anchor time.Time
}

func (r rate) next(after time.Time) (time.Time, bool) {
	if after.Before(r.anchor) {
		return r.anchor, true
	}
	return r.anchor.Add((after.Sub(r.anchor)/r.every + 1) * r.every), true
}

// once is due one time.
type once struct{ at time.Time }

func (o once) next(after time.Time) (time.Time, bool) { return o.at, o.at.After(after) }

// parseExpression reads rate(…), cron(…) and at(…). A rate counts from its anchor.
func parseExpression(expr, zone string, anchor time.Time) (expression, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return nil, fmt.Errorf("there is no time zone %s", zone)
	}
	form, rest, ok := strings.Cut(expr, "(")
	arg, closed := strings.CutSuffix(rest, ")")
	if !ok || !closed {
		return nil, fmt.Errorf("%q is not rate(…), cron(…) or at(…)", expr)
	}
	switch form {
	case "rate":
		return parseRate(arg, anchor)
	case "cron":
		return parseCron(arg, loc)
	case "at":
		t, err := time.ParseInLocation("2006-01-02T15:04:05", arg, loc)
		if err != nil {
			return nil, fmt.Errorf("%q is not a time like 2026-01-31T12:00:00", arg)
		}
		return once{t}, nil
	}
	return nil, fmt.Errorf("%q is not rate(…), cron(…) or at(…)", expr)
}

func parseRate(arg string, anchor time.Time) (expression, error) {
	f := strings.Fields(arg)
	if len(f) != 2 {
		return nil, fmt.Errorf("a rate has a number and a unit")
	}
	n, err := strconv.Atoi(f[0])
	if err != nil || n < 1 {
		return nil, fmt.Errorf("the rate %q is not a positive number", f[0])
	}
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	unit, ok := units[strings.TrimSuffix(f[1], "s")]
	if !ok {
		return nil, fmt.Errorf("the unit of a rate is minutes, hours or days, not %q", f[1])
	}
	return rate{every: time.Duration(n) * unit, anchor: anchor}, nil
}
