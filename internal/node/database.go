package node

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/value"
)

// SQLDriver opens connections to tenants' SQL databases through the safe dialer.
// A connection belongs to one node run and is never shared: no pool can mix tenants.
type SQLDriver interface {
	// Connect opens a connection with the fields of a credential. Its faults have
	// Outcome NotSent.
	Connect(ctx context.Context, credential map[string]string, opt SQLOptions) (SQLConn, error)
}

// SQLOptions are the author's wishes for one connection.
type SQLOptions struct {
	// LargeNumbers gives integers and decimals that a float64 may not hold exactly
	// as numbers; otherwise they are text, as n8n's are.
	LargeNumbers bool
	// PlainDates gives days as 2006-01-02; otherwise they are midnights, as n8n's are.
	PlainDates bool
}

// SQLConn is one connection, for one statement at a time.
type SQLConn interface {
	// Query runs a statement with the values of its placeholders; without values
	// text may hold several, which PostgreSQL takes as one transaction. The fault of a
	// statement that the server refused has Outcome Refused, of one that it is safe to
	// send again NotSent, and of one whose answer is lost Unknown.
	Query(ctx context.Context, text string, args []any) ([]SQLResult, error)
	Close()
}

// SQLResult is what one statement gave.
type SQLResult struct {
	Rows     []*value.Object
	Selects  bool // it has columns, though perhaps no rows
	Affected int64
	InsertID int64 // MySQL
}

// The limits of what one statement may give: more is refused, because it would
// not fit the node's output anyway.
const (
	MaxSQLRows  = DefaultMaxItems
	MaxSQLBytes = DefaultMaxBytes / 2
)

// RedisDriver opens connections to tenants' Redis servers, one for each node run.
type RedisDriver interface {
	Connect(ctx context.Context, credential map[string]string) (RedisConn, error)
}

// RedisConn is one connection.
type RedisConn interface {
	// Do sends a command. Replies are nil, string, float64 or []any of these.
	Do(ctx context.Context, command string, args ...string) (any, error)
	Close()
}
