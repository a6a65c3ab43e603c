package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
)

// profiles are the kinds that are taken, and how they are asked for: all for the
// same five seconds. With --runs enough the measurement outlasts them.
var profiles = map[string]string{
	"cpu": "profile?seconds=5", "allocs": "allocs?seconds=5", "mutex": "mutex?seconds=5", "block": "block?seconds=5",
}

// profile begins to take profiles, if they are asked for; end waits for them.
func (b *bench) profile(ctx context.Context, name string) (end func() error) {
	if b.Profiles == "" {
		return func() error { return nil }
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	for kind, query := range profiles {
		wg.Go(func() {
			file := filepath.Join(b.Profiles, name+"."+kind)
			if err := fetch(ctx, b.debug+"/debug/pprof/"+query, file); err != nil {
				cancel(err)
			}
		})
	}
	return func() error {
		wg.Wait()
		defer cancel(nil)
		return context.Cause(ctx)
	}
}

func fetch(ctx context.Context, url, file string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", url, resp.StatusCode, text)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
