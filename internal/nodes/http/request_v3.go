package http

import (
	"net/url"
	"strings"

	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// buildV3 reads the parameters of versions 3 and 4.
func buildV3(r *reader, q *request) {
	version := r.c.Node.TypeVersion
	raw := r.Value("url")
	if s, ok := raw.(string); ok {
		q.url = s
	} else {
		r.fail(invalid("URL parameter must be a string, got %s", value.KindOf(raw)))
	}
	q.method = strings.ToUpper(r.String("method", "GET"))
	q.authV3(r)
	responseV3(r, q)
	if r.Bool("sendBody", false) {
		bodyV3(r, q, version)
	}
	if r.Bool("sendQuery", false) {
		q.arrays = r.String("options.queryParameterArrays", "indices")
		if r.String("specifyQuery", "keypair") == "json" {
			q.query = r.json("jsonQuery", "JSON Query Parameters")
		} else {
			q.query = fields(r.pairs("queryParameters.parameters"), version >= 4.3)
		}
	}
	if r.Bool("sendHeaders", false) {
		headersV3(r, q, version)
	}
	redirectV3(r, q, version)
	q.opt.SkipTLSVerify = r.Bool("options.allowUnauthorizedCerts", false)
}

func responseV3(r *reader, q *request) {
	const at = "options.response.response."
	q.neverError = r.Bool(at+"neverError", false)
	q.full = r.Bool(at+"fullResponse", false)
	q.format = r.String(at+"responseFormat", "autodetect")
	q.field = r.String(at+"outputPropertyName", "data")
	q.split = true
	q.noRepair = `Change "Response Format" to "Text"`
}

func headersV3(r *reader, q *request, version float64) {
	lower := r.Bool("options.lowercaseHeaders", true)
	var headers *value.Object
	if r.String("specifyHeaders", "keypair") == "json" {
		headers = r.json("jsonHeaders", "JSON Headers")
	} else {
		var named []wire.Part
		for _, p := range r.pairs("headerParameters.parameters") {
			if p.Name != "" {
				named = append(named, p)
			}
		}
		headers = fields(named, version >= 4.3)
	}
	for k, v := range headers.All() {
		if lower {
			k = strings.ToLower(k)
		}
		q.headers.Set(k, v)
	}
}

// redirectV3: version 3 follows only if told to, version 4 unless told not to.
func redirectV3(r *reader, q *request, version float64) {
	const at = "options.redirect"
	given := r.Value(at) != nil
	follow := !given && version >= 4
	if given {
		follow = r.Bool(at+".redirect.followRedirects", false)
	}
	q.opt.MaxRedirects = -1
	if follow {
		q.opt.MaxRedirects = int(r.Number(at+".redirect.maxRedirects", 0))
	}
}

// bodyV3 reads the body as n8n's conditions have it; methods beside GET, PATCH,
// POST and PUT send every kind of fields as JSON.
func bodyV3(r *reader, q *request, version float64) {
	kind := r.String("contentType", "json")
	specify := r.String("specifyBody", "keypair")
	special := q.method == "GET" || q.method == "PATCH" || q.method == "POST" || q.method == "PUT"
	pairs := r.pairs("bodyParameters.parameters")
	var data any
	switch {
	case kind == "multipart-form-data":
		if special {
			q.body = wire.Body{Kind: wire.Multipart, Parts: pairs}
			return
		}
		data = fields(pairs, version >= 4.3)
	case kind == "binaryData":
		if special {
			q.body = wire.Body{Kind: wire.Binary, Field: r.String("inputDataFieldName", "data")}
		}
		return
	case kind == "raw":
		if special {
			q.body = wire.Body{Kind: wire.Raw, Data: r.Value("body")}
		}
		q.headers.Set("content-type", r.String("rawContentType", ""))
		return
	case specify == "json":
		data = r.anyJSON("jsonBody", "JSON Body")
	case specify == "string":
		data = parseForm(r.String("body", ""))
	case kind == "json" && version >= 4:
		data = nested(pairs)
	default:
		data = fields(pairs, version >= 4.3)
	}
	q.body = wire.Body{Kind: wire.JSON, Data: data}
	if kind == "form-urlencoded" && special {
		q.body.Kind = wire.Form
	}
}

// parseForm reads text in form encoding; the last of equal names counts.
func parseForm(text string) *value.Object {
	o := value.NewObject(4)
	for part := range strings.SplitSeq(text, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		o.Set(unescape(k), unescape(v))
	}
	return o
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// fields makes an object of names and values; of equal names the last counts,
// or, from version 4.3, all of them.
func fields(pairs []wire.Part, collect bool) *value.Object {
	o := value.NewObject(len(pairs))
	for _, p := range pairs {
		old, ok := o.Get(p.Name)
		switch list, isList := old.([]any); {
		case !ok || !collect:
			o.Set(p.Name, p.Value)
		case isList:
			o.Set(p.Name, append(list, p.Value))
		default:
			o.Set(p.Name, []any{old, p.Value})
		}
	}
	return o
}
