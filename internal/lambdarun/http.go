package lambdarun

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// httpEvent is what is used of API Gateway's event for HTTP APIs, payload format
// 2.0 ("Create AWS Lambda proxy integrations for HTTP APIs" in its guide).
type httpEvent struct {
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Cookies         []string          `json:"cookies"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	RequestContext  struct {
		DomainName string `json:"domainName"`
		HTTP       struct {
			Method   string `json:"method"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
		Authorizer struct {
			Lambda map[string]any `json:"lambda"`
		} `json:"authorizer"`
	} `json:"requestContext"`
}

// HTTP serves the events of an HTTP API with h. With returns the context of a
// request: it gets what the authorizer said of the caller, nil for routes without
// an authorizer.
func HTTP(h http.Handler, with func(ctx context.Context, authorizer map[string]any) context.Context) lambda.Handler {
	return handler(func(ctx context.Context, payload []byte) ([]byte, error) {
		var e httpEvent
		if err := unmarshal(payload, &e); err != nil {
			return nil, named(fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The event is not one of an HTTP API."))
		}
		r, err := e.request(with(ctx, e.RequestContext.Authorizer.Lambda))
		if err != nil {
			return nil, named(fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The event is not one of an HTTP API."))
		}
		w := &httpAnswer{header: http.Header{}}
		h.ServeHTTP(w, r)
		return w.encode(), nil
	})
}

func (e *httpEvent) request(ctx context.Context) (*http.Request, error) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, err
		}
	}
	// Despite its name rawPath has been unescaped by API Gateway.
	u := &url.URL{Path: e.RawPath, RawQuery: e.RawQueryString, Host: e.RequestContext.DomainName}
	r := &http.Request{
		Method: e.RequestContext.HTTP.Method, URL: u, RequestURI: u.RequestURI(), Host: e.Headers["host"],
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header, len(e.Headers)),
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), RemoteAddr: e.RequestContext.HTTP.SourceIP,
	}
	for name, v := range e.Headers {
		r.Header.Set(name, v)
	}
	if len(e.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	return r.WithContext(ctx), nil
}

// httpAnswer collects what a handler answers.
type httpAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *httpAnswer) Header() http.Header { return w.header }

func (w *httpAnswer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *httpAnswer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// encode writes the response of payload format 2.0. Text goes as it is, anything
// else as base64.
func (w *httpAnswer) encode() []byte {
	w.WriteHeader(http.StatusOK)
	body := w.body.Bytes()
	b := append(make([]byte, 0, len(body)+len(body)/8+512), `{"statusCode":`...)
	b = strconv.AppendInt(b, int64(w.status), 10)
	b = append(b, `,"headers":{`...)
	first := true
	for name, values := range w.header {
		if name == "Set-Cookie" {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(value.AppendString(b, name), ':')
		b = value.AppendString(b, strings.Join(values, ","))
	}
	b = append(b, '}')
	if cookies := w.header["Set-Cookie"]; len(cookies) > 0 {
		b = append(b, `,"cookies":[`...)
		for i, c := range cookies {
			if i > 0 {
				b = append(b, ',')
			}
			b = value.AppendString(b, c)
		}
		b = append(b, ']')
	}
	if utf8.Valid(body) && isText(w.header.Get("Content-Type")) {
		b = append(b, `,"body":`...)
		return append(value.AppendString(b, string(body)), '}')
	}
	b = append(b, `,"isBase64Encoded":true,"body":"`...)
	b = base64.StdEncoding.AppendEncode(b, body)
	return append(b, '"', '}')
}

// isText reports whether a body of the type can travel as text.
func isText(contentType string) bool {
	t, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	t = strings.TrimSpace(t)
	return t == "" || strings.HasPrefix(t, "text/") || strings.HasSuffix(t, "json") || strings.HasSuffix(t, "xml") ||
		t == "application/javascript" || t == "application/x-www-form-urlencoded"
}
