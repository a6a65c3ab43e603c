package app

import (
	"context"
	"sync"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/httpapi/hook"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/nodes"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// Webhook is the function behind the addresses that start workflows.
func Webhook(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		StoreConfig
		QueueConfig
		KeyConfig
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	// What callers must show or sign with is a fixed text of the owner's: no token is
	// got or renewed, so that no call leaves from here.
	opener := c.opener(env, cfg.KeyConfig, nil)
	opener.NoTokens = true
	server := &hook.Server{
		Finder: c.catalog, Executions: c.desk(env, c.line(env, cfg.QueueConfig, nil)), Workflows: c.workflows,
		Credentials: opener, Secrets: &trigger.Secrets{Store: c.catalog, Unsealer: cfg.sealer(env)}, Blobs: c.files(), Discard: c.blobs, Announce: c.runs, Types: sync.OnceValue(nodes.Registry), PublicURL: c.publicURL, Clock: env.Clock, Log: c.log,
	}
	return lambdarun.HTTP(server, func(ctx context.Context, _ map[string]any) context.Context { return ctx }), nil
}
