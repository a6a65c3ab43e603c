package scheduler_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	local "github.com/automatelanka/automatelanka/infra/localcloud/scheduler"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/scheduler"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

const function = "arn:aws:lambda:us-east-1:000000000000:function:schedule"

const pollFunction = "arn:aws:lambda:us-east-1:000000000000:function:poll"

type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

type bench struct {
	*scheduler.Scheduler
	clock *clock.Manual
	got   chan local.Delivery
}

// setup opens the adapter over a scheduler whose clock stands at start.
func setup(t *testing.T, start time.Time) *bench {
	t.Helper()
	store, err := kv.Open(kv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{clock: clock.NewManual(start), got: make(chan local.Delivery, 10_000)}
	svc, err := local.New(local.Options{
		Store: store, Clock: b.clock, Meter: &meter.Meter{}, Logger: slog.New(slog.DiscardHandler), Region: "us-east-1", AccountID: "000000000000",
		Deliver: func(_ context.Context, d local.Delivery) error {
			b.got <- d
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	svc.AddGroup("workflows")
	if err := svc.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = svc.Close(context.Background())
		_ = store.Close()
	})
	client := sdk.New(sdk.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), RetryMaxAttempts: 1,
		HTTPClient: &http.Client{Transport: inProcess{svc}},
	})
	b.Scheduler = scheduler.New(client, scheduler.Config{Group: "workflows", Function: function, Poll: pollFunction, Role: "arn:aws:iam::000000000000:role/r"}, b.clock)
	return b
}

// ticks moves the clock to the time at which the next tick is expected, and takes
// the tick, n times.
func (b *bench) ticks(t *testing.T, s trigger.Schedule, n int) []trigger.Tick {
	t.Helper()
	var out []trigger.Tick
	for range n {
		next := s.Timing
		next.Every = 0 // the scheduler ticks at each unit
		b.clock.Advance(next.Next(s.First, b.clock.Now()).Sub(b.clock.Now()))
		select {
		case d := <-b.got:
			var tick trigger.Tick
			if err := json.Unmarshal([]byte(d.Payload), &tick); err != nil || d.TargetARN != function {
				t.Fatalf("%+v %v", d, err)
			}
			out = append(out, tick)
		case <-time.After(clocktest.Hang):
			t.Fatalf("no tick at %v", b.clock.Now())
		}
	}
	return out
}

func schedule(t *testing.T, cron, zone string, now time.Time) trigger.Schedule {
	t.Helper()
	timing, err := trigger.Cron(cron, zone)
	if err != nil {
		t.Fatal(err)
	}
	return trigger.Schedule{ID: "sch_1", Tenant: "ten_a", Workflow: "wf_1", Timing: timing, First: timing.First(now)}
}

// TestTicksComeWhenTheTimingSays compares what trigger expects with what the
// scheduler does, over both changes of the clocks.
func TestTicksComeWhenTheTimingSays(t *testing.T) {
	for _, c := range []struct {
		cron, zone, start string
		n                 int
	}{
		{"*/15 * * * *", "UTC", "2026-01-01T00:01:00Z", 8},
		{"30 9 * * 1-5", "Asia/Colombo", "2026-03-06T00:00:00Z", 6},
		{"30 2 * * *", "America/New_York", "2026-03-06T00:00:00Z", 4}, // 8 March has no 2:30
		{"30 1 * * *", "America/New_York", "2026-10-30T12:00:00Z", 4}, // 1 November has two 1:30
		{"0 0 31 * *", "Europe/Berlin", "2026-01-15T00:00:00Z", 4},
		{"0 12 29 2 *", "UTC", "2026-01-01T00:00:00Z", 1},
	} {
		start, err := time.Parse(time.RFC3339, c.start)
		if err != nil {
			t.Fatal(err)
		}
		b := setup(t, start)
		s := schedule(t, c.cron, c.zone, start)
		if err := b.Put(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", c.cron, err)
		}
		for i, tick := range b.ticks(t, s, c.n) {
			if tick.Tenant != "ten_a" || tick.Schedule != "sch_1" || !tick.At.Equal(tick.At.Truncate(time.Minute)) {
				t.Errorf("%s: tick %d is %+v", c.cron, i, tick)
			}
			if i == c.n-1 && !tick.At.Equal(b.clock.Now()) {
				t.Errorf("%s: tick %d came for %v at %v", c.cron, i, tick.At, b.clock.Now())
			}
		}
	}
}

func TestPutChangesAndRemoveForgets(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 30, 0, time.UTC)
	b := setup(t, start)
	ctx := t.Context()
	if err := b.Put(ctx, schedule(t, "0 5 * * *", "UTC", start)); err != nil {
		t.Fatal(err)
	}
	s := schedule(t, "0 4 * * *", "UTC", start)
	for range 2 { // the second time it is there already
		if err := b.Put(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	got := b.ticks(t, s, 2)
	want := []time.Time{time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC), time.Date(2026, 1, 2, 4, 0, 0, 0, time.UTC)}
	if d := cmp.Diff(want, []time.Time{got[0].At, got[1].At}); d != "" {
		t.Error(d)
	}
	for range 2 { // the second time it is gone already
		if err := b.Remove(ctx, "sch_1"); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.Advance(72 * time.Hour)
	if len(b.got) != 0 {
		t.Errorf("a tick of a schedule that is gone: %+v", <-b.got)
	}
}

func TestRatesCountFromTheirFirstTick(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 7, 0, 0, time.UTC)
	b := setup(t, start)
	timing := trigger.Timing{Expression: "rate(90 minutes)", Timezone: "UTC"}
	s := trigger.Schedule{ID: "sch_1", Tenant: "ten_a", Timing: timing, First: timing.First(start)}
	if err := b.Put(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(time.Hour)
	if len(b.got) != 0 {
		t.Fatal("it ticks at once")
	}
	got := b.ticks(t, s, 2)
	if !got[0].At.Equal(start.Add(90*time.Minute)) || !got[1].At.Equal(start.Add(180*time.Minute)) {
		t.Errorf("%+v", got)
	}
	// A new version of the workflow puts it again; the count goes on.
	b.clock.Advance(10 * time.Minute)
	if err := b.Put(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if again := b.ticks(t, s, 1); !again[0].At.Equal(start.Add(270 * time.Minute)) {
		t.Errorf("%+v", again)
	}
}

func TestWhatTheSchedulerRefusesIsTheCallersFault(t *testing.T) {
	b := setup(t, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	err := b.Put(t.Context(), trigger.Schedule{ID: "sch_1", Tenant: "t", Timing: trigger.Timing{Expression: "cron(nonsense)", Timezone: "UTC"}})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

// A polling trigger's ticks go to another function, and the first comes soon,
// however seldom the others are.
func TestPollsHaveAFirstTickOfTheirOwn(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC)
	b := setup(t, now)
	s := schedule(t, "0 6 * * *", "UTC", now)
	s.Poll = &trigger.Poll{Mark: s.ID, Since: now}
	second := schedule(t, "0 7 * * *", "UTC", now)
	second.ID += "-2"
	second.Poll = s.Poll
	for _, s := range []trigger.Schedule{s, s, second} { // repeating it makes no second first tick
		if err := b.Put(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"2026-03-01T12:00:45Z", "2026-03-02T06:00:00Z", "2026-03-02T07:00:00Z"}
	for _, at := range want {
		next, _ := time.Parse(time.RFC3339, at)
		b.clock.Advance(next.Sub(b.clock.Now()))
		select {
		case d := <-b.got:
			var tick trigger.Tick
			if err := json.Unmarshal([]byte(d.Payload), &tick); err != nil || d.TargetARN != pollFunction || tick.At.UTC().Format(time.RFC3339) != at || tick.Tenant != s.Tenant {
				t.Fatalf("%s: %+v %v", at, d, err)
			}
		case <-time.After(clocktest.Hang):
			t.Fatalf("no tick at %s", at)
		}
	}
	select {
	case d := <-b.got:
		t.Errorf("one tick more: %+v", d)
	default:
	}
}
