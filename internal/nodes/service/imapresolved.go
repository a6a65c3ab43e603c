package service

import (
	"context"
	"html"
	"io"
	"net/mail"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/nodes/data"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// mailFiles keeps the attachments of one message as files of its item.
type mailFiles struct {
	ctx    context.Context
	c      *node.Call
	index  int
	prefix string
	binary map[string]workflow.Binary
}

func (f *mailFiles) save(file node.MailFile, r io.Reader) error {
	if file.Name == "" {
		file.Name = "file"
	}
	b, err := f.c.StreamFile(f.ctx, f.index, workflow.Binary{FileName: file.Name, MimeType: file.MimeType}, r)
	if err == nil {
		f.binary[f.prefix+strconv.Itoa(len(f.binary))] = b
	}
	return err
}

// resolvedMail has the members of mailparser's result, which workflows know: its
// header by line, addresses apart, both texts, each made of the other if there is
// only one.
func resolvedMail(m *node.MailMessage) *value.Object {
	headers := value.NewObject(len(m.Header))
	first := map[string]string{}
	for _, h := range m.Header {
		headers.Set(h.Name, h.Line)
		if _, there := first[h.Name]; !there {
			first[h.Name] = h.Value
		}
	}
	o := value.Obj("headers", headers)
	set := func(name, key string, of func(string) any) {
		if v, ok := first[key]; ok {
			o.Set(name, of(v))
		}
	}
	plain := func(s string) any { return s }
	set("subject", "subject", plain)
	set("references", "references", references)
	set("date", "date", func(s string) any {
		if t, err := mail.ParseDate(s); err == nil {
			return moment.JS(t)
		}
		return s
	})
	for _, f := range [][2]string{{"to", "to"}, {"from", "from"}, {"cc", "cc"}, {"bcc", "bcc"}} {
		set(f[0], f[1], addresses)
	}
	set("messageId", "message-id", plain)
	set("inReplyTo", "in-reply-to", plain)
	set("replyTo", "reply-to", addresses)
	mailTexts(o, m)
	return o
}

func mailTexts(o *value.Object, m *node.MailMessage) {
	if m.HTML != "" {
		o.Set("html", m.HTML)
	} else {
		o.Set("html", false) // as mailparser has it
	}
	text := m.Text
	if text == "" && m.HTML != "" {
		text = data.PlainText(m.HTML)
	}
	if text != "" {
		o.Set("text", text)
		o.Set("textAsHtml", paragraphs(text))
	}
}

// references are the ids of the messages that this one follows.
func references(s string) any {
	ids := strings.Fields(s)
	if len(ids) == 1 {
		return ids[0]
	}
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	return list
}

// addresses are the addresses of a field: {value: [{address, name}], html, text}.
// What is none stands as a name.
func addresses(field string) any {
	parsed, err := mail.ParseAddressList(field)
	if err != nil {
		parsed = []*mail.Address{{Name: field}}
	}
	values := make([]any, len(parsed))
	texts, marked := make([]string, len(parsed)), make([]string, len(parsed))
	for i, a := range parsed {
		values[i] = value.Obj("address", a.Address, "name", a.Name)
		link := `<a href="mailto:` + html.EscapeString(a.Address) + `" class="mp_address_email">` + html.EscapeString(a.Address) + `</a>`
		name := `<span class="mp_address_name">` + html.EscapeString(a.Name) + `</span>`
		switch {
		case a.Name == "":
			texts[i], marked[i] = a.Address, link
		case a.Address == "":
			texts[i], marked[i] = a.Name, name
		default:
			texts[i] = `"` + a.Name + `" <` + a.Address + `>`
			marked[i] = name + " &lt;" + link + "&gt;"
		}
		marked[i] = `<span class="mp_address_group">` + marked[i] + `</span>`
	}
	return value.Obj("value", values, "html", strings.Join(marked, ", "), "text", strings.Join(texts, ", "))
}

// paragraphs writes text as HTML.
func paragraphs(text string) string {
	text = html.EscapeString(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"))
	var out strings.Builder
	for p := range strings.SplitSeq(text, "\n\n") {
		out.WriteString("<p>" + strings.ReplaceAll(strings.Trim(p, "\n"), "\n", "<br/>") + "</p>")
	}
	return out.String()
}
