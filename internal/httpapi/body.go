package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// byteOrderMark begins files that some editors save; JSON has none (RFC 8259, section
// 8.1, lets readers pass over it).
var byteOrderMark = []byte("\ufeff")

// plainBody refuses a body that is no UTF-8 text. Reading it all the same would put
// replacement characters in the place of what was sent, and keep those.
func plainBody(r *http.Request) error {
	if r.ContentLength == 0 || r.Body == nil {
		return nil
	}
	if c := strings.TrimSpace(r.Header.Get("Content-Encoding")); c != "" && !strings.EqualFold(c, "identity") {
		return fault.New(fault.Invalid, fault.CodeValidation, "The body is compressed (Content-Encoding: %s); send it as it is.", fault.Shorten(c, 40))
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The body could not be read to its end.")
	}
	if !utf8.Valid(body) {
		return fault.New(fault.Invalid, fault.CodeValidation, "The body is not UTF-8 text; save or encode it as UTF-8 and send it again.")
	}
	body = bytes.TrimPrefix(body, byteOrderMark)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return nil
}
