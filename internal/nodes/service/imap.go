package service

import (
	"context"
	"encoding/json"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// maxMails is how many messages one run reads; the others are read by the next.
const maxMails = 50

func emailReadImap() node.Type {
	text := func(name, def, about string) node.Param {
		return node.Param{Name: name, Type: "string", Default: def, Description: about}
	}
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.emailReadImap", Versions: []float64{1, 2, 2.1, 2.2}, Name: "Email Trigger (IMAP)",
			Description: "Reads the new messages of an IMAP mailbox, 50 in one run, the oldest first.",
			Group:       "trigger", Family: node.Data, Trigger: true, Outputs: main1, Credentials: []string{"imap"},
			Params: []node.Param{
				text("mailbox", "INBOX", "The mailbox's name on the server."),
				{Name: "postProcessAction", Type: "options", Default: "read", Options: options("read", "nothing"), Description: "What becomes of messages that were read: marked as read, or nothing."},
				{Name: "format", Type: "options", Default: "simple", Options: options("raw", "resolved", "simple"), Description: "The body as it was sent; all of it with files; or its texts and header."},
				{Name: "downloadAttachments", Type: "boolean", Default: false, Show: map[string][]any{"format": {"simple"}}},
				text("dataPropertyAttachmentsPrefixName", "attachment_", "Files are named by it and a number from 0."),
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					text("customEmailConfig", `["UNSEEN"]`, `Which messages: a JSON list of IMAP search rules, such as ["UNSEEN", ["SINCE", "2024-05-20"]].`),
					{Name: "allowUnauthorizedCerts", Type: "boolean", Default: false},
					{Name: "forceReconnect", Type: "number", Default: 60.0, Description: "Without meaning here: no connection is kept open."},
				}},
			},
		},
		Poll: pollMail,
		Uses: usesMailboxes,
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			m, err := ReadMail(ctx, c, node.MailCursor{})
			if err != nil {
				return node.Result{}, err
			}
			defer m.Close()
			if err := m.Confirm(ctx); err != nil {
				return node.Result{}, err
			}
			return node.Result{Outputs: [][]workflow.Item{m.Items}}, nil
		},
		Effect: func(c *node.Call) node.Effect {
			if c.At(0).String("postProcessAction", "read") == "read" {
				return node.Unsafe // what it marked as read would not be found again
			}
			return node.Safe
		},
	}
}

// mailMark is where a polling trigger stands.
type mailMark struct {
	node.MailCursor
	// Unmarked are the messages that the last poll gave: they are marked as read by
	// the next one, which knows that their run exists.
	Unmarked []uint32 `json:"unmarked,omitempty"`
}

// pollMail reads what is new since the cursor. The first poll gives what the rules
// select already, as n8n does: unread messages are what the author waits for.
func pollMail(ctx context.Context, c *node.Call, cursor []byte) (node.Polled, error) {
	var at mailMark
	if len(cursor) > 0 {
		if err := json.Unmarshal(cursor, &at); err != nil {
			return node.Polled{}, fault.Wrap(err, fault.Internal, fault.CodeInternal, "The cursor of the mailbox cannot be read.")
		}
	}
	m, err := readMail(ctx, c, at)
	if err != nil {
		return node.Polled{}, err
	}
	defer m.Close()
	next := mailMark{MailCursor: m.Cursor}
	if m.read {
		next.Unmarked = m.uids
	}
	b, err := json.Marshal(next)
	return node.Polled{Items: m.Items, Cursor: b}, err
}

// Mail is what one look into a mailbox gave. The messages are still unmarked.
type Mail struct {
	Items  []workflow.Item
	Cursor node.MailCursor // behind the last of them
	More   bool            // there are further ones

	box  node.Mailbox
	uids []uint32
	read bool
}

// Confirm does with the messages what the author wants done once they are safely
// taken over: it marks them as read.
func (m *Mail) Confirm(ctx context.Context) error {
	if !m.read {
		return nil
	}
	return m.box.MarkSeen(ctx, m.Cursor.Validity, m.uids)
}

// Close ends the session.
func (m *Mail) Close() { m.box.Close() }

// ReadMail reads the messages behind a cursor that the node's rules select. The
// caller closes what it gives.
func ReadMail(ctx context.Context, c *node.Call, after node.MailCursor) (*Mail, error) {
	return readMail(ctx, c, mailMark{MailCursor: after})
}

// readMail first marks as read what an earlier look has given.
func readMail(ctx context.Context, c *node.Call, at mailMark) (*Mail, error) {
	r := c.At(0)
	rules, err := mailRules(r.String("options.customEmailConfig", `["UNSEEN"]`))
	if err != nil {
		return nil, err
	}
	credential, err := c.Credential(ctx, "imap")
	if err != nil {
		return nil, err
	}
	opt := node.MailboxOptions{Name: r.String("mailbox", "INBOX"), SkipTLSVerify: r.Bool("options.allowUnauthorizedCerts", false)}
	m := &Mail{read: r.String("postProcessAction", "read") == "read"}
	if r.Err() != nil {
		return nil, r.Err()
	}
	if m.box, err = c.Services.Mailboxes.Open(ctx, credential, opt); err != nil {
		return nil, err
	}
	if err = m.fill(ctx, c, rules, at); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

func mailRules(text string) ([]any, error) {
	if text == "" {
		return []any{"UNSEEN"}, nil
	}
	v, err := value.Parse([]byte(text))
	rules, ok := v.([]any)
	if err != nil || !ok {
		return nil, node.Errorf(`Custom email config is not valid JSON. It is a list, for example ["UNSEEN"].`)
	}
	return rules, nil
}

func (m *Mail) fill(ctx context.Context, c *node.Call, rules []any, from mailMark) error {
	after := from.MailCursor
	if err := m.box.MarkSeen(ctx, after.Validity, from.Unmarked); err != nil {
		return err
	}
	uids, at, err := m.box.Search(ctx, rules, after)
	if err != nil {
		return err
	}
	m.Cursor = at
	if after.Validity == at.Validity {
		m.Cursor.UID = after.UID
	}
	if m.More = len(uids) > maxMails; m.More {
		uids = uids[:maxMails]
	}
	size := 0
	for i, uid := range uids {
		it, err := mailItem(ctx, c, m.box, uid, i)
		if err != nil {
			return err
		}
		if it != nil {
			// A run's output has a limit; what does not fit is read by the next.
			if size += workflow.SizeOf([]workflow.Item{*it}); size > node.DefaultMaxBytes*3/4 && len(m.Items) > 0 {
				m.More = true
				return nil
			}
			m.Items, m.uids = append(m.Items, *it), append(m.uids, uid)
		}
		m.Cursor.UID = uid
	}
	return nil
}

// mailItem reads one message in the node's format; nil if it is gone.
func mailItem(ctx context.Context, c *node.Call, box node.Mailbox, uid uint32, index int) (*workflow.Item, error) {
	r := c.At(0)
	format := r.String("format", "simple")
	files := &mailFiles{ctx: ctx, c: c, index: index, prefix: r.String("dataPropertyAttachmentsPrefixName", "attachment_"), binary: map[string]workflow.Binary{}}
	want := node.MailParts{Raw: format == "raw", Inline: format == "resolved"}
	if format == "resolved" || format == "simple" && r.Bool("downloadAttachments", false) {
		want.File = files.save
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	msg, err := box.Fetch(ctx, uid, want)
	if err != nil || msg == nil {
		return nil, err
	}
	it := &workflow.Item{}
	switch format {
	case "raw":
		it.JSON = value.Obj("raw", msg.Raw)
	case "resolved":
		it.JSON = resolvedMail(msg)
	case "simple":
		it.JSON = simpleMail(msg)
	default:
		return nil, node.Errorf("The format %q is not known; there are raw, resolved and simple.", format)
	}
	if format != "raw" && c.Node.TypeVersion >= 2 {
		it.JSON.Set("attributes", value.Obj("uid", float64(uid)))
	}
	if len(msg.Problems) > 0 {
		list := make([]any, len(msg.Problems))
		for i, p := range msg.Problems {
			list[i] = p
		}
		it.JSON.Set("problems", list)
	}
	if len(files.binary) > 0 {
		it.Binary = files.binary
	}
	return it, nil
}

// topLevel are the header fields that stand beside the texts, as in n8n.
var topLevel = map[string]bool{"cc": true, "date": true, "from": true, "subject": true, "to": true}

func simpleMail(m *node.MailMessage) *value.Object {
	metadata := value.NewObject(len(m.Header))
	o := value.Obj("textHtml", m.HTML, "textPlain", m.Text, "metadata", metadata)
	for _, h := range m.Header {
		to := metadata
		if topLevel[h.Name] {
			to = o
		}
		if _, there := to.Get(h.Name); !there {
			to.Set(h.Name, h.Value)
		}
	}
	return o
}
