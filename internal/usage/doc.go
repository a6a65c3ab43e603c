// Package usage is what AI calls cost and what they may use up: prices with the
// dates from which they hold, the tenant's monthly token budget, and the record
// of every call.
//
// # The life of a call
//
// Metered stands before the provider. It estimates a call by an upper bound,
// exact prompt tokens plus the most that the model may answer (which it sets if
// the author did not), and reserves that before anything is sent. Whatever
// happens then, the reservation is closed:
//
//	answered                        settled at the provider's figures
//	refused, or never sent          released: a provider bills no refusal
//	lost (timeout, cut, panic)      settled at the estimate, unconfirmed
//	this process died               expires, and counts as used at the estimate
//
// so that the budget is never exceeded and nothing stays reserved. Closing runs
// without the caller's cancellation and is repeated; every step is idempotent by
// the reservation's id. A call with the tenant's own key is priced and recorded and does not
// draw on the budget.
//
// Embeddings go the same way, by MeteredEmbedder: they use prompt tokens alone, so
// that the count of their texts is the estimate.
//
// What a workflow sends to a service of models by the HTTP Request node, or by its tool, is a
// call of that node with the author's own credential, like any other: its body is the
// author's, so that neither model nor tokens are known. It is neither priced nor capped.
//
// Calls that nodes make themselves (connectors of models, audio, pictures) go the same
// way, by MeteredCalls. What is paid by seconds, characters or pictures is counted in
// units beside tokens, or instead of them, and priced by the same table.
//
// # Caps
//
// A workflow's settings may cap tokens and dollars of one run and of a month
// (workflow.Caps). A run's cap bounds the run and all that it starts, however deep
// and whether it waits for them or not: a call draws on the caps of its run and of
// each run above it. A month's cap bounds the workflow's own runs. They are held in the transaction that reserves, for calls with
// the tenant's own key too, and are read from the workflow as it is now: raising
// one is enough to resume a run that it stopped.
package usage
