package remote

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// connectTimeout is for the connection and the log-in together, where the author sets none.
const connectTimeout = 10 * time.Second

// Client implements node.Remotes.
type Client struct{ dialer node.Dialer }

// New returns a Client that connects through d.
func New(d node.Dialer) *Client { return &Client{d} }

var _ node.Remotes = (*Client)(nil)

// dial opens a connection that ends with the context: these protocols' libraries know
// of none.
func (c *Client) dial(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := c.dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &leashed{conn, context.AfterFunc(ctx, func() { _ = conn.Close() })}, nil
}

// leashed is a connection that ends with a context.
type leashed struct {
	net.Conn
	release func() bool
}

func (l *leashed) Close() error {
	l.release()
	return l.Conn.Close()
}

// address is the credential's.
func address(credential map[string]string, port string) string {
	if p := credential["port"]; p != "" {
		port = p
	}
	return net.JoinHostPort(credential["host"], port)
}

// limit closes a connection that is not open in time: the greeting, the log-in. opened
// is called when it is, and reports whether that was in time.
func limit(ctx context.Context, timeout time.Duration, conn net.Conn) (opened func() bool) {
	if timeout <= 0 {
		timeout = connectTimeout
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	stop := context.AfterFunc(limited, func() { _ = conn.Close() })
	return func() bool { defer cancel(); return stop() }
}

// connectFault classes a connection that did not come to be; nothing was changed.
func connectFault(err error, late bool, what, host string) error {
	var own *fault.Error
	switch {
	case errors.As(err, &own):
		return own
	case late:
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The connection to %q timed out.", host)
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to the %s server %q could not be opened. Check host and port of the credential.", what, host)
}

// broken is a connection that broke off in the middle of an operation.
func broken(ctx context.Context, err error, doing string) error {
	f := fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection broke off while %s.", doing)
	if ctx.Err() != nil {
		f = fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The server did not answer in time while %s.", doing)
	}
	f.Outcome = fault.Unknown
	return f
}

// refused is what the server answered instead of doing it.
func refused(err error, doing, said string) error {
	f := fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The server refused %s: %s", doing, strings.TrimSpace(said))
	f.Outcome = fault.Refused
	return f
}

// checkPath refuses what would be more than one line of a protocol.
func checkPath(paths ...string) error {
	for _, p := range paths {
		if p == "" {
			return fault.New(fault.Invalid, fault.CodeNodeError, "The path is empty.")
		}
		if strings.ContainsAny(p, "\r\n\x00") {
			return fault.New(fault.Invalid, fault.CodeNodeError, "The path %q has line breaks, which no path may have.", fault.Shorten(p, 80))
		}
	}
	return nil
}
