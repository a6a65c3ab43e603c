package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// Schedule is the function that EventBridge Scheduler calls.
func Schedule(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		StoreConfig
		QueueConfig
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	ticker := &trigger.Ticker{Schedules: c.catalog, Launcher: c.desk(env, c.line(env, cfg.QueueConfig, nil)), Clock: env.Clock, Log: c.log}
	return lambdarun.JSON(func(ctx context.Context, tick trigger.Tick) (struct{}, error) {
		return struct{}{}, ticker.Tick(ctx, tick)
	}), nil
}
