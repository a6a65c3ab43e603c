package lambdarun

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// Hub is what handles the events of the function live.
type Hub interface {
	Connect(ctx context.Context, connection, ticket string) error
	Message(ctx context.Context, connection string, body []byte) error
	Disconnect(ctx context.Context, connection string) error
	Changed(ctx context.Context, changes []execution.Ref) error
}

// liveEvent is what is used of the events of a WebSocket API and of a table's stream
// of keys; it is one or the other.
type liveEvent struct {
	RequestContext struct {
		ConnectionID string `json:"connectionId"`
		EventType    string `json:"eventType"`
	} `json:"requestContext"`
	Query   map[string]string `json:"queryStringParameters"`
	Body    string            `json:"body"`
	Records []struct {
		Change struct {
			Keys struct {
				PK struct{ S string } `json:"pk"`
				SK struct{ S string } `json:"sk"`
			}
		} `json:"dynamodb"`
	}
}

// Live handles the events of a WebSocket API, whose $connect takes a ticket from the
// query, and the changes of the runs table. executionOf finds the execution of a
// changed item. An error of changes makes Lambda bring them again.
func Live(hub Hub, executionOf func(pk, sk string) (execution.Ref, bool)) lambda.Handler {
	return handler(func(ctx context.Context, payload []byte) ([]byte, error) {
		var e liveEvent
		if err := unmarshal(payload, &e); err != nil {
			return nil, named(fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The event is of no kind that is known."))
		}
		if e.RequestContext.EventType == "" {
			var changes []execution.Ref
			for _, r := range e.Records {
				if ref, ok := executionOf(r.Change.Keys.PK.S, r.Change.Keys.SK.S); ok {
					changes = append(changes, ref)
				}
			}
			if err := hub.Changed(ctx, changes); err != nil {
				return nil, named(err)
			}
			return []byte(`{}`), nil
		}
		status, err := e.socket(ctx, hub)
		if err != nil {
			return nil, named(err)
		}
		return json.Marshal(events.APIGatewayProxyResponse{StatusCode: status})
	})
}

// socket handles an event of the WebSocket API; the status matters to $connect alone.
func (e *liveEvent) socket(ctx context.Context, hub Hub) (status int, err error) {
	id := e.RequestContext.ConnectionID
	switch e.RequestContext.EventType {
	case "CONNECT":
		err = hub.Connect(ctx, id, e.Query["ticket"])
		switch f := fault.Of(err); {
		case err == nil:
		case f.Kind == fault.Unauthenticated:
			return http.StatusUnauthorized, nil
		case f.Kind == fault.LimitExceeded:
			return http.StatusTooManyRequests, nil
		}
	case "MESSAGE":
		err = hub.Message(ctx, id, []byte(e.Body))
	case "DISCONNECT":
		err = hub.Disconnect(ctx, id)
	}
	return http.StatusOK, err
}
