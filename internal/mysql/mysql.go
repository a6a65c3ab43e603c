// Package mysql speaks to tenants' MySQL and MariaDB servers, through the safe
// dialer. Statements with values are prepared at the server.
package mysql

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log"
	"net"
	"regexp"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

const (
	// connectTimeout is for the connection, TLS and the log-in together.
	connectTimeout = 15 * time.Second
	// killTimeout is how long the order to end a statement may take.
	killTimeout = 3 * time.Second
)

// Driver implements node.SQLDriver.
type Driver struct{ dialer node.Dialer }

// New returns a Driver that connects through d.
func New(d node.Dialer) *Driver { return &Driver{d} }

var _ node.SQLDriver = (*Driver)(nil)

// Connect opens a connection with the fields of n8n's credential type mySql:
// host, port, database, user, password, ssl, caCertificate, clientCertificate,
// clientPrivateKey.
func (d *Driver) Connect(ctx context.Context, credential map[string]string, opt node.SQLOptions) (node.SQLConn, error) {
	cfg, err := d.config(credential)
	if err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The MySQL credential is not usable; check its fields.")
	}
	c := &conn{db: sql.OpenDB(connector), opt: opt}
	c.db.SetMaxOpenConns(2) // one for the node, one to kill its statement
	limited, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if c.Conn, err = c.db.Conn(limited); err == nil {
		err = c.QueryRowContext(limited, "SELECT CONNECTION_ID()").Scan(&c.id)
	}
	if err != nil {
		c.Close()
		return nil, connectFault(limited, credential["host"], err)
	}
	return c, nil
}

func (d *Driver) config(credential map[string]string) (*mysql.Config, error) {
	if credential["sshTunnel"] == "true" {
		return nil, fault.New(fault.Invalid, fault.CodeNodeError, "SSH tunnels are not supported: switch off 'SSH Tunnel' of the credential.")
	}
	host, port := cmp.Or(credential["host"], "localhost"), cmp.Or(credential["port"], "3306")
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort(host, port)
	cfg.User, cfg.Passwd, cfg.DBName = credential["user"], credential["password"], credential["database"]
	cfg.DialFunc = d.dialer.DialContext
	cfg.Logger = log.New(io.Discard, "", 0) // what goes wrong comes back as an error
	if credential["ssl"] != "true" {
		return cfg, nil
	}
	cfg.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if ca := credential["caCertificate"]; ca != "" {
		cfg.TLS.RootCAs = x509.NewCertPool()
		if !cfg.TLS.RootCAs.AppendCertsFromPEM([]byte(ca)) {
			return nil, fault.New(fault.Invalid, fault.CodeNodeError, "The credential's CA certificate is not in PEM form.")
		}
	}
	if credential["clientCertificate"] != "" {
		pair, err := tls.X509KeyPair([]byte(credential["clientCertificate"]), []byte(credential["clientPrivateKey"]))
		if err != nil {
			return nil, fault.New(fault.Invalid, fault.CodeNodeError, "The credential's client certificate and private key do not belong together, or are not in PEM form.")
		}
		cfg.TLS.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

type conn struct {
	*sql.Conn
	db  *sql.DB
	id  int64
	opt node.SQLOptions
}

// Close ends the connection.
func (c *conn) Close() {
	if c.Conn != nil {
		_ = c.Conn.Close()
	}
	_ = c.db.Close()
}

// changes are statements of which the count of rows is asked for, not rows.
var changes = regexp.MustCompile(`(?is)^\s*(insert|update|delete|replace)\b`)

var returning = regexp.MustCompile(`(?i)\breturning\b`)

// Query runs one statement.
func (c *conn) Query(ctx context.Context, text string, args []any) ([]node.SQLResult, error) {
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = encode(a)
	}
	res, err := c.query(ctx, text, values)
	if err != nil {
		if ctx.Err() != nil {
			c.kill()
		}
		return nil, queryFault(ctx, err)
	}
	return []node.SQLResult{res}, nil
}

func (c *conn) query(ctx context.Context, text string, args []any) (node.SQLResult, error) {
	if changes.MatchString(text) && !returning.MatchString(text) {
		done, err := c.ExecContext(ctx, text, args...)
		if err != nil {
			return node.SQLResult{}, err
		}
		affected, _ := done.RowsAffected()
		id, _ := done.LastInsertId()
		return node.SQLResult{Affected: affected, InsertID: id}, nil
	}
	rows, err := c.QueryContext(ctx, text, args...)
	if err != nil {
		return node.SQLResult{}, err
	}
	defer func() { _ = rows.Close() }()
	return c.read(rows)
}

// kill ends the statement at the server: a connection that is merely closed
// leaves it running.
func (c *conn) kill() {
	ctx, cancel := context.WithTimeout(context.Background(), killTimeout)
	defer cancel()
	_, _ = c.db.ExecContext(ctx, "KILL QUERY "+strconv.FormatInt(c.id, 10))
}

// The numbers of errors that may go away by themselves (MySQL Server Error
// Reference): too many connections, shutdown, lock wait, deadlock.
func passing(n uint16) bool {
	switch n {
	case 1040, 1053, 1203, 1205, 1213:
		return true
	}
	return false
}

// connectFault classes a connection that could not be opened; nothing was sent.
func connectFault(ctx context.Context, host string, err error) error {
	var own *fault.Error
	var refused *mysql.MySQLError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &refused) && passing(refused.Number):
		return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "MySQL is not ready: %s", refused.Message)
	case errors.As(err, &refused):
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "MySQL refused the credential: %s", refused.Message)
	case errors.Is(err, mysql.ErrNoTLS):
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The MySQL server does not support TLS. Switch off 'SSL' of the credential, or switch it on at the server.")
	case ctx.Err() != nil:
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The connection to %q timed out.", host)
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to MySQL at %q could not be opened. Check host, port and SSL of the credential.", host)
}

func queryFault(ctx context.Context, err error) error {
	var own *fault.Error
	var refused *mysql.MySQLError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &refused):
		f := fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "%s", refused.Message)
		f.Outcome = fault.Refused
		if passing(refused.Number) {
			f.Kind, f.Outcome = fault.Unavailable, fault.NotSent
		}
		return node.WithDetail(f, "MySQL error "+strconv.Itoa(int(refused.Number))+".")
	case errors.Is(err, driver.ErrBadConn): // the driver says so only if nothing was written
		return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to MySQL was closed before the statement was sent.")
	}
	f := fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to MySQL broke off during the statement.")
	if ctx.Err() != nil {
		f = fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "MySQL did not answer in time.")
	}
	f.Outcome = fault.Unknown
	return f
}
