package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// # Why this load is fair
//
// It is closed: a client starts a run, waits until the platform says that it has
// ended, and only then starts its next one. So it shows what the platform can do
// only as far as the waiting takes little. Clients that doubled their waits from 4 ms
// on learned of an end 4 to 20 ms late, which held ten of them to some 800 runs a
// second whatever the platform did; and fifty of them, whose runs take longer, asked
// three times a run, which cost the platform nearly as much as the runs. So clients
// ask when runs have lately ended (pacer), as anybody would who waits for one, and by
// the public API alone. Nothing is given away: each question is work of the platform
// on the same cores and within the measured time, and what it costs, and what the
// clients themselves cost, is told beside the rate.

// burst starts runs from several clients and returns their jobs, and how many
// questions for a job's status were asked.
func (b *bench) burst(ctx context.Context, id string, clients, runs int) (jobs []string, asked int64, err error) {
	jobs = make([]string, runs)
	var next, questions atomic.Int64
	pace := &pacer{}
	err = b.together(ctx, clients, func(ctx context.Context, c *wire) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= runs {
				return nil
			}
			job, err := c.run(id)
			if err != nil {
				return err
			}
			jobs[i] = job
			n, err := c.awaitEnd(ctx, job, pace)
			if questions.Add(n); err != nil {
				return err
			}
		}
	})
	return jobs, questions.Load(), err
}

// together has clients do the same at one time, each with a connection of its own.
func (b *bench) together(ctx context.Context, clients int, do func(context.Context, *wire) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			c, err := dial(b.client)
			if err == nil {
				defer c.close()
				err = do(ctx, c)
			}
			if err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// awaitEnd asks until the run has ended and returns how often it asked.
func (c *wire) awaitEnd(ctx context.Context, job string, pace *pacer) (asked int64, err error) {
	for {
		if err := clock.Sleep(ctx, clock.Real(), pace.wait(asked)); err != nil {
			return asked, context.Cause(ctx)
		}
		asked++
		s, err := c.status(job)
		switch {
		case err != nil:
			return asked, err
		case s.Status == "completed":
			pace.ended(s.FinishedAt.Sub(s.QueuedAt))
			return asked, nil
		case s.Status == "failed" || s.Status == "cancelled":
			return asked, fmt.Errorf("job %s %s: %s", job, s.Status, s.Error)
		}
	}
}

// questions asks for jobs that have ended, as often as runs were started.
func (b *bench) questions(ctx context.Context, clients int, jobs []string) error {
	var next atomic.Int64
	return b.together(ctx, clients, func(ctx context.Context, c *wire) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(jobs) || ctx.Err() != nil {
				return nil
			}
			if _, err := c.status(jobs[i]); err != nil {
				return err
			}
		}
	})
}
