package hook

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
)

// The pauses between two looks at an execution. Most workflows that answer a
// webhook take tens of milliseconds.
const (
	firstPause = 4 * time.Millisecond
	maxPause   = 200 * time.Millisecond
)

// await looks at the execution until it has ended or, with byNode, a response node
// has answered. It returns nil, nil if that takes longer than maxWait.
func (s *Server) await(ctx context.Context, ref execution.Ref, byNode bool) (*execution.Control, *execution.Response, error) {
	deadline := s.Clock.Now().Add(maxWait)
	for pause := firstPause; ; pause = min(pause*3/2, maxPause) {
		// The control item is read first: a response that was given before the end
		// is then there to be read.
		c, err := s.Executions.Get(ctx, ref)
		if err != nil {
			return nil, nil, err
		}
		if byNode {
			resp, err := s.Executions.Response(ctx, ref)
			if err != nil || resp != nil {
				return &c, resp, err
			}
		}
		if c.Status.Terminal() {
			return &c, nil, nil
		}
		if !s.Clock.Now().Add(pause).Before(deadline) {
			return nil, nil, nil
		}
		if err := clock.Sleep(ctx, s.Clock, pause); err != nil {
			return nil, nil, err
		}
	}
}
