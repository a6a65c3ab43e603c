package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

const (
	// connectTimeout is for the connection, TLS and the log-in together.
	connectTimeout = 20 * time.Second
	// chatter bounds what a server may send in answer to one command, messages apart:
	// a million UIDs of a search fit.
	chatter = 16 << 20
)

// Client implements node.Mailboxes.
type Client struct{ dialer node.Dialer }

// New returns a Client that connects through d.
func New(d node.Dialer) *Client { return &Client{d} }

var _ node.Mailboxes = (*Client)(nil)

// Open opens a session with the server of n8n's credential type imap: host, port,
// user, password, secure (TLS from the start, otherwise STARTTLS) and
// allowUnauthorizedCerts. A password never goes over an unencrypted connection.
func (c *Client) Open(ctx context.Context, credential map[string]string, opt node.MailboxOptions) (node.Mailbox, error) {
	host, port := credential["host"], credential["port"]
	if port == "" {
		port = "993"
	}
	insecure := opt.SkipTLSVerify || credential["allowUnauthorizedCerts"] == "true"
	cfg := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure} //nolint:gosec // the author's choice
	hctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	raw, err := c.dialer.DialContext(hctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, err
	}
	conn := &boundedConn{Conn: raw}
	conn.allow(chatter)
	stop := context.AfterFunc(hctx, func() { _ = raw.Close() })
	s, err := handshake(hctx, conn, cfg, credential)
	if err == nil && !stop() {
		err = hctx.Err()
	}
	if err != nil {
		_ = raw.Close()
		return nil, connectFault(hctx, host, err)
	}
	m := &mailbox{client: s, conn: conn, host: host}
	m.release = context.AfterFunc(ctx, func() { _ = raw.Close() })
	if err := m.choose(ctx, opt.Name); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// handshake encrypts the connection and logs in.
func handshake(ctx context.Context, conn net.Conn, cfg *tls.Config, credential map[string]string) (*imapclient.Client, error) {
	options := &imapclient.Options{TLSConfig: cfg, WordDecoder: words}
	var s *imapclient.Client
	if credential["secure"] != "false" {
		secured := tls.Client(conn, cfg)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		s = imapclient.New(secured, options)
	} else {
		var err error
		if s, err = imapclient.NewStartTLS(conn, options); err != nil {
			return nil, encryptionFault(err)
		}
	}
	if err := s.WaitGreeting(); err != nil {
		return nil, err
	}
	return s, s.Login(credential["user"], credential["password"]).Wait()
}

// encryptionFault says what to do if the server refused STARTTLS.
func encryptionFault(err error) error {
	var answer *imap.Error
	if !errors.As(err, &answer) {
		return err
	}
	return fault.Wrap(err, fault.Forbidden, fault.CodeUpstream, "The mail server does not offer encryption here (STARTTLS), and the password would go over the network in clear text. Switch SSL/TLS on in the credential, usually with port 993.")
}

// connectFault classes a session that did not come to be; nothing was changed.
func connectFault(ctx context.Context, host string, err error) error {
	var own *fault.Error
	var cert *tls.CertificateVerificationError
	var answer *imap.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &answer) && (answer.Code == imap.ResponseCodeUnavailable || answer.Code == imap.ResponseCodeLimit || answer.Code == imap.ResponseCodeInUse):
		return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The mail server is not ready: %s", answer.Text)
	case errors.As(err, &answer):
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The mail server refused the credential: %s. Many services want an app password here, and IMAP switched on in their settings.", strings.TrimRight(answer.Text, "."))
	case errors.As(err, &cert):
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The certificate of %q is not valid. To connect anyway, turn on 'Allow Self-Signed Certificates' in the credential.", host)
	case ctx.Err() != nil:
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The connection to %q timed out. Port 993 wants SSL/TLS in the credential, port 143 does not.", host)
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to the mail server %q could not be opened. Check host, port and SSL/TLS of the credential.", host)
}

// boundedConn is a connection that gives no more than was allowed.
type boundedConn struct {
	net.Conn
	left atomic.Int64
}

var errTalkative = errors.New("the server sent more than was asked for")

// allow sets how many bytes may come from now on.
func (c *boundedConn) allow(n int64) { c.left.Store(n) }

func (c *boundedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.left.Add(-int64(n)) < 0 {
		return 0, errTalkative
	}
	return n, err
}

var _ io.Reader = (*boundedConn)(nil)
