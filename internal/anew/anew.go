// Package anew repeats what is done on the condition that nobody else has written
// since it was read, where somebody has.
package anew

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// firstPause is doubled from try to try.
const firstPause = 5 * time.Millisecond

// Rule says how something is begun anew.
type Rule struct {
	Clock clock.Clock
	Tries int // at most
	// Overtaken reports whether an error says that another writer was faster.
	Overtaken func(error) bool
	// Crowded is the message of the fault, which may be tried again, when the last try was
	// overtaken too.
	Crowded string
}

// Do does something until no other writer is faster: fault.Unavailable with
// RetryAfter if one always is. It returns early if the context ends.
func Do[T any](ctx context.Context, r Rule, do func() (T, error)) (T, error) {
	var none T
	pause := firstPause
	for try := 1; ; try++ {
		out, err := do()
		if !r.Overtaken(err) {
			return out, err
		}
		if try == r.Tries {
			f := fault.New(fault.Unavailable, fault.CodeUnavailable, "%s", r.Crowded)
			f.RetryAfter = time.Second
			return none, f
		}
		if err := clock.Sleep(ctx, r.Clock, Scattered(pause)); err != nil {
			return none, err
		}
		pause *= 2
	}
}

// Scattered is a pause between half and one and a half times as long, by chance: those
// who met once would meet again.
func Scattered(pause time.Duration) time.Duration {
	return time.Duration(float64(pause) * (0.5 + ident.Fraction()))
}
