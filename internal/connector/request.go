package connector

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/feed"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// outgoing is a request whose templates are filled in, before it is written out.
type outgoing struct {
	method string
	url    *url.URL
	query  *value.Object
	header *value.Object
	arrays string
	body   wire.Body
	trust  bool // the credential goes with it
}

// fill fills a request in.
func (w *work) fill(q *Request) (*outgoing, error) {
	out := &outgoing{method: q.Method, arrays: q.Arrays}
	if out.method == "" {
		out.method = http.MethodGet
	}
	usual := w.op.file.Request
	if usual == nil {
		usual = &Request{}
	}
	if out.arrays == "" {
		out.arrays = usual.Arrays
	}
	if out.arrays == "" {
		out.arrays = "repeat"
	}
	w.scope.with("$credentials", w.secret.object())
	err := w.address(q, out)
	if err == nil {
		out.header, err = w.objects(usual.Headers, q.Headers)
	}
	w.scope.with("$credentials", nil)
	if err != nil {
		return nil, err
	}
	if out.query, err = w.objects(usual.Query, q.Query); err != nil {
		return nil, err
	}
	if w.op.def.Effect == "keyed" && w.op.def.KeyHeader != "" && !q.reads() {
		out.header.Set(w.op.def.KeyHeader, w.scope.key())
	}
	return out, w.body(q, out)
}

// objects fills templates of objects in, later ones over earlier ones.
func (w *work) objects(list ...*Template) (*value.Object, error) {
	out := value.NewObject(8)
	for _, t := range list {
		v, _, err := t.value(w.scope)
		if err != nil {
			return nil, err
		}
		spread(out, v)
	}
	return out, nil
}

// address makes the URL. The credential goes along to the file's own addresses;
// one that comes out of an answer gets it only if it has the origin of baseUrl.
func (w *work) address(q *Request, out *outgoing) error {
	base, path := "", q.Path
	if b := w.op.file.BaseURL; b != nil {
		var err error
		if base, err = b.url(w.scope); err != nil {
			return err
		}
		base = strings.TrimRight(base, "/")
	}
	text := base
	if path != nil {
		rest, err := path.url(w.scope)
		if err != nil {
			return err
		}
		text += rest
	} else {
		v, _, err := q.URL.value(w.scope)
		if err != nil {
			return err
		}
		if text = textOf(v); q.URL.literalOrigin() {
			if text, err = q.URL.url(w.scope); err != nil {
				return err
			}
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return node.Errorf("The address %q is not a valid URL. Check the credential and the parameters of the node.", w.secret.hide(text))
	}
	out.url = u
	out.trust = !q.NoAuth && (path != nil || q.URL.literalOrigin() || sameOrigin(base, u))
	return nil
}

// literalOrigin reports whether scheme and host are written in the file.
func (t *Template) literalOrigin() bool {
	s, ok := t.raw.(string)
	if !ok {
		return false
	}
	_, rest, ok := strings.Cut(s, "://")
	host, _, _ := strings.Cut(rest, "/")
	return ok && !strings.HasPrefix(s, "=") && !strings.HasPrefix(s, "{") && !strings.Contains(host, "{")
}

func sameOrigin(base string, u *url.URL) bool {
	b, err := url.Parse(base)
	return err == nil && b.Scheme == u.Scheme && b.Host == u.Host
}

// body fills in the body.
func (w *work) body(q *Request, out *outgoing) error {
	fill := func(t *Template) (any, error) {
		v, _, err := t.value(w.scope)
		return v, err
	}
	var err error
	b := &out.body
	switch {
	case q.Body != nil:
		b.Kind = wire.JSON
		if b.Data, err = fill(q.Body); b.Data == nil {
			b.Data = value.NewObject(0)
		}
	case q.Form != nil:
		b.Kind, b.Arrays = wire.Form, out.arrays
		b.Data, err = fill(q.Form)
	case q.Multipart != nil:
		b.Kind = wire.Multipart
		b.Parts, err = w.parts(q.Multipart)
	case q.Binary != nil:
		b.Kind = wire.Binary
		var v any
		v, err = fill(q.Binary)
		b.Field = textOf(v)
	case q.Raw != nil:
		b.Kind = wire.Raw
		b.Data, err = fill(q.Raw)
	case q.Related != nil:
		err = w.related(q.Related, b)
	}
	if err != nil {
		return err
	}
	if v, ok, err := q.ContentType.value(w.scope); ok || err != nil {
		out.header.Set("Content-Type", textOf(v))
		return err
	}
	return nil
}

func (w *work) related(q *Related, b *wire.Body) error {
	b.Kind = wire.Related
	var err error
	if b.Data, _, err = q.Metadata.value(w.scope); err != nil {
		return err
	}
	for _, f := range []struct {
		t  *Template
		to *string
	}{{q.File, &b.Field}, {q.Text, &b.Text}, {q.Mime, &b.Mime}} {
		if *f.to, err = w.text(f.t); err != nil {
			return err
		}
	}
	return nil
}

// parts are those of a multipart body; a list gives a part for each element.
func (w *work) parts(t *Template) ([]wire.Part, error) {
	v, _, err := t.value(w.scope)
	if err != nil {
		return nil, err
	}
	o, _ := v.(*value.Object)
	var out []wire.Part
	for name, v := range o.All() {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, x := range list {
			if f, ok := x.(fileRef); ok {
				out = append(out, wire.Part{Name: name, File: f.field, FileName: f.name, MimeType: f.mime})
			} else {
				out = append(out, wire.Part{Name: name, Value: x})
			}
		}
	}
	return out, nil
}

// request writes the request out.
func (w *work) request(out *outgoing) (*http.Request, error) {
	content, err := out.body.Encode(w.ctx, w.c, w.scope.item)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(w.ctx, out.method, wire.WithQuery(out.url.String(), out.query, out.arrays), nil)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The address of the request is not valid.")
	}
	content.Into(req)
	for name, v := range out.header.All() {
		req.Header.Set(name, strings.TrimSpace(textOf(v)))
	}
	for name, v := range map[string]string{"Content-Type": content.Type, "Accept": "application/json", "User-Agent": wire.UserAgent} {
		if v != "" && req.Header.Get(name) == "" {
			req.Header.Set(name, v)
		}
	}
	if out.body.Kind == wire.Multipart || out.body.Kind == wire.Form || out.body.Kind == wire.Related {
		req.Header.Set("Content-Type", content.Type)
	}
	return req, nil
}

// The most that one request may take and bring, in time and bytes.
const (
	maxTimeout = 270 * time.Second // a node's longest
	maxText    = 16 << 20
)

func (q *Request) options() node.HTTPOptions {
	opt := node.HTTPOptions{Timeout: time.Minute, MaxBytes: maxText}
	if q.Timeout > 0 {
		opt.Timeout = min(time.Duration(q.Timeout*float64(time.Second)), maxTimeout)
	}
	if q.Response == "file" {
		opt.MaxBytes = node.MaxFile
	}
	return opt
}

// exchange sends a step's request, changed by page if that is set, and reads its
// answer into $response and $body.
func (w *work) exchange(st *Step, page func(*outgoing)) error {
	out, err := w.fill(st.Request)
	if err != nil {
		return err
	}
	if page != nil {
		page(out)
	}
	for attempt := 1; ; attempt++ {
		err := w.send(st, out)
		if err == nil || !w.again(err, attempt) {
			return err
		}
	}
}

func (w *work) send(st *Step, out *outgoing) error {
	if u := w.op.file.usageOf(st.Request); u != nil {
		return w.metered(u, st, out)
	}
	return w.transmit(st, out)
}

// transmit sends the request once.
func (w *work) transmit(st *Step, out *outgoing) error {
	req, err := w.request(out)
	if err != nil {
		return err
	}
	with := secret{}
	if out.trust {
		with = w.secret
	}
	resp, err := with.do(w.c, req, st.Request.options())
	if err != nil {
		return err
	}
	if w.last, err = wire.Read(resp); err != nil {
		return err
	}
	body, err := parse(w.last, st.Request.Response)
	if err != nil {
		return err
	}
	w.scope.with("$body", body, "$response", value.Obj(
		"body", body, "headers", w.last.Headers(), "statusCode", float64(w.last.Status)))
	if err := w.judge(st); err != nil {
		return err
	}
	w.sent = w.sent || !st.Request.reads() && w.op.effect != node.Safe
	return nil
}

// The most that a run waits by itself where the service asks for less haste.
const (
	maxAttempts = 4
	maxWait     = 30 * time.Second
	usualWait   = time.Second
)

// again waits and asks for another attempt where a service refused a request
// for its rate, although parts of the run have had their effect: the engine
// cannot repeat such a run. Others are left to the engine.
func (w *work) again(err error, attempt int) bool {
	f := fault.Of(err)
	if f.Code != fault.CodeUpstreamRateLimited || attempt >= maxAttempts || !w.begun() || f.RetryAfter > maxWait {
		return false
	}
	wait := max(f.RetryAfter, usualWait<<(attempt-1))
	return clock.Sleep(w.ctx, wire.Clock(w.c), wait) == nil
}

// begun reports whether anything of the run has had its effect. Items of safe
// operations run side by side, and have none.
func (w *work) begun() bool {
	if w.sent || w.op.effect == node.Safe {
		return w.sent
	}
	for i := range w.scope.item {
		if i < len(w.outcomes) && w.outcomes[i].sent {
			return true
		}
	}
	return false
}

// parse is the answer's body: JSON or XML where it is that, else text; nil for files.
func parse(a wire.Answer, as string) (any, error) {
	switch {
	case (as == "none" || as == "file") && a.OK():
		return nil, nil
	case as == "text" && a.OK():
		return wire.DecodeText(a), nil
	case as == "feed" && a.OK():
		return entries(a)
	}
	text := wire.DecodeText(a)
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if as == "xml" || !a.OK() && strings.HasPrefix(strings.TrimLeft(text, "\ufeff \r\n"), "<?xml") {
		if o := parseXML(text); o != nil {
			return o, nil
		}
	}
	if v, err := value.Parse([]byte(strings.TrimPrefix(text, "\ufeff"))); err == nil {
		return v, nil
	}
	return text, nil
}

// entries are those of a feed.
func entries(a wire.Answer) ([]any, error) {
	list, err := feed.Parse(a.Body, nil)
	if err != nil {
		return nil, wire.Answered(fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The answer is not an RSS or Atom feed. Check the address."))
	}
	out := make([]any, len(list))
	for i, o := range list {
		out[i] = o
	}
	return out, nil
}
