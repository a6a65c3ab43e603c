package localcloud

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
)

// transport is the network of the cloud: it calls the service of a request's host
// in the caller's goroutine.
type transport struct {
	cloud *Cloud
	hosts sync.Map // host -> service, so that each is taken apart once
}

// service is one AWS service, or one API of API Gateway.
type service struct {
	name    string // as in credential scopes: sqs, dynamodb, states
	handler http.Handler
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	svc, err := t.service(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	return t.call(svc, r)
}

// Do makes the transport an HTTP client for the SDK.
func (t *transport) Do(r *http.Request) (*http.Response, error) { return t.RoundTrip(r) }

func (t *transport) call(svc service, r *http.Request) (*http.Response, error) {
	inv := lambdahost.FromContext(r.Context())
	if err := alive(r, inv); err != nil {
		closeBody(r)
		return nil, err
	}
	if inv != nil && r.Header.Get(traceHeader) == "" {
		r.Header.Set(traceHeader, inv.Trace())
	}
	fate, err := t.cloud.fate(r.Context(), svc.name, operation(r))
	if err != nil || fate.Outcome.Before() {
		closeBody(r)
		return t.failed(svc, r, fate.Outcome, err)
	}
	kill, before := t.kill(inv)
	if kill && before {
		closeBody(r)
		inv.Kill()
		return nil, alive(r, inv)
	}
	w := &response{header: http.Header{}, status: http.StatusOK}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	svc.handler.ServeHTTP(w, r)
	_ = r.Body.Close()
	if kill {
		inv.Kill()
	}
	if err := alive(r, inv); err != nil {
		return nil, err // it may have been applied: the caller cannot know
	}
	if fate.Outcome.After() {
		return t.failed(svc, r, fate.Outcome, nil)
	}
	return w.result(r), nil
}

const traceHeader = "X-Amzn-Trace-Id"

// alive reports why a call fails on the caller's side: its context has ended, or
// the invocation that it is part of was killed, and a dead process sends nothing.
func alive(r *http.Request, inv *lambdahost.Invocation) error {
	if err := r.Context().Err(); err != nil {
		return err
	}
	if inv != nil && inv.Killed() {
		return fmt.Errorf("the process of the invocation %s has ended", inv.RequestID())
	}
	return nil
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

func (t *transport) service(r *http.Request) (service, error) {
	host := r.URL.Host
	if known, ok := t.hosts.Load(host); ok {
		return known.(service), nil
	}
	name, api := parseHost(host)
	svc, err := t.cloud.service(name, api)
	if err != nil {
		return service{}, fmt.Errorf("%s: %w", host, err)
	}
	t.hosts.Store(host, svc)
	return svc, nil
}

// parseHost takes the service out of a host name: "sqs.us-east-1.amazonaws.com",
// "bucket.s3.us-east-1.amazonaws.com", "id.execute-api.…", "account.ddb.…".
func parseHost(host string) (name, api string) {
	rest, ok := strings.CutSuffix(host, ".amazonaws.com")
	if !ok {
		return "", ""
	}
	labels := strings.Split(rest, ".")
	for _, label := range labels {
		switch label {
		case "execute-api":
			return label, labels[0]
		case "s3":
			return label, ""
		case "ddb": // addresses with the account's id before it
			return "dynamodb", ""
		}
	}
	switch labels[0] {
	case "streams":
		return "streams.dynamodb", ""
	case "sync-states":
		return "states", ""
	}
	return labels[0], ""
}

// response collects what a service answers.
type response struct {
	header http.Header
	status int
	wrote  bool
	buf    bytes.Buffer
	stream io.ReadCloser
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	if !w.wrote {
		w.wrote, w.status = true, status
	}
}

func (w *response) Write(b []byte) (int, error) {
	w.wrote = true
	return w.buf.Write(b)
}

// Answer implements wire.Direct.
func (w *response) Answer(status int, body []byte) {
	w.WriteHeader(status)
	w.buf.Write(body)
}

// Stream hands the body over as a reader instead of writing it: large objects then
// pass without being held in memory.
func (w *response) Stream(body io.ReadCloser) { w.stream = body }

func (w *response) result(r *http.Request) *http.Response {
	out := &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Request: r, ContentLength: int64(w.buf.Len()),
	}
	if w.stream != nil {
		out.Body, out.ContentLength = w.stream, -1
		return out
	}
	out.Body = io.NopCloser(bytes.NewReader(w.buf.Bytes()))
	return out
}
