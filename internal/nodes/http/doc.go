// Package http is the HTTP Request node, versions 1 to 4.5: what n8n sends for
// each parameter, and which items it makes of an answer.
//
// One node run makes one request for each item, or several with pagination. Safe
// methods run side by side; methods that change something run one after another
// and stop at the first failure, so that as little as possible is repeated if
// the run is. Each unsafe request carries the engine's Idempotency-Key, unless
// the author sets one or switches it off (options.idempotency = "off"); it counts
// as keyed, and may be repeated blindly, only if the author says that the service
// honours it (options.idempotency = "honoured").
//
// The versions differ in where parameters stand (1 and 2 against 3 and 4), in
// redirects (4 follows them for every method), in how names of body fields are
// read (4 takes them as paths) and in the splitting of arrays (3 and 4 always).
package http
