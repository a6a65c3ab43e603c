package connector

import (
	"bytes"
	"encoding/base64"
	"errors"
	"html"
	"io"
	"strings"
	"time"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // texts in all encodings
	"github.com/emersion/go-message/mail"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
)

// received is {"$message": base64}: an e-mail in URL-safe base64 as its parts, in
// the shape that n8n's nodes give: headers, subject, from, to, date, text, html,
// and attachments as {fileName, mimeType, base64}.
type received struct{ of part }

func (m *received) visit(f func(part)) { f(m); m.of.visit(f) }

func (m *received) eval(s *scope) (any, bool, error) {
	v, ok, err := m.of.eval(s)
	if err != nil || !ok {
		return nil, false, err
	}
	text := strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(textOf(v))
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, false, node.Errorf("The service gave a message that is not valid base64.")
	}
	o, err := readMail(data)
	return o, err == nil, err
}

func readMail(data []byte) (*value.Object, error) {
	r, err := mail.CreateReader(bytes.NewReader(data))
	if err != nil && !gomessage.IsUnknownCharset(err) {
		return nil, node.Errorf("The service gave a message that cannot be read: %s", err)
	}
	defer func() { _ = r.Close() }()
	o := mailHeaders(&r.Header)
	var plain, rich string
	files := []any{}
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !gomessage.IsUnknownCharset(err) {
			return nil, node.Errorf("The service gave a message that cannot be read: %s", err)
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			return nil, node.Errorf("The service gave a message that cannot be read: %s", err)
		}
		switch h := p.Header.(type) {
		case *mail.AttachmentHeader:
			files = append(files, attachment(h, body))
		case *mail.InlineHeader:
			if kind, _, _ := h.ContentType(); kind == "text/html" {
				rich += string(body)
			} else {
				plain += string(body)
			}
		}
	}
	if rich != "" {
		o.Set("html", rich)
	}
	if plain != "" {
		o.Set("text", plain)
		o.Set("textAsHtml", "<p>"+strings.ReplaceAll(html.EscapeString(strings.TrimSpace(plain)), "\n", "<br/>")+"</p>")
	}
	o.Set("attachments", files)
	return o, nil
}

func attachment(h *mail.AttachmentHeader, body []byte) *value.Object {
	name, _ := h.Filename()
	kind, _, _ := h.ContentType()
	return value.Obj("fileName", name, "mimeType", kind, "base64", base64.StdEncoding.EncodeToString(body))
}

func mailHeaders(h *mail.Header) *value.Object {
	o, lines := value.NewObject(12), value.NewObject(16)
	for f := h.Fields(); f.Next(); {
		text, err := f.Text()
		if err != nil {
			text = f.Value()
		}
		lines.Set(strings.ToLower(f.Key()), f.Key()+": "+text)
	}
	o.Set("headers", lines)
	if subject, err := h.Subject(); err == nil && subject != "" {
		o.Set("subject", subject)
	}
	if date, err := h.Date(); err == nil && !date.IsZero() {
		o.Set("date", moment.JS(date.In(time.UTC)))
	}
	for _, name := range []string{"To", "From", "Cc", "Bcc", "Reply-To"} {
		if list, err := h.AddressList(name); err == nil && len(list) > 0 {
			member := strings.ToLower(name)
			if name == "Reply-To" {
				member = "replyTo"
			}
			o.Set(member, addresses(list))
		}
	}
	if id, err := h.MessageID(); err == nil && id != "" {
		o.Set("messageId", "<"+id+">")
	}
	return o
}

// addresses are a list of addresses with its texts.
func addresses(list []*mail.Address) *value.Object {
	values, texts := make([]any, len(list)), make([]string, len(list))
	for i, a := range list {
		values[i] = value.Obj("address", a.Address, "name", a.Name)
		if texts[i] = a.Address; a.Name != "" {
			texts[i] = `"` + a.Name + `" <` + a.Address + `>`
		}
	}
	return value.Obj("value", values, "text", strings.Join(texts, ", "))
}
