package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Bounds of what one tenant and one client may hold.
const (
	// MaxConnections is the most connections of one tenant at one time.
	MaxConnections = 500
	// MaxSubscriptions is the most subscriptions of one connection.
	MaxSubscriptions = 50
	// ConnectionLife is how long a connection is served; then its client comes back
	// with a new ticket, and its credential is checked again.
	ConnectionLife = time.Hour
)

// All is the subscription to all executions of the tenant.
const All = "*"

// Connection is one connected client.
type Connection struct {
	ID            string // API Gateway's
	Tenant        ident.Tenant
	Actor         string // who asked for the ticket
	At            time.Time
	Expires       time.Time
	Subscriptions []string // ids of executions, or All
}

// wants reports whether the client asked for the execution.
func (c *Connection) wants(id ident.Execution) bool {
	for _, s := range c.Subscriptions {
		if s == All || s == string(id) {
			return true
		}
	}
	return false
}

// Connections is the store of connections.
type Connections interface {
	PutConnection(ctx context.Context, c Connection) error
	// Connection finds a connection; fault.NotFound if there is none.
	Connection(ctx context.Context, id string) (Connection, error)
	// Connections lists a tenant's, consistently.
	Connections(ctx context.Context, t ident.Tenant) ([]Connection, error)
	// Subscribe adds a subscription, or removes it; fault.LimitExceeded if there
	// would be more than MaxSubscriptions, fault.NotFound if the connection is gone.
	Subscribe(ctx context.Context, c Connection, subscription string, on bool) error
	// ForgetConnection deletes a connection; one that is gone is no error.
	ForgetConnection(ctx context.Context, c Connection) error
}

// Executions is where the state of executions is read.
type Executions interface {
	Load(ctx context.Context, ref execution.Ref) (execution.Control, error)
	Records(ctx context.Context, c execution.Control, from int) ([]execution.Record, error)
}

// Pusher reaches clients.
type Pusher interface {
	// Post sends a message; fault.NotFound if the client has gone.
	Post(ctx context.Context, connection string, message []byte) error
	// Close ends a connection; one that has ended is no error.
	Close(ctx context.Context, connection string) error
}

// Parts are what the hub stands on.
type Parts struct {
	Tickets     Tickets
	Connections Connections
	Executions  Executions
	Workflows   execution.Workflows
	Forms       Forms
	Pusher      Pusher
	Clock       clock.Clock
	Log         *slog.Logger
}

// Hub connects clients with what they watch. It is safe for concurrent use.
type Hub struct {
	Parts

	mu    sync.Mutex
	alone map[ident.Tenant]time.Time // tenants without connections, and when that was seen
	told  *lru.LRU[execution.Ref, *told]
}

// maxTold is of how many executions an instance remembers what it has told.
const maxTold = 2000

// New returns a hub.
func New(p Parts) *Hub {
	known, err := lru.NewLRU[execution.Ref, *told](maxTold, nil)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &Hub{Parts: p, alone: map[ident.Tenant]time.Time{}, told: known}
}

// Connect admits a client with a ticket.
func (h *Hub) Connect(ctx context.Context, id, ticket string) error {
	now := h.Clock.Now()
	who, err := take(ctx, h.Tickets, ticket, now)
	if err != nil {
		return err
	}
	others, err := h.served(ctx, who.Tenant)
	if err != nil {
		return err
	}
	if len(others) >= MaxConnections {
		return fault.New(fault.LimitExceeded, fault.CodeConnections, "The tenant has %d live connections already; close some.", len(others))
	}
	err = h.Connections.PutConnection(ctx, Connection{ID: id, Tenant: who.Tenant, Actor: who.Actor, At: now, Expires: now.Add(ConnectionLife)})
	h.mu.Lock()
	delete(h.alone, who.Tenant)
	h.mu.Unlock()
	return err
}

// Disconnect forgets a client.
func (h *Hub) Disconnect(ctx context.Context, id string) error {
	c, err := h.Connections.Connection(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return h.Connections.ForgetConnection(ctx, c)
}
