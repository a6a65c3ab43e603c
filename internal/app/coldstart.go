package app

import (
	"context"
	"sync"

	"github.com/aws/aws-lambda-go/lambda"
)

// announced says at its first call that a new instance of the function has begun.
type announced struct {
	lambda.Handler
	say func()
}

// Invoke implements lambda.Handler.
func (a *announced) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	a.say()
	return a.Handler.Invoke(ctx, payload)
}

// Built makes a function's handler, which announces its first call.
func Built(ctx context.Context, make Constructor, function string, env Env) (lambda.Handler, error) {
	began := env.Clock.Now()
	h, err := make(ctx, env)
	if err != nil {
		return nil, err
	}
	took := env.Clock.Now().Sub(began)
	return &announced{Handler: h, say: sync.OnceFunc(func() {
		env.recorder().ColdStart(function, took)
	})}, nil
}
