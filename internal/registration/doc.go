// Package registration registers the addresses of triggers at the services that
// are to call them, and takes them away again.
//
// What is wanted is written by changes of workflows (package catalog); a Registrar
// makes it so, one registration at a time under a lease. It can die anywhere and
// be repeated: the service is always asked first which hooks it has (check), so a
// hook with our address whose creation was never answered is found again and
// adopted, and more than one are reduced to one. Before a hook is made, node and
// secret are noted, so that whoever takes it away later has the credentials and
// parameters that made it, whatever became of the workflow.
//
// # Requests
//
// A trigger's file (package trigger/service) has them as operations of a connector:
//
//	check       gives the hooks that could be ours: items {id, url}
//	register    makes the hook; gives {id} and, where the service makes the secret, {secret}; expires (ISO time) where the hook ends
//	adopt       changes the hook {id} to what register would have made; optional
//	unregister  removes the hook {id}; one that is gone is no failure
//
// They see the node's parameters that they declare, and as $json: url, secret, id,
// tag (short, the same for the address for ever), user and password (of the basic
// authentication that callers must show, where the node asks for that).
//
// # Failures
//
// Transient failures (429, 5xx, no answer) are tried again with backoff for some
// hours. What trying cannot change (a refused credential, a missing permission, a
// platform without a public address) is kept as a problem that the tenant reads,
// with what to do; activating the workflow again tries again. Meanwhile the
// address works: whoever registers it by hand, with the secret in the node's
// credential, needs none of this.
package registration
