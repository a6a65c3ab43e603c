package s3

import (
	"encoding/xml"
	"errors"
	"net/http"
)

// Error is an answer of S3 that is not a result.
type Error struct {
	Status  int
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func fail(status int, code, message string) error {
	return &Error{Status: status, Code: code, Message: message}
}

func unsupported(what string) error {
	return fail(http.StatusNotImplemented, "NotImplemented", "the local cloud does not support "+what)
}

var (
	errNoKey        = fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
	errNoBucket     = fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	errNoUpload     = fail(http.StatusNotFound, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
	errPrecondition = fail(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	errChecksum     = fail(http.StatusBadRequest, "BadDigest", "The checksum you specified did not match what we received.")
	errNotModified  = &Error{Status: http.StatusNotModified}
)

func writeError(w http.ResponseWriter, r *http.Request, err error) {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Status: http.StatusInternalServerError, Code: "InternalError", Message: err.Error()}
	}
	if r.Method == http.MethodHead || e.Status == http.StatusNotModified {
		w.WriteHeader(e.Status)
		return
	}
	writeXML(w, e.Status, struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: e.Code, Message: e.Message})
}

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

func writeXML(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(xml.Header))
	_ = xml.NewEncoder(w).Encode(v)
}
