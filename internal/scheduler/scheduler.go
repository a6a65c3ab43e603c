// Package scheduler registers workflows' schedules with EventBridge Scheduler.
package scheduler

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/value"
)

// API is the part of the EventBridge Scheduler client that is used.
type API interface {
	CreateSchedule(context.Context, *scheduler.CreateScheduleInput, ...func(*scheduler.Options)) (*scheduler.CreateScheduleOutput, error)
	UpdateSchedule(context.Context, *scheduler.UpdateScheduleInput, ...func(*scheduler.Options)) (*scheduler.UpdateScheduleOutput, error)
	DeleteSchedule(context.Context, *scheduler.DeleteScheduleInput, ...func(*scheduler.Options)) (*scheduler.DeleteScheduleOutput, error)
}

// Config says where schedules are kept and what they call.
type Config struct {
	Group    string // name of the schedule group
	Function string // ARN of the function that a tick calls
	Poll     string // ARN of the function that a tick of a polling trigger calls
	Role     string // ARN of the role that may call it
}

// Scheduler implements catalog.Timetable.
type Scheduler struct {
	api   API
	cfg   Config
	clock clock.Clock
}

// New returns a scheduler of one schedule group.
func New(api API, cfg Config, c clock.Clock) *Scheduler { return &Scheduler{api, cfg, c} }

// A tick that cannot be delivered is tried again for an hour; later than that a
// run would surprise more than it helps.
const (
	maxTickAge   = time.Hour
	maxTickTries = 20
)

// scheduledTime is replaced by EventBridge Scheduler with the time for which a
// call was scheduled ("Adding context attributes" in its guide).
const scheduledTime = "<aws.scheduler.scheduled-time>"

// Put makes the schedule, or changes it if it is there.
func (s *Scheduler) Put(ctx context.Context, sch trigger.Schedule) error {
	// encoding/json would escape the angle brackets that the scheduler looks for.
	function := &s.cfg.Function
	if sch.Poll != nil {
		function = &s.cfg.Poll
	}
	input := value.JSON(value.Obj("tenant", string(sch.Tenant), "schedule", string(sch.ID), "at", scheduledTime))
	target := &types.Target{
		Arn: function, RoleArn: &s.cfg.Role, Input: aws.String(string(input)),
		RetryPolicy: &types.RetryPolicy{
			MaximumEventAgeInSeconds: aws.Int32(int32(maxTickAge.Seconds())), MaximumRetryAttempts: aws.Int32(maxTickTries),
		},
	}
	window := &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff}
	name, zone := aws.String(string(sch.ID)), aws.String(sch.Timing.Timezone)
	start := s.start(sch)
	_, err := s.api.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
		Name: name, GroupName: &s.cfg.Group, ScheduleExpression: &sch.Timing.Expression, ScheduleExpressionTimezone: zone,
		StartDate: start, FlexibleTimeWindow: window, Target: target, State: types.ScheduleStateEnabled,
	})
	var exists *types.ConflictException
	if errors.As(err, &exists) {
		_, err = s.api.UpdateSchedule(ctx, &scheduler.UpdateScheduleInput{
			Name: name, GroupName: &s.cfg.Group, ScheduleExpression: &sch.Timing.Expression, ScheduleExpressionTimezone: zone,
			StartDate: start, FlexibleTimeWindow: window, Target: target, State: types.ScheduleStateEnabled,
		})
	}
	if err == nil && sch.Poll != nil && sch.Poll.Mark == sch.ID && sch.Timing.Expression != everyMinute {
		err = s.putFirst(ctx, sch, target)
	}
	return classify(err)
}

// everyMinute is the expression of what comes soon by itself.
const everyMinute = "cron(* * * * ? *)"

// firstAfter is when the first poll comes: late enough that the service does not
// take the time for a past one.
const firstAfter = 15 * time.Second

// putFirst has a trigger polled once soon, as n8n does at activation: what is new
// is what comes after that, however seldom it is polled. The schedule deletes itself,
// and its tick does nothing if the trigger is gone by then.
func (s *Scheduler) putFirst(ctx context.Context, sch trigger.Schedule, target *types.Target) error {
	at := s.clock.Now().Add(firstAfter).UTC().Format("2006-01-02T15:04:05")
	_, err := s.api.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
		Name: aws.String(string(sch.ID) + "-first"), GroupName: &s.cfg.Group, ScheduleExpression: aws.String("at(" + at + ")"),
		FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff}, Target: target, State: types.ScheduleStateEnabled,
		ActionAfterCompletion: types.ActionAfterCompletionDelete,
	})
	var exists *types.ConflictException
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

// start is when a rate begins to count: without it the first tick would come at
// once, and one that lies back is refused. Cron expressions need none.
func (s *Scheduler) start(sch trigger.Schedule) *time.Time {
	if !sch.Timing.IsRate() {
		return nil
	}
	first := sch.First
	if now := s.clock.Now(); first.Before(now) {
		first = sch.Timing.Next(first, now)
	}
	return &first
}

// Remove takes a schedule away; it is no error if there is none.
func (s *Scheduler) Remove(ctx context.Context, id ident.Schedule) error {
	_, err := s.api.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{Name: aws.String(string(id)), GroupName: &s.cfg.Group})
	var gone *types.ResourceNotFoundException
	if errors.As(err, &gone) {
		return nil
	}
	return classify(err)
}

// classify turns an SDK error into a fault.
func classify(err error) error {
	var invalid *types.ValidationException
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid):
		return fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The scheduler refuses the schedule: %s", invalid.ErrorMessage())
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The scheduler did not answer; try again.")
}
