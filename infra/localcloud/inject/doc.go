// Package inject decides where the local cloud misbehaves, by a specification and
// a seed.
//
// A specification is a list of services with what goes wrong there and how often:
//
//	dynamodb:error=0.01,apply-then-error=0.01,throttle=0.01,delay=5ms;sqs:duplicate=0.02;lambda:kill=0.01
//
// A service may be narrowed to one operation ("dynamodb.UpdateItem"), or be "*" for
// all. The faults are
//
//	error             the call fails and was not carried out
//	apply-then-error  the call was carried out, and the caller sees a failure
//	throttle          the service refuses the call because there are too many
//	delay             the call takes up to so much longer
//	duplicate         sqs: a message is delivered twice; states: a run is started twice
//	reorder           sqs: a message becomes visible up to 50 ms late
//	kill              lambda: the process of the calling function dies during a call
//	conflict          dynamodb: a write is refused because it meets a transaction
//	hot               dynamodb: one item takes only so many write units a second
//	lag               dynamodb: global indexes are up to so much behind
//
// The n-th call of an operation meets the same fate whenever the seed is the same.
// How calls of different operations interleave is not part of that.
package inject
