package smtp

import (
	"io"
	"strings"

	"github.com/emersion/go-message/mail"

	"github.com/automatelanka/automatelanka/internal/node"
)

// compose writes the message, its files as they are read, and returns its Message-ID.
func (m *Mailer) compose(w io.Writer, env envelope, msg node.Mail) (string, error) {
	var h mail.Header
	h.SetDate(m.clock.Now())
	h.SetAddressList("From", env.from)
	for name, list := range map[string][]*mail.Address{"Reply-To": env.replyTo, "To": env.to, "Cc": env.cc} {
		if len(list) > 0 {
			h.SetAddressList(name, list)
		}
	}
	h.SetSubject(msg.Subject)
	_, domain, _ := strings.Cut(env.from[0].Address, "@")
	id := msg.ID + "@" + domain
	h.SetMessageID(id)
	return "<" + id + ">", body(w, h, msg)
}

// body writes the header and what it says: one text, or its two forms, and files.
func body(w io.Writer, h mail.Header, msg node.Mail) error {
	texts := forms(msg)
	if len(msg.Files) == 0 && len(texts) == 1 {
		h.SetContentType(texts[0].mime, utf8)
		h.Set("Content-Transfer-Encoding", "quoted-printable")
		part, err := mail.CreateSingleInlineWriter(w, h)
		return write(part, err, strings.NewReader(texts[0].text))
	}
	if len(msg.Files) == 0 {
		inline, err := mail.CreateInlineWriter(w, h)
		return alternatives(inline, err, texts)
	}
	mw, err := mail.CreateWriter(w, h)
	if err != nil {
		return err
	}
	inline, err := mw.CreateInline()
	if err := alternatives(inline, err, texts); err != nil {
		return err
	}
	for _, f := range msg.Files {
		if err := attach(mw, f); err != nil {
			return err
		}
	}
	return mw.Close()
}

var utf8 = map[string]string{"charset": "utf-8"}

// form is the text of a message in one format.
type form struct{ mime, text string }

// forms are the formats that a message has, the plain one first, as mail readers
// prefer the last that they understand.
func forms(msg node.Mail) []form {
	var list []form
	if msg.Text != "" || msg.HTML == "" {
		list = append(list, form{"text/plain", msg.Text})
	}
	if msg.HTML != "" {
		list = append(list, form{"text/html", msg.HTML})
	}
	return list
}

func alternatives(w *mail.InlineWriter, err error, texts []form) error {
	if err != nil {
		return err
	}
	for _, t := range texts {
		var h mail.InlineHeader
		h.SetContentType(t.mime, utf8)
		h.Set("Content-Transfer-Encoding", "quoted-printable")
		part, err := w.CreatePart(h)
		if err := write(part, err, strings.NewReader(t.text)); err != nil {
			return err
		}
	}
	return w.Close()
}

func attach(w *mail.Writer, f node.MailFile) error {
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	var h mail.AttachmentHeader
	h.SetContentType(f.MimeType, nil)
	h.SetFilename(f.Name)
	h.Set("Content-Transfer-Encoding", "base64")
	if f.ContentID != "" {
		h.Set("Content-Id", "<"+f.ContentID+">")
	}
	part, err := w.CreateAttachment(h)
	return write(part, err, content)
}

func write(part io.WriteCloser, err error, r io.Reader) error {
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, r); err != nil {
		return err
	}
	return part.Close()
}
