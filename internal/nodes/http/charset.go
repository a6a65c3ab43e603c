package http

import (
	"mime"
	"strings"

	"golang.org/x/net/html/charset"
)

// decodeText reads the body as text in the encoding that the content type names.
func decodeText(a answer) string {
	_, params, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	name := strings.ToLower(params["charset"])
	if err != nil || name == "" || name == "utf-8" || name == "utf8" {
		return strings.ToValidUTF8(string(a.body), "\ufffd")
	}
	enc, _ := charset.Lookup(name)
	if enc == nil {
		return strings.ToValidUTF8(string(a.body), "\ufffd")
	}
	text, err := enc.NewDecoder().Bytes(a.body)
	if err != nil {
		return strings.ToValidUTF8(string(a.body), "\ufffd")
	}
	return string(text)
}
