// Package dynamostore keeps everything in two DynamoDB tables: the runs table
// (executions, checkpoints, slots, lines, counters, usage) and the catalogue
// (tenants, keys, workflows, plans).
//
// # Items of one execution
//
//	T#<tenant>              E#<execution>   control item: every decision is one update of it
//	T#<tenant>#<execution>  N#<seq>         checkpoint: the node runs of one segment
//	T#<tenant>#<execution>  IN              input, if it is too large for the control item
//	T#<tenant>#<execution>  RESPONSE        answer for the webhook's caller
//	T#<tenant>#<execution>  SUB#<node>#<n>  link to a run that a node run started
//	T#<tenant>#<execution>  PART#<node>     what a node run keeps that asked for runs
//
// The control item lies in the tenant's partition, so that the list of
// executions is a plain query and needs no index that every update would pay for.
// The one index it has is sparse and keys-only: it is written when an execution
// begins and when it ends.
//
// # What a run costs
//
// A run of pure nodes is four writes: create (transaction: control item,
// counters), slot, bind, settle (transaction: control item with the last
// segment on it, counters), slot. The last segment rides on the control item
// when it is small, which saves two write units a run.
//
// # Counters
//
// COUNT holds the month, the runs accepted in it and the number of open runs
// (queued or running). Runs and queue share one item because create must check
// both; when the month changes, the old count is put aside in the same
// transaction that starts the new one. So open runs are exact over the change of
// the month, which two items, one for each month, could not be.
package dynamostore
