package scheduler_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/scheduler"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

const function = "arn:aws:lambda:us-east-1:000000000000:function:tick"

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// bench is a scheduler on a manual clock, whose deliveries come out of a channel.
type bench struct {
	t       *testing.T
	store   kv.Store
	clock   *clock.Manual
	meter   *meter.Meter
	service *scheduler.Service
	client  *sdk.Client
	got     chan scheduler.Delivery
	refuse  chan error // one is taken for each attempt, if there is one
	ctx     context.Context
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store, err := kv.OpenPebble("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := &bench{
		t: t, store: store, clock: clock.NewManual(start), meter: &meter.Meter{}, ctx: context.Background(),
		got: make(chan scheduler.Delivery, 1000), refuse: make(chan error, 1000),
	}
	b.open()
	b.start()
	return b
}

func (b *bench) open() {
	b.t.Helper()
	s, err := scheduler.New(scheduler.Options{
		Store: b.store, Clock: b.clock, Meter: b.meter, Logger: slog.New(slog.DiscardHandler), Region: "us-east-1", AccountID: "000000000000",
		Deliver: func(_ context.Context, d scheduler.Delivery) error {
			select {
			case err := <-b.refuse:
				return err
			default:
				b.got <- d
				return nil
			}
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.service = s
	b.client = sdk.New(sdk.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: &http.Client{Transport: inProcess{s}}, RetryMaxAttempts: 1,
	})
}

func (b *bench) start() {
	b.t.Helper()
	if err := b.service.Start(); err != nil {
		b.t.Fatal(err)
	}
	s := b.service
	b.t.Cleanup(func() { _ = s.Close(context.Background()) })
}

func (b *bench) create(name, expression string, change func(*sdk.CreateScheduleInput)) error {
	in := &sdk.CreateScheduleInput{
		Name: &name, ScheduleExpression: &expression, FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		Target: &types.Target{Arn: aws.String(function), RoleArn: aws.String("arn:aws:iam::000000000000:role/r"), Input: aws.String("<aws.scheduler.scheduled-time>")},
	}
	if change != nil {
		change(in)
	}
	_, err := b.client.CreateSchedule(b.ctx, in)
	return err
}

// deliveries waits for n deliveries and returns their payloads.
func (b *bench) deliveries(n int) []string {
	b.t.Helper()
	var out []string
	for range n {
		select {
		case d := <-b.got:
			out = append(out, d.Payload)
		case <-clock.Real().After(clocktest.Hang):
			b.t.Fatalf("only %q were delivered, want %d", out, n)
		}
	}
	return out
}

func (b *bench) quiet() {
	b.t.Helper()
	if err := b.service.Close(b.ctx); err != nil {
		b.t.Fatal(err)
	}
	if len(b.got) > 0 {
		b.t.Errorf("a delivery too many: %v", <-b.got)
	}
}

func TestRate(t *testing.T) {
	b := newBench(t)
	if err := b.create("every-minute", "rate(1 minute)", nil); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(59 * time.Second)
	b.clock.Advance(time.Second)
	if diff := cmp.Diff([]string{"2026-03-01T12:01:00Z"}, b.deliveries(1)); diff != "" {
		t.Error(diff)
	}
	b.clock.Advance(2 * time.Minute)
	if diff := cmp.Diff([]string{"2026-03-01T12:02:00Z", "2026-03-01T12:03:00Z"}, b.deliveries(2)); diff != "" {
		t.Error(diff)
	}
	b.quiet()
}

// After a restart, what was due meanwhile is delivered, unless it is older than the
// schedule allows; a stored tick that was not delivered is delivered again.
func TestRestart(t *testing.T) {
	b := newBench(t)
	day := func(in *sdk.CreateScheduleInput) {
		in.Target.RetryPolicy = &types.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(3600)}
	}
	if err := b.create("ticks", "rate(30 minutes)", day); err != nil {
		t.Fatal(err)
	}
	b.refuse <- errors.New("the target is down")
	b.clock.Advance(30 * time.Minute)
	if err := b.clock.BlockUntilContext(b.ctx, 2); err != nil { // the next tick, and the pause before the second attempt
		t.Fatal(err)
	}
	_ = b.service.Close(b.ctx)
	b.clock.Advance(100 * time.Minute)
	b.open()
	b.start()
	got := map[string]bool{}
	for _, at := range b.deliveries(3) {
		got[at] = true
	}
	// 12:30 was written before; 13:00 is too old at 14:10, as is 13:00 + 60 min < 14:10.
	want := map[string]bool{"2026-03-01T12:30:00Z": true, "2026-03-01T13:30:00Z": true, "2026-03-01T14:00:00Z": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	b.quiet()
}

func TestOneTime(t *testing.T) {
	b := newBench(t)
	remove := func(in *sdk.CreateScheduleInput) {
		in.ActionAfterCompletion = types.ActionAfterCompletionDelete
		in.ScheduleExpressionTimezone = aws.String("Asia/Colombo")
		in.Target.Input = nil
	}
	if err := b.create("once", "at(2026-03-01T18:30:00)", remove); err != nil { // 13:00 UTC
		t.Fatal(err)
	}
	b.clock.Advance(time.Hour)
	payload := b.deliveries(1)[0]
	if !strings.Contains(payload, `"detail-type":"Scheduled Event"`) || !strings.Contains(payload, `"time":"2026-03-01T13:00:00Z"`) {
		t.Errorf("payload %s", payload)
	}
	var missing *types.ResourceNotFoundException
	if _, err := b.client.GetSchedule(b.ctx, &sdk.GetScheduleInput{Name: aws.String("once")}); !errors.As(err, &missing) {
		t.Errorf("after its time: %v, want ResourceNotFoundException", err)
	}
}

func TestRetriesAndDeadLetters(t *testing.T) {
	b := newBench(t)
	const dead = "arn:aws:sqs:us-east-1:000000000000:dead"
	policy := func(in *sdk.CreateScheduleInput) {
		in.Target.RetryPolicy = &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(1)}
		in.Target.DeadLetterConfig = &types.DeadLetterConfig{Arn: aws.String(dead)}
	}
	if err := b.create("once", "at(2026-03-01T12:00:10)", policy); err != nil {
		t.Fatal(err)
	}
	b.refuse <- errors.New("down")
	b.refuse <- errors.New("still down")
	b.clock.Advance(10 * time.Second)
	if err := b.clock.BlockUntilContext(b.ctx, 1); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(time.Second)
	if d := <-b.got; d.TargetARN != dead {
		t.Errorf("delivered to %s, want the dead-letter queue", d.TargetARN)
	}
	b.quiet()
}

func TestUpdateDisableDelete(t *testing.T) {
	b := newBench(t)
	if err := b.create("s", "rate(1 minute)", nil); err != nil {
		t.Fatal(err)
	}
	update := func(expr string, state types.ScheduleState) {
		_, err := b.client.UpdateSchedule(b.ctx, &sdk.UpdateScheduleInput{
			Name: aws.String("s"), ScheduleExpression: &expr, State: state,
			FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
			Target:             &types.Target{Arn: aws.String(function), RoleArn: aws.String("r"), Input: aws.String("changed")},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	update("rate(1 minute)", types.ScheduleStateDisabled)
	b.clock.Advance(5 * time.Minute)
	update("cron(30 12 * * ? *)", types.ScheduleStateEnabled)
	b.clock.Advance(25 * time.Minute)
	if diff := cmp.Diff([]string{"changed"}, b.deliveries(1)); diff != "" {
		t.Error(diff)
	}
	if _, err := b.client.DeleteSchedule(b.ctx, &sdk.DeleteScheduleInput{Name: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(48 * time.Hour)
	b.quiet()
}

func TestWire(t *testing.T) {
	b := newBench(t)
	group := aws.String("workflows")
	if _, err := b.client.CreateScheduleGroup(b.ctx, &sdk.CreateScheduleGroupInput{Name: group}); err != nil {
		t.Fatal(err)
	}
	inGroup := func(in *sdk.CreateScheduleInput) {
		in.GroupName, in.Description, in.StartDate = group, aws.String("d"), aws.Time(start.Add(time.Hour))
	}
	for _, name := range []string{"a1", "a2", "b1"} {
		if err := b.create(name, "rate(1 day)", inGroup); err != nil {
			t.Fatal(err)
		}
	}
	var taken *types.ConflictException
	if err := b.create("a1", "rate(1 day)", inGroup); !errors.As(err, &taken) {
		t.Errorf("%v, want ConflictException", err)
	}
	var bad *types.ValidationException
	if err := b.create("x", "rate(1 fortnight)", nil); !errors.As(err, &bad) {
		t.Errorf("%v, want ValidationException", err)
	}
	var missing *types.ResourceNotFoundException
	if err := b.create("x", "rate(1 day)", func(in *sdk.CreateScheduleInput) { in.GroupName = aws.String("none") }); !errors.As(err, &missing) {
		t.Errorf("%v, want ResourceNotFoundException", err)
	}
	got, err := b.client.GetSchedule(b.ctx, &sdk.GetScheduleInput{Name: aws.String("a1"), GroupName: group})
	if err != nil || *got.Description != "d" || !got.StartDate.Equal(start.Add(time.Hour)) || *got.Target.Arn != function || got.State != types.ScheduleStateEnabled {
		t.Errorf("%+v %v", got, err)
	}
	var names []string
	pages := sdk.NewListSchedulesPaginator(b.client, &sdk.ListSchedulesInput{GroupName: group, NamePrefix: aws.String("a"), MaxResults: aws.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(b.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Schedules {
			names = append(names, *s.Name)
		}
	}
	if diff := cmp.Diff([]string{"a1", "a2"}, names); diff != "" {
		t.Error(diff)
	}
	b.clock.Advance(time.Hour)
	if n := len(b.deliveries(3)); n != 3 {
		t.Error("a rate with a StartDate is due at it")
	}
	if _, err := b.client.DeleteScheduleGroup(b.ctx, &sdk.DeleteScheduleGroupInput{Name: group}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.client.GetSchedule(b.ctx, &sdk.GetScheduleInput{Name: aws.String("a1"), GroupName: group}); !errors.As(err, &missing) {
		t.Errorf("a schedule outlived its group: %v", err)
	}
}

// A schedule of the template goes on over restarts, and goes away with the template's entry.
func TestTemplateSchedules(t *testing.T) {
	b := newBench(t)
	spec := scheduler.Spec{
		Name: "sweep", ScheduleExpression: "rate(10 minutes)", FlexibleTimeWindow: scheduler.Window{Mode: "OFF"},
		Target: scheduler.Target{Arn: function, RoleArn: "r", Input: "sweep"},
	}
	if err := b.service.AddSchedule(spec); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(6 * time.Minute)
	_ = b.service.Close(b.ctx)
	b.open()
	if err := b.service.AddSchedule(spec); err != nil {
		t.Fatal(err)
	}
	b.start()
	b.clock.Advance(4 * time.Minute)
	b.deliveries(1)
	_ = b.service.Close(b.ctx)
	b.open()
	b.start()
	b.clock.Advance(time.Hour)
	b.quiet()
}
