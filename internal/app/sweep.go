package app

import (
	"context"
	"errors"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
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
	ledger := c.ledger()
	return lambdarun.JSON(func(ctx context.Context, in SweepInput) (admission.Swept, error) {
		swept, err := desk.Sweep(ctx, in.Recover)
		if expired, failed := ledger.Expire(ctx); failed != nil {
			err = errors.Join(err, failed)
		} else if expired > 0 {
			c.log.Warn("reservations expired and count as used", "event", "usage.reservation.expired", "count", expired)
		}
		if swept.Resent+swept.Reclaimed > 0 {
			c.log.Warn("sweep repaired executions", "event", "platform.sweep", "looked", swept.Looked,
				"resent", swept.Resent, "reclaimed", swept.Reclaimed, "woken", swept.Woken)
		}
		return swept, err
	}), nil
}

// SweepInput asks for one pass. Recover looks at every open execution, whether it
// is due or not: the local platform asks for that after a restart.
type SweepInput struct {
	Recover bool `json:"recover"`
}
