package gateway

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// accessTime is the form of requestContext.time.
const accessTime = "02/Jan/2006:15:04:05 +0000"

// event writes the payload of format 2.0 for the function.
func (g *HTTP) event(x *exchange) []byte {
	b := make([]byte, 0, 2048+len(x.body)+len(x.body)/8)
	b = append(b, `{"version":"2.0",`...)
	b = g.appendRequest(b, x)
	b = append(b, `,"requestContext":`...)
	b = g.appendContext(b, x)
	b = appendBody(b, x)
	return append(b, '}')
}

func quote(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

func member(b []byte, name, v string) []byte {
	b = append(b, '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return quote(b, v)
}

// appendRequest writes what the events for integrations and authorizers share.
func (g *HTTP) appendRequest(b []byte, x *exchange) []byte {
	r := x.request
	b = member(b, "routeKey", x.route.Key)
	b = append(b, ',')
	b = member(b, "rawPath", x.path)
	b = append(b, ',')
	b = member(b, "rawQueryString", r.URL.RawQuery)
	if cookies := r.Header.Values("Cookie"); len(cookies) > 0 {
		b = append(b, `,"cookies":[`...)
		for i, c := range strings.Split(strings.Join(cookies, "; "), "; ") {
			if i > 0 {
				b = append(b, ',')
			}
			b = quote(b, c)
		}
		b = append(b, ']')
	}
	b = append(b, `,"headers":{`...)
	b = appendHeaders(b, r)
	b = append(b, '}')
	if r.URL.RawQuery != "" {
		b = append(b, `,"queryStringParameters":{`...)
		b = appendQuery(b, r.URL.RawQuery)
		b = append(b, '}')
	}
	if len(x.params) > 0 {
		b = append(b, `,"pathParameters":{`...)
		first := true
		for name, v := range x.params {
			b = comma(b, &first)
			b = quote(b, name)
			b = append(b, ':')
			b = quote(b, v)
		}
		b = append(b, '}')
	}
	return b
}

func comma(b []byte, first *bool) []byte {
	if *first {
		*first = false
		return b
	}
	return append(b, ',')
}

// appendHeaders writes the headers, names in lower case, several values of one
// joined by commas, with those that API Gateway adds.
func appendHeaders(b []byte, r *http.Request) []byte {
	b = member(b, "host", r.Host)
	b = append(b, ',')
	b = member(b, "x-forwarded-for", sourceIP(r))
	b = append(b, ',')
	scheme, port := "http", "80"
	if r.TLS != nil {
		scheme, port = "https", "443"
	}
	if _, p, err := net.SplitHostPort(r.Host); err == nil {
		port = p
	}
	b = member(b, "x-forwarded-proto", scheme)
	b = append(b, ',')
	b = member(b, "x-forwarded-port", port)
	if r.ContentLength >= 0 && r.Header.Get("Content-Length") == "" {
		b = append(b, `,"content-length":"`...)
		b = strconv.AppendInt(b, r.ContentLength, 10)
		b = append(b, '"')
	}
	for name, values := range r.Header {
		lower := strings.ToLower(name)
		if lower == "cookie" || strings.HasPrefix(lower, "x-forwarded-") || lower == "host" {
			continue
		}
		b = append(b, ',')
		b = quote(b, lower)
		b = append(b, ':')
		b = quote(b, strings.Join(values, ","))
	}
	return b
}

func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "127.0.0.1"
	}
	return host
}

func appendQuery(b []byte, raw string) []byte {
	values, _ := url.ParseQuery(raw)
	first := true
	for name, v := range values {
		b = comma(b, &first)
		b = quote(b, name)
		b = append(b, ':')
		b = quote(b, strings.Join(v, ","))
	}
	return b
}

func (g *HTTP) appendContext(b []byte, x *exchange) []byte {
	r, now := x.request, g.opts.Clock.Now()
	prefix, _, _ := strings.Cut(r.Host, ".")
	b = append(b, '{')
	b = member(b, "accountId", g.opts.AccountID)
	b = append(b, ',')
	b = member(b, "apiId", g.api.ID)
	if x.context != nil {
		b = append(b, `,"authorizer":{"lambda":`...)
		b = append(b, x.context...)
		b = append(b, '}')
	}
	b = append(b, ',')
	b = member(b, "domainName", r.Host)
	b = append(b, ',')
	b = member(b, "domainPrefix", prefix)
	b = append(b, `,"http":{`...)
	b = member(b, "method", r.Method)
	b = append(b, ',')
	b = member(b, "path", x.path)
	b = append(b, ',')
	b = member(b, "protocol", r.Proto)
	b = append(b, ',')
	b = member(b, "sourceIp", sourceIP(r))
	b = append(b, ',')
	b = member(b, "userAgent", r.UserAgent())
	b = append(b, `},`...)
	b = member(b, "requestId", x.id)
	b = append(b, ',')
	b = member(b, "routeKey", x.route.Key)
	b = append(b, ',')
	b = member(b, "stage", g.api.Stage)
	b = append(b, `,"time":"`...)
	b = now.UTC().AppendFormat(b, accessTime)
	b = append(b, `","timeEpoch":`...)
	b = strconv.AppendInt(b, now.UnixMilli(), 10)
	return append(b, '}')
}

func appendBody(b []byte, x *exchange) []byte {
	if len(x.body) == 0 {
		return append(b, `,"isBase64Encoded":false`...)
	}
	b = append(b, `,"body":`...)
	if isText(x.request.Header.Get("Content-Type")) && utf8.Valid(x.body) {
		b, _ = jsontext.AppendQuote(b, x.body)
		return append(b, `,"isBase64Encoded":false`...)
	}
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, x.body)
	return append(b, `","isBase64Encoded":true`...)
}

// isText reports whether a body of a media type is passed on as text: API Gateway
// encodes all others, forms too.
func isText(contentType string) bool {
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	media = strings.TrimSpace(media)
	switch {
	case media == "", strings.HasPrefix(media, "text/"),
		strings.HasSuffix(media, "+json"), strings.HasSuffix(media, "+xml"):
		return true
	}
	return media == "application/json" || media == "application/javascript" || media == "application/xml"
}
