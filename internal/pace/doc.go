// Package pace keeps tenants from flooding the services that they call.
//
// # What is limited
//
// Every call that a workflow makes takes a token from three buckets: the tenant's
// for the host, the tenant's for all hosts, and the host's for all tenants
// together. A bucket fills at its rate and holds a burst. A call that finds no
// token waits if that fits into the node's time, and else fails with
// UPSTREAM_RATE_LIMITED and ErrHeldBack; the engine repeats such an attempt later,
// however often, because nothing was sent.
//
// # How it holds across instances, at little cost
//
// The buckets are in the store, one item each. An instance takes tokens in small
// batches: one write for several calls, and the batch grows only while batches
// are used up. What is left of a batch lapses after LeaseTime. Most tenants make a
// few calls and stop: the first FreeCalls in a FreeWindow cost an instance no write.
//
// So in any time d, of the calls that n instances make under one bucket, at most
//
//	burst + rate·(d + LeaseTime) + n·FreeCalls·(⌈d/FreeWindow⌉ + 1)
//
// get through: the last term, and the tokens taken just before, are the slack. A
// tenant has no more instances at one time than its plan lets it run. The store is
// never asked to give tokens back, and a write whose answer is lost wastes a batch:
// errors make calls fewer, not more.
//
// # What services say
//
// A service that answers 429 or 503 with Retry-After, or that no calls are left
// until a moment, is believed: no more calls of that tenant, host and credential
// until then. The hold is kept beside the bucket, and other instances see it with
// their next batch. One of less than KeptFrom is kept by the instance alone.
package pace
