// Package eventsource is Lambda's event source mappings: it takes messages from
// queues and records from table streams, and hands them to functions in batches.
//
// Nothing polls. A queue says when there may be something to receive, and a
// mapping that has room for another concurrent batch takes it within microseconds.
//
// A batch whose function failed is left alone, as Lambda leaves it: the messages
// become visible again when the queue's visibility timeout ends. A function that
// reports batch item failures has the rest deleted; a report that cannot be
// understood counts as the failure of all.
package eventsource
