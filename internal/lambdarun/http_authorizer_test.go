package lambdarun

import (
	"context"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
)

func TestAuthorizerAnswers(t *testing.T) {
	verify := func(_ context.Context, credential string) (map[string]any, error) {
		switch credential {
		case "good":
			return map[string]any{"tenant": "ten_a"}, nil
		case "down":
			return nil, fault.New(fault.Unavailable, fault.CodeUnavailable, "down")
		case "suspended":
			return nil, fault.New(fault.Forbidden, fault.CodeForbidden, "no")
		}
		return nil, fault.New(fault.Unauthenticated, fault.CodeUnauthenticated, "wrong")
	}
	h := Authorizer(verify, func(err error) map[string]any { return map[string]any{"error": string(fault.Of(err).Code)} })
	for event, want := range map[string]string{
		`{"headers":{"authorization":"Bearer good"}}`:     `{"isAuthorized":true,"context":{"tenant":"ten_a"}}`,
		`{"headers":{"authorization":"bearer   good "}}`:  `{"isAuthorized":true,"context":{"tenant":"ten_a"}}`,
		`{"headers":{"authorization":"good"}}`:            `{"isAuthorized":true,"context":{"tenant":"ten_a"}}`,
		`{"headers":{},"identitySource":["Bearer good"]}`: `{"isAuthorized":true,"context":{"tenant":"ten_a"}}`,
		`{"headers":{"authorization":"Basic good"}}`:      `{"isAuthorized":true,"context":{"error":"UNAUTHENTICATED"}}`,
		`{"headers":{"authorization":"Bearer bad"}}`:      `{"isAuthorized":true,"context":{"error":"UNAUTHENTICATED"}}`,
		`{}`: `{"isAuthorized":true,"context":{"error":"UNAUTHENTICATED"}}`,
		`{"headers":{"authorization":"Bearer suspended"}}`: `{"isAuthorized":true,"context":{"error":"FORBIDDEN"}}`,
	} {
		got, err := h.Invoke(t.Context(), []byte(event))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", event, got, err)
		}
	}
	// What is not known is not kept: API Gateway answers 500 and asks again.
	if _, err := h.Invoke(t.Context(), []byte(`{"headers":{"authorization":"Bearer down"}}`)); err == nil {
		t.Error("an unavailable store was taken for an answer")
	}
}
