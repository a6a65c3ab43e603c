package app

import (
	"context"
	"net/url"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/console"
	"github.com/automatelanka/automatelanka/internal/httpapi/site"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/oidc"
)

// Console is the function that serves the web console.
func Console(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		LiveURL  string `env:"WS_URL, required"`
		Issuer   string `env:"OIDC_ISSUER"`
		Audience string `env:"OIDC_AUDIENCE"`
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := site.Config{Files: console.Files()}
	var tokens *oidc.Verifier
	if cfg.Issuer != "" {
		tokens = oidc.New(cfg.Issuer, cfg.Audience, env.Clock)
		c.OIDC = &site.OIDC{Issuer: cfg.Issuer, ClientID: cfg.Audience} // the console signs in with ID tokens: their audience is the client
	}
	c.Connect = func(ctx context.Context) []string {
		origins := originsOf(cfg.LiveURL, cfg.Issuer)
		if tokens != nil {
			// Without an answer the page is served all the same; signing in needs the issuer anyway.
			if endpoint, err := tokens.TokenEndpoint(ctx); err == nil {
				origins = append(origins, originsOf(endpoint)...)
			}
		}
		return origins
	}
	anybody := func(ctx context.Context, _ map[string]any) context.Context { return ctx }
	return lambdarun.HTTP(site.New(c), anybody), nil
}

// originsOf are the origins of addresses; paths are on the site's own.
func originsOf(addresses ...string) []string {
	var out []string
	for _, a := range addresses {
		if u, err := url.Parse(a); err == nil && u.Host != "" {
			out = append(out, u.Scheme+"://"+u.Host)
		}
	}
	return out
}
