package samtemplate

import "time"

// API is an HTTP API or a WebSocket API of API Gateway.
type API struct {
	Source
	ID          string
	Stage       string // "$default" unless the template has another
	Routes      []Route
	Authorizers map[string]Authorizer
	CORS        *CORS
	// RouteSelection picks the route key of a WebSocket message, for example
	// "$request.body.action".
	RouteSelection string
}

// Route sends requests to a function.
type Route struct {
	Source
	Key         string // "GET /path/{name}", "$default", "$connect"
	FunctionARN string
	Timeout     time.Duration
	Authorizer  string // key of API.Authorizers; "" for none
}

// Authorizer is a Lambda REQUEST authorizer.
type Authorizer struct {
	Source
	Name        string
	FunctionARN string
	// Identity are the identity sources, for example "$request.header.Authorization".
	Identity []string
	TTL      time.Duration
	Simple   bool   // simple responses ({"isAuthorized": true}); else IAM policies
	Payload  string // "2.0" or "1.0"
}

// CORS is an HTTP API's configuration for cross-origin requests.
type CORS struct {
	Origins     []string
	Methods     []string
	Headers     []string
	Expose      []string
	Credentials bool
	MaxAge      time.Duration
}
