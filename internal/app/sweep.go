package app

import (
	"context"
	"errors"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/oversight"
)

// Sweep is the function that repairs what crashes left, every minute.
func Sweep(ctx context.Context, env Env) (lambda.Handler, error) {
	var cfg struct {
		StoreConfig
		QueueConfig
	}
	if err := configure(ctx, env, &cfg); err != nil {
		return nil, err
	}
	c := newCore(env, cfg.StoreConfig)
	desk := c.line(env, cfg.QueueConfig, nil)
	desk.Cancel = &execution.Canceller{Store: c.runs, Line: desk, Observer: c.recorder, Clock: env.Clock}
	desk.Failed = c.alarm(env, desk).Raise
	ledger := c.ledger()
	office := &oversight.Office{Index: c.runs, Directory: c.directory, Ledger: ledger, Clock: env.Clock, Log: c.log}
	return lambdarun.JSON(func(ctx context.Context, in SweepInput) (admission.Swept, error) {
		swept, err := desk.Sweep(ctx, in.Recover)
		if expired, failed := ledger.Expire(ctx); failed != nil {
			err = errors.Join(err, failed)
		} else {
			c.recorder.Repaired("reservation", expired)
		}
		c.recorder.Repaired("message", swept.Resent)
		c.recorder.Repaired("lease", swept.Reclaimed)
		gauges, failed := office.Gauges(ctx)
		for plan, g := range gauges {
			c.recorder.Slots(plan, g.Slots, g.Parked, g.Budget)
		}
		return swept, errors.Join(err, failed)
	}), nil
}

// SweepInput asks for one pass. Recover looks at every open execution, whether it
// is due or not: the local platform asks for that after a restart.
type SweepInput struct {
	Recover bool `json:"recover"`
}
