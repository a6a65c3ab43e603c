// Package openaichat makes chat calls to OpenAI and to servers that speak its
// API, and counts their tokens.
//
// A Client is the transport only: one request, one answer, no retries. Repeating
// is the engine's business, because each attempt reserves and settles its own
// part of the tenant's budget. What a failure means for that budget is in the
// fault's Outcome: NotSent and Refused were not billed, Unknown may have been.
//
// The tenant's own base URL is called through the safe dialer; the platform's
// base URL, which an operator configured and which may be private, has a dialer
// of its own with that one exception.
package openaichat
