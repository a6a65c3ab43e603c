// Package code is the family of nodes that run their author's JavaScript: Code,
// Function and Function Item.
//
// # Where the code runs
//
// In a child process, which is this same program started again (MaybeRunWorker
// must be the first call of main). The child has an empty environment, no open
// files but its pipes, hard limits on memory, processor time, files and
// processes, and goja has no door to the host to begin with. It serves one
// tenant for its whole life and is killed when it overruns, misbehaves or has
// been idle. What it may see of the run it asks its parent for, frame by frame.
//
// InProcess runs the same code with goja's limits alone, for tests and tools.
//
// # What the code may return
//
// n8n's forms: a list of items, bare objects, one object, null. What is wrong
// with a value is said in n8n's words, with the item and the line.
package code
