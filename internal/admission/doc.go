// Package admission decides when a queued execution may run: slots and the line
// before them.
//
// # Slots
//
// One item per tenant holds the leases, by execution: generation and expiry. Its
// size is the counter, so counter and leases cannot drift apart. To take a slot is
// one conditional update; the limit comes with the call, so that a changed limit
// holds at once. A refusal brings the item along, and leases that have expired are
// evicted on the spot: first the execution's generation is raised (so that whatever
// still runs for it can change nothing), then the slot is freed, then offered.
//
// # The line
//
// An execution that gets no slot is parked: an entry in the base table, and a mark
// on the slots item that the line is not empty. While the mark stands, a fresh
// message gives way to the line, so the line is first come, first served. Who frees
// a slot sees the mark in the answer to that very update, reads the head of the line
// and grants it the slot before its message is sent; without a mark nothing is read.
// The mark is the count of all the tenant's parkings so far, and is removed only if
// nobody parked since it was read, so no wake-up is lost:
//
//	park:    put entries and mark+n in one transaction (no mark before? then read slots, grant heads)
//	release: remove lease (the answer shows a mark? then grant a head)
//	grant:   read heads; take slot for head; send its message; delete its entry
//	         (a head that has a slot since a moment is another's who grants;
//	         no head? remove the mark; it moved? then read heads again)
//
// So each slot that becomes free has one who gives it on: who freed it, if a line
// stood there, and who began the line, if not. Those who free slots at one time tell
// their heads apart by how many are free (granter.turn).
//
// # Fairness
//
// A tenant that sends thousands of runs must not let others of its plan wait. SQS
// serves the message groups, which are the tenants, in turn. What else they share are
// the places in which admit runs (MaximumConcurrency of the plan's event source), so
// nobody holds one for long: no tenant waits for messages of another that came in the
// same batch, a tenant's messages that find no slot go in line in one write, and who
// joins a line does not compete for its slots.
//
// A crash between two of these leaves a granted slot without a message, a slot with
// an execution that has ended or waits, or a free slot with a line: sweep sends the
// messages of queued executions again, frees such slots, finishes grants, and grants
// heads wherever slots are free. The mark is in the open index, so that it comes by
// every line in every pass.
package admission
