// Package localcloud is the cloud on one machine. It reads template.yaml, builds
// the queues, tables, functions, state machines, schedules and routes that stand
// in it, and serves the AWS wire protocols of their services, so that the real
// SDK clients talk to it and the production adapters run unmodified.
//
// # How a call travels
//
// A function gets an aws.Config whose HTTP client is this cloud's transport. It
// hands each request to the service of the request's host in the same goroutine,
// without a network; so a call costs what the SDK and the service cost. The same
// services can be served on a port (Cloud.Endpoint), where they are told apart
// by the credential scope of the signature.
//
// # What stands behind it
//
// One ordered key-value store (package kv), shared by all services under their own
// prefixes, durable against the death of the process. The clock is passed in: with
// a manual one, visibility timeouts, schedules and waits pass only when a test says so.
//
// # What it refuses
//
// A resource, property, operation or parameter that is not supported is an error
// that says so. Nothing is ignored in silence.
package localcloud
