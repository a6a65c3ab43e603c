// Package ask is how nodes ask people: by the fields of a form, for so long, and by a
// message with links ("send and wait for response").
//
// # Messages with links
//
// A node of any service sends one message, in which Read gives the links, and ends with
// Wait: its run is recorded, the execution is suspended, and goes on when a link was
// answered or the time is over. What was asked stands in the state of the node run
// (form.Question); internal/httpapi/hook shows it and takes the answer.
//
// Connectors declare only how the message is sent: see FORMAT.md, "Asking people".
package ask
