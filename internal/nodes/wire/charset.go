package wire

import (
	"mime"
	"strings"

	"golang.org/x/net/html/charset"
)

// DecodeText reads the body as text in the encoding that the content type names.
func DecodeText(a Answer) string {
	_, params, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	name := strings.ToLower(params["charset"])
	if err != nil || name == "" || name == "utf-8" || name == "utf8" {
		return strings.ToValidUTF8(string(a.Body), "\ufffd")
	}
	enc, _ := charset.Lookup(name)
	if enc == nil {
		return strings.ToValidUTF8(string(a.Body), "\ufffd")
	}
	text, err := enc.NewDecoder().Bytes(a.Body)
	if err != nil {
		return strings.ToValidUTF8(string(a.Body), "\ufffd")
	}
	return string(text)
}
