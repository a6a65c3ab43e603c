// Package lambdarun is the edge between Lambda's events and the domain: messages
// of queues, tasks of the state machine, HTTP requests. Each event kind has one
// table from an error's kind to what Lambda is told.
package lambdarun

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// handler makes a function a lambda.Handler, without aws-lambda-go's reflection.
type handler func(ctx context.Context, payload []byte) ([]byte, error)

func (h handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return h(ctx, payload) }

// unmarshal reads an event. AWS writes no name twice: to look for that took more than half
// of the time.
func unmarshal(event []byte, into any) error {
	return jsonv2.Unmarshal(event, into, jsontext.AllowDuplicateNames(true))
}

// messageEvent is what is used of an event of SQS ("Using Lambda with Amazon SQS" in
// Lambda's guide).
type messageEvent struct {
	Records []struct {
		ID   string `json:"messageId"`
		Body string `json:"body"`
	}
}

// Messages handles the batches of a plan's queue. A message that fails comes
// again by itself (ReportBatchItemFailures); one that cannot be read goes the
// same way and ends in the dead-letter queue, where operators see it. Admit gives an
// error for each message.
func Messages(log *slog.Logger, admit func(context.Context, []execution.Message) []error) lambda.Handler {
	return handler(func(ctx context.Context, payload []byte) ([]byte, error) {
		var batch messageEvent
		if err := unmarshal(payload, &batch); err != nil {
			return nil, named(err)
		}
		messages := make([]execution.Message, 0, len(batch.Records))
		ids := make([]string, 0, len(batch.Records))
		answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		failed := func(id string, m execution.Message, err error) {
			log.Error("a message could not be handled", "messageId", id, "executionId", m.Execution, "error", err)
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
		}
		for _, r := range batch.Records {
			m, err := message(r.Body)
			if err != nil {
				failed(r.ID, m, err)
				continue
			}
			messages, ids = append(messages, m), append(ids, r.ID)
		}
		for i, err := range admit(ctx, messages) {
			if err != nil {
				failed(ids[i], messages[i], err)
			}
		}
		return json.Marshal(answer)
	})
}

func message(body string) (execution.Message, error) {
	var m execution.Message
	err := unmarshal([]byte(body), &m)
	if err == nil && (m.Tenant == "" || m.Execution == "" || m.Generation < 1) {
		err = fault.New(fault.Invalid, fault.CodeValidation, "The message names no execution.")
	}
	return m, err
}

// JSON handles an event that is one JSON object and answers with another.
func JSON[In, Out any](f func(context.Context, In) (Out, error)) lambda.Handler {
	return handler(func(ctx context.Context, payload []byte) ([]byte, error) {
		var in In
		if err := unmarshal(payload, &in); err != nil {
			return nil, named(fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The event is not what the function expects."))
		}
		out, err := f(ctx, in)
		if err != nil {
			return nil, named(err)
		}
		return json.Marshal(out)
	})
}

// Task handles one node of the state machine; the invocation's request id is the
// token of its claim.
func Task(run func(ctx context.Context, in execution.TaskInput, token string) (execution.Report, error)) lambda.Handler {
	return JSON(func(ctx context.Context, in execution.TaskInput) (execution.Report, error) {
		lc, ok := lambdacontext.FromContext(ctx)
		if !ok || lc.AwsRequestID == "" {
			return execution.Report{}, fault.New(fault.Internal, fault.CodeInternal, "The invocation has no request id.")
		}
		return run(ctx, in, lc.AwsRequestID)
	})
}

// named gives an error the name by which the state machine knows it: the kind of
// the fault. aws-lambda-go would name it by its outermost Go type.
func named(err error) error {
	f := fault.Of(err)
	return messages.InvokeResponse_Error{Type: f.Kind.String(), Message: f.Error()}
}
