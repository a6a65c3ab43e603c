// Package scenario tests the whole platform as its users meet it: over HTTP, with
// servers that count their calls, on a clock that runs a hundred times as fast, so
// that backoffs of seconds pass in milliseconds.
package scenario
