package platform

import (
	"context"
	"os"
	"path/filepath"
)

// Measured builds the platform as it is delivered and starts it quietly on data of
// its own, for a benchmark. End kills it and removes all of that.
func Measured(ctx context.Context, args ...string) (p *Platform, end func(), err error) {
	dir, err := os.MkdirTemp("", "automatelanka-measured-")
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	bin, err := Build(ctx, dir, "-ldflags=-s -w")
	if err != nil {
		return nil, nil, err
	}
	p, err = Start(ctx, Options{Binary: bin, Data: filepath.Join(dir, "data"), Args: append([]string{"--quiet"}, args...)})
	if err != nil {
		return nil, nil, err
	}
	return p, func() { p.Kill(); _ = os.RemoveAll(dir) }, nil
}
