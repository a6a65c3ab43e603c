package connector

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// message is {"$mail": {from, to, cc, bcc, replyTo, subject, text, html, inReplyTo,
// references, files}}: an e-mail (RFC 5322) in URL-safe base64. Its boundary is
// the engine's key, so that a repeated request is the same.
type message struct{ of part }

func (m *message) visit(f func(part)) { f(m); m.of.visit(f) }

func (m *message) eval(s *scope) (any, bool, error) {
	v, _, err := m.of.eval(s)
	if err != nil {
		return nil, false, err
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, false, node.Errorf("There is no message to send.")
	}
	var b bytes.Buffer
	if err := writeHeaders(&b, o); err != nil {
		return nil, false, err
	}
	if err := writeContent(&b, s, o); err != nil {
		return nil, false, err
	}
	return base64.URLEncoding.EncodeToString(b.Bytes()), true, nil
}

// addressHeaders are the members that hold addresses, by comma.
var addressHeaders = []struct{ member, header string }{
	{"from", "From"}, {"to", "To"}, {"cc", "Cc"}, {"bcc", "Bcc"}, {"replyTo", "Reply-To"},
}

func writeHeaders(w *bytes.Buffer, o *value.Object) error {
	for _, h := range addressHeaders {
		text := strings.Trim(node.Get(o, h.member, ""), ", ")
		if text == "" {
			continue
		}
		list, err := mail.ParseAddressList(text)
		if err != nil {
			return node.WithDetail(node.Errorf("Invalid email address"), "The email address '"+clip(text)+"' in the '"+h.header+"' field isn't valid")
		}
		texts := make([]string, len(list))
		for i, a := range list {
			texts[i] = a.String()
		}
		writeHeader(w, h.header, strings.Join(texts, ", "))
	}
	for _, h := range []struct{ member, header string }{{"inReplyTo", "In-Reply-To"}, {"references", "References"}} {
		if v := node.Get(o, h.member, ""); v != "" {
			writeHeader(w, h.header, v)
		}
	}
	writeHeader(w, "Subject", mime.QEncoding.Encode("utf-8", node.Get(o, "subject", "")))
	writeHeader(w, "MIME-Version", "1.0")
	return nil
}

var noBreaks = strings.NewReplacer("\r", " ", "\n", " ")

func writeHeader(w *bytes.Buffer, name, text string) {
	w.WriteString(name + ": " + noBreaks.Replace(text) + "\r\n")
}

// writeContent writes the text, and the files after it if there are any.
func writeContent(w *bytes.Buffer, s *scope, o *value.Object) error {
	kind, text := "text/plain; charset=utf-8", node.Get(o, "text", "")
	if html := node.Get(o, "html", ""); html != "" {
		kind, text = "text/html; charset=utf-8", html
	}
	files, _ := o.Get("files")
	names := elements(files)
	if len(names) == 0 {
		writeHeader(w, "Content-Type", kind)
		writeHeader(w, "Content-Transfer-Encoding", "quoted-printable")
		w.WriteString("\r\n")
		return quoted(w, text)
	}
	mw := multipart.NewWriter(w)
	if err := mw.SetBoundary("mail-" + s.c.Key(s.item)); err != nil {
		return err
	}
	writeHeader(w, "Content-Type", "multipart/mixed; boundary="+mw.Boundary())
	w.WriteString("\r\n")
	part, err := mw.CreatePart(textproto.MIMEHeader{"Content-Type": {kind}, "Content-Transfer-Encoding": {"quoted-printable"}})
	if err == nil {
		err = quoted(part, text)
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := attach(mw, s, textOf(name)); err != nil {
			return err
		}
	}
	return mw.Close()
}

func quoted(w io.Writer, text string) error {
	q := quotedprintable.NewWriter(w)
	if _, err := io.WriteString(q, text); err != nil {
		return err
	}
	return q.Close()
}

// lineLength is how long the lines of base64 in e-mails are (RFC 2045).
const lineLength = 76

func attach(mw *multipart.Writer, s *scope, name string) error {
	data, f, err := s.c.ReadFile(s.ctx, s.input(), name)
	if err != nil {
		return err
	}
	fileName, kind := f.FileName, f.MimeType
	if fileName == "" {
		fileName = "unknown"
	}
	if kind == "" {
		kind = "application/octet-stream"
	}
	part, err := mw.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {mime.FormatMediaType(kind, map[string]string{"name": fileName})},
		"Content-Disposition":       {mime.FormatMediaType("attachment", map[string]string{"filename": fileName})},
		"Content-Transfer-Encoding": {"base64"},
	})
	if err != nil {
		return err
	}
	text := base64.StdEncoding.EncodeToString(data)
	for len(text) > 0 {
		n := min(lineLength, len(text))
		if _, err := io.WriteString(part, text[:n]+"\r\n"); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}
