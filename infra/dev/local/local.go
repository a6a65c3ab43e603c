// Package local is the whole platform in one process: the functions of the
// template on the embedded local cloud, with the development tenants. The dev
// command serves it; tests open it with a clock of their own.
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/internal/app"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/onnxembed"
	"github.com/automatelanka/automatelanka/internal/sqltable"
)

// Options say how the platform is opened.
type Options struct {
	Template  string // path of template.yaml
	Data      string // folder; "" keeps everything in memory
	PublicURL string // without a slash at the end
	Clock     clock.Clock
	Log       slog.Handler
	// OpenAIBaseURL and OpenAIKey are the platform's own AI provider.
	OpenAIBaseURL, OpenAIKey string
	// AllowHosts are addresses (host:port) that workflows may call although they are private.
	AllowHosts []string
	// Outside, if set, answers for services of nodes and triggers, in tests.
	Outside func(node.HTTPDoer) node.HTTPDoer
	// OIDCIssuer and OIDCClient are who signs people in; "" for API keys alone.
	OIDCIssuer, OIDCClient string
	Fsync                  bool
	// Cold makes each invocation the first of a new instance, with empty caches: the
	// storm of cold starts that a burst of load begins with. Those that open the search
	// model stay warm.
	Cold bool
	// Cloud, if set, may change the cloud's options (faults, latency).
	Cloud func(*localcloud.Options)
}

// Platform is an open platform.
type Platform struct {
	Cloud *localcloud.Cloud
	Keys  Keys
	opts  Options
}

// functions are the constructors, by the folder of the function.
var functions = map[string]app.Constructor{
	"functions/authorize":  app.Authorize,
	"functions/api":        app.API,
	"functions/webhook":    app.Webhook,
	"functions/register":   app.Register,
	"functions/schedule":   app.Schedule,
	"functions/poll":       app.Poll,
	"functions/admit":      app.Admit,
	"functions/advance":    app.Advance,
	"functions/node-http":  app.NodeHTTP,
	"functions/node-ai":    app.NodeAI,
	"functions/node-code":  app.NodeCode,
	"functions/node-data":  app.NodeData(sqltable.Engine{}),
	"functions/credential": app.Credential,
	"functions/live":       app.Live,
	"functions/console":    app.Console,
	"functions/retain":     app.Retain,
	"functions/sweep":      app.Sweep,
	"functions/search":     app.Search(onnxembed.Default),
	"functions/embed":      app.Embed(onnxembed.Default),
}

// Open opens the cloud, seeds the development tenants, starts everything, and
// looks at what an earlier process left open.
func Open(ctx context.Context, o Options) (*Platform, error) {
	shared := app.NewShared()
	co := localcloud.Options{
		TemplatePath: o.Template, Data: o.Data, Fsync: o.Fsync, Clock: o.Clock, Logger: slog.New(o.Log),
		Parameters: map[string]string{
			"PublicUrl": o.PublicURL, "OpenAIBaseUrl": o.OpenAIBaseURL, "AllowHosts": strings.Join(o.AllowHosts, ","),
			"OidcIssuer": o.OIDCIssuer, "OidcAudience": o.OIDCClient,
			"LiveUrl": "/ws", // on the same address: the local cloud tells WebSockets by their handshake
		},
		Constructors: map[string]localcloud.Constructor{},
	}
	for folder, make := range functions {
		co.Constructors[folder] = o.constructor(path.Base(folder), make, shared)
	}
	if o.Cloud != nil {
		o.Cloud(&co)
	}
	cloud, err := localcloud.Open(ctx, co)
	if err != nil {
		return nil, err
	}
	p := &Platform{Cloud: cloud, opts: o}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, cloud.Close(ctx))
	}
	return p, nil
}

// constructor gives a function its environment and the platform's own secrets.
func (o Options) constructor(name string, make app.Constructor, shared *app.Shared) localcloud.Constructor {
	return func(ctx context.Context, env localcloud.Env) (lambda.Handler, error) {
		if o.Cold && name != "search" && name != "embed" {
			again := o
			again.Cold = false
			return cold(func(ctx context.Context) (lambda.Handler, error) {
				return again.constructor(name, make, app.NewShared())(ctx, env)
			}), nil
		}
		vars := maps.Clone(env.Variables)
		if o.OpenAIKey != "" {
			vars["OPENAI_API_KEY"] = o.OpenAIKey
		}
		return app.Built(ctx, make, name, app.Env{Vars: vars, AWS: env.AWS, Clock: env.Clock, Log: slog.NewMultiHandler(o.Log, meter(env.Count)), Shared: shared, Outside: o.Outside})
	}
}

// cold is a function of which every invocation finds a new instance.
type cold func(ctx context.Context) (lambda.Handler, error)

// Invoke implements lambda.Handler.
func (make cold) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	h, err := make(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	return h.Invoke(ctx, payload)
}

func (p *Platform) start(ctx context.Context) error {
	if err := p.seed(ctx); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if err := p.Cloud.Start(ctx); err != nil {
		return err
	}
	return p.Sweep(ctx, true)
}

// Sweep runs the sweep function now; with recover it looks at every open execution.
func (p *Platform) Sweep(ctx context.Context, recover bool) error {
	payload := fmt.Appendf(nil, `{"recover":%v}`, recover)
	for _, f := range p.Cloud.Stack().Functions {
		if strings.TrimSuffix(f.CodeURI, "/") != "functions/sweep" {
			continue
		}
		res, err := p.Cloud.Functions().Invoke(ctx, f.Name, payload, lambdahost.RequestResponse)
		if err == nil && res.FunctionError != "" {
			err = fmt.Errorf("sweep: %s", res.Payload)
		}
		return err
	}
	return errors.New("the template has no sweep function")
}

// Close stops taking in work and waits for what runs.
func (p *Platform) Close(ctx context.Context) error { return p.Cloud.Close(ctx) }
