package platform

import (
	"context"
	"os"
	"path/filepath"
)

// Measured starts a program of the platform quietly on data of its own, for a
// benchmark; if none is named, one that is built from this tree as it is delivered.
// End kills it and removes all of that.
func Measured(ctx context.Context, program string, args ...string) (p *Platform, end func(), err error) {
	dir, err := os.MkdirTemp("", "automatelanka-measured-")
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	if program == "" {
		if program, err = Build(ctx, dir, "-ldflags=-s -w"); err != nil {
			return nil, nil, err
		}
	}
	p, err = Start(ctx, Options{Binary: program, Data: filepath.Join(dir, "data"), Args: append([]string{"--quiet"}, args...)})
	if err != nil {
		return nil, nil, err
	}
	return p, func() { p.Kill(); _ = os.RemoveAll(dir) }, nil
}
