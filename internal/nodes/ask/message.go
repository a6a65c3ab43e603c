package ask

import (
	"cmp"
	"html"
	"strings"

	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Operation is n8n's name of the operation.
const Operation = "sendAndWait"

// Message is what a node sends, and what it waits for then.
type Message struct {
	Subject  string
	Text     string // as it was written
	Links    []Link
	Note     string // at the end; "" if the author wants none
	Question form.Question
	Wait     node.Wait
}

// Link is one way to answer.
type Link struct {
	Label, URL string
	Approves   bool
	Secondary  bool // n8n's style of a button
}

// note stands at the end of messages unless the author leaves it out.
const note = "This message was sent automatically with AutomateLanka"

// Labels are those of the buttons where the author gives none.
type Labels struct{ Approve, Decline string }

// Read reads the parameters, those of the first item: one message is sent for all items.
func Read(c *node.Call, labels Labels) (*Message, error) {
	r := c.At(0)
	m := &Message{Subject: r.String("subject", ""), Text: plain(r.String("message", ""))}
	if r.Bool("options.appendAttribution", true) {
		m.Note = note
	}
	if c.Run.Tool {
		return nil, node.Errorf("A tool of an AI agent cannot wait for an answer. Ask with a node of its own, before or after the agent.")
	}
	var err error
	if m.Question, err = question(c, r, m, labels); err != nil {
		return nil, err
	}
	for _, choice := range m.Question.Choices {
		m.Links = append(m.Links, Link{
			Label: choice.Label, URL: form.AnswerURL(c.Run.ResumeURL, c.Node.Name, c.RunIndex, choice.Name), Approves: choice.Name != form.Decline,
			Secondary: style(r, choice.Name) == "secondary",
		})
	}
	m.Wait.Webhook = true
	if o := r.Object("options.limitWaitTime.values"); o.Len() > 0 {
		if m.Wait.Until, err = Limit(c, r, "options.limitWaitTime.values."); err != nil {
			return nil, err
		}
	}
	return m, r.Err()
}

func style(r *node.Reader, choice string) string {
	switch choice {
	case form.Approve:
		return r.String("approvalOptions.values.buttonApprovalStyle", "primary")
	case form.Decline:
		return r.String("approvalOptions.values.buttonDisapprovalStyle", "secondary")
	}
	return "primary"
}

// plain is a text with n8n's ways to write a line break as one.
func plain(text string) string {
	return strings.TrimSpace(strings.NewReplacer(`\n`, "\n", "<br>", "\n").Replace(text))
}

func question(c *node.Call, r *node.Reader, m *Message, labels Labels) (form.Question, error) {
	kind := r.String("responseType", form.Approval)
	q := form.Question{Kind: kind, Form: form.Form{Title: m.Subject, Description: html.EscapeString(m.Text)}}
	if kind == form.Approval {
		approve := form.Choice{Name: form.Approve, Label: cmp.Or(r.String("approvalOptions.values.approveLabel", ""), labels.Approve)}
		q.Choices = []form.Choice{approve}
		if r.String("approvalOptions.values.approvalType", "single") == "double" {
			decline := form.Choice{Name: form.Decline, Label: cmp.Or(r.String("approvalOptions.values.disapproveLabel", ""), labels.Decline)}
			q.Choices = []form.Choice{decline, approve} // n8n's order
		}
		return q, r.Err()
	}
	q.Choices = []form.Choice{{Name: form.Respond, Label: r.String("options.messageButtonLabel", "Respond")}}
	q.Form.Title = r.String("options.responseFormTitle", q.Form.Title)
	q.Form.Button = r.String("options.responseFormButtonLabel", "Submit")
	q.Form.CSS = r.String("options.responseFormCustomCss", "")
	if about := r.String("options.responseFormDescription", ""); about != "" {
		q.Form.Description = html.EscapeString(plain(about))
	}
	switch kind {
	case form.FreeText:
		q.Form.Fields = []form.Field{{Kind: form.TextArea, Label: "Response", Key: "Response", Required: true}}
	case form.CustomForm:
		var err error
		if q.Form.Fields, err = Fields(c); err != nil {
			return q, err
		}
	default:
		return q, node.Errorf("The response type %q is not supported; supported are approval, freeText and customForm.", kind)
	}
	return q, r.Err()
}

// Result is what the node gives when the message is sent: what came in, which goes on
// if nobody answers in time, and the wait.
func (m *Message) Result(c *node.Call) (node.Result, error) {
	state, err := m.Question.State()
	items := make([]workflow.Item, len(c.Items()))
	for i, it := range c.Items() {
		it.Paired = []workflow.Paired{{Item: i}}
		items[i] = it
	}
	return node.Result{Outputs: [][]workflow.Item{items}, State: state, Wait: &m.Wait}, err
}

// Object is the message as templates see it.
func (m *Message) Object() *value.Object {
	links := make([]any, len(m.Links))
	for i, l := range m.Links {
		style := "primary"
		if l.Secondary {
			style = "secondary"
		}
		links[i] = value.Obj("label", l.Label, "url", l.URL, "approves", l.Approves, "style", style)
	}
	return value.Obj("subject", m.Subject, "text", m.Text, "note", m.Note, "links", links, "html", m.HTML())
}

// HTML is the message as an e-mail.
func (m *Message) HTML() string {
	var b strings.Builder
	b.WriteString(`<div style="font-family:Arial,sans-serif;font-size:14px;max-width:448px"><p style="white-space:pre-line">`)
	b.WriteString(strings.ReplaceAll(html.EscapeString(m.Text), "\n", "<br>"))
	b.WriteString("</p><p>")
	for _, l := range m.Links {
		look := "background-color:#1f5fbf;color:#fff;border:1px solid #1f5fbf"
		if l.Secondary {
			look = "background-color:#fff;color:#333;border:1px solid #999"
		}
		b.WriteString(`<a href="` + html.EscapeString(l.URL) + `" style="display:inline-block;text-decoration:none;padding:12px 24px;margin:6px;border-radius:6px;` + look + `">` + html.EscapeString(l.Label) + `</a>`)
	}
	b.WriteString("</p>")
	if m.Note != "" {
		b.WriteString(`<p style="color:#666;font-size:12px">` + html.EscapeString(m.Note) + "</p>")
	}
	b.WriteString("</div>")
	return b.String()
}

// Plain is the message as text, for mail readers without HTML.
func (m *Message) Plain() string {
	lines := []string{m.Text, ""}
	for _, l := range m.Links {
		lines = append(lines, l.Label+": "+l.URL)
	}
	if m.Note != "" {
		lines = append(lines, "", m.Note)
	}
	return strings.Join(lines, "\n")
}
