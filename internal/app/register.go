package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/registration"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// Register is the function that registers triggers' addresses at services: those
// that it is called with, and each minute those that are due.
func Register(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg CallerConfig
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	dialer := safedial.New(safedial.Options{AllowHosts: cfg.hosts(), Clock: env.Clock})
	registrar := &registration.Registrar{
		Store: c.catalog, Others: c.catalog, Services: node.Services{HTTP: dialer, Credentials: c.opener(env, cfg.KeyConfig, dialer)},
		Seals: cfg.sealer(env), PublicURL: c.publicURL, Clock: env.Clock, Log: c.log,
	}
	return lambdarun.JSON(func(ctx context.Context, in trigger.RegisterInput) (struct{}, error) {
		if len(in.Registrations) == 0 {
			return struct{}{}, registrar.Pass(ctx)
		}
		return struct{}{}, registrar.Each(ctx, in.Registrations)
	}), nil
}
