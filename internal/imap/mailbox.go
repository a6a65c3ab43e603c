package imap

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// mailbox implements node.Mailbox.
type mailbox struct {
	client   *imapclient.Client
	conn     *boundedConn
	host     string
	validity uint32
	release  func() bool
}

func (m *mailbox) choose(ctx context.Context, name string) error {
	if name == "" {
		name = "INBOX"
	}
	m.conn.allow(chatter)
	data, err := m.client.Select(name, nil).Wait()
	var answer *imap.Error
	if errors.As(err, &answer) {
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The mailbox %q cannot be opened: %s", name, answer.Text)
	}
	if err != nil {
		return m.broken(ctx, err)
	}
	m.validity = data.UIDValidity
	return nil
}

// Close ends the session; a server that does not answer is left.
func (m *mailbox) Close() {
	_ = m.client.Close()
	m.release()
}

func (m *mailbox) Search(ctx context.Context, rules []any, after node.MailCursor) ([]uint32, node.MailCursor, error) {
	at := node.MailCursor{Validity: m.validity}
	criteria, err := parseRules(rules)
	if err != nil {
		return nil, at, err
	}
	behind := after.UID
	if after.Validity != m.validity {
		behind = 0
	}
	if behind > 0 {
		if behind == ^uint32(0) {
			return nil, at, nil
		}
		var set imap.UIDSet
		set.AddRange(imap.UID(behind+1), 0) // 0 is "*"
		criteria.UID = append(criteria.UID, set)
	}
	m.conn.allow(chatter)
	data, err := m.client.UIDSearch(criteria, nil).Wait()
	if err != nil {
		return nil, at, m.refused(ctx, err, "The mail server refused the rules by which messages are chosen")
	}
	var uids []uint32
	for _, uid := range data.AllUIDs() {
		if uint32(uid) > behind { // n:* holds the last message, whatever n is
			uids = append(uids, uint32(uid))
		}
	}
	slices.Sort(uids)
	return uids, at, nil
}

// whole asks for a message as it is, and sets no flag.
var whole = &imap.FetchItemBodySection{Peek: true}

func (m *mailbox) Fetch(ctx context.Context, uid uint32, want node.MailParts) (*node.MailMessage, error) {
	set := imap.UIDSetNum(imap.UID(uid))
	m.conn.allow(chatter)
	sizes, err := m.client.Fetch(set, &imap.FetchOptions{UID: true, RFC822Size: true}).Collect()
	if err != nil {
		return nil, m.broken(ctx, err)
	}
	if len(sizes) == 0 {
		return nil, nil
	}
	size := sizes[0].RFC822Size
	if size > maxMessage {
		return &node.MailMessage{UID: uid, Problems: []string{tooLarge("The message", maxMessage)}}, nil
	}
	m.conn.allow(size + chatter)
	cmd := m.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{whole}})
	msg, err := take(cmd, uid, want)
	if closed := cmd.Close(); err == nil && closed != nil {
		err = m.broken(ctx, closed)
	}
	if err != nil {
		return nil, m.own(ctx, err)
	}
	return msg, nil
}

// take reads the message of a FETCH as it arrives; nil if it is not in the answer.
func take(cmd *imapclient.FetchCommand, uid uint32, want node.MailParts) (*node.MailMessage, error) {
	var msg *node.MailMessage
	for data := cmd.Next(); data != nil; data = cmd.Next() {
		for item := data.Next(); item != nil; item = data.Next() {
			body, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || body.Literal == nil || msg != nil {
				continue
			}
			parsed, err := parse(body.Literal, want)
			if err != nil {
				return nil, err
			}
			if _, err := io.Copy(io.Discard, body.Literal); err != nil {
				return nil, err
			}
			parsed.UID, msg = uid, parsed
		}
	}
	return msg, nil
}

func (m *mailbox) MarkSeen(ctx context.Context, validity uint32, uids []uint32) error {
	if len(uids) == 0 || validity != m.validity {
		return nil
	}
	var set imap.UIDSet
	for _, uid := range uids {
		set.AddNum(imap.UID(uid))
	}
	m.conn.allow(chatter)
	err := m.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close()
	return m.refused(ctx, err, "The mail server does not let messages be marked as read")
}

// refused classes a failed command: what the server refused will be refused again.
func (m *mailbox) refused(ctx context.Context, err error, what string) error {
	var answer *imap.Error
	if errors.As(err, &answer) {
		f := fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "%s: %s", what, answer.Text)
		f.Outcome = fault.Refused
		return f
	}
	if err == nil {
		return nil
	}
	return m.broken(ctx, err)
}

func (m *mailbox) own(ctx context.Context, err error) error {
	var own *fault.Error
	if errors.As(err, &own) {
		return own
	}
	return m.broken(ctx, err)
}

// broken classes a session that ended on the way.
func (m *mailbox) broken(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The mail server %q did not answer in time.", m.host)
	case errors.Is(err, errTalkative):
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The mail server %q sent more than was asked for.", m.host)
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to the mail server %q broke off.", m.host)
}
