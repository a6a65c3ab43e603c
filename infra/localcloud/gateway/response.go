package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// functionResponse is a response of payload format 2.0.
type functionResponse struct {
	StatusCode *int           `json:"statusCode"`
	Headers    map[string]any `json:"headers"`
	Cookies    []string       `json:"cookies"`
	Body       string         `json:"body"`
	Base64     bool           `json:"isBase64Encoded"`
}

// readResponse is as tolerant as API Gateway is, in a third of encoding/json's time.
func readResponse(payload []byte, r *functionResponse) error {
	return jsonv2.Unmarshal(payload, r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// respond renders what a function gave. Without a statusCode the whole response is
// the body, as JSON with status 200; what is no JSON is an error of the function.
func (g *HTTP) respond(w http.ResponseWriter, x *exchange, payload []byte) {
	var r functionResponse
	if !bytes.HasPrefix(bytes.TrimSpace(payload), []byte("{")) || readResponse(payload, &r) != nil || r.StatusCode == nil {
		if !json.Valid(payload) || r.StatusCode != nil {
			g.malformed(w, x, "it is not valid JSON")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(payload)
		return
	}
	body := []byte(r.Body)
	if r.Base64 {
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			g.malformed(w, x, "its body is not base64")
			return
		}
	}
	if *r.StatusCode < 100 || *r.StatusCode > 599 {
		g.malformed(w, x, fmt.Sprintf("its status is %d", *r.StatusCode))
		return
	}
	head := w.Header()
	cors := g.api.CORS != nil
	for name, v := range r.Headers {
		if cors && strings.HasPrefix(strings.ToLower(name), "access-control-") {
			continue // the API's own configuration wins
		}
		head.Set(name, fmt.Sprint(v))
	}
	for _, c := range r.Cookies {
		head.Add("Set-Cookie", c)
	}
	if head.Get("Content-Type") == "" && len(body) > 0 {
		head.Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.WriteHeader(*r.StatusCode)
	_, _ = w.Write(body)
}

func (g *HTTP) malformed(w http.ResponseWriter, x *exchange, why string) {
	g.opts.Logger.Error("a function's response cannot be used", "route", x.route.Key, "reason", why)
	refuse(w, http.StatusInternalServerError, "Internal Server Error")
}

func tooMany(err error) bool {
	var e *wire.Error
	return errors.As(err, &e) && e.Status == http.StatusTooManyRequests
}

func tooLarge(err error) bool {
	var e *wire.Error
	return errors.As(err, &e) && e.Status == http.StatusRequestEntityTooLarge
}
