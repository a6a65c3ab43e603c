package service

import (
	"context"
	"html"
	"io"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/ask"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func emailSend() node.Type {
	format := func(def string, versions ...any) node.Param {
		return node.Param{Name: "emailFormat", Type: "options", Default: def, Options: options("text", "html", "both"), Show: map[string][]any{"@version": versions}}
	}
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.emailSend", Versions: []float64{2, 2.1}, Name: "Send Email",
			Description: "Sends an e-mail through an SMTP server.",
			Group:       "output", Family: node.Data, Inputs: main1, Outputs: main1, Credentials: []string{"smtp"},
			Params: append([]node.Param{
				{Name: "operation", Type: "options", Default: "send", Options: options("send", ask.Operation)},
				{Name: "fromEmail", Type: "string", Default: "", Required: true},
				{Name: "toEmail", Type: "string", Default: "", Required: true, Description: "One address or several with commas"},
				{Name: "subject", Type: "string", Default: ""},
				format("text", 2.0), format("html", 2.1),
				{Name: "text", Type: "string", Default: "", Show: map[string][]any{"emailFormat": {"text", "both"}}},
				{Name: "html", Type: "string", Default: "", Show: map[string][]any{"emailFormat": {"html", "both"}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "attachments", Type: "string", Default: "", Description: "Names of the item's files, with commas; HTML can show them by cid:name"},
					{Name: "ccEmail", Type: "string", Default: ""}, {Name: "bccEmail", Type: "string", Default: ""}, {Name: "replyTo", Type: "string", Default: ""},
					{Name: "allowUnauthorizedCerts", Type: "boolean", Default: false},
					{Name: "appendAttribution", Type: "boolean", Default: false, Description: "Whether to say at the end that AutomateLanka sent it"},
					idempotency,
				}},
			}, ask.Params(map[string][]any{"operation": {ask.Operation}})...),
		},
		Uses:   usesMail,
		Run:    runEmail,
		Effect: effectOf(),
	}
}

func emailSendV1() node.Type {
	text := func(name string) node.Param { return node.Param{Name: name, Type: "string", Default: ""} }
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.emailSend", Versions: []float64{1}, Name: "Send Email",
			Description: "Sends an e-mail through an SMTP server.",
			Group:       "output", Family: node.Data, Inputs: main1, Outputs: main1, Credentials: []string{"smtp"},
			Params: []node.Param{
				text("fromEmail"), text("toEmail"), text("ccEmail"), text("bccEmail"), text("subject"), text("text"), text("html"), text("attachments"),
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "allowUnauthorizedCerts", Type: "boolean", Default: false}, {Name: "replyTo", Type: "string", Default: ""}, idempotency,
				}},
			},
		},
		Uses:   usesMail,
		Run:    runEmail,
		Effect: effectOf(),
	}
}

// runEmail sends one message for each item, one after another.
func runEmail(ctx context.Context, c *node.Call) (node.Result, error) {
	credential, err := c.Credential(ctx, "smtp")
	if err != nil {
		return node.Result{}, err
	}
	if c.Node.TypeVersion >= 2 && c.At(0).String("operation", "send") == ask.Operation {
		return askByEmail(ctx, c, credential)
	}
	sent := false
	out, err := c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		m, err := message(ctx, c, r, it)
		if err != nil {
			return nil, spoilt(err, sent)
		}
		receipt, err := c.Services.Mail.Send(ctx, credential, m)
		if err != nil {
			return nil, spoilt(err, sent)
		}
		sent = true
		return []workflow.Item{row(r.Item(), receiptObject(receipt))}, nil
	})
	return node.Result{Outputs: [][]workflow.Item{out}}, err
}

// askByEmail sends one message with links, and waits for an answer.
func askByEmail(ctx context.Context, c *node.Call, credential map[string]string) (node.Result, error) {
	m, err := ask.Read(c, ask.Labels{Approve: "Approve", Decline: "Decline"})
	if err != nil {
		return node.Result{}, err
	}
	r := c.At(0)
	mail := node.Mail{
		From: r.String("fromEmail", ""), To: []string{r.String("toEmail", "")}, Subject: m.Subject, Text: m.Plain(), HTML: m.HTML(), ID: c.Key(0),
		SkipTLSVerify: r.Bool("options.allowUnauthorizedCerts", false),
	}
	if err := r.Err(); err != nil {
		return node.Result{}, err
	}
	if strings.Count(mail.To[0], "@") != 1 {
		return node.Result{}, node.Errorf("The address %q to ask is not valid, or there are several; give one address.", mail.To[0])
	}
	if _, err := c.Services.Mail.Send(ctx, credential, mail); err != nil {
		return node.Result{}, err
	}
	return m.Result(c)
}

func message(ctx context.Context, c *node.Call, r *node.Reader, it workflow.Item) (node.Mail, error) {
	extra := "options." // version 1 has these beside the others
	format := r.String("emailFormat", "both")
	if c.Node.TypeVersion < 2 {
		extra, format = "", "both"
	}
	if operation := r.String("operation", "send"); operation != "send" {
		return node.Mail{}, node.Errorf("The operation %q of Send Email is not supported; supported are send and sendAndWait.", operation)
	}
	m := node.Mail{
		From: r.String("fromEmail", ""), ReplyTo: r.String("options.replyTo", ""), Subject: r.String("subject", ""),
		To: []string{r.String("toEmail", "")}, Cc: []string{r.String(extra+"ccEmail", "")}, Bcc: []string{r.String(extra+"bccEmail", "")},
		ID: c.Key(r.Item()), SkipTLSVerify: r.Bool("options.allowUnauthorizedCerts", false),
	}
	if format != "html" {
		m.Text = r.String("text", "")
	}
	if format != "text" {
		m.HTML = r.String("html", "")
	}
	if r.Bool("options.appendAttribution", false) {
		attribute(&m)
	}
	if len(it.Binary) == 0 {
		return m, r.Err()
	}
	for _, name := range node.SplitNames(r.String(extra+"attachments", "")) {
		f, err := fileOf(it, name)
		if err != nil && c.Node.TypeVersion < 2 {
			continue
		}
		if err != nil {
			return m, err
		}
		m.Files = append(m.Files, attachment(ctx, c, name, f))
	}
	return m, r.Err()
}

const attribution = "This email was sent automatically with AutomateLanka"

func attribute(m *node.Mail) {
	if m.HTML != "" {
		m.HTML += "<br><br>---<br><em>" + html.EscapeString(attribution) + "</em>"
		return
	}
	m.Text += "\n\n---\n" + attribution
}

// attachment is a file of an item; its name and type come from data, and get
// nothing but what a header may hold.
func attachment(ctx context.Context, c *node.Call, name string, f workflow.Binary) node.MailFile {
	file := node.MailFile{Name: f.FileName, MimeType: f.MimeType, ContentID: headerWord(name)}
	if file.Name == "" {
		file.Name = "unknown"
	}
	if file.MimeType == "" || headerWord(file.MimeType) != file.MimeType {
		file.MimeType = "application/octet-stream"
	}
	file.Open = func() (io.ReadCloser, error) { return c.OpenFile(ctx, f, name) }
	return file
}

// headerWord drops what could end a header field.
func headerWord(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '<' || r == '>' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

func receiptObject(r node.MailReceipt) *value.Object {
	list := func(texts []string) []any {
		out := make([]any, len(texts))
		for i, s := range texts {
			out[i] = s
		}
		return out
	}
	return value.Obj("accepted", list(r.Accepted), "rejected", list(r.Rejected), "response", r.Response,
		"envelope", value.Obj("from", r.From, "to", list(r.Accepted)), "messageId", r.MessageID)
}
