package wire

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
)

// UserAgent is sent unless the author sets one; some services refuse requests without.
const UserAgent = "AutomateLanka/1.0"

// messages are n8n's words for the statuses that need some.
var messages = map[int]string{
	400: "Bad request - please check your parameters",
	401: "Authorization failed - please check your credentials",
	402: "Payment required - perhaps check your payment details?",
	403: "Forbidden - perhaps check your credentials?",
	404: "The resource you are requesting could not be found",
	405: "Method not allowed - please check you are using the right HTTP method",
	429: "The service is receiving too many requests from you",
	500: "The service was not able to process your request",
	502: "Bad gateway - the service failed to handle your request",
	503: "Service unavailable - try again later or consider setting this node to retry automatically (in the node settings)",
	504: "Gateway timed out - perhaps try again later?",
}

// StatusMessage is what a status that is no success means in words.
func StatusMessage(status int) string {
	text, ok := messages[status]
	switch {
	case ok:
		return text
	case status >= 500:
		return messages[500]
	default:
		return "Your request is invalid or could not be processed by the service"
	}
}

// StatusFault is the fault of an answer that is not a success. What may be tried
// again: 408, 425, 429 and every 5xx; 429 and 503 say that nothing was done.
func StatusFault(a Answer, now time.Time) *fault.Error {
	f := fault.New(fault.Invalid, fault.CodeUpstream, "%s", StatusMessage(a.Status))
	f.Cause = Status(a.Status)
	f.Outcome = fault.Refused
	switch {
	case a.Status == http.StatusTooManyRequests:
		f.Kind, f.Code, f.Outcome = fault.Unavailable, fault.CodeUpstreamRateLimited, fault.NotSent
	case a.Status == http.StatusServiceUnavailable:
		f.Kind, f.Outcome = fault.Unavailable, fault.NotSent
	case a.Status >= 500, a.Status == http.StatusTooEarly:
		f.Kind = fault.Unavailable
	case a.Status == http.StatusRequestTimeout:
		f.Kind = fault.Timeout
	}
	f.RetryAfter = safedial.RetryAfter(a.Header, now)
	return f
}

// Status is the HTTP status as the cause of a fault.
type Status int

func (s Status) Error() string { return "status " + strconv.Itoa(int(s)) }

// maxDetail is how much of an error answer is shown, maxErrorBody how much of it
// is looked at, in bytes.
const (
	maxDetail    = 500
	maxErrorBody = 64 << 10
)

// Detail is what the other side says about its error: the message in its JSON,
// or the beginning of its text.
func Detail(a Answer) string {
	text := strings.TrimSpace(string(a.Body[:min(len(a.Body), maxErrorBody)]))
	if o, err := value.ParseObject([]byte(text)); err == nil {
		for _, path := range [][]any{{"error", "message"}, {"message"}, {"error_description"}, {"detail"}, {"error"}, {"description"}} {
			if v, ok := value.Path(o, path...); ok {
				if s, isText := v.(string); isText && s != "" {
					text = s
					break
				}
			}
		}
	} else if strings.HasPrefix(text, "<") {
		return ""
	}
	return fault.Shorten(text, maxDetail)
}

// Answered marks a failure as raised after the other side answered.
func Answered(err error) error { return node.WithOutcome(err, fault.Refused) }

// Clock is the clock by which a call's requests are sent.
func Clock(c *node.Call) clock.Clock {
	if timed, ok := c.Services.HTTP.(interface{ Clock() clock.Clock }); ok {
		return timed.Clock()
	}
	return clock.Real()
}
