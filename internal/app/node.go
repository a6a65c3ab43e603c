package app

import (
	"context"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/automatelanka/automatelanka/internal/dedupe"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/embedding"
	"github.com/automatelanka/automatelanka/internal/imap"
	"github.com/automatelanka/automatelanka/internal/mysql"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
	"github.com/automatelanka/automatelanka/internal/openaichat"
	"github.com/automatelanka/automatelanka/internal/pdftext"
	"github.com/automatelanka/automatelanka/internal/picture"
	"github.com/automatelanka/automatelanka/internal/postgres"
	"github.com/automatelanka/automatelanka/internal/redis"
	"github.com/automatelanka/automatelanka/internal/remote"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/smtp"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// NetConfig is the environment of functions that reach out.
type NetConfig struct {
	AllowHosts string `env:"ALLOW_HOSTS"`
}

func (c NetConfig) hosts() []string {
	return strings.FieldsFunc(c.AllowHosts, func(r rune) bool { return r == ',' || r == ' ' })
}

// CallerConfig is the environment of functions that call services with credentials.
type CallerConfig struct {
	StoreConfig
	NetConfig
	KeyConfig
}

// provider gives what the nodes of one function may use. The function's own test
// holds it against what the node types need.
type provider func(ctx context.Context, env Env) (*core, node.Services, error)

// function makes the handler of a function that runs nodes.
func (provide provider) function(ctx context.Context, env Env) (lambda.Handler, error) {
	c, s, err := provide(ctx, env)
	if err != nil {
		return nil, err
	}
	return c.runner(env, s), nil
}

// NodeHTTP is the function of nodes that make HTTP calls.
func NodeHTTP(ctx context.Context, env Env) (lambda.Handler, error) {
	return provider(httpServices).function(ctx, env)
}

func httpServices(ctx context.Context, env Env) (*core, node.Services, error) {
	var cfg CallerConfig
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, node.Services{}, err
	}
	c := newCore(env, cfg.StoreConfig)
	dialer := env.outside(safedial.New(safedial.Options{AllowHosts: cfg.hosts(), Clock: env.Clock, Pace: c.pace(env), MaxBytes: tenant.Enterprise.MaxFile()}))
	return c, node.Services{HTTP: dialer, Credentials: c.opener(env, cfg.KeyConfig, dialer), Blobs: c.files()}, nil
}

// toolHeap is the memory, in bytes, that code of an agent's tool may use: the function
// has half of what node-code has, and holds a conversation beside it.
const toolHeap = 128 << 20

// NodeAI is the function of nodes that call AI models. Its program starts again for
// code, as node-code's.
func NodeAI(ctx context.Context, env Env) (lambda.Handler, error) {
	return provider(aiServices).function(ctx, env)
}

func aiServices(ctx context.Context, env Env) (*core, node.Services, error) {
	var cfg struct {
		CallerConfig
		BaseURL string `env:"OPENAI_BASE_URL, required"`
		Secret  string `env:"OPENAI_SECRET_ARN"`
		Key     string `env:"OPENAI_API_KEY"` // the local platform's; deployed it is a secret
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, node.Services{}, err
	}
	if cfg.Key == "" && cfg.Secret != "" {
		out, err := secretsmanager.NewFromConfig(env.AWS).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &cfg.Secret})
		if err != nil {
			return nil, node.Services{}, err
		}
		cfg.Key = aws.ToString(out.SecretString)
	}
	c := newCore(env, cfg.StoreConfig)
	tenants := safedial.New(safedial.Options{AllowHosts: cfg.hosts(), Clock: env.Clock, Pace: c.pace(env)})
	// The platform's own provider may be private: a server beside the platform.
	own, err := safedial.HostPort(cfg.BaseURL)
	if err != nil {
		return nil, node.Services{}, err
	}
	platform := safedial.New(safedial.Options{AllowHosts: append(cfg.hosts(), own), Clock: env.Clock})
	counter := openaichat.NewCounter()
	prices := c.prices(env)
	provider := &usage.Metered{
		Provider: openaichat.New(openaichat.Options{
			BaseURL: cfg.BaseURL, APIKey: cfg.Key, Platform: platform, Tenant: tenants, Clock: env.Clock, Counter: counter,
		}),
		Budget: c.ledger(), Counter: counter, Prices: prices.Table, Clock: env.Clock, Log: c.log,
		Given: func(r node.ChatReply) bool { return openaichat.UsageGiven(r.Raw) },
	}
	embedder := &usage.MeteredEmbedder{
		Embedder: embedding.New(embedding.Options{
			BaseURL: cfg.BaseURL, APIKey: cfg.Key, Platform: platform, Tenant: tenants, Clock: env.Clock, Counter: counter,
		}),
		Counter: counter, Meter: provider,
	}
	return c, node.Services{
		HTTP: tenants, AI: provider, Embedder: embedder, Meter: &usage.MeteredCalls{Counter: counter, Meter: provider}, Tokenizer: counter, Postgres: postgres.New(tenants), Redis: redis.New(tenants),
		Code: code.NewPool(code.PoolOptions{Clock: env.Clock, Heap: toolHeap}), Credentials: c.opener(env, cfg.KeyConfig, tenants), Blobs: c.files(),
		// For the nodes that agents have as tools.
		MySQL: mysql.New(tenants), Mail: smtp.New(tenants, env.Clock), Remotes: remote.New(tenants), PDF: pdftext.Reader{}, Pictures: picture.Editor{}, Files: c.files(), DataTables: c.dataTables(env),
	}, nil
}

// NodeCode is the function of nodes that run tenants' JavaScript.
func NodeCode(ctx context.Context, env Env) (lambda.Handler, error) {
	return provider(codeServices).function(ctx, env)
}

func codeServices(ctx context.Context, env Env) (*core, node.Services, error) {
	var cfg StoreConfig
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, node.Services{}, err
	}
	c := newCore(env, cfg)
	return c, node.Services{Code: code.NewPool(code.PoolOptions{Clock: env.Clock}), Blobs: c.files()}, nil
}

// NodeData is the function of nodes that speak to databases and mail servers. What
// answers SQL over items is a parameter and not an import: it brings an SQL engine,
// which the other functions must not be linked to.
func NodeData(tables node.Tables) Constructor { return dataServices(tables).function }

func dataServices(tables node.Tables) provider {
	return func(ctx context.Context, env Env) (*core, node.Services, error) {
		var cfg CallerConfig
		if err := configure(ctx, env, &cfg); err != nil {
			return nil, node.Services{}, err
		}
		c := newCore(env, cfg.StoreConfig)
		dialer := safedial.New(safedial.Options{AllowHosts: cfg.hosts(), Clock: env.Clock, Pace: c.pace(env)})
		return c, node.Services{
			Postgres: postgres.New(dialer), MySQL: mysql.New(dialer), Redis: redis.New(dialer), Mail: smtp.New(dialer, env.Clock),
			Mailboxes: imap.New(dialer), Remotes: remote.New(dialer), Tables: tables, PDF: pdftext.Reader{}, Pictures: picture.Editor{}, Files: c.files(), DataTables: c.dataTables(env),
			Seen:        &dedupe.Desk{Store: dynamostore.Seen{Runs: c.runs}, Clock: env.Clock},
			Credentials: c.opener(env, cfg.KeyConfig, dialer), Blobs: c.files(),
		}, nil
	}
}
