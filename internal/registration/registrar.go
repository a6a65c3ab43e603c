package registration

import (
	"context"
	"log/slog"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// Store keeps registrations.
type Store interface {
	DueRegistrations(ctx context.Context, now time.Time, limit int) ([]trigger.RegistrationRef, error)
	LeaseRegistration(ctx context.Context, ref trigger.RegistrationRef, holder string, until time.Time) (trigger.Registration, bool, error)
	NoteRegistration(ctx context.Context, ref trigger.RegistrationRef, holder string, s trigger.RegistrationState) (bool, error)
	SettleRegistration(ctx context.Context, r trigger.Registration, holder string, due time.Time) (trigger.Registration, bool, error)
	DropRegistration(ctx context.Context, r trigger.Registration, holder string) (bool, error)
}

// Others finds out whose another address is.
type Others interface {
	Registration(ctx context.Context, t ident.Tenant, id ident.Registration) (trigger.Registration, error)
}

// Seals seals and opens secrets.
type Seals interface {
	credential.Sealer
	credential.Unsealer
}

// Registrar makes so what is wanted. It is safe for concurrent use.
type Registrar struct {
	Store     Store
	Others    Others
	Services  node.Services // HTTP and Credentials
	Seals     Seals
	PublicURL string // without a slash at the end
	Clock     clock.Clock
	Log       *slog.Logger
}

const (
	// leaseTime is longer than an invocation of the function lives (its timeout in
	// the template), so that nobody works on what another one still works on.
	leaseTime = 6 * time.Minute
	// callTime bounds what is done for one registration in one go.
	callTime = 45 * time.Second
	// rounds bounds how often one go follows a want that changes meanwhile.
	rounds = 5
	// passSize is how many registrations one pass looks at; the rest stay due.
	passSize = 200
	// fair is how many of them may be one tenant's.
	fair = 20
	// sideBySide is how many are worked on at once.
	sideBySide = 8
)

// Pass looks at what is due.
func (r *Registrar) Pass(ctx context.Context) error {
	due, err := r.Store.DueRegistrations(ctx, r.Clock.Now(), passSize)
	if err != nil {
		return err
	}
	count := map[ident.Tenant]int{}
	var turn []trigger.RegistrationRef
	for _, ref := range due {
		if count[ref.Tenant]++; count[ref.Tenant] <= fair {
			turn = append(turn, ref)
		}
	}
	return r.Each(ctx, turn)
}

// Each looks at some registrations. What fails for one is kept with it; an error
// means that the store failed, and that they are still due.
func (r *Registrar) Each(ctx context.Context, refs []trigger.RegistrationRef) error {
	return inParallel(sideBySide, refs, func(ref trigger.RegistrationRef) error { return r.one(ctx, ref) })
}

// one brings a registration to what is wanted of it, also if that changes meanwhile.
func (r *Registrar) one(ctx context.Context, ref trigger.RegistrationRef) error {
	holder := ident.Token()
	for range rounds {
		reg, ok, err := r.Store.LeaseRegistration(ctx, ref, holder, r.Clock.Now().Add(leaseTime))
		if err != nil || !ok {
			return err // somebody else is at it, and will see the newest want
		}
		w := &work{Registrar: r, ref: ref, holder: holder, reg: reg}
		due, err := w.settle(ctx)
		if err != nil {
			return err
		}
		settled, now, err := w.close(ctx, due)
		if err != nil || settled || now.Rev == w.reg.Rev {
			return err // or the answer of the write was lost
		}
		// The want has changed. What is known of the service counts all the same.
		if _, err := r.Store.NoteRegistration(ctx, ref, holder, w.reg.State); err != nil {
			return err
		}
	}
	return nil
}

// close writes what came out; settled is false if the want has changed meanwhile.
func (w *work) close(ctx context.Context, due time.Time) (settled bool, now trigger.Registration, err error) {
	if !w.reg.Want.Active && w.reg.State.Held == nil {
		ok, err := w.Store.DropRegistration(ctx, w.reg, w.holder)
		if ok || err != nil {
			return ok, w.reg, err
		}
		// Wanted again, dropped by a write whose answer was lost, or another's by now:
		// taking the lease tells.
		return false, trigger.Registration{Rev: w.reg.Rev + 1}, nil
	}
	now, settled, err = w.Store.SettleRegistration(ctx, w.reg, w.holder, due)
	if fault.Is(err, fault.NotFound) {
		return true, now, nil // the tenant was erased
	}
	return settled, now, err
}
