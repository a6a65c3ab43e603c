package lambdahost

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/aws/aws-lambda-go/lambda"
)

// NewHandler makes a handler of a function in one of the forms that aws-lambda-go
// allows: func([context.Context,] [In]) ([Out,] [error]).
//
// It stands in for lambda.NewHandler, whose handlers cannot be used here: they put
// their output buffer back into a pool before they return its bytes, so that two
// invocations at the same time damage each other's responses. On Lambda there
// never are two in one process.
func NewHandler(fn any) lambda.Handler {
	return reflected{reflect.ValueOf(fn)}
}

type reflected struct{ fn reflect.Value }

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// Invoke implements lambda.Handler.
func (r reflected) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	t := r.fn.Type()
	var args []reflect.Value
	for i := range t.NumIn() {
		if t.In(i) == contextType {
			args = append(args, reflect.ValueOf(ctx))
			continue
		}
		in := reflect.New(t.In(i))
		if err := json.Unmarshal(payload, in.Interface()); err != nil {
			return nil, err
		}
		args = append(args, in.Elem())
	}
	out := r.fn.Call(args)
	if n := len(out); n > 0 && t.Out(n-1) == errorType {
		if err, _ := out[n-1].Interface().(error); err != nil {
			return nil, err
		}
		out = out[:n-1]
	}
	if len(out) == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(out[0].Interface())
}

// checkHandler refuses the handlers of lambda.NewHandler; see NewHandler.
func checkHandler(f Function) error {
	if f.Runner != nil {
		return nil
	}
	if f.Handler == nil {
		return fmt.Errorf("the function %s has no handler", f.Name)
	}
	if reflect.TypeOf(f.Handler).String() == "*lambda.handlerOptions" {
		return fmt.Errorf("the handler of the function %s was made by lambda.NewHandler, which is not safe for concurrent invocations; use lambdahost.NewHandler or a lambda.Handler of your own", f.Name)
	}
	return nil
}
