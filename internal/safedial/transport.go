package safedial

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// transport makes the pool of connections for verified or unverified TLS; the
// two are never mixed. HTTP/2 is off, see the package comment.
func (d *Dialer) transport(insecure bool) *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DisableCompression:     true, // decoded here, so that the limit counts decoded bytes
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        idleTimeout,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := d.dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &countedConn{Conn: conn}, nil
		},
		DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return d.dialTLS(ctx, network, addr, insecure)
		},
	}
}

func (d *Dialer) dialTLS(ctx context.Context, network, addr string, insecure bool) (net.Conn, error) {
	conn, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(addr)
	secured := tls.Client(conn, &tls.Config{
		ServerName:         host,
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: insecure, //nolint:gosec // the author's choice for this one request
	})
	hctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := secured.HandshakeContext(hctx); err != nil {
		_ = conn.Close()
		return nil, handshakeFault(ctx, host, err)
	}
	return &countedConn{Conn: secured}, nil
}

// countedConn counts the bytes that were handed to the connection, plain text
// if it is TLS. A write counts before it happens: it may be half done when it fails.
type countedConn struct {
	net.Conn
	written atomic.Int64
}

func (c *countedConn) Write(b []byte) (int, error) {
	c.written.Add(int64(len(b)))
	return c.Conn.Write(b)
}

// sending watches one request on its way and knows whether any of it was written.
type sending struct {
	conn   *countedConn
	before int64
	reused bool
	sent   bool // on an earlier connection
}

// watch returns ctx with the trace that feeds s.
func (s *sending) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			s.sent = s.wrote()
			s.reused = info.Reused
			s.conn, _ = info.Conn.(*countedConn)
			if s.conn != nil {
				s.before = s.conn.written.Load()
			}
		},
	})
}

// wrote reports whether any byte of the request was handed to a connection.
func (s *sending) wrote() bool {
	return s.sent || s.conn != nil && s.conn.written.Load() > s.before
}

// stale reports whether the request failed on an idle connection that turned out
// closed before anything was written: it can simply be sent again.
func (s *sending) stale() bool { return s.conn != nil && s.reused && !s.wrote() }

// bounded gives ctx the request's own time limit. A manual clock drives it in
// tests; otherwise it runs in real time even on a scaled clock, because the
// other side does.
func (d *Dialer) bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancelCause(ctx)
	if limit <= 0 {
		limit = DefaultTimeout
	}
	timer := d.timer(limit, func() { cancel(errTimeout) })
	return inner, func() {
		timer()
		cancel(context.Canceled)
	}
}
