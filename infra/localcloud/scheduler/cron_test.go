package scheduler

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const stamp = "2006-01-02T15:04:05Z07:00"

func nextOnes(t *testing.T, expr, zone, after string, n int) []string {
	t.Helper()
	from, err := time.Parse(stamp, after)
	if err != nil {
		t.Fatal(err)
	}
	e, err := parseExpression(expr, zone, from)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for range n {
		next, ok := e.next(from)
		if !ok {
			break
		}
		out = append(out, next.Format(stamp))
		from = next
	}
	return out
}

func TestNext(t *testing.T) {
	for name, c := range map[string]struct {
		expr, zone, after string
		want              []string
	}{
		"every 15 minutes": {"cron(0/15 * * * ? *)", "UTC", "2026-01-01T00:07:00Z", []string{"2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"}},
		"weekdays at 9":    {"cron(0 9 ? * MON-FRI *)", "UTC", "2026-01-02T09:00:00Z", []string{"2026-01-05T09:00:00Z", "2026-01-06T09:00:00Z"}},
		"last of month":    {"cron(30 8 L * ? *)", "UTC", "2026-01-31T09:00:00Z", []string{"2026-02-28T08:30:00Z", "2026-03-31T08:30:00Z"}},
		"leap day":         {"cron(0 0 29 2 ? *)", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
		"second tuesday":   {"cron(0 0 ? * TUE#2 *)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-13T00:00:00Z", "2026-02-10T00:00:00Z"}},
		"last friday":      {"cron(0 0 ? * 6L *)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"}},
		// 15 February 2026 is a Sunday, 1 August a Saturday.
		"nearest weekday": {"cron(0 0 15W 2 ? *)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-02-16T00:00:00Z", "2027-02-15T00:00:00Z"}},
		"first weekday":   {"cron(0 0 1W 8 ? 2026)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-08-03T00:00:00Z"}},
		"one year":        {"cron(0 12 1 1 ? 2027)", "UTC", "2026-01-01T00:00:00Z", []string{"2027-01-01T12:00:00Z"}},
		"never":           {"cron(0 0 31 2 ? *)", "UTC", "2026-01-01T00:00:00Z", nil},
		"zone":            {"cron(0 9 * * ? *)", "Asia/Colombo", "2026-01-01T00:00:00Z", []string{"2026-01-01T09:00:00+05:30"}},
		"one time":        {"at(2026-06-01T12:00:00)", "Europe/Berlin", "2026-01-01T00:00:00Z", []string{"2026-06-01T12:00:00+02:00"}},
		"rate":            {"rate(5 minutes)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"}},
		// In New York 2:30 does not exist on 8 March 2026, and 1:30 exists twice on 1 November.
		"spring": {"cron(30 2 * * ? *)", "America/New_York", "2026-03-07T00:00:00Z", []string{"2026-03-07T02:30:00-05:00", "2026-03-09T02:30:00-04:00"}},
		"autumn": {"cron(30 1 * * ? *)", "America/New_York", "2026-10-31T12:00:00Z", []string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"}},
	} {
		if diff := cmp.Diff(c.want, nextOnes(t, c.expr, c.zone, c.after, max(len(c.want), 1))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestBadExpressions(t *testing.T) {
	for _, expr := range []string{
		"", "rate()", "rate(0 minutes)", "rate(5 seconds)", "rate(5)", "cron(* * * * *)", "cron(* * * * * *)", "cron(* * ? * ? *)",
		"cron(60 * * * ? *)", "cron(5-1 * * * ? *)", "cron(*/0 * * * ? *)", "cron(0 0 ? * 8 *)", "cron(0 0 ? * MON#6 *)", "at(tomorrow)", "every(1 day)",
	} {
		if _, err := parseExpression(expr, "UTC", time.Time{}); err == nil {
			t.Errorf("%q was accepted", expr)
		}
	}
	if _, err := parseExpression("rate(1 day)", "Mars/Olympus", time.Time{}); err == nil {
		t.Error("an unknown time zone was accepted")
	}
}
