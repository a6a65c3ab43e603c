package lambdarun

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

// Records handles the batches of a table's stream. If handle fails the whole batch
// comes again, so it must not mind events twice.
func Records(handle func(context.Context, []events.DynamoDBEventRecord) error) lambda.Handler {
	return handler(func(ctx context.Context, payload []byte) ([]byte, error) {
		var batch events.DynamoDBEvent
		if err := json.Unmarshal(payload, &batch); err != nil {
			return nil, named(err)
		}
		if err := handle(ctx, batch.Records); err != nil {
			return nil, named(err)
		}
		return []byte(`{}`), nil
	})
}

// Requests sends the HTTP API's requests to one handler and all other events to
// another, for a function that both call.
func Requests(http, other lambda.Handler) lambda.Handler {
	return handler(func(ctx context.Context, payload []byte) ([]byte, error) {
		var e struct {
			RouteKey string `json:"routeKey"`
		}
		if json.Unmarshal(payload, &e) == nil && e.RouteKey != "" {
			return http.Invoke(ctx, payload)
		}
		return other.Invoke(ctx, payload)
	})
}
