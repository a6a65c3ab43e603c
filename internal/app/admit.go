package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/sfnengine"
)

// Admit is the function between the plans' queues and the state machine.
func Admit(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		StoreConfig
		QueueConfig
		StateMachine string `env:"STATE_MACHINE_ARN, required"`
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	desk := c.line(env, cfg.QueueConfig, &sfnengine.Engine{Client: sfn.NewFromConfig(env.AWS), Machine: cfg.StateMachine})
	return lambdarun.Messages(c.log, desk.AdmitAll), nil
}
