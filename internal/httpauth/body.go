package httpauth

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// addBody puts fields into a request's body: a JSON object or a form, as it is; a
// request without a body gets a JSON object.
func addBody(req *http.Request, fields *value.Object) error {
	if fields.Len() == 0 {
		return nil
	}
	data, err := readBody(req)
	if err != nil {
		return err
	}
	kind, _, _ := mime.ParseMediaType(contentType(req.Header))
	if kind == "application/x-www-form-urlencoded" {
		form := url.Values{}
		for name, v := range fields.All() {
			form.Set(name, node.Text(v))
		}
		if len(data) > 0 {
			data = append(data, '&')
		}
		setBody(req, append(data, form.Encode()...))
		return nil
	}
	o := value.NewObject(fields.Len())
	if len(bytes.TrimSpace(data)) > 0 {
		if o, err = value.ParseObject(data); err != nil {
			return fault.New(fault.Invalid, fault.CodeNodeError, "The credential adds fields to the body, which must therefore be a JSON object or a form.")
		}
	}
	for name, v := range fields.All() {
		o.Set(name, v)
	}
	setBody(req, value.JSON(o))
	if contentType(req.Header) == "" {
		SetHeader(req.Header, "Content-Type", "application/json")
	}
	return nil
}

// fillBody puts texts into the places of a JSON body, by path, that hold null.
func fillBody(req *http.Request, places map[string]string) error {
	if len(places) == 0 {
		return nil
	}
	data, err := readBody(req)
	if err != nil {
		return err
	}
	body, err := value.ParseObject(data)
	if err != nil {
		return fault.New(fault.Invalid, fault.CodeNodeError, "The credential goes into places of the body, which must therefore be a JSON object.")
	}
	for path, v := range places {
		fillPlace(body, strings.Split(path, "."), v)
	}
	setBody(req, value.JSON(body))
	return nil
}

// fillPlace sets the place in v, an object or a list, if it holds null.
func fillPlace(v any, path []string, text string) {
	switch v := v.(type) {
	case *value.Object:
		x, ok := v.Get(path[0])
		if len(path) > 1 {
			fillPlace(x, path[1:], text)
		} else if ok && x == nil {
			v.Set(path[0], text)
		}
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(v) {
			return
		}
		if len(path) > 1 {
			fillPlace(v[i], path[1:], text)
		} else if v[i] == nil {
			v[i] = text
		}
	}
}

func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	body := req.Body
	if req.GetBody != nil {
		var err error
		if body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	defer func() { _ = body.Close() }()
	return io.ReadAll(body)
}

func setBody(req *http.Request, data []byte) {
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	req.Body, _ = req.GetBody()
	req.ContentLength = int64(len(data))
}

// contentType reads the header in any spelling.
func contentType(h http.Header) string {
	for name, v := range h {
		if len(v) > 0 && http.CanonicalHeaderKey(name) == "Content-Type" {
			return v[0]
		}
	}
	return ""
}
