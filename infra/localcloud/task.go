package localcloud

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// taskInvoker lets state machines call functions.
type taskInvoker struct{ cloud *Cloud }

func (t taskInvoker) Invoke(ctx context.Context, function string, payload []byte) (stepfunctions.Result, error) {
	r, err := invoker(t).Do(ctx, lambdahost.Call{Function: function, Payload: payload})
	return stepfunctions.Result{Payload: r.Payload, FunctionError: r.FunctionError}, err
}

// taskCaller lets state machines call services of the AWS JSON protocol.
type taskCaller struct{ cloud *Cloud }

// targets are the prefixes of X-Amz-Target.
var targets = map[string]string{"dynamodb": "DynamoDB_20120810.", "sqs": "AmazonSQS.", "states": "AWSStepFunctions."}

func (t taskCaller) Call(ctx context.Context, service, action string, params []byte) ([]byte, error) {
	handler, ok := t.cloud.services[service]
	if !ok {
		return nil, wire.Unsupported("the service " + service + " in state machines")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+service+".amazonaws.com/", bytes.NewReader(params))
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-Amz-Target", targets[service]+strings.ToUpper(action[:1])+action[1:])
	w := &response{header: http.Header{}, status: http.StatusOK}
	handler.ServeHTTP(w, r)
	if w.status == http.StatusOK {
		return w.buf.Bytes(), nil
	}
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(w.buf.Bytes(), &e); err != nil {
		return nil, err
	}
	return nil, &wire.Error{Status: w.status, Type: e.Type, Message: e.Message}
}

// startMachine starts a run of a state machine.
func (c *Cloud) startMachine(ctx context.Context, arn, input string) error {
	params, err := json.Marshal(map[string]string{"stateMachineArn": arn, "input": input})
	if err != nil {
		return err
	}
	_, err = taskCaller{c}.Call(ctx, "states", "startExecution", params)
	return err
}

// deadLetter sends an asynchronous event that failed for good to a queue.
func (c *Cloud) deadLetter(queueARN string, payload []byte, failure string) error {
	_, err := c.queues.Send(queueARN, sqs.Sending{
		Body: string(payload), Delay: -1,
		Attributes: map[string]sqs.Attribute{"ErrorMessage": {DataType: "String", Text: failure[:min(len(failure), 1024)]}},
	})
	return err
}
