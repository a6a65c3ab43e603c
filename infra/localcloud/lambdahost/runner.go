package lambdahost

import (
	"encoding/json"
	"fmt"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
)

// Runner runs the invocations of one function. A runner that starts the
// function's bootstrap and serves it the Lambda Runtime API can stand here.
type Runner interface {
	// Run runs one invocation and returns the function's response, or its error
	// JSON. The invocation is the context: when it ends Run may still go on, and
	// what it returns is ignored.
	Run(inv *Invocation) (response, failure []byte)
}

// unhandled is the X-Amz-Function-Error of every error of a Go function.
const unhandled = "Unhandled"

// handlerRunner calls a handler in this process.
type handlerRunner struct{ handler lambda.Handler }

func (r handlerRunner) Run(inv *Invocation) (response, failure []byte) {
	defer func() {
		if p := recover(); p != nil {
			response, failure = nil, panicked(p)
		}
	}()
	out, err := r.handler.Invoke(inv, inv.payload)
	if err != nil {
		return nil, marshal(failureOf(err))
	}
	return out, nil
}

// failureOf names an error as aws-lambda-go's runtime does: by its outermost Go
// type, unless it is a messages.InvokeResponse_Error.
func failureOf(err error) *messages.InvokeResponse_Error {
	if own, ok := err.(messages.InvokeResponse_Error); ok { //nolint:errorlint // the runtime does not unwrap either
		return &own
	}
	return &messages.InvokeResponse_Error{Message: err.Error(), Type: typeName(err)}
}

func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

func panicked(p any) []byte {
	if own, ok := p.(messages.InvokeResponse_Error); ok {
		return marshal(&own)
	}
	return marshal(&messages.InvokeResponse_Error{
		Message: fmt.Sprint(p), Type: typeName(p),
		StackTrace: []*messages.InvokeResponse_Error_StackFrame{{Label: string(debug.Stack())}},
	})
}

func marshal(e *messages.InvokeResponse_Error) []byte {
	b, err := json.Marshal(e)
	if err != nil { // texts and numbers only: it cannot fail
		return []byte(`{"errorMessage":"","errorType":"Runtime.SerializationError"}`)
	}
	return b
}

// The failures that Lambda itself reports, worded as it words them.

func timedOut(id string, after time.Duration) []byte {
	return marshal(&messages.InvokeResponse_Error{
		Type:    "Sandbox.Timedout",
		Message: fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", id, after.Seconds()),
	})
}

func exited(id string) []byte {
	return marshal(&messages.InvokeResponse_Error{
		Type:    "Runtime.ExitError",
		Message: fmt.Sprintf("RequestId: %s Error: Runtime exited with error: signal: killed", id),
	})
}

func tooLarge() []byte {
	return marshal(&messages.InvokeResponse_Error{
		Type:    "Function.ResponseSizeTooLarge",
		Message: fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxSyncPayload),
	})
}
