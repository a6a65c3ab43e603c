package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/live"
	"github.com/automatelanka/automatelanka/internal/wspush"
)

// Live is the function that tells browsers what changes.
func Live(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		StoreConfig
		Endpoint string `env:"WS_ENDPOINT, required"`
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	hub := live.New(live.Parts{
		Tickets: c.catalog, Connections: c.catalog, Executions: c.runs, Workflows: c.workflows, Clock: env.Clock, Log: c.log,
		Forms: httpapi.LiveForms{Clock: env.Clock}, Pusher: wspush.New(env.AWS, cfg.Endpoint, env.Clock),
	})
	return lambdarun.Live(hub, dynamostore.ExecutionOf), nil
}
