package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/httpauth"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/kmsseal"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/mysql"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/postgres"
	"github.com/automatelanka/automatelanka/internal/redis"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// KeyConfig is the environment of functions that seal or open credentials.
type KeyConfig struct {
	CredentialKey string `env:"CREDENTIAL_KEY_ARN, required"`
}

func (cfg KeyConfig) sealer(env Env) *kmsseal.Sealer {
	return kmsseal.New(kms.NewFromConfig(env.AWS), cfg.CredentialKey)
}

// vault is where credentials are kept; it cannot open them.
func (c *core) vault(env Env, cfg KeyConfig, w credential.Workflows) *credential.Vault {
	return &credential.Vault{Store: c.catalog, Sealer: cfg.sealer(env), Workflows: w, Types: credential.Kinds(), Clock: env.Clock}
}

// opener opens credentials for nodes, and calls token endpoints as they call out.
func (c *core) opener(env Env, cfg KeyConfig, out node.HTTPDoer) *credential.Opener {
	s := cfg.sealer(env)
	return &credential.Opener{
		Store: c.catalog, Sealer: s, Unsealer: s, Endpoint: httpauth.Endpoint{HTTP: out}, Types: credential.Kinds(), Clock: env.Clock, Log: c.log,
	}
}

// Credential is the function that tries credentials and exchanges authorization
// codes. It stands apart from the API's because it opens credentials and calls
// out, which the API's role must not.
func Credential(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg CallerConfig
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	dialer := safedial.New(safedial.Options{AllowHosts: cfg.hosts(), Clock: env.Clock})
	opener := c.opener(env, cfg.KeyConfig, dialer)
	prover := &httpauth.Prover{
		Records: c.catalog, Source: opener, HTTP: dialer, SQL: map[string]node.SQLDriver{"postgres": postgres.New(dialer), "mySql": mysql.New(dialer)},
		Redis: redis.New(dialer),
	}
	return lambdarun.HTTP(httpapi.NewConnect(httpapi.Parts{
		Connector: &connector{c, opener, prover, env}, Rate: &tenant.Limiter{Clock: env.Clock}, Clock: env.Clock, Log: c.log,
	}), httpapi.WithCaller), nil
}

// connector is httpapi.Connector.
type connector struct {
	core   *core
	opener *credential.Opener
	prover *httpauth.Prover
	env    Env
}

// Prove implements httpapi.Connector.
func (x *connector) Prove(ctx context.Context, t ident.Tenant, id ident.Credential) (httpapi.Proof, error) {
	p, err := x.prover.Prove(ctx, t, id)
	return httpapi.Proof(p), err
}

// Connect implements httpapi.Connector.
func (x *connector) Connect(ctx context.Context, back credential.Return) (credential.Record, error) {
	r, p, err := x.opener.Connect(ctx, x.core.catalog, back)
	if err != nil {
		return r, err
	}
	by := tenant.Actor{ID: p.Member, Role: tenant.Role(p.Role)}
	return r, x.core.catalog.Note(ctx, tenant.NewAudit(x.env.Clock.Now().UTC(), tenant.Audit{
		Tenant: r.Tenant, Actor: by, Action: "credential.connected", Target: string(r.ID),
	}, nil, map[string]string{"type": r.Type, "name": r.Name}))
}
