// Package httpauth puts credentials into HTTP requests, by what their types say
// (internal/credential), and renews tokens that a service refuses.
//
// Every request that carries a credential goes through Apply, which first checks
// that the host may get it. A Session is one node's credential for as long as the
// node runs: it applies it, sends, and on a 401 renews a token once.
package httpauth
