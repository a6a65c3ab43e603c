// Package lambdahost runs Lambda functions inside the process.
//
// A function is an aws-lambda-go handler. The host gives each invocation what
// Lambda gives it: a request id, a context that ends at the function's timeout,
// a place among the concurrent invocations, and it reports what Lambda reports:
// the error JSON of aws-lambda-go's runtime, "Task timed out", "Runtime exited".
//
// An invocation ends once, by whichever comes first: the handler returns, its
// time is up, or it is killed. Lambda would stop the process then; here the
// handler's goroutine may go on with an ended context. Such a zombie is wanted:
// a frozen and thawed function on AWS behaves the same, and what it still writes
// must do no harm. Calls of a killed invocation through the cloud's transport
// fail, even those on a context that outlives it, because a dead process sends
// nothing.
//
// A caller that goes away does not end an invocation.
//
// Asynchronous invocations are kept in the store until they have succeeded or
// their retries are used up, so they survive a restart.
//
// How a function is run is behind the Runner interface: in-process today, and a
// bootstrap process behind the Lambda Runtime API can take its place.
package lambdahost
