package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// statuses is the one table from an error's kind to an HTTP status.
var statuses = [...]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.LimitExceeded:   http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Timeout:         http.StatusGatewayTimeout,
	fault.Cancelled:       statusClientClosed,
}

// statusClientClosed is the status that proxies log for a caller who went away.
const statusClientClosed = 499

// defaultRetry is the Retry-After where the error names none.
const defaultRetry = time.Second

// Problem is an error as clients get it (RFC 9457).
type Problem struct {
	Type   string        `json:"type" doc:"Always about:blank; the code tells problems apart."`
	Title  string        `json:"title" doc:"The status in words."`
	Status int           `json:"status" doc:"The HTTP status."`
	Code   fault.Code    `json:"code" doc:"A stable name of the problem." example:"VALIDATION"`
	Detail string        `json:"detail" doc:"What is wrong here, and what to do about it."`
	Errors []fault.Field `json:"errors,omitempty" doc:"The fields that are wrong."`

	retryAfter time.Duration
}

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus makes Problem fit huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes Problem fit huma.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// GetHeaders makes Problem fit huma.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	p.headers(h.Set)
	h.Del("Content-Type") // huma sets it
	return h
}

func (p *Problem) headers(set func(name, value string)) {
	set("Content-Type", problemType)
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		wait := p.retryAfter
		if wait <= 0 {
			wait = defaultRetry
		}
		set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		set("WWW-Authenticate", "Bearer")
	}
}

// problemOf turns an error into what clients may see of it.
func problemOf(err error) *Problem {
	f := fault.Of(err)
	status := statuses[f.Kind]
	if f.Code == fault.CodePayloadTooLarge {
		status = http.StatusRequestEntityTooLarge
	}
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Code: f.Code, Detail: f.Message, Errors: f.Fields, retryAfter: f.RetryAfter,
	}
}

// ProblemOf is what clients may see of an error.
func ProblemOf(err error) *Problem { return problemOf(err) }

// WriteProblem answers with an error as a problem, and returns its status.
func WriteProblem(w http.ResponseWriter, err error) int {
	p := problemOf(err)
	p.write(w)
	return p.Status
}

func (p *Problem) write(w http.ResponseWriter) {
	p.headers(w.Header().Set)
	w.WriteHeader(p.Status)
	_ = marshal(w, p) // the caller is gone
}

// newProblem makes the problems that huma finds itself: what is wrong with
// parameters and bodies. The values it found are not repeated.
func newProblem(status int, msg string, errs ...error) huma.StatusError {
	f := fault.New(fault.Internal, fault.CodeInternal, "An internal error occurred; it has been logged.")
	switch {
	case status == http.StatusRequestEntityTooLarge:
		f = fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The body has more than %d bytes.", MaxBody)
	case status < http.StatusInternalServerError:
		f = fault.New(fault.Invalid, fault.CodeValidation, "%s", msg)
	}
	for _, err := range errs {
		d, ok := err.(huma.ErrorDetailer)
		if !ok || f.Kind == fault.Internal {
			continue
		}
		detail := d.ErrorDetail()
		f.Fields = append(f.Fields, fault.Field{Location: detail.Location, Message: detail.Message})
	}
	if len(f.Fields) > 0 {
		f.Message = sentence(f.Fields[0])
	}
	return problemOf(f)
}

// sentence is the first wrong field as a detail.
func sentence(f fault.Field) string {
	if f.Location == "" || f.Location == "body" {
		return f.Message
	}
	return f.Location + ": " + f.Message
}

// marshal writes v as JSON.
func marshal(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// unmarshal reads JSON; its errors say where the text is wrong. huma shows an
// error's whole text, so it is the message alone, without the cause.
func unmarshal(b []byte, v any) error {
	err := json.Unmarshal(b, v)
	if err == nil {
		return nil
	}
	return errors.New(jsonFault(b, err).Message)
}

func statusText(status int) string { return strconv.Itoa(status) }
