// Package form is n8n's forms: what a page asks, what an answer must be, and the
// item that it becomes. It does no input or output; internal/httpapi/hook shows
// the pages, internal/nodes/flow has the nodes.
//
// # Pages
//
// A form trigger's page is read from its parameters when it is asked for. The
// pages of Form nodes, and of Wait nodes that wait for a form, have expressions
// that look at what has run; so the node evaluates them, and leaves a Page in the
// State of its node run, where the waiting execution keeps it.
//
// # Addresses
//
// A waiting page's address ends in a token that is derived from the execution's
// resume token and cannot be turned back: who fills in a form must not be able to
// answer the execution's other waits, an approval for instance.
//
// # Questions
//
// A message that asks somebody leaves a Question in the state of its node run. Each of
// its links has a token of its own, derived from the resume token, the node run and the
// choice.
//
// # Answers
//
// Fields are sent as field-0, field-1, … in the order of the form. Nothing of a
// field's name or label is trusted to be the same as when the page was shown.
package form
