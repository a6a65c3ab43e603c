// Package sfnengine starts state machine runs on Step Functions. What Step
// Functions calls an execution is a "state machine run" here, and only here
// does its own word appear.
package sfnengine

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// Starter is the part of the Step Functions client that is used.
type Starter interface {
	StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
}

// Engine starts runs of one state machine.
type Engine struct {
	Client  Starter
	Machine string // its ARN
}

// Start starts a run. Starting the same name twice is allowed for Express: the
// second run finds its generation bound and ends.
func (e *Engine) Start(ctx context.Context, name string, input []byte) error {
	_, err := e.Client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: &e.Machine, Name: &name, Input: aws.String(string(input)),
	})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The state machine could not be started; it is tried again.")
	}
	return nil
}
