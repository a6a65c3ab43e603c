package live

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// TicketLife is how long a ticket may be used.
const TicketLife = 30 * time.Second

// Ticket is the right to connect once.
type Ticket struct {
	Hash    string // of its text
	Tenant  ident.Tenant
	Actor   string // who asked for it
	Expires time.Time
}

// Tickets is the store of tickets.
type Tickets interface {
	PutTicket(ctx context.Context, t Ticket) error
	// TakeTicket removes a ticket and returns it; fault.NotFound if there is none,
	// or somebody else took it.
	TakeTicket(ctx context.Context, hash string) (Ticket, error)
}

// Office makes tickets.
type Office struct {
	Tickets Tickets
	Clock   clock.Clock
}

// Ticket makes a ticket for the caller; its text is kept nowhere.
func (o *Office) Ticket(ctx context.Context, who tenant.Identity) (text string, expires time.Time, err error) {
	text, expires = ident.Secret(), o.Clock.Now().Add(TicketLife)
	err = o.Tickets.PutTicket(ctx, Ticket{Hash: hashed(text), Tenant: who.Tenant, Actor: who.ID, Expires: expires})
	return text, expires, err
}

// take uses a ticket up.
func take(ctx context.Context, store Tickets, text string, now time.Time) (Ticket, error) {
	refused := fault.New(fault.Unauthenticated, fault.CodeUnauthenticated, "The ticket is missing, unknown, used or expired; ask for a new one.")
	if text == "" {
		return Ticket{}, refused
	}
	t, err := store.TakeTicket(ctx, hashed(text))
	switch {
	case fault.Is(err, fault.NotFound):
		return Ticket{}, refused
	case err != nil:
		return Ticket{}, err
	case t.Tenant == "" || !now.Before(t.Expires): // the store may delete late
		return Ticket{}, refused
	}
	return t, nil
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
