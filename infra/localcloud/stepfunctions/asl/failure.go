package asl

import (
	"fmt"
	"slices"
)

// The error names that the language reserves, as the service uses them.
const (
	ErrAll                    = "States.ALL"
	ErrTimeout                = "States.Timeout"
	ErrHeartbeatTimeout       = "States.HeartbeatTimeout"
	ErrTaskFailed             = "States.TaskFailed"
	ErrRuntime                = "States.Runtime"
	ErrDataLimitExceeded      = "States.DataLimitExceeded"
	ErrNoChoiceMatched        = "States.NoChoiceMatched"
	ErrIntrinsicFailure       = "States.IntrinsicFailure"
	ErrParameterPathFailure   = "States.ParameterPathFailure"
	ErrResultPathMatchFailure = "States.ResultPathMatchFailure"
	ErrBranchFailed           = "States.BranchFailed"
	ErrPermissions            = "States.Permissions"
	ErrExceedTolerated        = "States.ExceedToleratedFailureThreshold"
	ErrItemReaderFailed       = "States.ItemReaderFailed"
	ErrResultWriterFailed     = "States.ResultWriterFailed"
	ErrHTTPSocket             = "States.Http.Socket"
	ErrQueryEvaluation        = "States.QueryEvaluationError"
)

var reservedErrors = []string{
	ErrAll, ErrTimeout, ErrHeartbeatTimeout, ErrTaskFailed, ErrRuntime, ErrDataLimitExceeded,
	ErrNoChoiceMatched, ErrIntrinsicFailure, ErrParameterPathFailure, ErrResultPathMatchFailure,
	ErrBranchFailed, ErrPermissions, ErrExceedTolerated, ErrItemReaderFailed, ErrResultWriterFailed,
	ErrHTTPSocket, ErrQueryEvaluation,
}

// maxCause is the greatest length of an error's cause, in bytes (API reference of
// DescribeExecution: 32768).
const maxCause = 32768

// Failure is an error of the language: a name that Retry and Catch match, and a cause.
type Failure struct {
	Error string
	Cause string
	// last is the event before the failure, where that is not the last of the machine's own thread.
	last int64
	// prefixed says that the cause already names the state.
	prefixed bool
}

func runtimeFailure(format string, args ...any) *Failure {
	return &Failure{Error: ErrRuntime, Cause: fmt.Sprintf(format, args...)}
}

func (f *Failure) String() string { return f.Error + ": " + f.Cause }

// locate puts the state and its event before a cause that the interpreter made.
func (f *Failure) locate(state string, event int64) *Failure {
	if f.prefixed || (f.Error != ErrRuntime && f.Error != ErrIntrinsicFailure && f.Error != ErrResultPathMatchFailure && f.Error != ErrNoChoiceMatched) {
		return f
	}
	cause := fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s", state, event, f.Cause)
	return &Failure{Error: f.Error, Cause: cut(cause, maxCause), prefixed: true}
}

// cut shortens s to n bytes without dividing a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

// terminal reports whether no Retry or Catch can handle the failure (service's
// documentation, "Error names": States.Runtime always fails the execution).
func (f *Failure) terminal() bool { return f.Error == ErrRuntime }

// matches reports whether an ErrorEquals list covers the failure. States.ALL and
// States.TaskFailed do not cover States.DataLimitExceeded, and States.TaskFailed
// not States.Timeout (documentation, "Error names").
func (f *Failure) matches(names []string) bool {
	if f.terminal() {
		return false
	}
	if slices.Contains(names, f.Error) {
		return true
	}
	timeout := f.Error == ErrTimeout || f.Error == ErrHeartbeatTimeout
	for _, n := range names {
		switch n {
		case ErrAll:
			if f.Error != ErrDataLimitExceeded {
				return true
			}
		case ErrTaskFailed:
			if f.Error != ErrDataLimitExceeded && !timeout {
				return true
			}
		case ErrTimeout:
			if timeout {
				return true
			}
		}
	}
	return false
}
