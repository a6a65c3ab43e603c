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
// Records are fed in the order in which they came about (inOrder): where parallel
// branches meet at one input, it decides which run is that of which branch.
// A function keeps rebuilt states in memory by checkpoint version, so that
// consecutive steps of one execution on a warm instance read nothing twice; with
// parallel branches it keeps the records, and each node reads what came since. Nodes
// that are handed out together run from one state, which is rebuilt once for all.
//
// # Runs that start runs
//
// A node asks for runs of other workflows (node.SubRuns): executeWorkflow does, and
// an AI agent whose tool is a workflow. Each run is an execution of its own, with its
// own slot, checkpoints and costs; it does not count as a run of the month.
//
//   - Started once: the child, the parent's link to it (node, run index, number) and
//     the counts are one transaction, whose condition is the parent's guard. A second
//     try finds the link. What cannot be started leaves its reason in the link.
//   - One after the other, as in n8n, so a run waits for one child at a time
//     (Control.Child), suspended and without a slot. With one slot it could not be
//     otherwise: the child needs it.
//   - Woken once: the child's ending sends a wake that holds only for the generation
//     that waits for that child. A child that ends before its parent is suspended
//     finds nobody; so the parent looks at its child after it was suspended. Both
//     write first and read then, so one sees the other. Sweep repairs a lost message.
//   - A pure node that asked is computed again when it wakes, with the results. One
//     that pays for its work (an agent) closes its claim with what it keeps (Partial),
//     in one write; its later attempts, and those of a resume, go on from there.
//   - Cancel: the settlement names the child that was read, or does not happen; the
//     execution stays in the open index (Control.EndsChild) until the child was seen
//     to. Afterwards no child can appear, by the guard in its creation.
//   - Failure: the child's, with its code, its node and its run named. Resuming the
//     parent resumes the child that failed or was cancelled, once for each resume
//     (Parent.Since), with the decision on an unknown outcome handed down. Children
//     that completed are not run again; a refusal is tried anew.
//   - Bounds: MaxDepth levels, MaxSubRuns runs under the one at the top, and the
//     author's maxSubRuns: LOOP_LIMIT. A detached run (nobody waits) is an execution
//     like any other, and needs room in the tenant's queue.
//
// # Waiting for an answer
//
// A node that runs in its function may wait too: it sends a message and waits for the
// answer. Its claim closes with the record of what it did, marked as waiting (Awaits); the
// walker is not fed with it, so nothing after it is ready, and advance suspends the
// execution when nothing else is. The record alone decides, whatever dies in between: an
// answer (Waking.Node) supersedes it with the items that came, the end of its time with
// what came in. The resume URL answers no such record.
//
// # Error workflows
//
// A failure whose workflow names an error workflow (or has an error trigger itself)
// is written with its alarm: the execution stays in the open index until the alarm
// was raised. Advance does that at once, sweep a minute later if advance died; the
// run's id is derived from execution and generation, so both make one run. Test
// runs raise none, and neither do runs of error workflows.
//
// # Who writes what
//
//	api, webhook, schedule  Desk.Launch           create: control, counters, idempotency
//	admit                   admission.Desk        slots and line; starts the state machine
//	advance                 Advancer              pure segments, dispatch, settle, suspend, hand-over, children
//	node-*                  Runner                claim, run, close
//	sweep                   admission.Sweeper     expired leases, lost messages, due timers, children of cancelled runs
package execution
