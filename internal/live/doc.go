// Package live tells browsers what changes, over WebSockets.
//
// A client asks the HTTP API for a ticket, which is good for one connection and
// half a minute, and connects with it; so no credential ever stands in an
// address. It subscribes to one execution or to all of its tenant's, and gets
// execution.updated and node.updated events: what the HTTP API's rows have, and no
// items.
//
// # What is promised
//
// The answer "subscribed" says that everything that changes from then on is told.
// A client that reads the state by the HTTP API after it misses nothing. A
// connection that cannot be served in full is closed, so that its client begins
// anew: an event is never left out in silence.
//
// # Where events come from
//
// The stream of the runs table names the control items that changed, by key. Each
// checkpoint is written in one transaction with its control item, so these keys
// tell of everything, and, lying in the tenant's partition, in order. For
// executions that somebody watches the present state is read and told; changes
// between two looks are folded into one. Events therefore never go back in time;
// their version lets clients drop what comes twice or late.
//
// For a tenant without connections a change costs nothing but one look a second.
package live
