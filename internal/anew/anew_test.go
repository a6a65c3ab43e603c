package anew

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

var errOvertaken = errors.New("overtaken")

func TestDo(t *testing.T) {
	other := errors.New("other")
	for name, x := range map[string]struct {
		overtaken, calls int
		err              error
	}{
		"at once":            {0, 1, nil},
		"the third time":     {2, 3, nil},
		"another failure":    {1, 2, other},
		"overtaken for ever": {99, 3, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			out, err := Do(t.Context(), Rule{Clock: clock.Real(), Tries: 3, Overtaken: func(err error) bool { return errors.Is(err, errOvertaken) }, Crowded: "100% full"}, func() (int, error) {
				if calls++; calls <= x.overtaken {
					return 0, errOvertaken
				}
				return 7, x.err
			})
			f := fault.Of(err)
			switch {
			case calls != x.calls:
				t.Errorf("%s: %d calls, want %d", name, calls, x.calls)
			case x.overtaken < 3 && (out != 7 || !errors.Is(err, x.err)):
				t.Errorf("%s: %d, %v", name, out, err)
			case x.overtaken > 3 && (f == nil || f.Kind != fault.Unavailable || f.RetryAfter <= 0 || f.Message != "100% full"):
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestDoEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Do(ctx, Rule{Clock: clock.Real(), Tries: 3, Overtaken: func(error) bool { return true }}, func() (int, error) {
		cancel()
		return 0, errOvertaken
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
