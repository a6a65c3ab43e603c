package app_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/automatelanka/automatelanka/internal/app"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/search"
)

// Without its library the function answers by words, and says why and what to run.
func TestSearchWithoutTheLibraryAnswersByWords(t *testing.T) {
	lacking := errors.New("ONNX Runtime's library is missing: run `make build`")
	for name, ahead := range map[string]bool{"opened when needed": false, "opened ahead": true} {
		h, err := app.Search(func() (search.Model, error) { return nil, lacking })(t.Context(), app.Env{
			Vars: map[string]string{"DATA_BUCKET": "none"}, AWS: aws.Config{Region: "us-east-1"}, Clock: clock.Real(),
			Log: slog.DiscardHandler, Shared: app.NewShared(), Ahead: ahead,
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e := events.APIGatewayV2HTTPRequest{RouteKey: "GET /api/templates/search", RawPath: "/api/templates/search", RawQueryString: "q=payment+confirmation"}
		e.RequestContext.HTTP.Method = "GET"
		e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			Lambda: map[string]any{"tenant": "ten_1", "role": "viewer", "actor": "key_1"},
		}
		payload, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		out, err := h.Invoke(t.Context(), payload)
		if err != nil {
			t.Fatal(err)
		}
		var answer events.APIGatewayV2HTTPResponse
		var found struct {
			Items      []struct{ ID string }
			By, Notice string
		}
		if err := errors.Join(json.Unmarshal(out, &answer), json.Unmarshal([]byte(answer.Body), &found)); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if answer.StatusCode != 200 || found.By != "words" || found.Notice == "" {
			t.Errorf("%s: %d %s", name, answer.StatusCode, answer.Body)
		}
		if strings.Contains(found.Notice, "/") || strings.Contains(found.Notice, "onnx") {
			t.Errorf("%s: tenants are shown what is on the server: %s", name, found.Notice)
		}
		if len(found.Items) == 0 || found.Items[0].ID != "payment-confirmation-crm-email" {
			t.Errorf("%s: found %v", name, found.Items)
		}
	}
}
