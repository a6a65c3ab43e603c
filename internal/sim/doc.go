// Package sim runs the protocol of executions under seeded faults: the real
// admission, advance, node runner and sweep over the real store on the local
// cloud's DynamoDB, while queue, state machine and clock are driven step by step
// by one random source. A seed reproduces a whole schedule.
//
// Each step picks one thing that could happen next: a message is delivered (once,
// twice, late), a machine run takes a state, a function is killed at some write, a
// write is applied and its answer lost, time passes, sweep runs, somebody cancels
// or resumes. After each step, and at the end, the promises are checked:
//
//   - no tenant holds more slots than its limit;
//   - no node runs under two live claims at one time, and a completed one never again;
//   - a node without a safe repetition is called at most once per decision;
//   - a run that a node asks for is started once, nobody goes on before it has ended,
//     and no model call is paid twice for it;
//   - when everything is quiet, every accepted run has ended, no slot is held, the
//     line is empty and the counter of open runs is zero.
//
// make sim runs 10,000 schedules; go test runs a few hundred.
package sim
