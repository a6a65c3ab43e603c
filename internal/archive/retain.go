package archive

import (
	"context"
	"log/slog"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// How many ended executions of a tenant are kept whatever their age.
const (
	KeepCompleted = 1000 // with the cancelled ones
	KeepFailed    = 5000
)

const (
	// tenantsAtOnce is the page in which tenants are read.
	tenantsAtOnce = 50
	// maxDrops bounds what one pass removes of one tenant, so that each gets its turn.
	maxDrops = 2000
	// bornWithin is the time within which an execution is there whose files were stored
	// before it, or never will be: no call lives nearly as long.
	bornWithin = time.Hour
)

// Keeper removes executions that are kept no longer.
type Keeper struct {
	Shelf    Shelf
	Tables   Leftovers // of data tables
	Bookmark Bookmark
	Tenants  Tenants
	Clock    clock.Clock
	Log      *slog.Logger
	// Completed and Failed are how many are kept; 0 for the defaults.
	Completed, Failed int
}

// Passed is what one pass did.
type Passed struct {
	Tenants int  // that were looked at
	Dropped int  // executions
	More    bool // the time was over before the last tenant
}

// Pass goes through the tenants from where the last pass ended, for as long as it
// may take. A tenant that cannot be done is passed over until the next round.
func (k *Keeper) Pass(ctx context.Context, limit time.Duration) (Passed, error) {
	var done Passed
	cursor, err := k.Bookmark.Bookmark(ctx)
	if err != nil {
		return done, err
	}
	end := k.Clock.Now().Add(limit)
	for {
		page, next, err := k.Tenants.Tenants(ctx, tenant.Paging{Limit: tenantsAtOnce, Cursor: cursor})
		if err != nil {
			return done, err
		}
		for _, t := range page {
			n, err := k.Keep(ctx, t.ID, end)
			if err != nil {
				k.Log.Error("retention could not tidy a tenant", "tenantId", string(t.ID), "error", err)
			}
			done.Tenants++
			done.Dropped += n
		}
		cursor = next
		if err := k.Bookmark.PutBookmark(ctx, cursor); err != nil || cursor == "" {
			return done, err
		}
		if !k.Clock.Now().Before(end) {
			done.More = true
			return done, nil
		}
	}
}

// Keep removes what is over of one tenant, until a time; it returns how many
// executions that were.
func (k *Keeper) Keep(ctx context.Context, t ident.Tenant, end time.Time) (int, error) {
	more := func() bool { return k.Clock.Now().Before(end) }
	dropped := 0
	drop := func(refs []execution.Ref) error {
		for _, ref := range refs {
			if !more() {
				return nil
			}
			if err := k.Shelf.Drop(ctx, ref); err != nil {
				return err
			}
			dropped++
		}
		return nil
	}
	if err := k.Tables.DropLeft(ctx, t, more); err != nil {
		return 0, err
	}
	unborn, err := k.Shelf.DropUnborn(ctx, t, k.Clock.Now().Add(-bornWithin), more)
	if err != nil {
		return 0, err
	}
	if unborn > 0 {
		k.Log.Info("files of executions that never began were removed", "tenantId", string(t), "executions", unborn)
	}
	begun, err := k.Shelf.Dropping(ctx, t)
	if err != nil {
		return 0, err
	}
	if err := drop(begun); err != nil {
		return dropped, err
	}
	over, err := k.over(ctx, t)
	if err != nil {
		return dropped, err
	}
	return dropped, drop(over)
}

// over lists the executions that are kept no longer: too old, and not among the last.
func (k *Keeper) over(ctx context.Context, t ident.Tenant) ([]execution.Ref, error) {
	_, limits, err := k.Tenants.Limits(ctx, t)
	if err != nil || limits.RetentionDays < 0 {
		return nil, err
	}
	cut := k.Clock.Now().AddDate(0, 0, -limits.RetentionDays)
	if any, err := k.Shelf.AnyBefore(ctx, t, cut); err != nil || !any {
		return nil, err
	}
	left := map[bool]int{true: or(k.Failed, KeepFailed), false: or(k.Completed, KeepCompleted)}
	var over []execution.Ref
	err = k.Shelf.Ended(ctx, t, func(e Ended) bool {
		failed := e.Status == execution.Failed
		if left[failed]--; left[failed] < 0 && e.At.Before(cut) {
			over = append(over, e.Ref)
		}
		return len(over) < maxDrops
	})
	return over, err
}

func or(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
