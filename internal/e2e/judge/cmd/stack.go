package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/judge"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

type stackCmd struct {
	Endpoint string `required:"" help:"Address of the emulator."`
	Runs     string `required:"" help:"Name of the runs table."`
	Catalog  string `required:"" help:"Name of the catalogue table."`
	API      string `required:"" name:"api" help:"Address of the HTTP API."`
	Server   string `required:"" help:"host:port of the side effects' server, as the stack's AllowHosts has it."`
}

func (c stackCmd) Run(ctx context.Context, _ slog.Handler) error {
	w, err := judge.Stack{Endpoint: c.Endpoint, Runs: c.Runs, Catalog: c.Catalog, API: c.API, Server: c.Server}.Open(ctx)
	if err != nil {
		return err
	}
	defer w.Server.Close()
	if err := refuses(ctx, c.API); err != nil {
		return err
	}
	return verdict(ctx, "the deployed stack", w)
}

// refuses asks without a key: the authorizer must stand before the API.
func refuses(ctx context.Context, api string) error {
	nobody := &platform.Client{URL: api, HTTP: http.DefaultClient}
	a, err := nobody.Do(ctx, http.MethodGet, "/api/workflows", nil, "Authorization", "Bearer al_nothing")
	if err != nil {
		return err
	}
	if a.Status != http.StatusUnauthorized && a.Status != http.StatusForbidden {
		return errors.New("a call with a wrong key was answered with " + http.StatusText(a.Status))
	}
	began := clock.Real().Now()
	if a, err = nobody.Do(ctx, http.MethodGet, "/healthz", nil); err != nil || a.Status != http.StatusOK {
		return fmt.Errorf("/healthz: %d %s %w", a.Status, a.Body, err)
	}
	fmt.Printf("ok  a wrong key is refused; /healthz answers (%.1f s)\n", clock.Real().Since(began).Seconds())
	return nil
}
