// Package await bounds a wait that knows no context, such as a WaitGroup's.
package await

import "context"

// Return calls wait, and comes back when that has returned, or with ctx's error
// when ctx has ended; wait then goes on until what it waits for has happened.
func Return(ctx context.Context, wait func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
