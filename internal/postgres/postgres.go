// Package postgres speaks to tenants' PostgreSQL servers, through the safe dialer.
//
// Values go beside the statement as text of no given type, so that the server
// finds their type where they stand, as it does for literals; results come as
// text and are read by their type.
package postgres

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

const (
	// connectTimeout is for the connection, TLS and the log-in together.
	connectTimeout = 15 * time.Second
	// cancelGrace is how long a statement that was cancelled may take to end.
	cancelGrace = 2 * time.Second
)

// Driver implements node.SQLDriver.
type Driver struct{ dialer node.Dialer }

// New returns a Driver that connects through d.
func New(d node.Dialer) *Driver { return &Driver{d} }

var _ node.SQLDriver = (*Driver)(nil)

// Connect opens a connection with the fields of n8n's credential type postgres:
// host, port, database, user, password, ssl (disable, allow, require),
// allowUnauthorizedCerts.
func (d *Driver) Connect(ctx context.Context, credential map[string]string, opt node.SQLOptions) (node.SQLConn, error) {
	cfg, err := d.config(credential)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	c, err := pgconn.ConnectConfig(limited, cfg)
	if err != nil {
		return nil, connectFault(limited, cfg.Host, err)
	}
	return &conn{c, opt}, nil
}

// config is made of the credential alone: what the environment or files of the
// process say to libpq does not count.
func (d *Driver) config(credential map[string]string) (*pgconn.Config, error) {
	if credential["sshTunnel"] == "true" {
		return nil, fault.New(fault.Invalid, fault.CodeNodeError, "SSH tunnels are not supported: switch off 'SSH Tunnel' of the credential.")
	}
	cfg, err := pgconn.ParseConfig("host=localhost sslmode=disable passfile=/dev/null servicefile=/dev/null")
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(cmp.Or(credential["port"], "5432"), 10, 16)
	if err != nil {
		return nil, fault.New(fault.Invalid, fault.CodeNodeError, "The credential's port %q is not a port number.", credential["port"])
	}
	cfg.Host, cfg.Port = cmp.Or(credential["host"], "localhost"), uint16(port)
	cfg.Database, cfg.User, cfg.Password = cmp.Or(credential["database"], "postgres"), cmp.Or(credential["user"], "postgres"), credential["password"]
	cfg.RuntimeParams = map[string]string{"application_name": "AutomateLanka"}
	cfg.DialFunc = d.dialer.DialContext
	// The safe dialer looks the name up.
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	cfg.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: cancelGrace}
	}
	cfg.ConnectTimeout, cfg.ValidateConnect, cfg.AfterConnect = 0, nil, nil
	cfg.Fallbacks, cfg.TLSConfig = nil, nil
	secured := &tls.Config{ServerName: cfg.Host, MinVersion: tls.VersionTLS12}
	insecure := secured.Clone()
	insecure.InsecureSkipVerify = true //nolint:gosec // the author's choice in this one credential
	switch ssl := credential["ssl"]; {
	case credential["allowUnauthorizedCerts"] == "true":
		cfg.TLSConfig = insecure
	case ssl == "require":
		cfg.TLSConfig = secured
	case ssl == "allow": // encrypted if the server can, as libpq's "prefer"
		cfg.TLSConfig = insecure
		cfg.Fallbacks = []*pgconn.FallbackConfig{{Host: cfg.Host, Port: cfg.Port}}
	}
	return cfg, nil
}

type conn struct {
	*pgconn.PgConn
	opt node.SQLOptions
}

// Close ends the connection.
func (c *conn) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), cancelGrace)
	defer cancel()
	_ = c.PgConn.Close(ctx)
}

// Query runs text: with values one statement, without them as many as it has.
func (c *conn) Query(ctx context.Context, text string, args []any) ([]node.SQLResult, error) {
	if len(args) == 0 {
		return c.read(ctx, c.Exec(ctx, text))
	}
	values := make([][]byte, len(args))
	for i, a := range args {
		values[i] = encode(a)
	}
	r := collector{opt: c.opt}
	res, err := r.statement(c.ExecParams(ctx, text, values, nil, nil, nil))
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	return []node.SQLResult{res}, nil
}

func (c *conn) read(ctx context.Context, all *pgconn.MultiResultReader) ([]node.SQLResult, error) {
	r := collector{opt: c.opt}
	var list []node.SQLResult
	var failed error
	for failed == nil && all.NextResult() {
		var res node.SQLResult
		if res, failed = r.statement(all.ResultReader()); failed == nil {
			list = append(list, res)
		}
	}
	if err := all.Close(); failed == nil {
		failed = err
	}
	if failed != nil {
		return nil, queryFault(ctx, failed)
	}
	return list, nil
}

// connectFault classes a connection that could not be opened; nothing was sent.
func connectFault(ctx context.Context, host string, err error) error {
	var own *fault.Error
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && passing(refused.Code):
		return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "PostgreSQL is not ready: %s", refused.Message)
	case errors.As(err, &refused):
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "PostgreSQL refused the credential: %s", refused.Message)
	case errors.As(err, &own):
		return own
	case ctx.Err() != nil:
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The connection to %q timed out.", host)
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to PostgreSQL at %q could not be opened. Check host, port and SSL of the credential.", host)
}

// passing are the classes of errors (SQLSTATE) that may go away by themselves:
// connections, conflicts of transactions, resources, operator intervention.
func passing(code string) bool {
	switch code {
	case "57014": // the statement was cancelled, by its time limit
		return false
	}
	class := code[:min(2, len(code))]
	return class == "08" || class == "40" || class == "53" || class == "57" || code == "55P03"
}

// queryFault classes a statement that failed. What the server reports has been
// rolled back.
func queryFault(ctx context.Context, err error) error {
	var own *fault.Error
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &refused) && (refused.Code == "57014" || ctx.Err() != nil):
		f := fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "PostgreSQL did not finish the statement in time, and cancelled it.")
		f.Outcome = fault.Refused
		return f
	case errors.As(err, &refused):
		f := fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "%s", refused.Message)
		f.Outcome = fault.Refused
		if passing(refused.Code) {
			f.Kind, f.Outcome = fault.Unavailable, fault.NotSent
		}
		return node.WithDetail(f, detail(refused))
	}
	f := fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to PostgreSQL broke off during the statement.")
	if ctx.Err() != nil {
		f = fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "PostgreSQL did not answer in time.")
	}
	if f.Outcome = fault.Unknown; pgconn.SafeToRetry(err) {
		f.Outcome = fault.NotSent
	}
	return f
}

// detail is what the server says besides its message.
func detail(e *pgconn.PgError) string {
	text := e.Detail
	if e.Hint != "" {
		if text != "" {
			text += " "
		}
		text += e.Hint
	}
	if e.Position > 0 && text == "" {
		text = "At character " + strconv.Itoa(int(e.Position)) + " of the statement."
	}
	return text
}
