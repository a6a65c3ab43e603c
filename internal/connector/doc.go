// Package connector runs the services that workflows talk to. A connector is
// data: one JSON file in data/ says which operations a service has, how their
// parameters become HTTP requests, and which items the answers become. FORMAT.md
// describes the format; cases/ holds a case for every operation, which one test
// runs against a server. To add a service: one file in data, one in cases.
//
// The engine is one for all files. A node run reads the parameters of all its
// items, then runs the operation's steps for each item: side by side if the
// operation is safe, else one after another up to the first failure. Everything
// goes through node.Services.HTTP. Placeholders and expressions of a file are
// its author's text; what they bring in is data and is never evaluated.
//
// What is known about a failed effect follows the rules of the HTTP Request node:
// a failure after something of the run had its effect counts as unknown, unless
// the operation is idempotent or carries a key that the service honours.
//
// Only the head of each file is read at start, because most functions need no
// more than names and versions; the rest is read when a node first runs.
package connector

//go:generate go test . -run Schema -update
