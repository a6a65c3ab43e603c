// Package gateway is Amazon API Gateway: HTTP APIs with payload format 2.0, and
// WebSocket APIs, in front of functions.
//
// An HTTP API turns each request into the event that Lambda functions get on AWS,
// and the function's response into an HTTP response; the limits are API Gateway's:
// 10 MB of body, 30 s, and 10 KB of headers.
package gateway
