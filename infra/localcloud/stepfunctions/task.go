package stepfunctions

import (
	"errors"
	"fmt"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// perform calls a task's resource and brings the outcome to the run. What the end
// of the service's context cut off has no outcome: the next Start reports it.
func (s *Service) perform(l *live, token uint64, task *asl.TaskCall) {
	defer s.tasks.Done()
	var o asl.Outcome
	if task.Service == "lambda" {
		r, err := s.Invoker.Invoke(s.base, task.Function, task.Payload)
		if err != nil && s.base.Err() != nil {
			return
		}
		o = lambdaOutcome(r, err)
	} else {
		b, err := s.Caller.Call(s.base, task.Service, task.Action, task.Payload)
		if err != nil && s.base.Err() != nil {
			return
		}
		o = serviceOutcome(task, b, err)
	}
	o.Token = token
	s.deliver(l, o)
}

// lambdaOutcome names a failure as the service does: by the errorType of what the
// function gave, or by what Lambda answered.
func lambdaOutcome(r Result, err error) asl.Outcome {
	if err != nil {
		name, cause := errorName("Lambda", "AWSLambda", err)
		return asl.Outcome{Kind: asl.Broke, Error: name, Cause: cause}
	}
	if r.FunctionError == "" {
		payload := r.Payload
		if len(payload) == 0 {
			payload = []byte("null")
		}
		return asl.Outcome{Kind: asl.Done, Payload: payload}
	}
	if v, err := asl.ParseJSON(r.Payload); err == nil {
		if o, ok := v.(*value.Object); ok {
			if name, _ := o.Get("errorType"); name != nil {
				if text, ok := name.(string); ok && text != "" {
					return asl.Outcome{Kind: asl.Broke, Error: text, Cause: string(r.Payload)}
				}
			}
		}
	}
	return asl.Outcome{Kind: asl.Broke, Error: "Lambda.Unknown",
		Cause: "The cause could not be determined because Lambda did not return an error type. Returned payload: " + string(r.Payload)}
}

func serviceOutcome(task *asl.TaskCall, b []byte, err error) asl.Outcome {
	if err == nil {
		return asl.Outcome{Kind: asl.Done, Payload: b}
	}
	prefix, api := "DynamoDB", "AmazonDynamoDBv2"
	if task.Service == "sqs" {
		prefix, api = "SQS", "AmazonSQS"
	}
	name, cause := errorName(prefix, api, err)
	return asl.Outcome{Kind: asl.Broke, Error: name, Cause: cause}
}

// generic names the errors that a service's Java client has no class for.
var generic = map[string]string{
	"Lambda":   "Lambda.AWSLambdaException",
	"DynamoDB": "DynamoDB.AmazonDynamoDBException",
	"SQS":      "SQS.AmazonSQSException",
}

// errorName gives the error name and cause that the service shows for a failed call.
func errorName(prefix, api string, err error) (name, cause string) {
	var named *TaskError
	if errors.As(err, &named) {
		return named.Name, named.Cause
	}
	var w *wire.Error
	if !errors.As(err, &w) {
		return prefix + ".SdkClientException", "Unable to execute HTTP request: " + err.Error()
	}
	typ := w.Type[strings.LastIndexByte(w.Type, '#')+1:]
	cause = fmt.Sprintf("%s (Service: %s; Status Code: %d; Error Code: %s; Request ID: local; Proxy: null)", w.Message, api, w.Status, typ)
	switch {
	case prefix == "Lambda" && w.Status >= 500 && typ != "ServiceException" && !strings.HasSuffix(typ, "Exception"):
		return "Lambda.ServiceException", cause
	case typ == "ValidationException" || !strings.HasSuffix(typ, "Exception"):
		return generic[prefix], cause
	}
	return prefix + "." + typ, cause
}

// crashed is the outcome of a task that was out when the process died: what Lambda
// reports of a function whose sandbox was killed.
func crashed(task *asl.TaskCall, token uint64) asl.Outcome {
	o := asl.Outcome{Kind: asl.Broke, Token: token}
	switch task.Service {
	case "lambda":
		o.Error = "Runtime.ExitError"
		o.Cause = `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: local Error: Runtime exited with error: signal: killed"}`
	case "sqs":
		o.Error, o.Cause = "SQS.SdkClientException", "Unable to execute HTTP request: the connection was lost"
	default:
		o.Error, o.Cause = "DynamoDB.SdkClientException", "Unable to execute HTTP request: the connection was lost"
	}
	return o
}
