package search

import (
	"slices"
	"strings"
	"unicode"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// Limits of a query.
const (
	// MaxQueryBytes is far more than the 256 tokens that the model reads.
	MaxQueryBytes = 8 << 10
	DefaultLimit  = 10
	MaxLimit      = 50
	maxQueryWords = 64
)

// Mode says what decides on the order: meaning and words, or one of them alone
// (for the evaluation).
type Mode int

// The modes.
const (
	Both Mode = iota
	MeaningOnly
	WordsOnly
)

// Query is a search. Filters of one sort are alternatives, those of different
// sorts must all hold; case does not matter.
type Query struct {
	Text       string
	Kind       Kind // "" for templates and workflows
	Apps       []string
	Tags       []string
	Categories []string
	Limit      int // 0 for DefaultLimit
	Mode       Mode
}

// check refuses what no search can answer and sets the defaults.
func (q *Query) check() error {
	field := func(where, message string) error {
		e := fault.New(fault.Invalid, fault.CodeValidation, "%s", message)
		e.Fields = []fault.Field{{Location: where, Message: message}}
		return e
	}
	switch {
	case len(q.Text) > MaxQueryBytes:
		return field("query.q", "The query is longer than 8 KB; a sentence finds more.")
	case !strings.ContainsFunc(q.Text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
		return field("query.q", "The query has no words; say what the workflow should do.")
	case q.Limit < 0 || q.Limit > MaxLimit:
		return field("query.limit", "The limit is between 1 and 50.")
	}
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	return nil
}

// filter is a query's filters, made ready.
type filter struct {
	kind                   Kind
	apps, tags, categories []string
	any                    bool // nothing is filtered
}

// Passes returns what the query's filters let through.
func (q *Query) Passes() func(*Document) bool {
	f := q.filter()
	return f.passes
}

func (q *Query) filter() filter {
	lower := func(list []string) []string {
		out := make([]string, 0, len(list))
		for _, s := range list {
			if s = strings.ToLower(strings.TrimSpace(s)); s != "" {
				out = append(out, s)
			}
		}
		return out
	}
	f := filter{kind: q.Kind, apps: lower(q.Apps), tags: lower(q.Tags), categories: lower(q.Categories)}
	f.any = f.kind == "" && len(f.apps)+len(f.tags)+len(f.categories) == 0
	return f
}

func (f *filter) passes(d *Document) bool {
	return f.any || (f.kind == "" || f.kind == d.Kind) &&
		passes(f.apps, d.Apps...) && passes(f.tags, d.Tags...) && passes(f.categories, d.Category)
}

// passes reports whether one of have is wanted; nothing wanted is all.
func passes(want []string, have ...string) bool {
	return len(want) == 0 || slices.ContainsFunc(have, func(s string) bool {
		return slices.Contains(want, strings.ToLower(s))
	})
}
