// Package lambdacall has functions do something without waiting for it.
package lambdacall

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// API is the part of the Lambda client that is used.
type API interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Registrar has registrations looked at; it implements catalog.Registrar.
type Registrar struct {
	Client   API
	Function string // name of the function register
}

// Register hands the registrations over; Lambda keeps them until the function has run.
func (r *Registrar) Register(ctx context.Context, refs []trigger.RegistrationRef) error {
	payload, err := json.Marshal(trigger.RegisterInput{Registrations: refs})
	if err != nil {
		return err
	}
	_, err = r.Client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &r.Function, InvocationType: types.InvocationTypeEvent, Payload: payload})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The function that registers webhooks could not be called.")
	}
	return nil
}
