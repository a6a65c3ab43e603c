// Package stepfunctions is the local cloud's Step Functions: state machines and
// their executions behind the AWS wire protocol, durable in a kv.Store.
//
// # What is kept
//
// The interpreter (package asl) is a pure function of an execution's start and
// the outcomes it was told. So the store holds the start and, in order, each
// outcome: a task's answer, a timer that rang. After kill -9 the runs are replayed
// to where they stood. A task that was out then is reported to its state machine
// as crashed, so that its Retry and Catch act; waits go on to their time.
//
// For Express, StartExecution is one durable commit and everything after it is
// committed lazily: a crash may lose the latest outcomes, never their order, and
// since all services share the store, an outcome that is lost was followed by no
// durable write of anybody. A lost outcome means that its task is reported as
// crashed, which at-least-once functions bear. When a run ends, its records are
// deleted, with nothing to wait for. Standard executions commit every outcome
// durably and keep their result; their history is made by replaying.
//
// # What runs
//
// A run that waits costs no goroutine, only a timer in one heap. A task that is
// out has one goroutine, which brings the outcome and then does whatever the run
// wants done next. Runs are locked one by one, so nothing but the heap, the map of
// open runs and the store is shared.
//
// Effects are done only after what led to them was committed: a task is never
// called by a run that a restart would not know. And nothing happens in a run after
// its deadline: what rings or answers later only ends it.
//
// # What it costs
//
// Measured with this package's benchmarks (2 virtual cores, pebble on disk, 64
// clients), processor time per Express run, the tasks themselves being empty:
//
//	one task                                   24 to 29 µs
//	one task, started through ServeHTTP        36 to 43 µs
//	advance, Map of two tasks, advance         92 µs
package stepfunctions
