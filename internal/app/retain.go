package app

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awsscheduler "github.com/aws/aws-sdk-go-v2/service/scheduler"

	"github.com/automatelanka/automatelanka/internal/archive"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/scheduler"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// passFor is how long one invocation works, within its timeout of five minutes.
const passFor = 4 * time.Minute

// Retain is the function that removes what is kept no longer: each hour the
// executions that are over, each minute what is left of tenants that are erased.
func Retain(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		StoreConfig
		QueueConfig
		ScheduleGroup string `env:"SCHEDULE_GROUP, required"`
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	timetable := scheduler.New(awsscheduler.NewFromConfig(env.AWS), scheduler.Config{Group: cfg.ScheduleGroup}, env.Clock)
	attic := c.attic(env)
	eraser := c.eraser(env, c.desk(env, c.line(env, cfg.QueueConfig, nil)), timetable)
	keeper := &archive.Keeper{Shelf: attic, Tables: dynamostore.DataTables{Runs: c.runs}, Bookmark: attic, Tenants: c.directory, Clock: env.Clock, Log: c.log}
	return lambdarun.JSON(func(ctx context.Context, in RetainInput) (archive.Passed, error) {
		if !in.Retention {
			return archive.Passed{}, eraser.Pending(ctx, passFor)
		}
		done, err := keeper.Pass(ctx, passFor)
		c.log.Info("retention", "event", "platform.retention", "tenants", done.Tenants, "dropped", done.Dropped, "more", done.More)
		return done, err
	}), nil
}

// RetainInput says which of the two is asked for.
type RetainInput struct {
	Retention bool `json:"retention"`
}

// attic removes things for good.
func (c *core) attic(env Env) *dynamostore.Attic {
	return &dynamostore.Attic{Runs: c.runs, Catalog: c.catalog, Bulk: dynamodb.NewFromConfig(env.AWS), Files: c.blobs}
}

// eraser erases tenants.
func (c *core) eraser(env Env, desk *execution.Desk, timetable *scheduler.Scheduler) *archive.Eraser {
	attic := c.attic(env)
	return &archive.Eraser{
		Tenancy: c.directory, Executions: desk, Schedules: schedules{c.catalog, timetable}, Services: c.catalog, Shredder: attic, Register: attic,
		Clock: env.Clock, Log: c.log,
	}
}

// schedules are a tenant's schedules, in the catalogue and at the scheduler.
type schedules struct {
	catalog   *dynamostore.Catalog
	timetable *scheduler.Scheduler
}

func (s schedules) ListSchedules(ctx context.Context, t ident.Tenant) ([]trigger.Schedule, error) {
	return s.catalog.Schedules(ctx, t)
}

func (s schedules) Unschedule(ctx context.Context, id ident.Schedule) error {
	return s.timetable.Remove(ctx, id)
}
