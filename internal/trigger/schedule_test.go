package trigger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func parse(t *testing.T, nodes string) *workflow.Workflow {
	t.Helper()
	wf, err := workflow.Parse([]byte(`{"name":"w","nodes":[` + nodes + `],"connections":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	return wf
}

func owner() Owner {
	return Owner{
		Tenant: "ten_a", Workflow: "wf_01ARZ3NDEKTSV4RRFFQ69G5FAV", Version: 3, Timezone: "Asia/Colombo",
		Now: time.Date(2026, 3, 4, 10, 7, 30, 0, time.UTC), By: "key_1",
	}
}

func node(typ, params string) string {
	return fmt.Sprintf(`{"id":"1","name":"T","type":"n8n-nodes-base.%s","typeVersion":1,"position":[0,0],"parameters":%s}`, typ, params)
}

func TestRulesBecomeExpressions(t *testing.T) {
	for _, c := range []struct {
		typ, params, want string
		every             int
		unit              Unit
	}{
		{"scheduleTrigger", `{}`, "cron(0 0 * * ? *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{}]}}`, "cron(0 0 * * ? *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"triggerAtHour":9}]}}`, "cron(0 9 * * ? *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"minutes"}]}}`, "cron(0,5,10,15,20,25,30,35,40,45,50,55 * * * ? *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"minutes","minutesInterval":1}]}}`, "cron(* * * * ? *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"minutes","minutesInterval":90}]}}`, "rate(90 minutes)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"seconds","secondsInterval":120}]}}`, "rate(2 minutes)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"seconds","secondsInterval":60}]}}`, "rate(1 minute)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"hours","triggerAtMinute":15}]}}`, "cron(15 * * * ? *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"hours","hoursInterval":5}]}}`, "cron(0 * * * ? *)", 5, Hours},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"days","daysInterval":3,"triggerAtHour":23,"triggerAtMinute":59}]}}`, "cron(59 23 * * ? *)", 3, Days},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"weeks"}]}}`, "cron(0 0 ? * 1 *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"weeks","weeksInterval":2,"triggerAtDay":[1,2,3,5],"triggerAtHour":8}]}}`, "cron(0 8 ? * 2-4,6 *)", 2, Weeks},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"months","triggerAtDayOfMonth":15}]}}`, "cron(0 0 15 * ? *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"months","monthsInterval":2}]}}`, "cron(0 0 1 * ? *)", 2, Months},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"cronExpression","expression":"*/15 9-17 * * 1-5"}]}}`, "cron(0,15,30,45 9-17 ? * 2-6 *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"cronExpression","expression":"0 30 6 1,15 jan-mar *"}]}}`, "cron(30 6 1,15 1-3 ? *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"cronExpression","expression":"5 4 * * 7"}]}}`, "cron(5 4 ? * 1 *)", 0, ""},
		{"scheduleTrigger", `{"rule":{"interval":[{"field":"cronExpression","expression":"0 0 ? * MON,sun"}]}}`, "cron(0 0 ? * 1,2 *)", 0, ""},
		{"cron", `{}`, "cron(0 14 * * ? *)", 0, ""},
		{"cron", `{"triggerTimes":{"item":[{"mode":"everyMinute"}]}}`, "cron(* * * * ? *)", 0, ""},
		{"cron", `{"triggerTimes":{"item":[{"mode":"everyHour","minute":7}]}}`, "cron(7 * * * ? *)", 0, ""},
		{"cron", `{"triggerTimes":{"item":[{"hour":9}]}}`, "cron(0 9 * * ? *)", 0, ""},
		{"cron", `{"triggerTimes":{"item":[{"mode":"everyWeek","weekday":"5","hour":1}]}}`, "cron(0 1 ? * 6 *)", 0, ""},
		{"cron", `{"triggerTimes":{"item":[{"mode":"everyMonth","dayOfMonth":2}]}}`, "cron(0 14 2 * ? *)", 0, ""},
		{"cron", `{"triggerTimes":{"item":[{"mode":"everyX","unit":"minutes","value":10}]}}`, "cron(0,10,20,30,40,50 * * * ? *)", 0, ""},
		{"cron", `{"triggerTimes":{"item":[{"mode":"everyX","unit":"hours","value":4}]}}`, "cron(0 * * * ? *)", 4, Hours},
		{"cron", `{"triggerTimes":{"item":[{"mode":"custom","cronExpression":"0 0 */6 * * *"}]}}`, "cron(0 0,6,12,18 * * ? *)", 0, ""},
		{"interval", `{"unit":"hours","interval":3}`, "rate(3 hours)", 0, ""},
		{"interval", `{"unit":"minutes"}`, "rate(1 minute)", 0, ""},
	} {
		set, err := Of(parse(t, node(c.typ, c.params)), owner())
		if err != nil {
			t.Errorf("%s %s: %v", c.typ, c.params, err)
			continue
		}
		want := Timing{Expression: c.want, Timezone: "Asia/Colombo", Every: c.every, Unit: c.unit}
		if d := cmp.Diff(want, set.Schedules[0].Timing); d != "" {
			t.Errorf("%s %s:\n%s", c.typ, c.params, d)
		}
	}
}

func TestWhatNoScheduleCanDoIsRefusedWithTheNodesName(t *testing.T) {
	for params, hint := range map[string]string{
		`{"rule":{"interval":[{"field":"seconds"}]}}`:                                      "whole minutes",
		`{"rule":{"interval":[{"field":"cronExpression","expression":"*/10 * * * * *"}]}}`: "once a minute",
		`{"rule":{"interval":[{"field":"cronExpression","expression":"0 0 1 * 1"}]}}`:      "two schedules",
		`{"rule":{"interval":[{"field":"cronExpression","expression":"61 * * * *"}]}}`:     "not between",
		`{"rule":{"interval":[{"field":"cronExpression","expression":"0 0 L * *"}]}}`:      "not between",
		`{"rule":{"interval":[{"field":"cronExpression","expression":"9-5 * * * *"}]}}`:    "backwards",
		`{"rule":{"interval":[{"field":"cronExpression","expression":"* *"}]}}`:            "five fields",
		`{"rule":{"interval":[{"field":"cronExpression","expression":""}]}}`:               "five fields",
		`{"rule":{"interval":[{"field":"cronExpression","expression":"*/0 * * * *"}]}}`:    "no step",
		`{"rule":{"interval":[{"field":"cronExpression","expression":"={{ $json.x }}"}]}}`: "fixed value",
		`{"rule":{"interval":[{"field":"hours","hoursInterval":0}]}}`:                      "no interval",
		`{"rule":{"interval":[{"field":"fortnights"}]}}`:                                   "no kind",
		`{"rule":{"interval":[{"field":"days","triggerAtHour":"noon"}]}}`:                  "whole number",
		`{"rule":{"interval":[{"field":"days","triggerAtHour":24}]}}`:                      "not between",
	} {
		_, err := Of(parse(t, node("scheduleTrigger", params)), owner())
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), hint) || !strings.Contains(err.Error(), `"T"`) {
			t.Errorf("%s: want a refusal with %q, got %v", params, hint, err)
		}
	}
}

func TestDisabledTriggersAndZones(t *testing.T) {
	n := node("scheduleTrigger", `{}`)
	wf := parse(t, strings.Replace(n, `"position"`, `"disabled":true,"position"`, 1))
	if set, err := Of(wf, owner()); err != nil || len(set.Schedules) != 0 {
		t.Errorf("a disabled trigger: %v %v", set, err)
	}
	wf = parse(t, n)
	wf.Settings.Timezone = "Europe/Berlin"
	if set, err := Of(wf, owner()); err != nil || set.Schedules[0].Timing.Timezone != "Europe/Berlin" {
		t.Errorf("the workflow's zone: %v %v", set, err)
	}
	wf.Settings.Timezone = "Mars/Olympus"
	if _, err := Of(wf, owner()); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown zone: %v", err)
	}
}

func TestScheduleKeepsItsIDOverVersions(t *testing.T) {
	id := func(o Owner, params string) string {
		set, err := Of(parse(t, node("scheduleTrigger", params)), o)
		if err != nil {
			t.Fatal(err)
		}
		return string(set.Schedules[0].ID)
	}
	a, o := owner(), owner()
	o.Version, o.Now = 9, o.Now.AddDate(0, 0, 3)
	if id(a, `{}`) != id(o, `{"rule":{"interval":[{"triggerAtHour":5}]}}`) {
		t.Error("another version has another id")
	}
	o.Tenant = "ten_b"
	if id(a, `{}`) == id(o, `{}`) {
		t.Error("two tenants share an id")
	}
}

// oracleDays is how far the oracle looks ahead.
const oracleDays = 100

// oracle finds the next match by trying every minute.
func oracle(c cron, t time.Time) time.Time {
	at := t.Truncate(time.Minute).Add(time.Minute)
	for range oracleDays * 24 * 60 {
		l := at.In(t.Location())
		if c.minutes.has(l.Minute()) && c.hours.has(l.Hour()) && c.days.has(l.Day()) && c.months.has(int(l.Month())) && c.weekdays.has(int(l.Weekday())) {
			return l
		}
		at = at.Add(time.Minute)
	}
	return time.Time{}
}

func TestNextAgreesWithTryingEveryMinute(t *testing.T) {
	zones := []string{"UTC", "America/New_York", "Asia/Colombo", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%s %s %s %s *",
			rapid.SampledFrom([]string{"*", "0", "*/7", "30", "1,59"}).Draw(t, "minute"),
			rapid.SampledFrom([]string{"*", "2", "*/5", "0,23", "1-3"}).Draw(t, "hour"),
			rapid.SampledFrom([]string{"*", "1", "31", "8-14", "*/9"}).Draw(t, "day"),
			rapid.SampledFrom([]string{"*", "3", "11", "*/4"}).Draw(t, "month"))
		c, err := parseCron(text)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Unix(rapid.Int64Range(1_700_000_000, 1_800_000_000).Draw(t, "start"), 0).In(loc)
		got, want := c.next(start), oracle(c, start)
		if want.IsZero() {
			if !got.IsZero() && got.Sub(start) < (oracleDays-1)*24*time.Hour {
				t.Fatalf("%s after %s: got %s, want nothing so soon", text, start, got)
			}
			return
		}
		// A local time that comes twice counts once, so next may be later than trying says.
		repeated := !got.Equal(want) && got.After(want) && want.Add(-time.Hour).Hour() == want.Hour()
		if !got.Equal(want) && !repeated {
			t.Fatalf("%s after %s: got %s, want %s", text, start, got, want)
		}
	})
}

func TestExpressionReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := fmt.Sprintf("%d-%d/%d */%d * * %s",
			rapid.IntRange(0, 29).Draw(t, "from"), rapid.IntRange(30, 59).Draw(t, "to"), rapid.IntRange(1, 9).Draw(t, "step"),
			rapid.IntRange(1, 23).Draw(t, "hours"), rapid.SampledFrom([]string{"*", "0", "1-5", "6", "7"}).Draw(t, "weekday"))
		want, err := parseCron(text)
		if err != nil {
			t.Fatal(err)
		}
		timing, err := Cron(text, "UTC")
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := timing.cron()
		if err != nil || got != want {
			t.Fatalf("%s became %s: %v, %v", text, timing.Expression, got, err)
		}
	})
}

func TestDaylightSaving(t *testing.T) {
	at := func(timing Timing, from string) string {
		start, err := time.Parse(time.RFC3339, from)
		if err != nil {
			t.Fatal(err)
		}
		return timing.Next(start, start).Format(time.RFC3339)
	}
	daily, err := Cron("30 2 * * *", "America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	// On 8 March 2026 the clocks in New York go from 2:00 to 3:00; 2:30 does not exist.
	if got := at(daily, "2026-03-08T00:00:00-05:00"); got != "2026-03-09T06:30:00Z" {
		t.Errorf("the skipped time: %s", got)
	}
	hourly, err := Cron("30 1 * * *", "America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	// On 1 November 2026 1:30 comes twice; it counts once.
	first := at(hourly, "2026-11-01T00:00:00-04:00")
	if first != "2026-11-01T05:30:00Z" {
		t.Errorf("the doubled time, first: %s", first)
	}
	if got := at(hourly, first); got != "2026-11-02T06:30:00Z" {
		t.Errorf("the doubled time, then: %s", got)
	}
}

func TestEveryNthCountsFromTheFirst(t *testing.T) {
	for _, c := range []struct {
		unit  Unit
		every int
		cron  string
		want  []string // the first runs, local time in New York
	}{
		{Days, 3, "0 9 * * *", []string{"03-06 09:00", "03-09 09:00", "03-12 09:00"}}, // over the change to summer time
		{Weeks, 2, "0 8 * * 1,5", []string{"03-06 08:00", "03-16 08:00", "03-20 08:00", "03-30 08:00"}},
		{Months, 2, "0 0 31 * *", []string{"03-31 00:00", "05-31 00:00", "07-31 00:00"}},
		{Hours, 5, "0 * * * *", []string{"03-05 13:00", "03-05 18:00", "03-05 23:00"}},
	} {
		timing, err := Cron(c.cron, "America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		if timing, err = nth(timing, c.every, c.unit); err != nil {
			t.Fatal(err)
		}
		loc, _ := time.LoadLocation("America/New_York")
		start := time.Date(2026, 3, 5, 12, 30, 0, 0, loc)
		first := timing.First(start)
		var got []string
		for at := first; len(got) < len(c.want); at = timing.Next(first, at) {
			if !timing.Due(first, at) {
				t.Errorf("%s: %s is not due", c.cron, at)
			}
			got = append(got, at.In(loc).Format("01-02 15:04"))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("every %d %s of %s:\n%s", c.every, c.unit, c.cron, d)
		}
	}
}

func TestRateCountsFromItsStart(t *testing.T) {
	timing, err := every(90, "minutes", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 1, 0, 10, 0, 0, time.UTC)
	first := timing.First(start)
	if want := start.Add(90 * time.Minute); !first.Equal(want) {
		t.Errorf("first %s", first)
	}
	if got := timing.Next(first, first.Add(200*time.Minute)); !got.Equal(first.Add(270 * time.Minute)) {
		t.Errorf("next %s", got)
	}
}

func TestTickMakesOneRunAndN8nsItem(t *testing.T) {
	at := time.Date(2026, 3, 2, 14, 5, 0, 0, time.UTC)
	tick := Tick{Tenant: "ten_a", Schedule: "sch_1", At: at}
	again := tick
	again.At = at.In(time.FixedZone("x", 3600))
	if tick.Execution() != again.Execution() {
		t.Error("the same tick has two ids")
	}
	other := tick
	other.At = at.Add(time.Minute)
	if tick.Execution() == other.Execution() {
		t.Error("two ticks share an id")
	}
	want := `{"timestamp":"2026-03-02T09:05:00.000-05:00","Readable date":"March 2nd 2026, 9:05:00 am","Readable time":"9:05:00 am",` +
		`"Day of week":"Monday","Year":"2026","Month":"March","Day of month":"02","Hour":"09","Minute":"05","Second":"00","Timezone":"America/New_York (UTC-05:00)"}`
	if got := string(value.JSON(tick.Item("America/New_York").JSON)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzCron(f *testing.F) {
	for _, s := range []string{"* * * * *", "*/5 1-3 * jan sun", "0 0 29 2 *", "1,2,3/4 * ? * ?"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		timing, err := Cron(text, "UTC")
		if err != nil {
			return
		}
		if len(timing.Expression) > maxExpression {
			t.Errorf("%q became too long: %s", text, timing.Expression)
		}
		if first := timing.First(time.Unix(0, 0).UTC()); !first.IsZero() && first.Second() != 0 {
			t.Errorf("%q first comes at %s", text, first)
		}
	})
}
