package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	awscloudwatch "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	awsscheduler "github.com/aws/aws-sdk-go-v2/service/scheduler"

	"github.com/automatelanka/automatelanka/internal/archive"
	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/cloudwatch"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/lambdacall"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/live"
	"github.com/automatelanka/automatelanka/internal/nodes"
	"github.com/automatelanka/automatelanka/internal/scheduler"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// API is the function behind the HTTP API's routes.
func API(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		StoreConfig
		QueueConfig
		DeadLetterConfig
		KeyConfig
		ScheduleGroup    string `env:"SCHEDULE_GROUP, required"`
		ScheduleFunction string `env:"SCHEDULE_FUNCTION_ARN, required"`
		PollFunction     string `env:"POLL_FUNCTION_ARN, required"`
		ScheduleRole     string `env:"SCHEDULE_ROLE_ARN, required"`
		LiveURL          string `env:"WS_URL, required"`
		Dashboard        string `env:"DASHBOARD, required"`
		RegisterFunction string `env:"REGISTER_FUNCTION, required"`
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	registry := nodes.Registry()
	line := c.line(env, cfg.QueueConfig, nil)
	desk := c.desk(env, line)
	timetable := scheduler.New(awsscheduler.NewFromConfig(env.AWS), scheduler.Config{
		Group: cfg.ScheduleGroup, Function: cfg.ScheduleFunction, Poll: cfg.PollFunction, Role: cfg.ScheduleRole,
	}, env.Clock)
	workflows := &catalog.Catalog{
		Store: c.catalog, Schedules: c.catalog, Tenants: c.directory, Types: registry, Credentials: c.catalog, Marks: c.runs, Clock: env.Clock, Timetable: timetable,
		Seen:          dynamostore.Seen{Runs: c.runs},
		Registrations: c.catalog, Registrar: &lambdacall.Registrar{Client: awslambda.NewFromConfig(env.AWS), Function: cfg.RegisterFunction},
	}
	office := c.office(env, desk, line, pairs(env, cfg.QueueConfig, cfg.DeadLetterConfig))
	office.Dashboard = &cloudwatch.Board{Client: awscloudwatch.NewFromConfig(env.AWS), Name: cfg.Dashboard, Clock: env.Clock}
	api := httpapi.New(httpapi.Parts{
		Executions: desk, Relations: desk, Again: desk, Workflows: c.workflows, Directory: c.directory, Nodes: registry, Clock: env.Clock, Log: c.log,
		Usage:  &usage.Accountant{Books: c.ledger(), Limits: c.directory, Clock: env.Clock},
		Office: office,
		Audit:  c.catalog, DataTables: c.dataTables(env),
		Rate:      &tenant.Limiter{Buckets: c.runs, Clock: env.Clock},
		Templates: library{}, Files: c.files(),
		Live: &live.Office{Tickets: c.catalog, Clock: env.Clock}, LiveURL: cfg.LiveURL,
		Vault: c.vault(env, cfg.KeyConfig, workflows), PublicURL: c.publicURL,
		Tenants: c.runs, Marks: c.runs, Catalog: workflows, Eraser: c.eraser(env, desk, timetable),
		Exporter: &archive.Exporter{Sources: archive.Sources{
			Directory: c.directory, Workflows: workflows, Runs: desk, Calls: c.ledger(), Files: c.blobs,
			Tables: dynamostore.DataTables{Runs: c.runs},
		}},
	})
	return lambdarun.HTTP(api, httpapi.WithCaller), nil
}
