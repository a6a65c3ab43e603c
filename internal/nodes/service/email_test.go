package service

import (
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	driver "github.com/automatelanka/automatelanka/internal/smtp"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// mailServer keeps what it is given.
type mailServer struct {
	mu       sync.Mutex
	messages []string
	to       []string
	drop     bool // the connection, behind the final dot
	conn     net.Conn
}

func (s *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.conn = c.Conn()
	return &mailSession{s}, nil
}

type mailSession struct{ s *mailServer }

func (m *mailSession) Reset()                               {}
func (m *mailSession) Logout() error                        { return nil }
func (m *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (m *mailSession) AuthMechanisms() []string             { return []string{sasl.Plain} }
func (m *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "ada" || password != "sesame" {
			return &smtp.SMTPError{Code: 535, Message: "no"}
		}
		return nil
	}), nil
}

func (m *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch {
	case strings.HasPrefix(to, "nobody"):
		return &smtp.SMTPError{Code: 550, Message: "no such user"}
	case strings.HasPrefix(to, "later"):
		return &smtp.SMTPError{Code: 451, Message: "try again"}
	}
	m.s.to = append(m.s.to, to)
	return nil
}

func (m *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	m.s.messages = append(m.s.messages, string(b))
	if m.s.drop {
		_ = m.s.conn.Close()
	}
	return nil
}

// mailWorld is a server, encrypted from the start, by STARTTLS or not at all.
func mailWorld(t *testing.T, secure, startTLS bool) (world, *mailServer) {
	t.Helper()
	store := &mailServer{}
	server := smtp.NewServer(store)
	server.Domain, server.AllowInsecureAuth, server.ErrorLog = "mail.example", true, quietLog{}
	certified := httptest.NewTLSServer(nil) // for its certificate
	certified.Close()
	cfg := &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if secure {
		l = tls.NewListener(l, cfg)
	} else if startTLS {
		server.TLSConfig = cfg
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	host, port, _ := net.SplitHostPort(addr)
	secured := "false"
	if secure {
		secured = "true"
	}
	return world{typ: "emailSend", version: 2.1, services: node.Services{
		Mail:        driver.New(safedial.New(safedial.Options{AllowHosts: []string{addr}}), clock.Real()),
		Credentials: vault{"host": host, "port": port, "user": "ada", "password": "sesame", "secure": secured},
	}}, store
}

type quietLog struct{}

func (quietLog) Printf(string, ...any) {}
func (quietLog) Println(...any)        {}

const trusting = `"allowUnauthorizedCerts": true`

func TestEmailWithAllItsParts(t *testing.T) {
	for name, secure := range map[string]bool{"TLS": true, "STARTTLS": false} {
		t.Run(name, func(t *testing.T) {
			w, store := mailWorld(t, secure, !secure)
			in := []workflow.Item{{JSON: object(t, `{"name": "Ada"}`), Binary: map[string]workflow.Binary{
				"a": {Data: []byte("PDF content"), MimeType: "application/pdf", FileName: "bill \"1\".pdf"},
				"b": {Data: []byte("x"), MimeType: "text/plain\r\nX-Evil: 1", FileName: "b\r\nX-Evil: 1"},
			}}}
			out := w.execute(t, `{"fromEmail": "Shop <shop@example.com>", "toEmail": "ada@example.com, Bob <bob@example.com>, nobody@example.com",
				"subject": "=Grüße, {{ $json.name }}\r\nBcc: evil@example.com", "emailFormat": "both", "text": "plain ü", "html": "<b>hi</b>",
				"options": {`+trusting+`, "ccEmail": "cc@example.com", "bccEmail": "bcc@example.com", "replyTo": "back@example.com", "attachments": "a, b"}}`, in)
			if out.Run.Failed() {
				t.Fatal(out.Err)
			}
			if got := strings.Join(store.to, " "); got != "ada@example.com bob@example.com cc@example.com bcc@example.com" {
				t.Errorf("recipients %s", got)
			}
			info := out.Run.Outputs[0][0].JSON
			if v, _ := info.Get("rejected"); node.Text(v) != `["nobody@example.com"]` {
				t.Errorf("rejected %v", v)
			}
			raw := store.messages[0]
			if strings.Contains(raw, "bcc@example.com") || strings.Contains(raw, "\nX-Evil") || strings.Contains(raw, "\nBcc:") {
				t.Errorf("a header was smuggled in, or BCC is shown:\n%s", raw)
			}
			r, err := mail.CreateReader(strings.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if s, _ := r.Header.Subject(); !strings.HasPrefix(s, "Grüße, Ada") {
				t.Errorf("subject %q", s)
			}
			if id, _ := info.Get("messageId"); "<"+must(r.Header.MessageID())+">" != id {
				t.Errorf("message id %v", id)
			}
			parts := map[string]string{}
			for {
				p, err := r.NextPart()
				if err != nil {
					break
				}
				b, _ := io.ReadAll(p.Body)
				switch h := p.Header.(type) {
				case *mail.InlineHeader:
					typ, _, _ := h.ContentType()
					parts[typ] = string(b)
				case *mail.AttachmentHeader:
					file, _ := h.Filename()
					parts[file+" "+h.Get("Content-Id")] = string(b)
				}
			}
			if parts["text/plain"] != "plain ü" || parts["text/html"] != "<b>hi</b>" || parts[`bill "1".pdf <a>`] != "PDF content" || len(parts) != 4 {
				t.Errorf("parts %q", parts)
			}
		})
	}
}

func must(s string, err error) string {
	if err != nil {
		return err.Error()
	}
	return s
}

const plainMail = `{"fromEmail": "a@example.com", "toEmail": "%", "subject": "s", "text": "t", "emailFormat": "text", "options": {` + trusting + `}}`

func mailTo(to string) string { return strings.ReplaceAll(plainMail, "%", to) }

func TestEmailRefusals(t *testing.T) {
	w, store := mailWorld(t, false, true)
	one := items(t, `{}`)
	for to, want := range map[string]struct {
		kind    fault.Kind
		outcome fault.Outcome
	}{
		"nobody@example.com": {fault.Invalid, fault.Refused},
		"later@example.com":  {fault.Unavailable, fault.NotSent},
		"not an address":     {fault.Invalid, fault.NotSent},
		"":                   {fault.Invalid, fault.NotSent},
	} {
		if f := w.fails(t, mailTo(to), one); f.Kind != want.kind || f.Outcome != want.outcome {
			t.Errorf("%q: %v, outcome %v", to, f, f.Outcome)
		}
	}
	store.drop = true
	if f := w.fails(t, mailTo("ada@example.com"), one); f.Outcome != fault.Unknown || f.Kind != fault.Unavailable {
		t.Errorf("a connection lost behind the final dot is %v, outcome %v", f, f.Outcome)
	}
	store.drop = false
	// The first message is out, so that the run may not be repeated blindly.
	if f := w.fails(t, `{"fromEmail": "a@example.com", "toEmail": "={{ $json.to }}", "options": {`+trusting+`}}`, items(t, `{"to": "ada@example.com"}`, `{"to": "later@example.com"}`)); f.Outcome != fault.Unknown {
		t.Errorf("after a sent message the outcome is %v", f.Outcome)
	}
	if f := w.fails(t, `{"fromEmail": "a@example.com", "toEmail": "b@example.com"}`, one); f.Outcome != fault.NotSent || !strings.Contains(f.Message, "certificate") {
		t.Errorf("an unknown certificate is %v", f)
	}
	if f := w.fails(t, `{"operation": "sendAndWait", "toEmail": "a@example.com, b@example.com", "message": "?"}`, one); !strings.Contains(f.Message, "give one address") {
		t.Errorf("a question to two is %v", f)
	}
	credential := w.services.Credentials.(vault)
	credential["password"] = "wrong"
	if f := w.fails(t, mailTo("ada@example.com"), one); f.Code != fault.CodeUpstream || f.Outcome != fault.NotSent || f.Transient() {
		t.Errorf("a wrong password is %v", f)
	}
	credential["host"] = "169.254.169.254"
	if f := w.fails(t, mailTo("ada@example.com"), one); f.Code != fault.CodeAddressRefused {
		t.Errorf("the metadata service is %v", f)
	}
}

func TestEmailPasswordStaysEncrypted(t *testing.T) {
	w, store := mailWorld(t, false, false)
	one := items(t, `{}`)
	if f := w.fails(t, mailTo("ada@example.com"), one); f.Kind != fault.Forbidden {
		t.Errorf("a server without encryption is %v", f)
	}
	w.services.Credentials.(vault)["disableStartTls"] = "true"
	if out := w.execute(t, mailTo("ada@example.com"), one); out.Run.Failed() {
		t.Errorf("the author accepts it, but: %v", out.Err)
	}
	w.services.Credentials = vault{"host": w.services.Credentials.(vault)["host"], "port": w.services.Credentials.(vault)["port"], "secure": "false"}
	if out := w.execute(t, mailTo("ada@example.com"), one); out.Run.Failed() || len(store.messages) != 2 {
		t.Errorf("without a password: %v", out.Err)
	}
}

func TestEmailVersionOne(t *testing.T) {
	w, store := mailWorld(t, true, false)
	w.version = 1
	out := w.execute(t, `{"fromEmail": "a@example.com", "toEmail": "b@example.com", "ccEmail": "c@example.com", "subject": "s", "text": "t", "attachments": "none", "options": {`+trusting+`}}`, items(t, `{}`))
	if out.Run.Failed() || strings.Join(store.to, " ") != "b@example.com c@example.com" || !strings.Contains(store.messages[0], "\r\n\r\nt") {
		t.Errorf("%v %v %q", out.Err, store.to, store.messages)
	}
}

// A question is one message, as text and as HTML, with the links; then the run waits.
func TestEmailThatAsks(t *testing.T) {
	w, store := mailWorld(t, true, false)
	out := w.execute(t, `{"operation": "sendAndWait", "fromEmail": "a@example.com", "toEmail": "ada@example.com", "subject": "Ship it?", "message": "=Version <{{ $json.v }}>",
		"approvalOptions": {"values": {"approvalType": "double"}}, "options": {`+trusting+`, "appendAttribution": false}}`, items(t, `{"v": 1}`, `{"v": 2}`))
	if out.Run.Failed() {
		t.Fatal(out.Err)
	}
	if len(store.messages) != 1 || out.Result.Wait == nil || !out.Result.Wait.Webhook || len(out.Run.Outputs[0]) != 2 {
		t.Fatalf("%d messages, waits %v, gives %v", len(store.messages), out.Result.Wait, out.Run.Outputs)
	}
	r, err := mail.CreateReader(strings.NewReader(store.messages[0]))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for {
		p, err := r.NextPart()
		if err != nil {
			break
		}
		b, _ := io.ReadAll(p.Body)
		texts = append(texts, string(b))
	}
	for _, choice := range []string{form.Approve, form.Decline} {
		link := form.AnswerURL("https://al.example/hooks/t/waiting/e/tok", "N", 0, choice)
		for i, text := range texts {
			if !strings.Contains(text, link) {
				t.Errorf("part %d has no link to %s:\n%s", i, choice, text)
			}
		}
	}
	if len(texts) != 2 || !strings.Contains(texts[0], "Version <1>") || !strings.Contains(texts[1], "Version &lt;1&gt;") {
		t.Errorf("the message is %q", texts)
	}
}
