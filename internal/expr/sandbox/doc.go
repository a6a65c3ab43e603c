// Package sandbox runs strangers' JavaScript in goja within limits of time,
// memory and stack. Nothing of Go, the host, files, network or timers is
// reachable: a runtime has ECMAScript's objects and what its owner adds.
//
// What it guarantees:
//
//   - Time. A run is interrupted when its time is over or its context ends. goja
//     looks at the interrupt every 100 instructions; a built-in function that
//     loops in Go does not look at all. So every built-in whose work can exceed
//     its visible size is guarded: it is refused beyond named sizes, which keeps a
//     single call below about a second. Regular expressions that need
//     backtracking end after RegexpTime.
//   - Memory. A single allocation is refused beforehand when it alone would pass
//     the limit (repeat, padding, joins, replacements, buffers, doubling strings,
//     big integers). What many small ones add up to is seen by a watcher that
//     looks at the process's heap every few milliseconds while scripts run: past
//     the limit it collects garbage, and if the growth is still there interrupts
//     the run that has been going longest. The heap is the process's, so with
//     several scripts at once the accused may be a neighbour; its run fails with
//     the same clear error, and no more than one run is ended at a time.
//   - Stack. Calls are limited to Limits.CallStack frames; nested data, which
//     built-ins walk by recursion in Go, to MaxDepth levels.
//
// A limit that was passed cannot be caught by the script, and the runtime is
// not used again. Guards are installed only where a program's text names what
// they guard, or computes names, so a plain expression does not pay for them.
package sandbox
