// Package telemetry is what the platform says about itself: one JSON object a
// line, with the field names of the contract, and CloudWatch metrics embedded in
// the same lines (EMF), so that a metric costs no call of its own.
//
// Everything goes through a slog.Handler: NewJSONHandler's writes the lines that are
// shipped, and the local command puts a readable one in its place, with NewMeter's
// beside it for the metrics. Events skip
// slog's own front door (the caller's position, the wall clock), because a busy
// instance writes thousands a second.
//
// A tenant is a field of a log line and never a dimension of a metric: each
// combination of dimensions is billed as a metric of its own.
//
// Secrets and payloads are never logged. Events have no field that could carry
// one, and the handler cuts what looks like a key out of every text.
package telemetry
