package node

import (
	"context"
	"io"
)

// Mailboxes opens the mailboxes of tenants' IMAP servers.
type Mailboxes interface {
	// Open logs in with the fields of a credential and selects the mailbox of a name.
	// Its faults have Outcome NotSent.
	Open(ctx context.Context, credential map[string]string, opt MailboxOptions) (Mailbox, error)
}

// MailboxOptions are the author's wishes for one session.
type MailboxOptions struct {
	Name          string // INBOX if ""
	SkipTLSVerify bool
}

// Mailbox is one session with one mailbox selected. Reading changes no flags.
type Mailbox interface {
	// Search gives the UIDs of the messages that the rules select, ascending, those
	// behind the cursor alone. Rules are node-imap's, as JSON values: n8n's
	// customEmailConfig. It also gives the mailbox's cursor without a UID.
	Search(ctx context.Context, rules []any, after MailCursor) ([]uint32, MailCursor, error)
	// Fetch reads one message. It is nil if the message is no longer there.
	Fetch(ctx context.Context, uid uint32, want MailParts) (*MailMessage, error)
	// MarkSeen sets the flag \Seen, if the mailbox still has the validity.
	MarkSeen(ctx context.Context, validity uint32, uids []uint32) error
	Close()
}

// MailCursor is how far a mailbox has been read. UIDs rise for as long as the
// mailbox keeps its validity (RFC 9051, 2.3.1.1); with another one they mean other
// messages, and the cursor says nothing.
type MailCursor struct {
	Validity uint32 `json:"validity"`
	UID      uint32 `json:"uid"` // the last one read; 0: none
}

// MailParts is what is wanted of a message.
type MailParts struct {
	Raw bool // the body as it was sent, and no parts
	// File takes the content of one attachment; nil: attachments are passed over. A
	// file that it refuses with a fault of kind Invalid is reported in Problems.
	File func(f MailFile, r io.Reader) error
	// Inline counts the files that the text itself refers to as attachments too.
	Inline bool
}

// MailMessage is a message taken apart.
type MailMessage struct {
	UID      uint32
	Header   []MailHeader // in the message's order
	Text     string       // text/plain
	HTML     string       // text/html
	Raw      string
	Problems []string // what could not be had, in words
}

// MailHeader is one header field.
type MailHeader struct {
	Name  string // in lower case
	Value string // decoded (RFC 2047)
	Line  string // as it was sent, unfolded
}
