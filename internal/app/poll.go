package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	connectors "github.com/automatelanka/automatelanka/internal/connector"
	"github.com/automatelanka/automatelanka/internal/imap"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/service"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/poll"
)

// Poll is the function that asks services what is new, called by EventBridge
// Scheduler. It stands apart from Schedule's because it opens credentials and
// calls out.
func Poll(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		CallerConfig
		QueueConfig
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	services := c.pollServices(env, cfg.CallerConfig)
	p := &poll.Poller{
		Schedules: c.catalog, Workflows: c.workflows, Limits: c.directory, Marks: c.runs,
		Launcher: c.desk(env, c.line(env, cfg.QueueConfig, nil)), Clock: env.Clock, Log: c.log,
		Service: connectors.NewAsker(services, env.Clock, service.Polling()),
	}
	return lambdarun.JSON(func(ctx context.Context, tick trigger.Tick) (struct{}, error) {
		return struct{}{}, p.Tick(ctx, tick)
	}), nil
}

// pollServices are what triggers may use that poll a service.
func (c *core) pollServices(env Env, cfg CallerConfig) node.Services {
	network := safedial.New(safedial.Options{AllowHosts: cfg.hosts(), Clock: env.Clock, Pace: c.pace(env)})
	dialer := env.outside(network)
	return node.Services{HTTP: dialer, Credentials: c.opener(env, cfg.KeyConfig, dialer), Blobs: c.files(), Mailboxes: imap.New(network)}
}
