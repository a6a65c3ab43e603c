package node

import (
	"context"
	"io"
)

// Mailer sends e-mail through tenants' SMTP servers.
type Mailer interface {
	// Send hands one message to the server of a credential and returns what the
	// sender may want to know of it.
	Send(ctx context.Context, credential map[string]string, m Mail) (MailReceipt, error)
}

// Mail is one message.
type Mail struct {
	From, ReplyTo string
	To, Cc, Bcc   []string
	Subject       string
	Text, HTML    string // one of them or both
	ID            string // of the Message-ID, the same in every attempt
	Files         []MailFile
	SkipTLSVerify bool
}

// MailFile is an attachment; Open gives its content, which is read once.
type MailFile struct {
	Name, MimeType string
	ContentID      string // by which HTML refers to it (cid:), "" if it does not
	Open           func() (io.ReadCloser, error)
}

// MailReceipt is the server's answer.
type MailReceipt struct {
	From      string // the envelope's
	MessageID string
	Accepted  []string // addresses of recipients
	Rejected  []string
	Response  string
}
