// Package builtin is the search index of the built-in templates, made when they
// were written (make templates) and compiled in, so
// that search answers from the first second. A test compares it with the
// templates and the model.
package builtin

import (
	_ "embed"

	"github.com/automatelanka/automatelanka/internal/search"
)

//go:embed templates.index
var blob []byte

// Index returns the index; each call gives a new one that the caller may change.
func Index() (*search.Index, error) { return search.DecodeAny(blob) }
