// Package mcp speaks the Model Context Protocol: a client that finds and calls the
// tools of a server, and the messages that a server of ours reads and writes.
//
// # Why not the official SDK
//
// Its Go module would add 2.1 MB to each function that links it, with a second JSON
// library, and it opens standing streams and goroutines of its own, for what are
// three calls here: initialize, tools/list, tools/call. What it would send must go
// through our dialer, pace and credentials, and what it reads must be bounded. So the
// wire is written here, and the SDK is what the tests hold it against, as server
// and as client.
//
// # Transports
//
// Streamable HTTP: a message is a POST, which is answered with JSON or with a stream
// of events that holds the answer. The older one, HTTP with SSE: a GET opens a stream
// whose first event names the address for messages; answers come on the stream. What
// a server asks of the client on the way (a sample of a model, input of a person) is
// refused, because nothing of it was offered; ping is answered.
//
// # Bounds
//
// An answer has at most MaxAnswer bytes, a stream MaxStream; a server has at most
// MaxTools tools. A call that ends early may have had its effect: its fault says so.
package mcp
