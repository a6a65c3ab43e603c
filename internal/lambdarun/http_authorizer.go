package lambdarun

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// authorizerEvent is what is used of an HTTP API's REQUEST authorizer event,
// payload format 2.0.
type authorizerEvent struct {
	IdentitySource []string          `json:"identitySource"`
	Headers        map[string]string `json:"headers"`
}

// authorizerAnswer is the simple response.
type authorizerAnswer struct {
	IsAuthorized bool           `json:"isAuthorized"`
	Context      map[string]any `json:"context"`
}

// Authorizer judges the credential of a request. Verify returns what the functions
// behind the API are told of it; a fault that is not transient is told by refusal
// instead, and the request goes on without an identity, because an HTTP API cannot
// shape the answer of a refusal. Any other error is API Gateway's 500 and is not
// kept in its cache.
func Authorizer(verify func(ctx context.Context, credential string) (map[string]any, error), refusal func(error) map[string]any) lambda.Handler {
	return handler(func(ctx context.Context, payload []byte) ([]byte, error) {
		var e authorizerEvent
		if err := json.Unmarshal(payload, &e); err != nil {
			return nil, named(fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The event is not one of an authorizer."))
		}
		claims, err := verify(ctx, e.credential())
		if err != nil {
			if f := fault.Of(err); f.Kind != fault.Unauthenticated && f.Kind != fault.Forbidden {
				return nil, named(err)
			}
			claims = refusal(err)
		}
		return json.Marshal(authorizerAnswer{IsAuthorized: true, Context: claims})
	})
}

// credential is the text after "Bearer", in any case, or the whole header.
func (e *authorizerEvent) credential() string {
	text := e.Headers["authorization"]
	if text == "" && len(e.IdentitySource) > 0 {
		text = e.IdentitySource[0]
	}
	scheme, rest, ok := strings.Cut(strings.TrimSpace(text), " ")
	if ok && strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(rest)
	}
	return strings.TrimSpace(text)
}
