// Package scenario tests the whole platform as its users meet it: over HTTP, with
// servers that count their calls, on a clock that passes some fifty times as fast while
// nothing runs, so that backoffs of seconds pass in milliseconds.
package scenario
