// Package sim runs the protocol of executions under seeded faults: the real
// admission, advance, node runner and sweep over the real store on the local
// cloud's DynamoDB, while queue, state machine and clock are driven step by step
// by one random source. A seed reproduces a whole schedule.
//
// Each step picks one thing that could happen next: a message is delivered (once,
// twice, late), a machine run takes a state, a function is killed at some write, a
// write is applied and its answer lost, time passes, sweep runs, a request comes
// again, somebody cancels, resumes, retries or answers a wait, an operator changes a
// limit, suspends a tenant or kills all that it has open. Between two calls of a
// function another may run, or it stands still until its lease is over. Sweep may read
// its index as it was a pass before. After a busy time
// everything comes to rest; then what failed is resumed, and there is another. After
// each write, and at rest, the promises are checked:
//
//   - no tenant holds more slots than its limit, or than it held when that was lowered;
//   - after a sweep nobody stands in line beside a slot that nobody needs;
//   - what calls the other side has a slot of its generation;
//   - no node runs under two live claims at one time, and a completed one never again;
//   - a node without a safe repetition is called at most once per decision;
//   - no call starts when a run's time is up (executionTimeout);
//   - a run that a node asks for is started once, nobody goes on before it has ended,
//     and no model call is paid twice for it;
//   - no month's tokens are over the budget, and at rest the log is what was billed;
//   - when everything is quiet, every accepted run has ended, no slot is held, the
//     line is empty, the counter of open runs is zero, and each run is counted once,
//     in the month in which it was accepted.
//
// Triggers that poll have the same in their own package, trigger/poll.
//
// make sim runs 10,000 schedules on all cores; go test runs forty. A failing seed
// tells how it is played again. make sim-mutants breaks the rules one by one and
// asks whether the schedules find it.
package sim
