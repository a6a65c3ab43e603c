// Package fault is the vocabulary of errors: few kinds, a stable public code, a
// message that is safe to show, and a cause that is only logged. Every edge has
// one table from kind to behaviour: HTTP status, SQS retry or acknowledge, Step
// Functions error name.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what sort of failure it is; edges decide by it.
type Kind uint8

// The kinds. Unavailable and Timeout are transient: the same call may succeed later.
const (
	Internal Kind = iota
	Invalid
	Unauthenticated
	Forbidden
	NotFound
	Conflict
	LimitExceeded
	Unavailable
	Timeout
	Cancelled
)

var kindNames = [...]string{
	"Internal", "Invalid", "Unauthenticated", "Forbidden", "NotFound",
	"Conflict", "LimitExceeded", "Unavailable", "Timeout", "Cancelled",
}

func (k Kind) String() string { return kindNames[k] }

// Code is a stable public name of a failure; clients and logs rely on it.
type Code string

// The public codes of CONTRACT.
const (
	CodeInternal            Code = "INTERNAL"
	CodeConflict            Code = "CONFLICT"
	CodeUnavailable         Code = "UNAVAILABLE"
	CodePlanConcurrency     Code = "PLAN_LIMIT_CONCURRENCY"
	CodePlanRuns            Code = "PLAN_LIMIT_RUNS"
	CodePlanQueue           Code = "PLAN_LIMIT_QUEUE"
	CodePlanRate            Code = "PLAN_LIMIT_RATE"
	CodeAIBudget            Code = "AI_TOKEN_BUDGET_EXHAUSTED"
	CodeIdempotency         Code = "IDEMPOTENCY_MISMATCH"
	CodeNotFound            Code = "NOT_FOUND"
	CodeForbidden           Code = "FORBIDDEN"
	CodeUnauthenticated     Code = "UNAUTHENTICATED"
	CodeValidation          Code = "VALIDATION"
	CodePayloadTooLarge     Code = "PAYLOAD_TOO_LARGE"
	CodeNodeTypeUnsupported Code = "NODE_TYPE_UNSUPPORTED"
	CodeNodeTimeout         Code = "NODE_TIMEOUT"
	CodeNodeOutcomeUnknown  Code = "NODE_OUTCOME_UNKNOWN"
	CodeNodeError           Code = "NODE_ERROR"
	CodeExpression          Code = "EXPRESSION_ERROR"
	CodeAddressRefused      Code = "ADDRESS_REFUSED"
	CodeCredentialMissing   Code = "CREDENTIAL_MISSING"
	CodeCredentialDomain    Code = "CREDENTIAL_DOMAIN"  // the host is none that may get the credential
	CodeCredentialExpired   Code = "CREDENTIAL_EXPIRED" // it must be connected again
	CodeCredentialInUse     Code = "CREDENTIAL_IN_USE"
	CodeUpstreamRateLimited Code = "UPSTREAM_RATE_LIMITED"
	CodeUpstream            Code = "UPSTREAM_ERROR"
	CodeCode                Code = "CODE_ERROR"
	CodeCodeLimit           Code = "CODE_LIMIT"
	CodeLoopLimit           Code = "LOOP_LIMIT"
	CodeRunLimit            Code = "RUN_LIMIT"
	CodeExecutionTimeout    Code = "EXECUTION_TIMEOUT"
	CodeRunCap              Code = "RUN_CAP_REACHED"
	CodeWorkflowCap         Code = "WORKFLOW_CAP_REACHED"
	CodeConnections         Code = "CONNECTION_LIMIT"
	CodeCancelled           Code = "CANCELLED"
)

// Field is one invalid field of a request: where it is and what to do about it.
type Field struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

// Error is a failure with a public face and a private cause.
type Error struct {
	Kind    Kind
	Code    Code
	Message string  // safe to show to the tenant; says what to do
	Fields  []Field // for Invalid: which fields are wrong
	// RetryAfter is when a LimitExceeded or Unavailable may be tried again; 0 if unknown.
	RetryAfter time.Duration
	// Outcome says whether a failed side effect may have happened.
	Outcome Outcome
	Cause   error // logged, never shown
}

// Outcome says what is known about the effect of a failed call.
type Outcome uint8

// The outcomes. NotSent: nothing reached the other side (or it said that it did
// nothing: 429, 503). Refused: the other side answered with a failure. Unknown:
// the answer was lost, so the effect may have happened.
const (
	NotSent Outcome = iota
	Refused
	Unknown
)

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Cause }

// New makes an error whose message may be shown.
func New(kind Kind, code Code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap is New with a cause that is only logged.
func Wrap(cause error, kind Kind, code Code, format string, args ...any) *Error {
	e := New(kind, code, format, args...)
	e.Cause = cause
	return e
}

// MaxMessage is the most bytes of a message that are kept with a run. What other
// sides and the code of tenants say has any length, and a run's own items have not.
const MaxMessage = 8 << 10

// More stands where Shorten cut.
const More = "…"

// Shorten cuts text to at most so many bytes, at the end of a character, and says
// by an ellipsis (within them) that it did.
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len(More)], "") + More
}

// Of returns the Error in err's chain; any other error becomes an Internal one
// that shows nothing of its cause. It returns nil for nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Wrap(err, Internal, CodeInternal, "An internal error occurred; it has been logged.")
}

// Is reports whether err is an Error of the kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// Stops reports whether the failure ends a run whatever its nodes' settings say
// about errors: a cap that a loop could run past would be none.
func (e *Error) Stops() bool {
	return e.Kind == Cancelled || e.Code == CodeRunCap || e.Code == CodeWorkflowCap
}

// Transient reports whether the same call may succeed later.
func (e *Error) Transient() bool { return e.Kind == Unavailable || e.Kind == Timeout }
