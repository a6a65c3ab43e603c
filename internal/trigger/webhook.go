package trigger

import (
	"fmt"
	"strings"

	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The ways in which a webhook answers.
const (
	AnswerAtOnce   = "onReceived"
	AnswerLastNode = "lastNode"
	AnswerByNode   = "responseNode"
)

// Webhook is what a webhook node asks for, with n8n's defaults.
type Webhook struct {
	Auth          string // "", "basicAuth", "headerAuth", "jwtAuth" or "bearerAuth"
	Mode          string
	Status        int
	Data          string // of lastNode: allEntries, firstEntryJson, firstEntryBinary, noData
	Text          string // of onReceived: the body, "" for n8n's own
	NoBody        bool
	Headers       [][2]string
	ContentType   string // of lastNode with one property
	Property      string // of the item: what is answered
	BinaryName    string // property of the item that is answered as a file
	RawBody       bool   // keep the body as it came, too
	BodyAsFile    bool   // version 1 with binaryData
	FileName      string // property under which files arrive; "" for the default
	IPs           []string
	IgnoreBots    bool
	AllowedOrigin string
}

// credentialTypes are n8n's credential types of the ways to sign a call.
var credentialTypes = map[string]string{
	"basicAuth": "httpBasicAuth", "headerAuth": "httpHeaderAuth", "jwtAuth": "jwtAuth", "bearerAuth": "httpBearerAuth",
}

// Credential is the type and the reference of the credential that callers must
// show; false if there is no such demand.
func (w Webhook) Credential(n *workflow.Node) (typ string, ref workflow.CredentialRef, ok bool) {
	typ, ok = credentialTypes[w.Auth]
	return typ, n.Credentials[typ], ok
}

// ReadWebhook reads the settings of a webhook node, a form, a chat or an MCP server. What cannot be held is an
// error, and so is an expression: nothing has run yet that it could look at.
// Services are answered at once.
func ReadWebhook(n *workflow.Node) (Webhook, error) {
	if service.Of(n.Type) != nil {
		return Webhook{Mode: AnswerAtOnce, Status: 200}, nil
	}
	switch n.Type {
	case TypeForm:
		return readForm(n)
	case TypeChat:
		return readChat(n)
	case TypeMCP:
		return readMCP(n)
	}
	p := &params{o: n.Parameters}
	options := &params{o: member(n.Parameters, "options")}
	w := Webhook{
		Auth: p.oneOf("authentication", "none", "none", "basicAuth", "headerAuth", "jwtAuth"),
		Mode: p.oneOf("responseMode", AnswerAtOnce, AnswerAtOnce, AnswerLastNode, AnswerByNode),
		Data: p.oneOf("responseData", "firstEntryJson", "allEntries", "firstEntryJson", "firstEntryBinary", "noData"),
		Text: options.text("responseData", ""), NoBody: options.flag("noResponseBody"),
		ContentType: options.text("responseContentType", ""), Property: options.text("responsePropertyName", ""),
		BinaryName: p.text("responseBinaryPropertyName", "data"),
		RawBody:    options.flag("rawBody"), BodyAsFile: options.flag("binaryData"), FileName: options.text("binaryPropertyName", ""),
		IgnoreBots: options.flag("ignoreBots"), AllowedOrigin: options.text("allowedOrigins", "*"),
	}
	if w.Auth == "none" {
		w.Auth = ""
	}
	for ip := range strings.SplitSeq(options.text("ipWhitelist", ""), ",") {
		if ip = strings.TrimSpace(ip); ip != "" {
			w.IPs = append(w.IPs, ip)
		}
	}
	w.Status = p.status(options)
	entries, _ := value.Path(options.o, "responseHeaders", "entries")
	for _, e := range objects(entries) {
		h := &params{o: e}
		w.Headers = append(w.Headers, [2]string{h.text("name", ""), h.text("value", "")})
		options.keep(h)
	}
	p.keep(options)
	return w, p.err
}

// status reads the status of the answer: a parameter until version 1.1, an option
// since.
func (p *params) status(options *params) int {
	status := p.int("responseCode", 200)
	if values := member(options.o, "responseCode"); values != nil {
		v := &params{o: member(values, "values")}
		if code := v.text("responseCode", "200"); code == "customCode" {
			status = v.int("customCode", 200)
		} else {
			status = v.int("responseCode", 200)
		}
		p.keep(v)
	}
	if status < 200 || status > 599 {
		p.fail("responseCode", fmt.Sprintf("is %d; use 200 to 599", status))
		return 200
	}
	return status
}

func (p *params) oneOf(name, def string, choices ...string) string {
	v := p.text(name, def)
	for _, c := range choices {
		if v == c {
			return v
		}
	}
	p.fail(name, fmt.Sprintf("is %q; supported are %s", v, strings.Join(choices, ", ")))
	return def
}

func (p *params) flag(name string) bool {
	v, _ := p.o.Get(name)
	b, ok := v.(bool)
	if v != nil && !ok {
		p.fail(name, "must be true or false, and not an expression")
	}
	return b
}

// keep takes over the problem of an inner object.
func (p *params) keep(inner *params) {
	if p.err == nil {
		p.err = inner.err
	}
}

// member is an object inside of another; nil if there is none.
func member(o *value.Object, name string) *value.Object {
	v, _ := o.Get(name)
	inner, _ := v.(*value.Object)
	return inner
}
