// Package execution is the life of a run: accepted, queued, admitted, advanced
// node by node, suspended, resumed, settled.
//
// # The protocol
//
// One control item decides everything. Each change is one conditional update of
// it, so of two that race one wins and the other reads what happened.
//
//   - Generation: raised only by the writer that makes an execution queued
//     (create, resume, wake, hand-over, sweep). Messages and machine runs carry
//     the generation they were made for; an old one can change nothing.
//   - Machine run: the first advance of a generation binds it to its state
//     machine run. Duplicates of Express or SQS find it bound and end quietly.
//   - Claim: before a node with side effects runs, its function writes a claim
//     with its invocation's token and a deadline. Closing the claim writes the
//     checkpoint in the same transaction.
//   - A claim is dead when its deadline has passed, or when the state machine
//     reported the failure of its invocation. Only advance acts on that.
//   - The first terminal status wins. What follows a terminal status (freeing the
//     slot, offering the line) can be repeated whole.
//
// # Checkpoints and replay
//
// A run is rebuilt by feeding its checkpointed node runs, in order, to a
// walk.Walker. Replay was chosen over storing the walker's state: checkpoints
// must be kept anyway (people look at them), feeding one costs under a
// microsecond, and a changed walker can still read old runs. The records of one
// (node, run index) are ordered by sequence number and the last one counts, so a
// failed record is superseded by the successful one of a later generation.
// A function keeps rebuilt states in memory by checkpoint version, so that
// consecutive steps of one execution on a warm instance read nothing twice.
//
// # Who writes what
//
//	api, webhook, schedule  Desk.Launch           create: control, counters, idempotency
//	admit                   admission.Desk        slots and line; starts the state machine
//	advance                 Advancer              pure segments, dispatch, settle, suspend, hand-over
//	node-*                  Runner                claim, run, close
//	sweep                   admission.Sweeper     expired leases, lost messages, due timers
package execution
