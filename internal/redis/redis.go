// Package redis speaks to tenants' Redis servers, through the safe dialer.
package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// connectTimeout is for the connection, TLS and the log-in together.
const connectTimeout = 15 * time.Second

// Driver implements node.RedisDriver.
type Driver struct{ dialer node.Dialer }

// New returns a Driver that connects through d.
func New(d node.Dialer) *Driver { return &Driver{d} }

var _ node.RedisDriver = (*Driver)(nil)

// Connect opens a connection with the fields of n8n's credential type redis:
// host, port, user, password, database, ssl, disableTlsVerification.
func (d *Driver) Connect(ctx context.Context, credential map[string]string) (node.RedisConn, error) {
	host, port := credential["host"], credential["port"]
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = "6379"
	}
	database, err := strconv.Atoi(strings.TrimSpace(credential["database"]))
	if credential["database"] == "" {
		database, err = 0, nil
	}
	if err != nil || database < 0 {
		return nil, fault.New(fault.Invalid, fault.CodeNodeError, "The credential's database number %q is not a number.", credential["database"])
	}
	limited, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	c, err := redis.DialContext(limited, "tcp", net.JoinHostPort(host, port),
		redis.DialContextFunc(d.dialer.DialContext), redis.DialTLSHandshakeTimeout(connectTimeout),
		redis.DialUseTLS(credential["ssl"] == "true"), redis.DialTLSSkipVerify(credential["disableTlsVerification"] == "true"),
		redis.DialUsername(credential["user"]), redis.DialPassword(credential["password"]), redis.DialDatabase(database),
		// No command of ours blocks on the server.
		redis.DialReadTimeout(time.Minute), redis.DialWriteTimeout(time.Minute),
	)
	if err != nil {
		return nil, connectFault(limited, host, err)
	}
	return &conn{c}, nil
}

func connectFault(ctx context.Context, host string, err error) error {
	var own *fault.Error
	var refused redis.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &refused) && (strings.HasPrefix(string(refused), "LOADING") || strings.Contains(string(refused), "max number of clients")):
		return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "Redis is not ready: %s", string(refused))
	case errors.As(err, &refused):
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "Redis refused the credential: %s", string(refused))
	case ctx.Err() != nil:
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The connection to %q timed out.", host)
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to Redis at %q could not be opened. Check host, port and SSL of the credential.", host)
}

type conn struct{ redis.Conn }

// Close ends the connection.
func (c *conn) Close() { _ = c.Conn.Close() }

// Do sends one command and reads its reply.
func (c *conn) Do(ctx context.Context, command string, args ...string) (any, error) {
	list := make([]any, len(args))
	for i, a := range args {
		list[i] = a
	}
	v, err := redis.DoContext(c.Conn, ctx, command, list...)
	if err != nil {
		return nil, commandFault(ctx, command, err)
	}
	size := 0
	return plain(v, &size)
}

// commandFault: what Redis answers with an error did nothing; a lost answer
// leaves the outcome open.
func commandFault(ctx context.Context, command string, err error) error {
	var refused redis.Error
	if errors.As(err, &refused) {
		f := fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "Redis refused %s: %s", command, string(refused))
		f.Outcome = fault.Refused
		for _, passing := range []string{"LOADING", "BUSY ", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY"} {
			if strings.HasPrefix(string(refused), passing) {
				f.Kind, f.Outcome = fault.Unavailable, fault.NotSent
			}
		}
		return f
	}
	f := fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to Redis broke off during %s.", command)
	if ctx.Err() != nil {
		f = fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "Redis did not answer %s in time.", command)
	}
	f.Outcome = fault.Unknown
	return f
}

// plain turns a reply into values of items, and refuses one that is too large.
func plain(v any, size *int) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		return float64(v), nil
	case []byte:
		if *size += len(v); *size > node.MaxSQLBytes {
			f := fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The answer of Redis is larger than %d MB.", node.MaxSQLBytes>>20)
			f.Outcome = fault.Unknown
			return nil, f
		}
		return strings.ToValidUTF8(string(v), "\ufffd"), nil
	case string:
		return v, nil
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			var err error
			if out[i], err = plain(x, size); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, fault.Wrap(fmt.Errorf("a reply of type %T", v), fault.Unavailable, fault.CodeUpstream, "Redis answered with something unknown.")
}
