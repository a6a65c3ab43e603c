package oversight_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/oversight"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// longLine lets executions in until it is stopped.
type longLine struct{}

func (longLine) Tidy(ctx context.Context, _ ident.Tenant) error { <-ctx.Done(); return ctx.Err() }
func (longLine) TidyPlan(ctx context.Context, _ tenant.PlanName) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestAChangeOfLimitsIsAnsweredHoweverLongTheLine: the change holds, and was answered
// with 500 when the request's time was over before the line was.
func TestAChangeOfLimitsIsAnsweredHoweverLongTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &oversight.Office{Slots: longLine{}, Log: slog.New(slog.DiscardHandler)}
		const request = 29 * time.Second // API Gateway's
		for name, change := range map[string]func(context.Context){
			"tenant": func(ctx context.Context) { o.Raised(ctx, "ten_a") },
			"plan":   func(ctx context.Context) { o.RaisedPlan(ctx, tenant.Pro) },
		} {
			ctx, stop := context.WithTimeout(t.Context(), request)
			if change(ctx); ctx.Err() != nil {
				t.Errorf("%s: the request's time is over", name)
			}
			stop()
		}
	})
}
