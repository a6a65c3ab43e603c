package hook

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// ofConnection are headers that belong to the connection or are counted by the server:
// one that an author sets would contradict what is sent (RFC 9110, section 7.6.1).
var ofConnection = map[string]bool{
	"Connection": true, "Keep-Alive": true, "Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
	"Content-Length": true,
}

// setHeader sets a header of an author's answer. Names that are none are left out, and
// signs that end a header, or that no value may have, become blanks: values are made of
// what callers send.
func setHeader(h http.Header, name, v string) {
	name = http.CanonicalHeaderKey(strings.TrimSpace(name))
	if !httpguts.ValidHeaderFieldName(name) || ofConnection[name] {
		return
	}
	h.Set(name, strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return ' '
		}
		return r
	}, v)))
}
