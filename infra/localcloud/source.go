package localcloud

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/eventsource"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/infra/localcloud/scheduler"
	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
)

// startSources attaches functions to the queues and streams that call them.
func (c *Cloud) startSources() error {
	for _, es := range c.stack.EventSources {
		if !es.Enabled {
			continue
		}
		source, err := c.startSource(es)
		if err != nil {
			return fmt.Errorf("%s: %w", es.At, err)
		}
		c.sources = append(c.sources, source)
	}
	return nil
}

func (c *Cloud) startSource(es samtemplate.EventSource) (closer, error) {
	filter, err := eventsource.NewFilter(es.Filters)
	if err != nil {
		return nil, err
	}
	options := eventsource.Options{Clock: c.opts.Clock, Invoker: invoker{c}, Logger: c.opts.Logger}
	if strings.HasPrefix(es.SourceARN, "arn:aws:sqs:") {
		return eventsource.StartQueue(c.queues, eventsource.QueueConfig{
			QueueARN: es.SourceARN, FunctionARN: es.FunctionARN, Region: c.stack.Region, BatchSize: es.BatchSize, Window: es.Window,
			MaximumConcurrency: es.MaximumConcurrency, ReportsItems: es.ReportsItems, Filter: filter,
		}, options)
	}
	stream, err := c.tables.Stream(es.SourceARN)
	if err != nil {
		return nil, err
	}
	config := eventsource.StreamConfig{
		ID: es.ID, FunctionARN: es.FunctionARN, BatchSize: es.BatchSize, Window: es.Window, Latest: es.StartingPosition == "LATEST",
		BisectOnError: es.BisectOnError, MaximumRetries: es.MaximumRetries, MaximumAge: es.MaximumAge,
		Parallelization: es.Parallelization, ReportsItems: es.ReportsItems, Filter: filter,
	}
	if es.OnFailureARN != "" {
		config.Failed = func(message []byte) error {
			_, err := c.queues.Send(es.OnFailureARN, sqs.Sending{Body: string(message), Delay: -1})
			return err
		}
	}
	return eventsource.StartStream(stream, config, eventsource.StreamOptions{Options: options, Store: c.store})
}

// scheduleSpec is a schedule of the template as its service takes it.
func scheduleSpec(s samtemplate.Schedule) scheduler.Spec {
	spec := scheduler.Spec{
		Name: s.Name, GroupName: s.Group, ScheduleExpression: s.Expression, ScheduleExpressionTimezone: s.Timezone,
		FlexibleTimeWindow: scheduler.Window{Mode: "OFF"},
		Target:             scheduler.Target{Arn: s.TargetARN, RoleArn: s.RoleARN, Input: s.Input},
	}
	if !s.Enabled {
		spec.State = "DISABLED"
	}
	if s.Flexible > 0 {
		spec.FlexibleTimeWindow = scheduler.Window{Mode: "FLEXIBLE", MaximumWindowInMinutes: int(s.Flexible / time.Minute)}
	}
	if spec.Target.RoleArn == "" {
		spec.Target.RoleArn = "arn:aws:iam::role/" + s.Name // SAM makes a role of its own
	}
	age := int(s.MaxAge / time.Second)
	spec.Target.RetryPolicy = &scheduler.RetryPolicy{MaximumEventAgeInSeconds: &age, MaximumRetryAttempts: &s.MaxRetries}
	spec.Target.SetQueues(s.SQSGroup, s.DeadLetterARN)
	spec.StartDate, spec.EndDate = scheduler.ParseDate(s.Start), scheduler.ParseDate(s.End)
	return spec
}

// deliverTick hands a schedule's tick to a function, a queue or a state machine.
func (c *Cloud) deliverTick(ctx context.Context, d scheduler.Delivery) error {
	switch strings.SplitN(d.TargetARN+":::", ":", 4)[2] {
	case "lambda":
		_, err := c.functions.Invoke(ctx, d.TargetARN, []byte(d.Payload), lambdahost.Event)
		return err
	case "sqs":
		_, err := c.queues.Send(d.TargetARN, sqs.Sending{Body: d.Payload, Group: d.GroupID, Delay: -1})
		return err
	}
	return c.startMachine(ctx, d.TargetARN, d.Payload)
}
