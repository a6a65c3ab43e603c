package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// Advance is the function that decides what happens next in an execution.
func Advance(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		StoreConfig
		QueueConfig
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	line := c.line(env, cfg.QueueConfig, nil)
	a := &execution.Advancer{
		Store: c.runs, States: c.states, Nodes: nodes.NewRunner(c.pureServices(), env.Clock), Line: line, Limits: c.directory,
		Observer: c.recorder, Clock: env.Clock, Log: c.log, ResumeURL: c.resumeURL,
		Platform: usage.BuiltinPlatform(), Alarm: c.alarm(env, line),
	}
	return lambdarun.JSON(a.Advance), nil
}

// pureServices are what pure nodes may use, inside advance.
func (c *core) pureServices() node.Services { return node.Services{Blobs: c.files()} }

// runner is what the node functions share.
func (c *core) runner(env Env, s node.Services) lambda.Handler {
	r := &execution.Runner{
		Store: c.runs, States: c.states, Nodes: nodes.NewRunner(s, env.Clock),
		Observer: c.recorder, Clock: env.Clock, ResumeURL: c.resumeURL,
	}
	return lambdarun.Task(r.Run)
}
