package ai

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/httpauth"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func httpToolUnsafe(n *workflow.Node) bool {
	m, _ := n.Parameters.Get("method")
	return m != nil && m != "GET" && m != "HEAD"
}

var placeholder = regexp.MustCompile(`\{([a-zA-Z0-9_-]+)\}`)

// httpRequestTool is the HTTP Request tool: an author's request with places that
// the model fills in.
type httpRequestTool struct {
	s                 *session
	name, method, url string
	query, headers    []field
	body              []field
	jsonBody          string
	session           *httpauth.Session // nil: without a credential
}

// field is a name with a value, or one that the model gives.
type field struct {
	name, value string
	model       bool
	required    bool
}

func httpTool(s *session, r *sub) (*tool, error) {
	if s.c.Services.HTTP == nil {
		return nil, unsupported(r.node, "Here the HTTP tool")
	}
	h := &httpRequestTool{s: s, name: toolName(r), method: strings.ToUpper(r.text("method", "GET")), url: r.text("url", "")}
	if r.flag("sendQuery", false) {
		h.query = toolFields(r, "specifyQuery", "parametersQuery.values")
	}
	if r.flag("sendHeaders", false) {
		h.headers = toolFields(r, "specifyHeaders", "parametersHeaders.values")
	}
	if r.flag("sendBody", false) {
		if r.text("specifyBody", "keypair") == "json" {
			h.jsonBody = r.text("jsonBody", "")
		} else {
			h.body = toolFields(r, "specifyBody", "parametersBody.values")
		}
	}
	if err := h.authenticate(r); err != nil {
		return nil, err
	}
	return &tool{name: h.name, description: r.text("toolDescription", ""), schema: h.schema(r), run: h.run}, r.problem()
}

// authenticate opens the credential that the tool's author chose. The model must
// not choose the host that gets it.
func (h *httpRequestTool) authenticate(r *sub) error {
	typ := map[string]string{
		"predefinedCredentialType": r.text("nodeCredentialType", ""), "genericCredentialType": r.text("genericAuthType", ""),
	}[r.text("authentication", "none")]
	if typ == "" {
		return nil
	}
	scheme, rest, _ := strings.Cut(h.url, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if placeholder.MatchString(scheme + rest) {
		return node.WithDetail(node.Errorf("The tool %q sends a credential, so its URL must begin with a fixed host.", r.node.Name),
			"Put the placeholders behind the host.")
	}
	var err error
	h.session, err = httpauth.Open(r.ctx, r.c, r.node, typ)
	return err
}

// send sends a request, with the credential if the tool has one.
func (h *httpRequestTool) send(req *http.Request, opt node.HTTPOptions) (*http.Response, error) {
	if h.session == nil {
		return h.s.c.Services.HTTP.Do(req, opt)
	}
	session := *h.session // one is not for several calls at once
	return session.Do(h.s.c.Services.HTTP, req, opt)
}

func toolFields(r *sub, how, list string) []field {
	var out []field
	for _, o := range r.objects(list) {
		f := field{name: node.Get(o, "name", ""), value: node.Get(o, "value", "")}
		switch node.Get(o, "valueProvider", "modelRequired") {
		case "modelRequired":
			f.model, f.required = true, true
		case "modelOptional":
			f.model = true
		}
		out = append(out, f)
	}
	return out
}

// schema are the places: those in braces, and the fields that the model gives.
func (h *httpRequestTool) schema(r *sub) *value.Object {
	properties, required := value.NewObject(4), []any{}
	add := func(name, typ, description string, must bool) {
		if _, ok := properties.Get(name); ok {
			return
		}
		if typ == "" || typ == "not specified" {
			typ = "string"
		}
		properties.Set(name, value.Obj("type", typ, "description", description))
		if must {
			required = append(required, name)
		}
	}
	for _, o := range r.objects("placeholderDefinitions.values") {
		add(node.Get(o, "name", ""), node.Get(o, "type", "string"), node.Get(o, "description", ""), true)
	}
	texts := []string{h.url, h.jsonBody}
	for _, list := range [][]field{h.query, h.headers, h.body} {
		for _, f := range list {
			texts = append(texts, f.value)
			if f.model {
				add(f.name, "string", "", f.required)
			}
		}
	}
	for _, text := range texts {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			add(m[1], "string", "", true)
		}
	}
	return value.Obj("type", "object", "properties", properties, "required", required)
}

// run makes the request with the model's arguments.
func (h *httpRequestTool) run(ctx context.Context, args string) (string, error) {
	o, err := value.ParseObject([]byte(args))
	if err != nil {
		return "", node.Errorf("The arguments are not a JSON object.")
	}
	req, err := h.request(ctx, o)
	if err != nil {
		return "", err
	}
	resp, err := h.send(req, node.HTTPOptions{MaxBytes: 4 << 20})
	if err != nil {
		return "", err
	}
	b, err := safedial.ReadAll(resp)
	if err != nil {
		return "", err
	}
	text := cut(h.session.Hide(strings.ToValidUTF8(string(b), ""))) // a model must not get to know the secret either
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return "", node.Errorf("HTTP %d: %s", resp.StatusCode, text)
	}
	return text, nil
}

func (h *httpRequestTool) request(ctx context.Context, args *value.Object) (*http.Request, error) {
	target := put(h.url, args, escapePath)
	body := ""
	if h.jsonBody != "" {
		body = put(h.jsonBody, args, insideJSON)
		if _, err := value.Parse([]byte(body)); err != nil {
			return nil, node.Errorf("The body is not valid JSON after the arguments were put in.")
		}
	} else if len(h.body) > 0 {
		o := value.NewObject(len(h.body))
		eachField(h.body, args, func(name, v string) { o.Set(name, v) })
		body = string(value.JSON(o))
	}
	req, err := http.NewRequestWithContext(ctx, h.method, target, strings.NewReader(body))
	if err != nil {
		return nil, node.Errorf("The URL is not valid after the arguments were put in.")
	}
	query := req.URL.Query()
	eachField(h.query, args, query.Set)
	req.URL.RawQuery = query.Encode()
	eachField(h.headers, args, req.Header.Set)
	if body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// eachField gives the fields with their values; optional ones that the model left
// out are not there.
func eachField(list []field, args *value.Object, f func(name, v string)) {
	for _, x := range list {
		if !x.model {
			f(x.name, put(x.value, args, func(s string) string { return s }))
			continue
		}
		if v, ok := args.Get(x.name); ok {
			f(x.name, node.Text(v))
		}
	}
}

// put replaces the places in braces by the arguments, each written as where it
// stands asks for; others stay.
func put(text string, args *value.Object, write func(string) string) string {
	return placeholder.ReplaceAllStringFunc(text, func(m string) string {
		v, ok := args.Get(m[1 : len(m)-1])
		if !ok {
			return m
		}
		return write(node.Text(v))
	})
}
