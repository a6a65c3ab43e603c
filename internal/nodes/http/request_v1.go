package http

import (
	"strings"

	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// buildV1 reads the parameters of versions 1 and 2, which differ only in how
// they name credentials.
func buildV1(r *reader, q *request) {
	q.url = r.String("url", "")
	q.method = strings.ToUpper(r.String("requestMethod", "GET"))
	q.format = r.String("responseFormat", "json")
	if q.format == "string" {
		q.format = "text"
	}
	q.field = r.String("dataPropertyName", "data")
	q.full = r.Bool("options.fullResponse", false)
	q.split = r.Bool("options.splitIntoItems", false)
	q.neverError = r.Bool("options.ignoreResponseCode", false)
	q.noRepair = `Change "Response Format" to "String"`
	if r.Bool("options.useQueryString", false) {
		q.arrays = "repeat"
	}
	q.opt.SkipTLSVerify = r.Bool("allowUnauthorizedCerts", false)
	q.opt.MaxRedirects = redirectsV1(r, q.method)
	if r.c.Node.TypeVersion >= 2 {
		q.authV3(r)
	} else {
		q.authV1(r)
	}
	kind := r.String("options.bodyContentType", "json")
	if r.Bool("jsonParameters", false) {
		jsonV1(r, q, kind)
	} else {
		uiV1(r, q)
	}
	shapeV1(q, kind)
	if mime := r.String("options.bodyContentCustomMimeType", ""); mime != "" {
		setHeader(q.headers, "Content-Type", mime)
	}
}

// redirectsV1: GET and HEAD follow by default, the others only if told to.
func redirectsV1(r *reader, method string) int {
	follow := r.Bool("options.followRedirect", true) && (method == "GET" || method == "HEAD")
	if follow || r.Bool("options.followAllRedirects", false) {
		return 0
	}
	return -1
}

// uiV1 reads the lists of names and values.
func uiV1(r *reader, q *request) {
	if list := r.pairs("queryParametersUi.parameter"); list != nil {
		q.query = fields(list, true)
	}
	for _, p := range r.pairs("headerParametersUi.parameter") {
		q.headers.Set(strings.ToLower(p.Name), p.Value)
	}
	if list := r.pairs("bodyParametersUi.parameter"); list != nil && unsafe(q.method) {
		q.body = wire.Body{Kind: wire.JSON, Data: fields(list, false)}
	}
}

// jsonV1 reads the parameters that are JSON texts.
func jsonV1(r *reader, q *request, kind string) {
	q.query, _ = r.jsonV1("queryParametersJson", "Query Parameters", kind).(*value.Object)
	if headers, ok := r.jsonV1("headerParametersJson", "Headers", kind).(*value.Object); ok {
		for k, v := range headers.All() {
			q.headers.Set(k, v)
		}
	}
	if !unsafe(q.method) {
		return
	}
	if r.Bool("sendBinaryData", false) {
		binaryV1(r, q, kind)
		return
	}
	data := r.jsonV1("bodyParametersJson", "Body Parameters", kind)
	if data == nil {
		return
	}
	q.body = wire.Body{Kind: wire.JSON, Data: data}
	if kind == "raw" {
		q.body.Kind = wire.Raw
	}
}

// jsonV1 reads one of them; nil if it is empty. With a raw body type the text
// stays as it is.
func (r *reader) jsonV1(name, label, kind string) any {
	v := r.Value(name)
	text, isText := v.(string)
	if !isText || text == "" || kind == "raw" {
		if text == "" && isText {
			return nil
		}
		return v
	}
	parsed, err := value.Parse([]byte(text))
	if err != nil {
		r.fail(invalid("The data in %q is no valid JSON. Set Body Content Type to \"RAW/Custom\" for XML or other types of payloads", label))
	}
	return parsed
}

func binaryV1(r *reader, q *request, kind string) {
	name := r.String("binaryPropertyName", "data")
	switch kind {
	case "raw":
		q.body = wire.Body{Kind: wire.Binary, Field: name, Plain: true}
	case "multipart-form-data":
		var pairs []wire.Part
		parts := strings.Split(name, ",")
		for _, part := range parts {
			send, field, ok := strings.Cut(strings.TrimSpace(part), ":")
			if !ok && len(parts) > 1 {
				r.fail(invalid("If more than one property should be send it is needed to define the in the format:\"sendKey1:binaryProperty1,sendKey2:binaryProperty2\""))
			}
			if !ok {
				send, field = "file", send
			}
			pairs = append(pairs, wire.Part{Name: send, File: field})
		}
		q.body = wire.Body{Kind: wire.Multipart, Parts: pairs}
	default:
		r.fail(invalid("Sending binary data is only supported when option \"Body Content Type\" is set to \"RAW/CUSTOM\" or \"FORM-DATA/MULTIPART\"!"))
	}
}

// shapeV1 gives the body the type that the options ask for.
func shapeV1(q *request, kind string) {
	if q.body.Kind != wire.JSON || q.method == "DELETE" {
		return
	}
	switch kind {
	case "form-urlencoded":
		q.body.Kind = wire.Form
	case "multipart-form-data":
		o, _ := q.body.Data.(*value.Object)
		var pairs []wire.Part
		for k, v := range o.All() {
			pairs = append(pairs, wire.Part{Name: k, Value: v})
		}
		q.body = wire.Body{Kind: wire.Multipart, Parts: pairs}
	}
}

// setHeader sets a header in place of any other spelling of it.
func setHeader(h *value.Object, name string, v any) {
	for _, k := range h.Keys() {
		if strings.EqualFold(k, name) {
			h.Delete(k)
		}
	}
	h.Set(name, v)
}
