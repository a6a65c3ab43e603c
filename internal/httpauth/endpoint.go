package httpauth

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
)

// Endpoint calls token endpoints through the safe dialer: their addresses are a
// tenant's. It implements credential.Endpoint.
type Endpoint struct {
	HTTP node.HTTPDoer
}

var _ credential.Endpoint = Endpoint{}

// The limits of one call.
const (
	endpointTime = 15 * time.Second
	endpointSize = 1 << 20 // bytes
)

// Call implements credential.Endpoint. Redirects are not followed: they would take
// secrets elsewhere.
func (e Endpoint) Call(ctx context.Context, c credential.TokenCall) (credential.TokenAnswer, error) {
	body, kind := encodeCall(c)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, strings.NewReader(body))
	if err != nil {
		return credential.TokenAnswer{}, fault.New(fault.Invalid, fault.CodeValidation, "The address of the credential's token endpoint is no URL; mend it.")
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Accept", "application/json")
	if c.User != "" {
		req.SetBasicAuth(c.User, c.Password)
	}
	resp, err := e.HTTP.Do(req, node.HTTPOptions{MaxRedirects: -1, MaxBytes: endpointSize, Timeout: endpointTime})
	if err != nil {
		return credential.TokenAnswer{}, err
	}
	data, err := safedial.ReadAll(resp)
	if err != nil {
		f := *fault.Of(err)
		f.Outcome = fault.Unknown
		return credential.TokenAnswer{}, &f
	}
	return credential.TokenAnswer{Status: resp.StatusCode, Body: asJSON(resp.Header, data)}, nil
}

func encodeCall(c credential.TokenCall) (body, contentType string) {
	if c.JSON != nil {
		b, _ := json.Marshal(c.JSON) // a map of texts
		return string(b), "application/json"
	}
	form := url.Values{}
	for name, v := range c.Form {
		form.Set(name, v)
	}
	return form.Encode(), "application/x-www-form-urlencoded"
}

// asJSON turns a form into JSON: some endpoints answer in one, whatever is asked for.
func asJSON(h http.Header, data []byte) []byte {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" && (kind != "text/plain" || json.Valid(data)) {
		return data
	}
	values, err := url.ParseQuery(string(data))
	if err != nil {
		return data
	}
	out := map[string]any{}
	for name := range values {
		out[name] = values.Get(name)
	}
	b, _ := json.Marshal(out)
	return b
}
