package openai

import (
	"net/http"
	"strconv"
)

// Fault is what goes wrong with one request; the zero value is none.
type Fault struct {
	// Status answers an error of this HTTP status; Code is its error code
	// ("insufficient_quota", "context_length_exceeded", …).
	Status int    `json:"status"`
	Code   string `json:"code"`
	// RetryAfter is sent with Status: seconds, or an HTTP date.
	RetryAfter string `json:"retryAfter"`
	// CutHead closes the connection instead of answering; CutBody within the answer.
	CutHead bool `json:"cutHead"`
	CutBody bool `json:"cutBody"`
	// NoUsage leaves the usage out of the answer.
	NoUsage bool `json:"noUsage"`
	// Finish replaces the finish reason.
	Finish string `json:"finish"`
	// DelayMS waits before answering, in milliseconds of the server's clock; Hang
	// waits until the caller gives up.
	DelayMS int  `json:"delayMs"`
	Hang    bool `json:"hang"`
}

func (f Fault) status() int {
	switch {
	case f.CutHead || f.Hang:
		return 0
	case f.Status != 0:
		return f.Status
	}
	return http.StatusOK
}

// refuse answers the fault and reports whether that was all.
func (f Fault) refuse(w http.ResponseWriter) bool {
	if f.CutHead {
		cut(w, nil)
	}
	if f.Status == 0 {
		return false
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	kind, code := "server_error", f.Code
	switch {
	case code == "insufficient_quota":
		kind = "insufficient_quota"
	case f.Status == http.StatusTooManyRequests:
		kind = "requests"
		if code == "" {
			code = "rate_limit_exceeded"
		}
	case f.Status < http.StatusInternalServerError:
		kind = "invalid_request_error"
	}
	p := problem{Message: "scripted fault with status " + strconv.Itoa(f.Status), Type: kind}
	if code != "" {
		p.Code = &code
	}
	writeError(w, f.Status, p)
	return true
}

// cut writes what there is and closes the connection; it does not return.
func cut(w http.ResponseWriter, part []byte) {
	if len(part) > 0 {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(2*len(part)+2))
		_, _ = w.Write(part)
		_ = http.NewResponseController(w).Flush()
	}
	panic(http.ErrAbortHandler)
}
