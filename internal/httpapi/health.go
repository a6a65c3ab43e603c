package httpapi

import (
	"context"
	"net/http"
)

type empty struct{}

// Health says that the API answers.
type Health struct {
	Status string `json:"status" enum:"ok"`
}

func healthRoutes(a *API) {
	type output struct{ Body Health }
	add(a, route{
		id: "health", method: http.MethodGet, path: "/healthz", summary: "Whether the API answers", tag: "platform", public: true,
	}, func(context.Context, *empty) (*output, error) { return &output{Health{"ok"}}, nil })
	add(a, route{
		id: "openapi", method: http.MethodGet, path: "/api/openapi.json", summary: "This document", tag: "platform", public: true,
		answer: anyObject("An OpenAPI 3.1 document."),
	}, func(context.Context, *empty) (*rawOutput, error) { return rawJSON(a.OpenAPI()), nil })
}
