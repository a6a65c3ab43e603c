// Package wire has what the AWS JSON protocols share: the operation's name in
// X-Amz-Target, the body, and errors in the form that the SDKs read.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Error is an answer that an AWS service gives instead of a result. Type is the
// service's exception name, for example ConditionalCheckFailedException.
type Error struct {
	Status  int
	Type    string
	Message string
	// QueryCode is the name that the error had in the query protocol, which the SDKs of
	// some services still report; empty if it has none.
	QueryCode string
	// Extra are further members of the body, for example CancellationReasons.
	Extra map[string]any
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// Errorf makes an Error with status 400.
func Errorf(typ, format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Type: typ, Message: fmt.Sprintf(format, args...)}
}

// Unsupported is the loud error for an operation or parameter that the local
// cloud does not have: it is never ignored.
func Unsupported(what string) *Error {
	return &Error{Status: http.StatusNotImplemented, Type: "LocalCloudUnsupported", Message: "the local cloud does not support " + what}
}

// Operation returns the operation's name of an AWS JSON request:
// "DynamoDB_20120810.GetItem" is GetItem.
func Operation(r *http.Request) string {
	target := r.Header.Get("X-Amz-Target")
	return target[strings.LastIndexByte(target, '.')+1:]
}

// wholeAtOnce is up to which length, in bytes, a body's memory is taken before it is
// there: a length that is merely promised must not cost more.
const wholeAtOnce = 1 << 20

// Body reads a request's body whole.
func Body(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer r.Body.Close()
	if r.ContentLength < 0 || r.ContentLength > wholeAtOnce {
		return io.ReadAll(r.Body)
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

// Read parses a request's body. A member that into has not is a parameter of the operations
// (named by what, as in "of KMS operations") that the local cloud does not support; any other
// complaint is an error of the service's type malformed.
func Read(body []byte, into any, what, malformed string) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	if err == nil {
		return nil
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return Unsupported("the parameter " + field + " " + what)
	}
	return Errorf(malformed, "the request is not valid: %v", err)
}

// Serve answers a request with what do makes of its operation and body: a value that is
// written as JSON, nil for an answer without members, or an error.
func Serve(w http.ResponseWriter, r *http.Request, do func(operation string, body []byte) (any, error)) {
	body, err := Body(r)
	if err != nil {
		WriteError(w, err)
		return
	}
	out, err := do(Operation(r), body)
	if err != nil {
		WriteError(w, err)
		return
	}
	answer := []byte("{}")
	if out != nil {
		if answer, err = json.Marshal(out); err != nil {
			WriteError(w, err)
			return
		}
	}
	WriteJSON(w, http.StatusOK, answer)
}

// Direct is a ResponseWriter that takes an answer without what only a network needs:
// the checksum of the body, and its type.
type Direct interface {
	// Answer keeps a copy of body.
	Answer(status int, body []byte)
}

// WriteJSON answers with body as AWS JSON 1.0.
func WriteJSON(w http.ResponseWriter, status int, body []byte) {
	if d, ok := w.(Direct); ok {
		d.Answer(status, body)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/x-amz-json-1.0")
	h.Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// WriteError answers with err; what is not an *Error becomes an InternalServerError.
func WriteError(w http.ResponseWriter, err error) {
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Status: http.StatusInternalServerError, Type: "InternalServerError", Message: err.Error()}
	}
	body := map[string]any{"__type": e.Type, "message": e.Message}
	for k, v := range e.Extra {
		body[k] = v
	}
	b, _ := json.Marshal(body)
	w.Header().Set("X-Amzn-Errortype", e.Type)
	if e.QueryCode != "" {
		w.Header().Set("X-Amzn-Query-Error", e.QueryCode+";Sender")
	}
	WriteJSON(w, e.Status, b)
}
