// Package judge holds the state machine, and the whole template, against
// interpreters and emulators that were not written here.
//
// One scenario is run through the public API: side effects, an attempt that is
// repeated, nodes in parallel, a short wait, a function that dies, a failure, and a
// resume after its cause is gone. It is run
//
//   - on our local cloud ("own"),
//   - on our local cloud with the state machine driven by aws-local-stepfunctions,
//     from the definition that the template deploys ("machine"): only StartExecution
//     is caught on its way out of admit, and the foreign interpreter calls the real
//     functions,
//   - on MiniStack, which took the built template by a plain `sam deploy` ("stack"):
//     the functions are the bootstraps that `sam build` made.
//
// Each must come to the same end with the same calls of the side effects' server.
package judge
