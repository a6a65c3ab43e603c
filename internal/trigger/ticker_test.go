package trigger

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/value"
)

// desk accepts runs once for each id, as the real one does.
type desk struct {
	runs map[ident.Execution]execution.Launch
	err  error
}

func (d *desk) Launch(_ context.Context, l execution.Launch) (execution.Launched, error) {
	if d.err != nil {
		return execution.Launched{}, d.err
	}
	_, repeated := d.runs[l.ID]
	if !repeated {
		d.runs[l.ID] = l
	}
	return execution.Launched{ID: l.ID, Repeated: repeated}, nil
}

type shelf map[ident.Schedule]Schedule

func (s shelf) Schedule(_ context.Context, _ ident.Tenant, id ident.Schedule) (Schedule, error) {
	if sch, ok := s[id]; ok {
		return sch, nil
	}
	return Schedule{}, fault.New(fault.NotFound, fault.CodeNotFound, "none")
}

func setupTicker(t *testing.T, params string) (*Ticker, *desk, Schedule) {
	t.Helper()
	set, err := Of(parse(t, node("scheduleTrigger", params)), owner())
	if err != nil {
		t.Fatal(err)
	}
	s, d := set.Schedules[0], &desk{runs: map[ident.Execution]execution.Launch{}}
	return &Ticker{Schedules: shelf{s.ID: s}, Launcher: d, Clock: clock.NewManual(owner().Now), Log: slog.New(slog.DiscardHandler)}, d, s
}

// One schedule tick makes one run, however often it is delivered.
func TestDoubledTickMakesOneRun(t *testing.T) {
	ticker, d, s := setupTicker(t, `{"rule":{"interval":[{"triggerAtHour":9}]}}`)
	at := s.Timing.Next(s.First, owner().Now)
	for range 3 {
		if err := ticker.Tick(t.Context(), Tick{"ten_a", s.ID, at}); err != nil {
			t.Fatal(err)
		}
	}
	if err := ticker.Tick(t.Context(), Tick{"ten_a", s.ID, at.Add(24 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if len(d.runs) != 2 {
		t.Fatalf("two ticks made %d runs", len(d.runs))
	}
	l := d.runs[Tick{"ten_a", s.ID, at}.Execution()]
	hour, _ := l.Start.Items[0].JSON.Get("Hour")
	if l.Start.Node != "T" || l.Start.Mode != "trigger" || l.Version != 3 || l.Trigger != "schedule" || hour != "09" {
		t.Errorf("%+v %s", l, value.JSON(l.Start.Items[0].JSON))
	}
}

func TestOnlyEachNthTickRuns(t *testing.T) {
	ticker, d, s := setupTicker(t, `{"rule":{"interval":[{"daysInterval":3}]}}`)
	for day := range 9 {
		if err := ticker.Tick(t.Context(), Tick{"ten_a", s.ID, s.First.AddDate(0, 0, day)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.runs) != 3 {
		t.Errorf("9 days made %d runs, want 3", len(d.runs))
	}
}

func TestTicksThatCannotRunAreNotRepeated(t *testing.T) {
	ticker, d, s := setupTicker(t, `{}`)
	for name, tick := range map[string]Tick{"gone": {"ten_a", "sch_gone", s.First}, "empty": {}, "no time": {Tenant: "ten_a", Schedule: s.ID}} {
		if err := ticker.Tick(t.Context(), tick); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for kind, again := range map[fault.Kind]bool{
		fault.LimitExceeded: false, fault.NotFound: false, fault.Forbidden: false, fault.Invalid: false,
		fault.Unavailable: true, fault.Timeout: true, fault.Internal: true,
	} {
		d.err = fault.New(kind, fault.CodeInternal, "x")
		if err := ticker.Tick(t.Context(), Tick{"ten_a", s.ID, s.First}); (err != nil) != again {
			t.Errorf("%v: called again %v, want %v", kind, err != nil, again)
		}
	}
	if len(d.runs) != 0 {
		t.Errorf("%d runs", len(d.runs))
	}
}

func TestOldTriggersAndOwnInput(t *testing.T) {
	s := Schedule{ID: "sch_1", Type: typeCron, Node: "C"}
	l, err := s.launch(Tick{"ten_a", "sch_1", time.Unix(0, 0)})
	if err != nil || string(value.JSON(l.Start.Items[0].JSON)) != "{}" {
		t.Errorf("%+v %v", l, err)
	}
	s = Schedule{ID: "sch_1", Input: []byte(`[{"json":{"a":1}},{"json":{"a":2}}]`)}
	if l, err = s.launch(Tick{"ten_a", "sch_1", time.Unix(0, 0)}); err != nil || len(l.Start.Items) != 2 || l.Start.Node != "" {
		t.Errorf("%+v %v", l, err)
	}
}

// From version 1.4 the node says what becomes of ticks that come too late. Each of three
// missed ticks, a day apart, arrives on the third day, so many minutes after it.
func TestTicksThatComeTooLate(t *testing.T) {
	for _, c := range []struct {
		params string
		late   time.Duration
		want   []bool // which of the three run
	}{
		{`{}`, 30 * time.Minute, []bool{true, true, true}}, // as late as the scheduler delivers them
		{`{"misfireGraceSeconds":600}`, 5 * time.Minute, []bool{false, false, true}},
		{`{"misfireGraceSeconds":600}`, 11 * time.Minute, []bool{false, false, false}},
		{`{"misfirePolicy":"coalesce"}`, 30 * time.Minute, []bool{false, false, true}},
		{`{"misfirePolicy":"coalesce","misfireGraceSeconds":600}`, 11 * time.Minute, []bool{false, false, true}},
		{`{"misfirePolicy":"coalesce_owner"}`, 30 * time.Minute, []bool{false, false, true}},
	} {
		set, err := Of(parse(t, strings.Replace(node("scheduleTrigger", c.params), `"typeVersion":1`, `"typeVersion":1.4`, 1)), owner())
		if err != nil {
			t.Fatal(err)
		}
		s, d := set.Schedules[0], &desk{runs: map[ident.Execution]execution.Launch{}}
		now := clock.NewManual(s.First.AddDate(0, 0, 2).Add(c.late))
		ticker := &Ticker{Schedules: shelf{s.ID: s}, Launcher: d, Clock: now, Log: slog.New(slog.DiscardHandler)}
		for day, want := range c.want {
			tick := Tick{"ten_a", s.ID, s.First.AddDate(0, 0, day)}
			if err := ticker.Tick(t.Context(), tick); err != nil {
				t.Fatal(err)
			}
			if _, ran := d.runs[tick.Execution()]; ran != want {
				t.Errorf("%s, %v late: day %d ran is %v", c.params, c.late, day, ran)
			}
		}
	}
}

func TestLatenessThatCannotBeKeptIsRefused(t *testing.T) {
	for _, c := range []struct {
		version, params, want string
	}{
		{"1.4", `{"misfirePolicy":"later"}`, "misfirePolicy"},
		{"1.4", `{"misfirePolicy":"={{ 1 }}"}`, "expression"},
		{"1.4", `{"misfirePolicy":"coalesce_owner","rule":{"interval":[{},{"triggerAtHour":5}]}}`, "several rules"},
		{"1.3", `{"misfirePolicy":"later"}`, ""},
	} {
		_, err := Of(parse(t, strings.Replace(node("scheduleTrigger", c.params), `"typeVersion":1`, `"typeVersion":`+c.version, 1)), owner())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s %s: %v", c.version, c.params, err)
		}
	}
}
