package app

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/sethvargo/go-envconfig"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/telemetry"
)

// Env is what a function is made from: on Lambda the process's own, on the local
// platform what the template gives the function.
type Env struct {
	Vars  map[string]string
	AWS   aws.Config
	Clock clock.Clock
	Log   slog.Handler
	// Shared are caches that all functions of one process may use together.
	Shared *Shared
	// Outside, if set, stands between functions and the services that nodes call:
	// tests of the whole platform answer there for hosts that they cannot be.
	Outside func(node.HTTPDoer) node.HTTPDoer
	// Ahead says that what takes long to open is opened before the first request:
	// on Lambda nobody waits for it then.
	Ahead bool
}

func (env Env) outside(out node.HTTPDoer) node.HTTPDoer {
	if env.Outside == nil {
		return out
	}
	return env.Outside(out)
}

// recorder writes the function's events, with metrics of the stack's own namespace.
func (env Env) recorder() *telemetry.Recorder {
	return telemetry.New(env.Log, env.Clock, env.Vars["METRIC_NAMESPACE"])
}

// Constructor makes the handler of one function.
type Constructor func(ctx context.Context, env Env) (lambda.Handler, error)

// Start runs a function on Lambda; it does not return.
func Start(make Constructor) {
	ctx := context.Background()
	c := clock.Real()
	log := telemetry.NewJSONHandler(os.Stdout, c, slog.LevelInfo)
	cfg, err := config.LoadDefaultConfig(ctx)
	if err == nil {
		var h lambda.Handler
		env := Env{Vars: environ(), AWS: cfg, Clock: c, Log: log, Shared: NewShared(), Ahead: true}
		if h, err = Built(ctx, make, env.Vars["AWS_LAMBDA_FUNCTION_NAME"], env); err == nil {
			lambda.Start(h)
		}
	}
	slog.New(log).Error("the function could not start", "error", err)
	os.Exit(1)
}

// environ is the process's environment as a map.
func environ() map[string]string {
	vars := map[string]string{}
	for _, kv := range os.Environ() {
		for i := range len(kv) {
			if kv[i] == '=' {
				vars[kv[:i]] = kv[i+1:]
				break
			}
		}
	}
	return vars
}

// configure fills a Config struct from the function's environment.
func configure(ctx context.Context, env Env, target any) error {
	return envconfig.ProcessWith(ctx, &envconfig.Config{Target: target, Lookuper: envconfig.MapLookuper(env.Vars)})
}
