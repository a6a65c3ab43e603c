// Package smtp sends e-mail through tenants' SMTP servers, through the safe dialer.
//
// A message counts as sent when the server has taken it after the final dot. A
// connection that breaks before it did nothing; one that breaks while the answer
// is awaited leaves the outcome open.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// connectTimeout is for the connection, TLS and the log-in together.
const connectTimeout = 20 * time.Second

// Mailer implements node.Mailer.
type Mailer struct {
	dialer node.Dialer
	clock  clock.Clock
}

// New returns a Mailer that connects through d.
func New(d node.Dialer, c clock.Clock) *Mailer { return &Mailer{d, c} }

var _ node.Mailer = (*Mailer)(nil)

// Send hands a message to the server of n8n's credential type smtp: host, port,
// user, password, secure (TLS from the start), disableStartTls, hostName.
func (m *Mailer) Send(ctx context.Context, credential map[string]string, msg node.Mail) (node.MailReceipt, error) {
	env, err := address(msg)
	if err != nil {
		return node.MailReceipt{}, err
	}
	c, err := m.connect(ctx, credential, msg.SkipTLSVerify)
	if err != nil {
		return node.MailReceipt{}, err
	}
	defer func() { _ = c.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	receipt, err := m.deliver(ctx, c, env, msg)
	if err == nil {
		_ = c.Quit()
	}
	return receipt, err
}

// envelope are the addresses of a message, parsed.
type envelope struct {
	from, replyTo, to, cc, bcc []*mail.Address
}

func address(msg node.Mail) (envelope, error) {
	var e envelope
	var failed error
	parse := func(what string, list ...string) []*mail.Address {
		var out []*mail.Address
		for _, s := range list {
			if strings.TrimSpace(s) == "" {
				continue
			}
			found, err := mail.ParseAddressList(s)
			if err != nil && failed == nil {
				failed = node.Errorf("The %s address %q is not an e-mail address. Write it as ada@example.com or Ada <ada@example.com>, several with commas.", what, s)
			}
			out = append(out, found...)
		}
		return out
	}
	e.from, e.replyTo = parse("sender's", msg.From), parse("reply", msg.ReplyTo)
	e.to, e.cc, e.bcc = parse("recipient's", msg.To...), parse("CC", msg.Cc...), parse("BCC", msg.Bcc...)
	switch {
	case failed != nil:
	case len(e.from) == 0:
		failed = node.Errorf("The sender's address is missing.")
	case len(e.to)+len(e.cc)+len(e.bcc) == 0:
		failed = node.Errorf("No recipients defined")
	}
	return e, failed
}

// connect opens a session, encrypted if the server can or the credential asks
// for it, and logs in. A password never goes over an unencrypted connection,
// unless the credential says so by switching STARTTLS off.
func (m *Mailer) connect(ctx context.Context, credential map[string]string, insecure bool) (*smtp.Client, error) {
	host, secure, off := credential["host"], credential["secure"] != "false", credential["disableStartTls"] == "true"
	port := credential["port"]
	if port == "" {
		port = "465"
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	cfg := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure} //nolint:gosec // the author's choice
	open := func(start func(net.Conn) (*smtp.Client, error)) (*smtp.Client, error) {
		conn, err := m.dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
		if err != nil {
			return nil, err
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		c, err := start(conn)
		if err == nil && !stop() {
			err = ctx.Err()
		}
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
		return c, nil
	}
	login := func(c *smtp.Client, encrypted bool) (*smtp.Client, error) {
		return c, m.login(c, credential, encrypted || off)
	}
	var c *smtp.Client
	var err error
	switch {
	case secure:
		c, err = open(func(conn net.Conn) (*smtp.Client, error) {
			secured := tls.Client(conn, cfg)
			if err := secured.HandshakeContext(ctx); err != nil {
				return nil, err
			}
			return login(smtp.NewClient(secured), true)
		})
	case off:
		c, err = open(func(conn net.Conn) (*smtp.Client, error) { return login(smtp.NewClient(conn), false) })
	default:
		c, err = open(func(conn net.Conn) (*smtp.Client, error) {
			c, err := smtp.NewClientStartTLS(conn, cfg)
			if err != nil {
				return nil, err
			}
			return login(c, true)
		})
		if err != nil && strings.Contains(err.Error(), "doesn't support STARTTLS") {
			c, err = open(func(conn net.Conn) (*smtp.Client, error) { return login(smtp.NewClient(conn), false) })
		}
	}
	if err != nil {
		return nil, connectFault(ctx, host, err)
	}
	return c, nil
}

func (m *Mailer) login(c *smtp.Client, credential map[string]string, allowed bool) error {
	if name := credential["hostName"]; name != "" {
		if err := c.Hello(name); err != nil {
			return err
		}
	}
	user, password := credential["user"], credential["password"]
	if user == "" && password == "" {
		return nil
	}
	if !allowed {
		return fault.New(fault.Forbidden, fault.CodeUpstream, "The mail server does not offer encryption, and the password would go over the network in clear text. Use port 465 with SSL/TLS, or switch on 'Disable STARTTLS' in the credential if you accept that.")
	}
	if c.SupportsAuth(sasl.Plain) || !c.SupportsAuth(sasl.Login) {
		return c.Auth(sasl.NewPlainClient("", user, password))
	}
	return c.Auth(sasl.NewLoginClient(user, password))
}

// deliver sends the message over an open session. Recipients that the server
// refuses are left out, as long as there is another.
func (m *Mailer) deliver(ctx context.Context, c *smtp.Client, env envelope, msg node.Mail) (node.MailReceipt, error) {
	receipt := node.MailReceipt{From: env.from[0].Address}
	if err := c.Mail(env.from[0].Address, nil); err != nil {
		return receipt, before(ctx, err)
	}
	var refused error
	for _, list := range [][]*mail.Address{env.to, env.cc, env.bcc} {
		for _, a := range list {
			err := c.Rcpt(a.Address, nil)
			var answer *smtp.SMTPError
			switch {
			case err == nil:
				receipt.Accepted = append(receipt.Accepted, a.Address)
			case errors.As(err, &answer):
				refused = err
				receipt.Rejected = append(receipt.Rejected, a.Address)
			default:
				return receipt, before(ctx, err)
			}
		}
	}
	if len(receipt.Accepted) == 0 {
		return receipt, before(ctx, refused)
	}
	w, err := c.Data()
	if err != nil {
		return receipt, before(ctx, err)
	}
	if receipt.MessageID, err = m.compose(w, env, msg); err != nil {
		return receipt, before(ctx, err) // without the final dot the server drops what it has
	}
	answer, err := w.CloseWithResponse()
	if err != nil {
		return receipt, after(ctx, err)
	}
	receipt.Response = "250 " + answer.StatusText
	return receipt, nil
}

// connectFault classes a session that did not come to be; nothing was sent.
func connectFault(ctx context.Context, host string, err error) error {
	var own *fault.Error
	var cert *tls.CertificateVerificationError
	var answer *smtp.SMTPError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &answer) && !answer.Temporary():
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The mail server refused the credential: %s", answer.Message)
	case errors.As(err, &answer):
		return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The mail server is not ready: %s", answer.Message)
	case errors.As(err, &cert):
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The certificate of %q is not valid. To connect anyway, turn on 'Ignore SSL Issues'.", host)
	case ctx.Err() != nil:
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The connection to %q timed out. Port 465 wants SSL/TLS in the credential, port 587 does not.", host)
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to the mail server %q could not be opened. Check host, port and SSL/TLS of the credential.", host)
}

// before classes a failure in front of the final dot: nothing was sent.
func before(ctx context.Context, err error) error {
	var own *fault.Error
	var answer *smtp.SMTPError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &answer) && answer.Temporary():
		return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The mail server cannot take the message now: %s", answer.Message)
	case errors.As(err, &answer):
		f := fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The mail server refused the message: %s", answer.Message)
		f.Outcome = fault.Refused
		return f
	case ctx.Err() != nil:
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The mail server did not answer in time.")
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to the mail server broke off before the message was sent.")
}

// after classes a failure behind the final dot.
func after(ctx context.Context, err error) error {
	var answer *smtp.SMTPError
	if errors.As(err, &answer) {
		return before(ctx, err)
	}
	f := fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to the mail server broke off while it took the message.")
	if ctx.Err() != nil {
		f = fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The mail server did not confirm the message in time.")
	}
	f.Outcome = fault.Unknown
	return f
}
