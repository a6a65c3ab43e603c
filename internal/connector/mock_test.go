package connector

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// caseRequest is a request that is expected, and how it is answered. Of the
// headers only those named are compared; "" means that it must not be there.
type caseRequest struct {
	Method    string                    `json:"method"`
	URL       string                    `json:"url"`
	Query     map[string]jsontext.Value `json:"query"`
	Headers   map[string]string         `json:"headers"`
	Body      jsontext.Value            `json:"body"`
	Form      map[string]jsontext.Value `json:"form"`
	Text      *string                   `json:"text"`
	Multipart map[string]jsontext.Value `json:"multipart"`
	Related   []jsontext.Value          `json:"related"` // metadata; {mimeType, text} of the content
	Respond   caseResponse              `json:"respond"`
}

type caseResponse struct {
	Lost    bool              `json:"lost"` // the request comes, its answer does not
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    jsontext.Value    `json:"body"`
	Text    string            `json:"text"`
	Base64  string            `json:"base64"`
}

// mock is a server that stands for all hosts, and the door to it.
type mock struct {
	t       *testing.T
	server  *httptest.Server
	ordered bool // requests come in the order in which they are expected

	mu     sync.Mutex
	expect []caseRequest
	done   []bool
}

func newMock(t *testing.T, expect []caseRequest) *mock {
	m := &mock{t: t, expect: expect, done: make([]bool, len(expect))}
	m.server = httptest.NewServer(m)
	t.Cleanup(m.server.Close)
	return m
}

// Clock makes waiting short.
func (m *mock) Clock() clock.Clock { return clock.Scaled(1e6) }

const (
	asked = "X-Asked-For" // the address that the request was for
	lost  = "X-Lost"      // on an answer that does not arrive
)

// Do implements node.HTTPDoer: every request goes to the server.
func (m *mock) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.Header.Set(asked, req.URL.String())
	host, err := url.Parse(m.server.URL)
	if err != nil {
		return nil, err
	}
	out.URL.Scheme, out.URL.Host, out.Host = host.Scheme, host.Host, host.Host
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	if resp.Header.Get(lost) != "" {
		f := fault.New(fault.Unavailable, fault.CodeUpstream, "The connection was closed unexpectedly before an answer came.")
		f.Outcome = fault.Unknown
		return nil, errors.Join(f, resp.Body.Close())
	}
	resp.Request = req
	return resp, nil
}

func (m *mock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		m.t.Error(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var reasons []string
	for i := range m.expect {
		if m.done[i] {
			continue
		}
		why := m.expect[i].differs(r, string(body))
		if why == "" {
			m.done[i] = true
			m.expect[i].Respond.write(m.t, w)
			return
		}
		reasons = append(reasons, fmt.Sprintf("request %d: %s", i, why))
		if m.ordered {
			break
		}
	}
	m.t.Errorf("%s %s was not expected; body %s\n%s", r.Method, r.Header.Get(asked), body, strings.Join(reasons, "\n"))
	w.WriteHeader(http.StatusTeapot)
}

func (m *mock) finish() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, done := range m.done {
		if !done {
			m.t.Errorf("request %d, %s %s, did not come", i, m.expect[i].Method, m.expect[i].URL)
		}
	}
}

func (c *caseResponse) write(t *testing.T, w http.ResponseWriter) {
	data := []byte(c.Text)
	if c.Lost {
		w.Header().Set(lost, "1")
	}
	switch {
	case c.Body != nil:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		v, err := value.Parse(c.Body)
		if err != nil {
			t.Error(err)
		}
		data = value.JSON(encoded(v))
	case c.Base64 != "":
		var err error
		if data, err = base64.StdEncoding.DecodeString(c.Base64); err != nil {
			t.Error(err)
		}
	}
	for k, v := range c.Headers {
		w.Header().Set(k, v)
	}
	if c.Status != 0 {
		w.WriteHeader(c.Status)
	}
	_, _ = w.Write(data)
}

// differs says in what a request is another than the one expected; "" if in nothing.
func (c *caseRequest) differs(r *http.Request, body string) string {
	u, err := url.Parse(r.Header.Get(asked))
	if err != nil {
		return err.Error()
	}
	want, err := url.Parse(c.URL)
	if err != nil {
		return err.Error()
	}
	query := want.Query()
	for k, v := range c.Query {
		query[k] = texts(v)
	}
	marks := strings.NewReplacer("%27", "'", "%21", "!", "%28", "(", "%29", ")", "%2A", "*") // may be written either way
	address := func(u *url.URL) string { return u.Scheme + "://" + u.Host + marks.Replace(u.EscapedPath()) }
	switch {
	case r.Method != c.Method:
		return fmt.Sprintf("the method is %s, not %s", r.Method, c.Method)
	case address(u) != address(want):
		return fmt.Sprintf("the address is %s, not %s", address(u), address(want))
	case !reflect.DeepEqual(u.Query(), query):
		return fmt.Sprintf("the query is %v, not %v", u.Query(), query)
	}
	for k, v := range c.Headers {
		if got := r.Header.Get(k); got != v {
			return fmt.Sprintf("the header %s is %q, not %q", k, got, v)
		}
	}
	return c.bodyDiffers(r.Header.Get("Content-Type"), body)
}

// texts is a text, or a list of them, of the query or form.
func texts(v jsontext.Value) []string {
	x, err := value.Parse(v)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, e := range elements(x) {
		out = append(out, node.Text(e))
	}
	return out
}

func (c *caseRequest) bodyDiffers(contentType, body string) string {
	switch {
	case c.Body != nil:
		want, _ := value.Parse(c.Body)
		got, err := value.Parse([]byte(body))
		if err != nil || !value.Equal(encoded(want), got) {
			return fmt.Sprintf("the body is %s, not %s", body, value.JSON(want))
		}
	case c.Form != nil:
		want := url.Values{}
		for k, v := range c.Form {
			want[k] = texts(v)
		}
		if got, err := url.ParseQuery(body); err != nil || !reflect.DeepEqual(got, want) || !strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
			return fmt.Sprintf("the form is %s (%s), not %v", body, contentType, want)
		}
	case c.Related != nil:
		return c.relatedDiffers(contentType, body)
	case c.Multipart != nil:
		return c.partsDiffer(contentType, body)
	case c.Text != nil:
		if body != *c.Text {
			return fmt.Sprintf("the body is %q, not %q", body, *c.Text)
		}
	case body != "":
		return fmt.Sprintf("there is a body: %s", body)
	}
	return ""
}

// partsDiffer compares a multipart body: parts are texts, or files as {fileName,
// mimeType, text}; a list holds several of a name.
func (c *caseRequest) partsDiffer(contentType, body string) string {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" {
		return "the content type is " + contentType
	}
	got, want := map[string][]any{}, map[string][]any{}
	for k, v := range c.Multipart {
		x, _ := value.Parse(v)
		want[k] = elementsOf(x)
	}
	for r := multipart.NewReader(strings.NewReader(body), params["boundary"]); ; {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err.Error()
		}
		data, _ := io.ReadAll(p)
		var v any = string(data)
		if p.FileName() != "" {
			v = value.Obj("fileName", p.FileName(), "mimeType", p.Header.Get("Content-Type"), "text", string(data))
		}
		got[p.FormName()] = append(got[p.FormName()], v)
	}
	for k := range got {
		if want[k] == nil {
			return fmt.Sprintf("the part %s is not expected", k)
		}
	}
	for k, list := range want {
		a, b := string(value.JSON(normal(list))), string(value.JSON(normal(got[k])))
		if a != b {
			return fmt.Sprintf("the part %s is %s, not %s", k, b, a)
		}
	}
	return ""
}

func elementsOf(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

// normal writes numbers and booleans as the texts that parts are.
func normal(list []any) []any {
	out := make([]any, len(list))
	for i, x := range list {
		out[i] = x
		if _, ok := x.(*value.Object); !ok {
			out[i] = node.Text(x)
		}
	}
	return out
}

// relatedDiffers compares a body of metadata and content.
func (c *caseRequest) relatedDiffers(contentType, body string) string {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/related" {
		return "the content type is " + contentType
	}
	r := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for i, want := range c.Related {
		p, err := r.NextPart()
		if err != nil {
			return err.Error()
		}
		data, _ := io.ReadAll(p)
		got, err := value.Parse(data)
		if i > 0 {
			got, err = value.Obj("mimeType", p.Header.Get("Content-Type"), "text", string(data)), nil
		}
		x, _ := value.Parse(want)
		if err != nil || !value.Equal(x, got) {
			return fmt.Sprintf("part %d is %s, not %s", i, value.JSON(got), want)
		}
	}
	return ""
}

// encoded replaces {"$base64url": text} by the text in that form, with the line
// ends of e-mails: so that cases can be read.
func encoded(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = encoded(x)
		}
		return out
	case *value.Object:
		if text, ok := v.Get("$base64url"); ok {
			return base64.URLEncoding.EncodeToString([]byte(strings.ReplaceAll(text.(string), "\n", "\r\n")))
		}
		out := value.NewObject(v.Len())
		for k, x := range v.All() {
			out.Set(k, encoded(x))
		}
		return out
	}
	return v
}
