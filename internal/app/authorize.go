package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/oidc"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Authorize is the function that verifies credentials: API keys, and tokens of the
// configured issuer.
func Authorize(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		StoreConfig
		Issuer   string `env:"OIDC_ISSUER"`
		Audience string `env:"OIDC_AUDIENCE"`
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	door := &door{directory: c.directory}
	if cfg.Issuer != "" {
		door.tokens = oidc.New(cfg.Issuer, cfg.Audience, env.Clock)
	}
	return lambdarun.Authorizer(door.verify, httpapi.Refusal), nil
}

// door lets callers in.
type door struct {
	directory *tenant.Directory
	tokens    *oidc.Verifier // nil: no issuer is configured
}

// verify returns the claims of a credential.
func (d *door) verify(ctx context.Context, credential string) (map[string]any, error) {
	who, err := d.identity(ctx, credential)
	if err != nil {
		return nil, err
	}
	return who.Claims(), nil
}

func (d *door) identity(ctx context.Context, credential string) (tenant.Identity, error) {
	if d.tokens == nil || tenant.IsKey(credential) || credential == "" {
		return d.directory.Authenticate(ctx, credential)
	}
	person, err := d.tokens.Verify(ctx, credential)
	if err != nil {
		return tenant.Identity{}, err
	}
	m, err := d.directory.MemberOf(ctx, person.Email, ident.Tenant(person.Tenant))
	if fault.Is(err, fault.Unauthenticated) {
		return tenant.Identity{}, fault.New(fault.Forbidden, fault.CodeForbidden,
			"You are signed in, but a member of no such tenant. Ask an owner to add you; a person of several tenants needs a token that names one.")
	}
	if err != nil {
		return tenant.Identity{}, err
	}
	return d.directory.IdentityOf(ctx, m)
}
